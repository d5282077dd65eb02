//! Coupons.

pub(crate) mod rows;
