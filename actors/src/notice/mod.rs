//! Notices.

pub(crate) mod forget;
pub(crate) mod rows;
