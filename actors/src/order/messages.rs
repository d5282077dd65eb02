//! What the owner of a shop is asked about orders.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::Message;
use hotdeal_domain::order::{Basket, Order, OrderLine};
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{Currency, HoldId, OrderId, ShopId, UserId};

use super::error::OrderError;
use crate::error::RequestError;
use crate::host::detached::Permit;
use crate::host::shell::{AnswerFuture, Envelope, Request, SendFuture};
use crate::ledger::Tenure;

/// Order from this shop alone. Answers the order once it is durable.
pub(crate) struct PlaceHere {
    pub(crate) id: OrderId,
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
}

/// Say whether a share of an order of several shops could be, if everything that is held became
/// free. Nothing is set aside.
#[derive(Message)]
#[rtype(result = "Result<Priced, OrderError>")]
pub(crate) struct Quote {
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
}

/// Set stock aside for an order of several shops. What others hold is waited for `within` this time,
/// which begins with the shop's turn. A hold is no promise to anybody outside, and is followed by
/// exactly one [`Settle`].
#[derive(Message)]
#[rtype(result = "Result<Priced, OrderError>")]
pub(crate) struct Hold {
    pub(crate) hold: HoldId,
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
    pub(crate) within: Duration,
}

/// Lines at these prices, by this owner.
pub(crate) struct Priced {
    pub(crate) shop: Tenure<ShopStream>,
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
#[rtype(result = "Result<Returning, RequestError>")]
pub(crate) struct ReturnPart;

/// The owner that takes stock back.
pub(crate) struct Returning {
    pub(crate) shop: Tenure<ShopStream>,
}

/// A cancellation is durable: this shop's share is for sale again, if this is still the
/// activation that spoke for it. A later one has read it from the tables.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct ReturnDone {
    pub(crate) epoch: i64,
    pub(crate) order: Arc<Order>,
}

/// How long somebody waits for stock that is held: longer than it takes to make an order.
pub(crate) const HELD_WAIT: Duration = Duration::from_millis(200);

impl Request for PlaceHere {
    type Answer = Order;
    type Error = OrderError;
}

impl Request for Cancel {
    type Answer = Order;
    type Error = OrderError;
}

/// The owners of shops, as orders need them.
pub(crate) trait OrderDesks: Send + Sync {
    /// Sends to the owner.
    fn place(&self, shop: ShopId, envelope: Envelope<PlaceHere>) -> SendFuture<'_>;

    /// Sends to the owner.
    fn cancel(&self, shop: ShopId, envelope: Envelope<Cancel>) -> SendFuture<'_>;

    /// Asks the owner.
    fn quote(
        &self,
        shop: ShopId,
        user: UserId,
        basket: Basket,
    ) -> AnswerFuture<'_, Priced, OrderError>;

    /// The owner to write with.
    fn owner(&self, shop: ShopId) -> AnswerFuture<'_, Tenure<ShopStream>>;

    /// Asks the owner. What others hold is waited for until that time.
    fn hold(
        &self,
        shop: ShopId,
        hold: HoldId,
        user: UserId,
        basket: Basket,
        until: Instant,
    ) -> AnswerFuture<'_, Priced, OrderError>;

    /// Tells the owner, if there is one.
    fn settle(&self, shop: ShopId, settle: Settle) -> SendFuture<'_>;
}
