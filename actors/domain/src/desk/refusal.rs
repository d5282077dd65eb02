//! Why a shop's desk refuses.

use serde::{Deserialize, Serialize};

use crate::ProductId;
use crate::order::OrderRefusal;
use crate::shop::StockRefusal;

/// Why the desk refuses: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopRefusal {
    /// More orders over several shops are being made than the desk keeps holds for.
    TooManyHolds,
    /// These products are not sold here.
    UnknownProducts(Vec<ProductId>),
    /// Less than asked for is left of this product, whatever becomes of the holds.
    Shortage {
        /// The product.
        product: ProductId,
        /// Pieces left.
        available: u32,
    },
    /// Nothing but holds of orders being made stands in the way at this product, or of a better
    /// price for it.
    StockHeld {
        /// The product.
        product: ProductId,
    },
    /// The lines cannot become one order.
    Order(OrderRefusal),
    /// The change of stock would break its bounds.
    Stock(StockRefusal),
    /// Of the price of these products the deal would leave nothing to pay.
    DiscountTooLarge(Vec<ProductId>),
    /// These products have as many deals as they can.
    TooManyDeals(Vec<ProductId>),
}
