//! What the owner of a shop is asked about deals.

use std::sync::Arc;

use actix::Message;
use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{Currency, EventId, ProductId, ShopId, UserId};

use super::api::{BestDeal, OpenedDeal, TurnedDeal};
use super::error::DealError;
use crate::host::shell::{Answer, AnswerFuture, SendFuture};
use crate::ledger::Tenure;

/// Say whether a deal with these terms can be put on these products. Answers at once; the deal comes with
/// [`PostDeal`].
#[derive(Message, Clone)]
#[rtype(result = "Result<Willing, DealError>")]
pub(crate) struct OfferDeal {
    pub(crate) terms: DealTerms,
    pub(crate) products: Arc<[ProductId]>,
}

/// The owner that will take a deal, and the currency of its prices.
pub(crate) struct Willing {
    pub(crate) shop: Tenure<ShopStream>,
    pub(crate) currency: Currency,
}

/// A deal is durable: it makes prices from now on, if this is still the activation that was
/// asked. A later one has read it from the tables.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct PostDeal {
    pub(crate) epoch: i64,
    pub(crate) deal: Arc<Deal>,
    pub(crate) products: Arc<[ProductId]>,
}

/// A deal has come to another state, durably; as with [`PostDeal`].
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct TurnDeal {
    pub(crate) epoch: i64,
    pub(crate) deal: EventId,
    pub(crate) state: DealState,
}

/// Deals that have ended may leave the board.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct TidyDeals;

impl Answer for OpenedDeal {}
impl Answer for TurnedDeal {}

/// The owners of shops, as deals need them.
pub(crate) trait DealDesks: Send + Sync {
    /// Asks the owner.
    fn offer(&self, shop: ShopId, offer: OfferDeal) -> AnswerFuture<'_, Willing, DealError>;

    /// Tells the owner, if there is one.
    fn post(&self, shop: ShopId, post: PostDeal) -> SendFuture<'_>;

    /// Tells the owner, if there is one.
    fn turn(&self, shop: ShopId, turn: TurnDeal) -> SendFuture<'_>;

    /// The owner to write with, which stays until that is done.
    fn owner(&self, shop: ShopId) -> AnswerFuture<'_, Tenure<ShopStream>>;

    /// The best running deal of each of these products of a shop that has one, as an order of one piece
    /// by `user` would find it now.
    fn best_deals(
        &self,
        shop: ShopId,
        user: UserId,
        products: Vec<ProductId>,
    ) -> AnswerFuture<'_, Vec<BestDeal>>;

    /// Lets go of deals that have ended, wherever they are in memory.
    fn tidy(&self);
}
