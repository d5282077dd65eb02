//! What can be asked about deals, and what is answered.

use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealMove, DealState, DealTerms};
use hotdeal_domain::{Amount, Currency, EventId, ProductId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use crate::clock;

/// Open a deal on products of any shops.
#[derive(Debug, Clone)]
pub struct OpenDeal {
    /// Who opens it.
    pub by: UserId,
    /// What it promises: see [`DealTerms::check`].
    pub terms: DealTerms,
    /// Its products, each once.
    pub products: Vec<ProductId>,
}

/// A deal that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedDeal {
    /// The deal.
    pub deal: Deal,
    /// Its products, in the order asked.
    pub products: Vec<ProductId>,
}

/// Pause, resume or cancel a deal. Asking for the state it is in changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct MoveDeal {
    /// The deal.
    pub deal: EventId,
    /// What to do with it.
    pub asked: DealMove,
}

/// A deal and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealView {
    /// The deal.
    pub deal: Deal,
    /// Whether it holds within its window.
    pub state: DealState,
    /// How many products it has.
    pub products: u32,
    /// Who opened it.
    pub opened_by: UserId,
}

/// A deal as it was once it was paused, resumed or cancelled. What its state is called hangs on the
/// time, so that is a part of what is kept for a repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedDeal {
    /// The deal.
    #[serde(flatten)]
    pub view: DealView,
    /// When this was true. Earlier builds did not keep it: what they kept is told as of now.
    #[serde(default = "clock::now")]
    pub at: UnixMillis,
}

/// One product of a deal, with what has gone at its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealItem {
    /// The product.
    pub product: ProductId,
    /// Pieces sold at the deal's price, in orders that stand.
    pub sold: u32,
}

/// Pieces and orders at the price of a deal, over all of its products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DealSales {
    /// Pieces in orders that stand.
    pub pieces: i64,
    /// Lines of orders that stand.
    pub lines: i64,
}

/// The best running deal of a product, for somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestDeal {
    /// The product.
    pub product: ProductId,
    /// The deal.
    pub deal: Arc<Deal>,
    /// The price of one piece by it.
    pub price: Amount,
    /// The currency of the price.
    pub currency: Currency,
}
