//! What a desk refuses, as each wing says it.

use hotdeal_domain::desk::{MovementRefusal, PlacementRefusal, PostingRefusal, UnknownProducts};

use crate::deal::DealError;
use crate::error::RequestError;
use crate::order::OrderError;
use crate::shop::ShopError;

impl From<UnknownProducts> for ShopError {
    fn from(UnknownProducts(products): UnknownProducts) -> Self {
        Self::NoSuchProducts(products)
    }
}

impl From<MovementRefusal> for ShopError {
    fn from(refusal: MovementRefusal) -> Self {
        match refusal {
            MovementRefusal::Unknown(unknown) => unknown.into(),
            MovementRefusal::StockHeld { product } => Self::StockHeld(product),
            MovementRefusal::Stock(refusal) => Self::Stock(refusal),
        }
    }
}

impl From<PlacementRefusal> for OrderError {
    fn from(refusal: PlacementRefusal) -> Self {
        match refusal {
            PlacementRefusal::Unknown(UnknownProducts(products)) => Self::NoSuchProducts(products),
            PlacementRefusal::Order(refusal) => Self::Order(refusal),
            PlacementRefusal::Shortage { product, available } => {
                Self::Shortage { product, available }
            }
            PlacementRefusal::StockHeld { product } => Self::StockHeld(product),
            PlacementRefusal::TooManyHolds => Self::Request(RequestError::Busy),
        }
    }
}

impl From<PostingRefusal> for DealError {
    fn from(refusal: PostingRefusal) -> Self {
        match refusal {
            PostingRefusal::Unknown(UnknownProducts(products)) => Self::NoSuchProducts(products),
            PostingRefusal::DiscountTooLarge(products) => Self::DiscountTooLarge(products),
            PostingRefusal::TooManyDeals(products) => Self::TooManyDeals(products),
        }
    }
}
