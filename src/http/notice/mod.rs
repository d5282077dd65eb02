//! Who follows which products, and what they were told of deals.

mod notices;
pub(crate) mod refusals;
pub(crate) mod routes;
mod subscriptions;
mod words;
