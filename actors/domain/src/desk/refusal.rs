//! Why a shop's desk refuses. Each question has refusals of its own.

use crate::ProductId;
use crate::order::OrderRefusal;
use crate::shop::StockRefusal;

/// These products are not sold here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProducts(pub Vec<ProductId>);

/// Why stock is not moved by hand: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MovementRefusal {
    /// The product is not sold here.
    Unknown(UnknownProducts),
    /// Only holds of orders being made stand in the way.
    StockHeld {
        /// The product.
        product: ProductId,
    },
    /// The change would break the bounds of the stock.
    Stock(StockRefusal),
}

/// Why a deal is not put on products: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostingRefusal {
    /// Some of them are not sold here.
    Unknown(UnknownProducts),
    /// The deal would leave nothing to pay for these products.
    DiscountTooLarge(Vec<ProductId>),
    /// These products already have the largest number of deals.
    TooManyDeals(Vec<ProductId>),
}

/// Why an order is not placed, or no stock set aside for it: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementRefusal {
    /// Too many orders over several shops hold stock here at the same time.
    TooManyHolds,
    /// Some of the products are not sold here.
    Unknown(UnknownProducts),
    /// Fewer pieces of this product are left than asked for, even if all held pieces became free.
    Shortage {
        /// The product.
        product: ProductId,
        /// Pieces left.
        available: u32,
    },
    /// Only holds of orders being made stand in the way of this product, or of a better price for
    /// it.
    StockHeld {
        /// The product.
        product: ProductId,
    },
    /// The lines cannot become one order.
    Order(OrderRefusal),
}

impl From<UnknownProducts> for MovementRefusal {
    fn from(unknown: UnknownProducts) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<UnknownProducts> for PostingRefusal {
    fn from(unknown: UnknownProducts) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<UnknownProducts> for PlacementRefusal {
    fn from(unknown: UnknownProducts) -> Self {
        Self::Unknown(unknown)
    }
}
