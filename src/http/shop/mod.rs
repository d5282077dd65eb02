//! Shops, what they offer, and how much there is of it.

mod import;
pub(crate) mod pages;
mod products;
mod public;
pub(crate) mod refusals;
pub(crate) mod routes;
pub(crate) mod shapes;
pub(crate) mod shops;
mod stocks;
pub(crate) mod words;
