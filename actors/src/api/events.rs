//! Events as an admin sees them.

use hotdeal_domain::EventId;

use super::{BatchView, DealSales, DealView};

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
