//! Why something asked of deals is not done.

use hotdeal_domain::ProductId;
use hotdeal_domain::deal::{DealMoveRefusal, DealRefusal};

use crate::error::RequestError;
use crate::host::wing_error;

/// Why something asked of deals is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// There is no such event.
    #[error("no such event")]
    NoSuchEvent,
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// These products do not exist.
    #[error("no such products")]
    NoSuchProducts(Vec<ProductId>),
    /// The terms of a deal cannot be promised.
    #[error("deal refused: {0:?}")]
    Terms(DealRefusal),
    /// Of the price of these products the deal would leave nothing to pay.
    #[error("the deal would leave nothing to pay")]
    DiscountTooLarge(Vec<ProductId>),
    /// These products have as many deals as they can.
    #[error("too many deals")]
    TooManyDeals(Vec<ProductId>),
    /// An amount would be taken off prices in several currencies.
    #[error("prices in several currencies")]
    MixedCurrencies,
    /// The deal has come to an end.
    #[error("a deal that is {0:?} cannot do that")]
    IllegalMove(DealMoveRefusal),
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(DealError, missing: NoSuchShop);

impl From<DealMoveRefusal> for DealError {
    fn from(refusal: DealMoveRefusal) -> Self {
        Self::IllegalMove(refusal)
    }
}
