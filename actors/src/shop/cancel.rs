//! Cancelling an order: its end, and the stock of every shop in it, in one entry.
//!
//! Cancellations of one order come one after the other: whoever asks while one is under way
//! waits for it, and then finds the order as the tables have it.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::prelude::*;
use hotdeal_domain::idempotency::{Claimed, KeyClaim};
use hotdeal_domain::{
    Cancellation, Fact, Order, OrderState, ProductId, Quantity, ShopId, UnixMillis, decide_cancel,
};
use tokio::sync::oneshot;

use super::ShopActor;
use super::messages::{Cancel, ReturnDone, ReturnPart};
use crate::api::Answered;
use crate::clock;
use crate::directory::Directory;
use crate::error::AskError;
use crate::ledger::{Activation, Entry, KeyRecord, Ledger, Part, Work};
use crate::shell::{Ask, key_record, replayed};
use crate::storage::Storage;

impl Handler<Ask<Cancel, Order>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<Cancel, Order>, ctx: &mut Self::Context) {
        self.shell.meter.begin();
        let Some(ask) = self.shell.unanswered(ask) else { return };
        match self.cancelling.get_mut(&ask.body.order) {
            Some(waiting) => waiting.push_back(ask),
            None => {
                self.cancelling.insert(ask.body.order, VecDeque::new());
                self.cancel(ask, ctx);
            }
        }
    }
}

impl ShopActor {
    fn cancel(&mut self, ask: Ask<Cancel, Order>, ctx: &mut Context<Self>) {
        let order = ask.body.order;
        let cancellation = Cancelling {
            activation: self.shell.activation.clone(),
            home: self.desk.profile().id,
            ledger: self.ledger.clone(),
            storage: self.storage.clone(),
            shops: self.shops.clone(),
        };
        let Ask { body, key, reply, .. } = ask;
        let work = async move {
            let outcome = cancellation.run(body, key).await;
            (outcome, reply)
        };
        ctx.spawn(work.into_actor(self).map(move |(outcome, reply), actor, ctx| {
            if let Ok(Ended::Now { order, .. }) = &outcome {
                let home = actor.desk.profile().id;
                actor.desk.apply(&returned(order, home, clock::now()));
            }
            drop(reply.send(outcome.map(Ended::into_answer)));
            actor.next_cancellation(order, ctx);
        }));
    }

    fn next_cancellation(&mut self, order: hotdeal_domain::OrderId, ctx: &mut Context<Self>) {
        let Some(mut waiting) = self.cancelling.remove(&order) else { return };
        while let Some(ask) = waiting.pop_front() {
            if let Some(ask) = self.shell.unanswered(ask) {
                self.cancelling.insert(order, waiting);
                return self.cancel(ask, ctx);
            }
        }
    }
}

/// How an ask to cancel ended well.
enum Ended {
    /// The order was cancelled now.
    Now { order: Arc<Order> },
    /// It had been cancelled before.
    Before(Answered<Order>),
}

impl Ended {
    fn into_answer(self) -> Answered<Order> {
        match self {
            Self::Now { order } => Answered::fresh(Arc::unwrap_or_clone(order)),
            Self::Before(answer) => answer,
        }
    }
}

struct Cancelling {
    activation: Arc<Activation>,
    home: ShopId,
    ledger: Ledger,
    storage: Storage,
    shops: Directory<ShopActor>,
}

impl Cancelling {
    async fn run(&self, ask: Cancel, key: Option<KeyClaim>) -> Result<Ended, AskError> {
        let mut order = self.storage.order(ask.order).await?.ok_or(AskError::NoSuchOrder)?;
        match decide_cancel(&order, ask.user)? {
            Cancellation::AlreadyCancelled => return self.found_cancelled(order, key).await,
            Cancellation::Cancel => order.state = OrderState::Cancelled,
        }
        let (order, now) = (Arc::new(order), clock::now());
        let others = self.others(&order).await?;
        let mut parts = vec![self.home_part(&order, ask, now)];
        parts.extend(others.iter().map(|(shop, activation)| Part {
            activation: activation.clone(),
            fact: returned(&order, *shop, now),
            rider: None,
        }));
        let key = key.map(|claim| Box::new(key_record(claim, &*order, now)));
        self.write(Work::Facts(parts), key).await?;
        for (shop, activation) in others {
            let done = ReturnDone { epoch: activation.epoch, order: order.clone() };
            // A shop that has gone since then has nothing in memory to put right.
            drop(self.shops.tell(shop, done).await);
        }
        Ok(Ended::Now { order })
    }

    /// Nothing changes. The ask that cancelled it may have had this very key; otherwise the answer
    /// is kept under it now.
    async fn found_cancelled(
        &self,
        order: Order,
        key: Option<KeyClaim>,
    ) -> Result<Ended, AskError> {
        if let Some(claim) = key {
            match self.storage.claimed(&claim).await? {
                Claimed::Replay(answer) => return replayed(&answer).map(Ended::Before),
                Claimed::Conflict => return Err(AskError::KeyConflict),
                Claimed::Fresh => {
                    let kept = Box::new(key_record(claim, &order, clock::now()));
                    self.write(Work::Barrier(self.activation.clone()), Some(kept)).await?;
                }
            }
        }
        Ok(Ended::Before(Answered::fresh(order)))
    }

    /// The activations of the order's other shops.
    async fn others(&self, order: &Order) -> Result<Vec<(ShopId, Arc<Activation>)>, AskError> {
        let mut others = Vec::new();
        for shop in order.shops().into_iter().filter(|shop| *shop != self.home) {
            let returning = self.shops.ask(shop, || ReturnPart).await??;
            others.push((shop, returning.activation));
        }
        Ok(others)
    }

    fn home_part(&self, order: &Order, ask: Cancel, at: UnixMillis) -> Part {
        let (lines, deals) = (share(order, self.home), order.deal_share(self.home));
        let fact = Fact::OrderCancelled { order: order.id, user: ask.user, lines, deals, at };
        Part { activation: self.activation.clone(), fact, rider: None }
    }

    async fn write(&self, work: Work, key: Option<Box<KeyRecord>>) -> Result<(), AskError> {
        let place = self.ledger.take().ok_or(AskError::Busy)?;
        let (done, written) = oneshot::channel();
        place.push(Entry { work, key, done: Box::new(move |outcome| _ = done.send(outcome)) });
        written.await.map_err(|_| AskError::OutcomeUnknown)?.map_err(AskError::from)
    }
}

/// What `shop` has in the order comes back.
fn returned(order: &Order, shop: ShopId, at: UnixMillis) -> Fact {
    let (lines, deals) = (share(order, shop), order.deal_share(shop));
    Fact::StockReturned { order: order.id, lines, deals, at }
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

impl Handler<ReturnPart> for ShopActor {
    type Result = Result<super::messages::Returning, AskError>;

    fn handle(&mut self, _: ReturnPart, _: &mut Self::Context) -> Self::Result {
        self.shell.meter.begin();
        Ok(super::messages::Returning { activation: self.shell.activation.clone() })
    }
}

impl Handler<ReturnDone> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: ReturnDone, _: &mut Self::Context) {
        self.shell.meter.begin();
        if ask.epoch == self.shell.activation.epoch {
            let here = self.desk.profile().id;
            self.desk.apply(&returned(&ask.order, here, clock::now()));
        }
    }
}
