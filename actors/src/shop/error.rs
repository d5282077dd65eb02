//! Why something asked of shops is not done.

use hotdeal_domain::ProductId;
use hotdeal_domain::shop::StockRefusal;

use crate::account::AccountError;
use crate::error::RequestError;
use crate::host::wing_error;

/// Why something asked of shops is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// These products do not exist.
    #[error("no such products")]
    NoSuchProducts(Vec<ProductId>),
    /// Nothing but an order that is being made stands in the way: ask again a little later.
    #[error("product {0} is held by an order that is being made")]
    StockHeld(ProductId),
    /// The change of stock would break its bounds.
    #[error("stock refused: {0:?}")]
    Stock(StockRefusal),
    /// The owner's account is not what it would have to be.
    #[error(transparent)]
    Owner(#[from] AccountError),
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(ShopError, missing: NoSuchShop, passing: Self::StockHeld(_));
