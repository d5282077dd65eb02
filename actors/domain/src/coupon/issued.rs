//! A coupon as its holder sees it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Currency, Discount, EventId, UnixMillis};

/// A coupon in a shopper's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCoupon {
    /// The event.
    pub event: EventId,
    /// The code to use it by.
    pub code: Arc<str>,
    /// What it takes off.
    pub discount: Discount,
    /// The currency of a fixed discount.
    pub currency: Currency,
    /// When it was issued.
    pub issued_at: UnixMillis,
    /// The first instant at which it can no longer be used.
    pub valid_until: UnixMillis,
}
