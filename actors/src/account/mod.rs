//! Accounts.

pub(crate) mod recent;
pub(crate) mod rows;
