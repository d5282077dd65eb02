//! What a desk refuses, as each wing says it.

use hotdeal_domain::desk::ShopRefusal;

use crate::deal::DealError;
use crate::error::AskError;
use crate::order::OrderError;
use crate::shop::ShopError;

/// What a desk cannot refuse to this question.
const ELSE: AskError = AskError::Unavailable("a shop refused what it was not asked");

impl From<ShopRefusal> for ShopError {
    fn from(refusal: ShopRefusal) -> Self {
        match refusal {
            ShopRefusal::UnknownProducts(products) => Self::NoSuchProducts(products),
            ShopRefusal::Stock(refusal) => Self::Stock(refusal),
            ShopRefusal::TooManyHolds => Self::Ask(AskError::Busy),
            ShopRefusal::Order(_)
            | ShopRefusal::Shortage { .. }
            | ShopRefusal::StockHeld { .. }
            | ShopRefusal::DiscountTooLarge(_)
            | ShopRefusal::TooManyDeals(_) => Self::Ask(ELSE),
        }
    }
}

impl From<ShopRefusal> for OrderError {
    fn from(refusal: ShopRefusal) -> Self {
        match refusal {
            ShopRefusal::UnknownProducts(products) => Self::NoSuchProducts(products),
            ShopRefusal::Order(refusal) => Self::Order(refusal),
            ShopRefusal::Shortage { product, available } => Self::Shortage { product, available },
            ShopRefusal::StockHeld { product } => Self::StockHeld(product),
            ShopRefusal::TooManyHolds => Self::Ask(AskError::Busy),
            ShopRefusal::Stock(_)
            | ShopRefusal::DiscountTooLarge(_)
            | ShopRefusal::TooManyDeals(_) => Self::Ask(ELSE),
        }
    }
}

impl From<ShopRefusal> for DealError {
    fn from(refusal: ShopRefusal) -> Self {
        match refusal {
            ShopRefusal::UnknownProducts(products) => Self::NoSuchProducts(products),
            ShopRefusal::DiscountTooLarge(products) => Self::DiscountTooLarge(products),
            ShopRefusal::TooManyDeals(products) => Self::TooManyDeals(products),
            ShopRefusal::TooManyHolds => Self::Ask(AskError::Busy),
            ShopRefusal::Order(_)
            | ShopRefusal::Shortage { .. }
            | ShopRefusal::StockHeld { .. }
            | ShopRefusal::Stock(_) => Self::Ask(ELSE),
        }
    }
}
