//! Coupons of one event: the terms, the draw, and the pool that gives each shopper one.

mod draw;
mod issued;
mod pool;
mod terms;

use serde::{Deserialize, Serialize};

pub use draw::Draw;
pub use issued::IssuedCoupon;
pub use pool::{BatchStatus, CouponIssued, CouponPool, Grant, IssueRefusal};
pub use terms::{COUPONS_MAX, CouponTerms, NAME_MAX, POLICIES_MAX, Policy, TermsRefusal, Validity};

use crate::{BatchId, ShopId, UnixMillis};

/// What happened to the coupons of an event, in a stream of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CouponFact {
    /// A coupon event was opened and its coupons are being prepared.
    CouponsOpened {
        /// The preparation.
        batch: BatchId,
        /// The shop it belongs to.
        shop: ShopId,
        /// What is promised.
        terms: Box<CouponTerms>,
        /// The seed of the draw.
        seed: u64,
        /// When.
        at: UnixMillis,
    },
    /// Every coupon of the event is written.
    CouponsReady,
    /// The coupons could not be written.
    CouponsFailed {
        /// Why, for the operator.
        reason: String,
    },
    /// A coupon was issued.
    CouponIssued(CouponIssued),
}
