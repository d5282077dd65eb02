//! Orders, of one or several shops.

mod orders;
pub(crate) mod refusals;
pub(crate) mod routes;
mod shapes;
mod words;
