//! Coupons of one event: the terms, the draw, and the pool that gives each shopper one.

mod draw;
mod pool;
mod terms;

pub use draw::Draw;
pub use pool::{BatchStatus, CouponIssued, CouponPool, Grant, IssueRefusal};
pub use terms::{
    COUPONS_MAX, CouponTerms, Discount, DiscountType, NAME_MAX, POLICIES_MAX, Policy, TermsRefusal,
    Validity,
};
