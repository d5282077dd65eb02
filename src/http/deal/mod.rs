//! Deals: lower prices for a while.

mod deals;
mod public;
pub(crate) mod refusals;
pub(crate) mod routes;
pub(crate) mod shapes;
mod words;
