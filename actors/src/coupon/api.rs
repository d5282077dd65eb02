//! What can be asked of coupons and their events, and what is answered.

pub use hotdeal_domain::coupon::IssuedCoupon;

use hotdeal_domain::coupon::{BatchStatus, CouponTerms};
use hotdeal_domain::{Amount, BatchId, Currency, EventId, ShopId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use crate::deal::{DealSales, DealView};

/// Open a coupon event and prepare its coupons.
#[derive(Debug, Clone)]
pub struct PreloadCoupons {
    /// Who asks; the same request of the same asker is one batch.
    pub by: UserId,
    /// The shop the coupons belong to.
    pub shop: ShopId,
    /// The event of a deal that the coupons go with; a new event where absent.
    pub event: Option<EventId>,
    /// What is promised, already checked by [`CouponTerms::check`].
    pub terms: CouponTerms,
}

/// How far a batch of coupons is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchView {
    /// The batch.
    pub batch: BatchId,
    /// Its event.
    pub event: EventId,
    /// The shop it belongs to.
    pub shop: ShopId,
    /// What is promised.
    pub terms: CouponTerms,
    /// Where it stands.
    pub status: BatchStatus,
    /// Coupons written so far.
    pub prepared: u32,
}

/// Issue a coupon of an event to a shopper.
#[derive(Debug, Clone, Copy)]
pub struct IssueCoupon {
    /// The event.
    pub event: EventId,
    /// The shopper.
    pub user: UserId,
}

/// What is left of the coupons of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponsLeft {
    /// Coupons in all.
    pub total: u32,
    /// Coupons not issued yet.
    pub left: u32,
}

/// An event: a deal, coupons, or a deal with coupons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// The event.
    pub event: EventId,
    /// Its deal.
    pub deal: Option<DealView>,
    /// What has gone at the price of its deal.
    pub sales: DealSales,
    /// Its coupons.
    pub coupons: Option<CouponsView>,
}

/// The coupons of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponsView {
    /// What was promised and how far the preparation is.
    pub batch: BatchView,
    /// Coupons issued.
    pub issued: u32,
}

/// A coupon in a shopper's hands, with what its event promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCoupon {
    /// The coupon.
    pub coupon: IssuedCoupon,
    /// What the event is called.
    pub name: String,
    /// The shop that the event belongs to.
    pub shop: ShopId,
    /// The least an order must cost for the coupon to be used.
    pub minimum_price: Amount,
}

/// A coupon event that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEvent {
    /// What was promised and how far the preparation is.
    pub batch: BatchView,
    /// The currency of fixed discounts and of the minimum price.
    pub currency: Currency,
    /// Coupons issued.
    pub issued: u32,
}

impl OpenEvent {
    /// Coupons not issued yet.
    pub fn left(&self) -> u32 {
        self.batch.terms.total.saturating_sub(self.issued)
    }

    /// Its place in the list of events that have not ended: when it ends, and its number.
    pub fn place(&self) -> (UnixMillis, EventId) {
        (self.batch.terms.window.end, self.batch.event)
    }
}
