//! Orders, of one or several shops.

mod csv;
mod lists;
mod orders;
mod progress;
pub(crate) mod refusals;
pub(crate) mod routes;
pub(crate) mod shapes;
mod words;
