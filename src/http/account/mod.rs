//! Accounts: sign up, log in and out, withdraw; and what an admin does with them.

pub(crate) mod first_password;
mod refusals;
pub(crate) mod routes;
pub(crate) mod sessions;
pub(crate) mod shapes;
mod users;
mod words;
