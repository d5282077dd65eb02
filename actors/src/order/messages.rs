//! What the owner of a shop is asked about orders.

use std::time::{Duration, Instant};

use actix::Message;
use hotdeal_domain::deal::DealShare;
use hotdeal_domain::order::{Basket, CancelScope, Order, OrderLine, PartStep, TrackedOrder};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{Currency, HoldId, OrderId, ProductId, ShopId, UserId};

use super::api::PartView;
use super::error::OrderError;
use super::events::EventDesks;
use crate::error::RequestError;
use crate::host::detached::Permit;
use crate::host::shell::{AnswerFuture, Envelope, Request, SendFuture};
use crate::ledger::Tenure;

/// Order from this shop alone. Answers the order once it is durable.
pub(crate) struct PlaceHere {
    pub(crate) id: OrderId,
    pub(crate) user: UserId,
    pub(crate) basket: Basket,
    /// The shop has to answer it within so many milliseconds, if there is a bound.
    pub(crate) answer_within_ms: Option<i64>,
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

/// Cancel an order whose home this is, or a part of it. Answers the order once that is durable.
pub(crate) struct Cancel {
    pub(crate) order: OrderId,
    pub(crate) user: UserId,
    pub(crate) scope: CancelScope,
    /// It goes on when whoever asked has hung up.
    pub(crate) _permit: Permit,
}

/// Take a shop's step with its part of an order whose home this is. Answers the part once that is durable.
pub(crate) struct Advance {
    pub(crate) order: OrderId,
    pub(crate) shop: ShopId,
    pub(crate) step: PartStep,
    /// Who acts for the shop.
    pub(crate) by: UserId,
    /// It goes on when whoever asked has hung up.
    pub(crate) _permit: Permit,
}

/// Reject a shop's part of an order whose home this is, if the shop has not answered it in time. Answers once
/// that is durable, or nothing is to be done.
pub(crate) struct Lapse {
    pub(crate) order: OrderId,
    pub(crate) shop: ShopId,
}

/// A change of an order has ended; what came back to this shop is for sale again.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct ChangeDone {
    pub(crate) order: OrderId,
    pub(crate) returned: Option<Returned>,
}

/// Speak for this shop's part of an order that is changed elsewhere. Answers at once; stock returns with
/// [`ReturnDone`].
#[derive(Message)]
#[rtype(result = "Result<PartOwner, RequestError>")]
pub(crate) struct OwnPart;

/// The owner in whose stream a part is changed.
pub(crate) struct PartOwner {
    pub(crate) shop: Tenure<ShopStream>,
}

/// What came back to a shop from an order.
pub(crate) struct Returned {
    pub(crate) order: OrderId,
    pub(crate) lines: Vec<(ProductId, Quantity)>,
    /// The part of them that was sold at the prices of deals.
    pub(crate) deals: Option<Box<DealShare>>,
}

/// The end of a part is durable: what came back to this shop is for sale again, if this is still the
/// activation that spoke for it. A later one has read it from the tables.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct ReturnDone {
    pub(crate) epoch: i64,
    pub(crate) returned: Returned,
}

/// How long somebody waits for stock that is held: longer than it takes to make an order.
pub(crate) const HELD_WAIT: Duration = Duration::from_millis(200);

impl Request for PlaceHere {
    type Answer = Order;
    type Error = OrderError;
}

impl Request for Cancel {
    type Answer = TrackedOrder;
    type Error = OrderError;
}

impl Request for Advance {
    type Answer = PartView;
    type Error = OrderError;
}

impl Request for Lapse {
    type Answer = ();
    type Error = OrderError;
}

/// The owners of shops, as orders need them.
pub(crate) trait OrderDesks: EventDesks {
    /// Sends to the owner.
    fn place(&self, shop: ShopId, envelope: Envelope<PlaceHere>) -> SendFuture<'_>;

    /// Sends to the owner.
    fn cancel(&self, home: ShopId, envelope: Envelope<Cancel>) -> SendFuture<'_>;

    /// Sends to the owner of the order's home.
    fn advance(&self, home: ShopId, envelope: Envelope<Advance>) -> SendFuture<'_>;

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
