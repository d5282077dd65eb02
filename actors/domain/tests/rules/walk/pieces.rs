//! The model of stock, and what it lacks for an order.

use hotdeal_domain::ProductId;
use hotdeal_domain::desk::PlacementRefusal;

/// The model of one product, in numbers too large to wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pieces {
    pub(super) on_hand: i128,
    pub(super) held: i128,
    pub(super) sold: i128,
}

/// Of what there is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// Whatever becomes of the holds.
    Short(ProductId),
    /// Unless a hold ends in nothing.
    Held(ProductId),
}

impl Lack {
    pub(super) fn told(refusal: &PlacementRefusal) -> Option<Self> {
        match refusal {
            PlacementRefusal::Shortage { product, .. } => Some(Self::Short(*product)),
            PlacementRefusal::StockHeld { product } => Some(Self::Held(*product)),
            _ => None,
        }
    }
}
