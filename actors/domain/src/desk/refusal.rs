//! Why a shop's desk refuses.

use serde::{Deserialize, Serialize};

use crate::ProductId;
use crate::order::OrderRefusal;
use crate::shop::StockRefusal;

/// Why the desk refuses: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopRefusal {
    /// Too many orders over several shops hold stock here at the same time.
    TooManyHolds,
    /// These products are not sold here.
    UnknownProducts(Vec<ProductId>),
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
    /// The change of stock would break its bounds.
    Stock(StockRefusal),
    /// The deal would leave nothing to pay for these products.
    DiscountTooLarge(Vec<ProductId>),
    /// These products already have the largest number of deals.
    TooManyDeals(Vec<ProductId>),
}
