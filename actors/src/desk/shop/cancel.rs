//! Cancelling an order: its end, and the stock of every shop in it, in one entry.
//!
//! Cancellations of one order come one after the other: whoever asks while one is under way
//! waits for it, and then finds the order as the tables have it.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::AsyncContext as _;
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::order::{Cancellation, Order, OrderFact, OrderState, decide_cancel};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{OrderId, ProductId, ShopId, UnixMillis, UserId};

use super::actor::ShopActor;
use crate::clock;
use crate::error::RequestError;
use crate::host::directory::{Directory, Handles, OwnerContext};
use crate::host::shell::{Caller, Envelope, key_record};
use crate::host::{Answered, mailbox};
use crate::ledger::keys::Key;
use crate::ledger::{Ledger, Owned, Part, Tenure, Work};
use crate::order::OrderError;
use crate::order::messages::{Cancel, CancelDone, ReturnDone, ReturnPart};
use crate::order::rows::Cancelled;
use crate::storage::Storage;

impl Handles<Envelope<Cancel>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<Cancel>, ctx: &mut OwnerContext<Self>) {
        self.shell.meter.used();
        match self.cancelling.get_mut(&envelope.body.order) {
            Some(waiting) => waiting.push_back(envelope),
            None => {
                self.cancelling.insert(envelope.body.order, VecDeque::new());
                self.cancel(envelope, ctx);
            }
        }
        self.publish();
    }
}

impl ShopActor {
    fn cancel(&mut self, envelope: Envelope<Cancel>, ctx: &mut OwnerContext<Self>) {
        let order = envelope.body.order;
        let cancellation = Cancelling {
            activation: self.shell.activation.clone(),
            home: self.desk.profile().id,
            ledger: self.ledger.clone(),
            storage: self.storage.clone(),
            shops: self.shops.clone(),
        };
        let (Envelope { body, caller, .. }, owner) = (envelope, ctx.address());
        let (meter, activation) = (self.shell.meter.clone(), self.shell.activation.clone());
        // Detached: once it is written the other shops have to hear of it, also where this actor
        // has gone meanwhile.
        actix::spawn(async move {
            let Cancel { user, permit: _permit, .. } = body;
            let Caller { key, reply } = caller;
            let outcome = cancellation.run(order, user, key).await;
            let ended = match &outcome {
                Ok(Ended::Now { order }) => Some(order.clone()),
                Ok(Ended::Before { .. }) | Err(_) => None,
            };
            // An owner that has gone has nothing in memory to put right.
            let done = CancelDone { order, ended };
            _ = mailbox::tell(&owner, &meter, &activation, done).await;
            drop(reply.send(outcome.map(Ended::into_answer)));
        });
    }

    /// Nobody will cancel for them any more.
    pub(crate) fn send_cancellations_away(&mut self) {
        let gone = RequestError::Unavailable("the owner is being rebuilt");
        for envelope in self.cancelling.drain().flat_map(|(_, waiting)| waiting) {
            envelope.caller.tell(Err(gone.clone().into()));
        }
    }

    fn next_cancellation(&mut self, order: OrderId, ctx: &mut OwnerContext<Self>) {
        let Some(mut waiting) = self.cancelling.remove(&order) else { return };
        if let Some(envelope) = waiting.pop_front() {
            self.cancelling.insert(order, waiting);
            self.cancel(envelope, ctx);
        }
    }
}

impl Handles<CancelDone> for ShopActor {
    type Result = ();

    fn handle(&mut self, done: CancelDone, ctx: &mut OwnerContext<Self>) {
        if let Some(order) = done.ended {
            let home = self.desk.profile().id;
            self.desk.learn(&DeskFact::from(returned(&order, home, clock::now())));
            self.look_again(ctx);
        }
        self.next_cancellation(done.order, ctx);
        self.publish();
    }
}

/// How a request to cancel ended well.
enum Ended {
    /// The order was cancelled now.
    Now { order: Arc<Order> },
    /// It had been cancelled before.
    Before { order: Order },
}

