//! The description of the API: the document, its page, and what the codes of problems mean.

mod page;
mod problems;
pub(crate) mod routes;
mod words;
