//! What a shop's actor is asked, in the order of a sale.

use std::sync::Arc;
use std::time::Duration;

use actix::Message;
use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::order::{Basket, Order, OrderLine};
use hotdeal_domain::shop::{Movement, Product};
use hotdeal_domain::stream::Shops;
use hotdeal_domain::{Currency, EventId, HoldId, OrderId, ProductId, UserId};

use crate::detached::Permit;
use crate::error::AskError;
use crate::ledger::Tenure;

/// Offer a product. Answers the product once it is durable.
pub(crate) struct AddProduct {
    pub(crate) product: Product,
}

/// Describe a product anew; its number and when it was created stay. Answers it once durable.
pub(crate) struct Redescribe {
    pub(crate) product: Product,
}

/// Take a product off sale. Answers once that is durable.
pub(crate) struct TakeOff {
    pub(crate) product: ProductId,
}

/// Offer products with the pieces on hand of each, all or none. Answers their numbers, in order,
/// once they are durable.
pub(crate) struct AddMany {
    pub(crate) products: Vec<(Product, u32)>,
}

/// Move stock by hand. Answers the stock once it is durable.
pub(crate) struct StockMoved {
    pub(crate) product: ProductId,
    pub(crate) movement: Movement,
}

/// Order from this shop alone. Answers the order once it is durable.
pub(crate) struct PlaceHere {
    pub(crate) id: OrderId,
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
}

/// Say whether a share of an order of several shops could be, if everything that is held became
/// free. Nothing is set aside.
#[derive(Message)]
#[rtype(result = "Result<Priced, AskError>")]
pub(crate) struct Quote {
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
}

/// Set stock aside for an order of several shops. What others hold is waited for `within` this time,
/// which begins with the shop's turn. A hold
/// is no promise to anybody outside, and is followed by exactly one [`Settle`].
#[derive(Message)]
#[rtype(result = "Result<Priced, AskError>")]
pub(crate) struct Hold {
    pub(crate) hold: HoldId,
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
    pub(crate) within: Duration,
}

/// Lines at these prices, by this owner.
pub(crate) struct Priced {
    pub(crate) shop: Tenure<Shops>,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) currency: Currency,
}

/// The order a hold was for is durable (`true`), or came to nothing (`false`).
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Settle {
    pub(crate) hold: HoldId,
    pub(crate) sold: bool,
}

/// Cancel an order whose home this is. Answers the order once its end is durable.
pub(crate) struct Cancel {
    pub(crate) order: OrderId,
    pub(crate) user: UserId,
    /// It goes on when whoever asked has hung up.
    pub(crate) permit: Permit,
}

/// A cancellation has ended: its order where it ended now, so that the stock is for sale again.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct CancelDone {
    pub(crate) order: OrderId,
    pub(crate) ended: Option<Arc<Order>>,
}

/// Speak for this shop's share of an order that is being cancelled elsewhere. Answers at once;
/// the stock returns with [`ReturnDone`].
#[derive(Message)]
#[rtype(result = "Result<Returning, AskError>")]
pub(crate) struct ReturnPart;

/// The owner that takes stock back.
pub(crate) struct Returning {
    pub(crate) shop: Tenure<Shops>,
}

/// A cancellation is durable: this shop's share is for sale again, if this is still the
/// activation that spoke for it. A later one has read it from the tables.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct ReturnDone {
    pub(crate) epoch: i64,
    pub(crate) order: Arc<Order>,
}

/// Say whether a deal with these terms can be put on these products. Answers at once; the deal comes with
/// [`PostDeal`].
#[derive(Message)]
#[rtype(result = "Result<Willing, AskError>")]
pub(crate) struct OfferDeal {
    pub(crate) terms: DealTerms,
    pub(crate) products: Arc<[ProductId]>,
}

/// The owner that will take a deal, and the currency of its prices.
pub(crate) struct Willing {
    pub(crate) shop: Tenure<Shops>,
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
