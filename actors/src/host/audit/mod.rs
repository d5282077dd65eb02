//! What the audits of all wings are made with.

pub(crate) mod pages;
mod report;

pub use report::Report;
