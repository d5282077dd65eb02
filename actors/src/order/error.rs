//! Why something asked of orders is not done.

use hotdeal_domain::ProductId;
use hotdeal_domain::order::{CancelRefusal, OrderRefusal, OrderState};

use crate::error::RequestError;
use crate::host::wing_error;
use crate::shop::ShopError;

/// Why something asked of orders is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such order, or it is somebody else's.
    #[error("no such order")]
    NoSuchOrder,
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// These products do not exist.
    #[error("no such products")]
    NoSuchProducts(Vec<ProductId>),
    /// Less than asked for is available.
    #[error("not enough stock of product {product}: {available} available")]
    Shortage {
        /// The product.
        product: ProductId,
        /// Pieces available.
        available: u32,
    },
    /// Nothing but an order that is being made stands in the way: ask again a little later.
    #[error("product {0} is held by an order that is being made")]
    StockHeld(ProductId),
    /// The person has as many orders over several shops under way as anybody may.
    #[error("too many orders under way")]
    TooManyHolds,
    /// The lines cannot become one order.
    #[error("order refused: {0:?}")]
    Order(OrderRefusal),
    /// The order has come to another end.
    #[error("an order in state {0:?} cannot do that")]
    IllegalMove(OrderState),
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(OrderError, missing: NoSuchShop, passing: Self::StockHeld(_) | Self::TooManyHolds);

impl From<CancelRefusal> for OrderError {
    fn from(refusal: CancelRefusal) -> Self {
        match refusal {
            CancelRefusal::NotTheOwner => Self::NoSuchOrder,
            CancelRefusal::IllegalMove(state) => Self::IllegalMove(state),
        }
    }
}

/// Who sells a product.
impl From<ShopError> for OrderError {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::NoSuchShop => Self::NoSuchShop,
            ShopError::NoSuchProducts(products) => Self::NoSuchProducts(products),
            ShopError::StockHeld(product) => Self::StockHeld(product),
            ShopError::Request(error) => Self::Request(error),
            ShopError::Stock(_) | ShopError::Owner(_) => {
                Self::Request(RequestError::Unavailable("a shop refused what it was not asked"))
            }
        }
    }
}
