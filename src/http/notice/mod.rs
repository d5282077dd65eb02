//! Who follows which products, and their notices of deals.

mod notices;
pub(crate) mod refusals;
pub(crate) mod routes;
mod subscriptions;
mod words;
