//! Accounts: sign up, log in and out, withdraw; and what an admin does with them.

pub(crate) mod refusals;
pub(crate) mod routes;
mod sessions;
mod shapes;
mod users;
mod words;