impl Ended {
    fn into_answer(self) -> Answered<Order> {
        Answered::fresh(match self {
            Self::Now { order } => Arc::unwrap_or_clone(order),
            Self::Before { order } => order,
        })
    }
}

struct Cancelling {
    activation: Owned<ShopStream>,
    home: ShopId,
    ledger: Ledger,
    storage: Storage,
    shops: Directory<ShopActor>,
}

impl Cancelling {
    async fn run(
        &self,
        order: OrderId,
        user: UserId,
        key: Option<Key>,
    ) -> Result<Ended, OrderError> {
        let mut order = self.storage.order(order).await?.ok_or(OrderError::NoSuchOrder)?;
        match decide_cancel(&order, user)? {
            Cancellation::AlreadyCancelled => {
                if let Some(key) = key {
                    let kept = key_record(key, &order, clock::now());
                    self.ledger.commit(Work::Facts(Vec::new()), Some(kept)).await?;
                }
                return Ok(Ended::Before { order });
            }
            Cancellation::Cancel => order.state = OrderState::Cancelled,
        }
        let (order, now) = (Arc::new(order), clock::now());
        let others = self.others(&order).await?;
        let mut parts = vec![self.home_part(&order, user, now)];
        for shop in &others {
            parts.push(self.ledger.owner(*shop)?.part(returned(&order, shop.key, now)));
        }
        let key = key.map(|key| key_record(key, &*order, now));
        self.ledger.commit(Work::Facts(parts), key).await?;
        for shop in others {
            let done = ReturnDone { epoch: shop.epoch, order: order.clone() };
            // A shop that has gone since then has nothing in memory to put right.
            drop(self.shops.tell(shop.key, done).await);
        }
        Ok(Ended::Now { order })
    }

    /// The owners of the order's other shops.
    async fn others(&self, order: &Order) -> Result<Vec<Tenure<ShopStream>>, OrderError> {
        let mut others = Vec::new();
        for shop in order.shops().into_iter().filter(|shop| *shop != self.home) {
            let returning = self.shops.ask(shop, || ReturnPart).await??;
            others.push(returning.shop);
        }
        Ok(others)
    }

    fn home_part(&self, order: &Arc<Order>, user: UserId, at: UnixMillis) -> Part {
        let (lines, deals) = (share(order, self.home), order.deal_share(self.home));
        let fact = OrderFact::OrderCancelled { order: order.id, user, lines, deals, at };
        self.activation.part_with(fact, Some(Cancelled(order.clone())))
    }
}

/// What `shop` has in the order comes back.
fn returned(order: &Order, shop: ShopId, at: UnixMillis) -> OrderFact {
    let (lines, deals) = (share(order, shop), order.deal_share(shop));
    OrderFact::StockReturned { order: order.id, lines, deals, at }
}

/// What `shop` has in the order.
fn share(order: &Order, shop: ShopId) -> Vec<(ProductId, Quantity)> {
    order
        .lines
        .iter()
        .filter(|line| line.shop == shop)
        .map(|line| (line.product, line.quantity))
        .collect()
}

impl Handles<ReturnPart> for ShopActor {
    type Result = Result<crate::order::messages::Returning, RequestError>;

    fn handle(&mut self, _: ReturnPart, _: &mut OwnerContext<Self>) -> Self::Result {
        self.shell.meter.used();
        Ok(crate::order::messages::Returning { shop: self.shell.activation.tenure() })
    }
}

impl Handles<ReturnDone> for ShopActor {
    type Result = ();

    fn handle(&mut self, request: ReturnDone, ctx: &mut OwnerContext<Self>) {
        if request.epoch == self.shell.activation.epoch {
            let here = self.desk.profile().id;
            self.desk.learn(&DeskFact::from(returned(&request.order, here, clock::now())));
            self.look_again(ctx);
        }
    }
}
