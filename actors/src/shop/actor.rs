//! The actor that owns one shop.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;
use hotdeal_domain::{
    Fact, Order, OrderId, OrderLine, ProductId, Shelf, ShopDesk, ShopId, ShopRefusal, StreamId,
    UnixMillis,
};
use serde_json::json;
use tokio::sync::oneshot;

use super::durable::DurableDesk;
use super::messages::*;
use super::waiting::{HELD_WAIT, Waiter, WaitingLine};
use crate::api::{Answered, StockView};
use crate::clock;
use crate::directory::{Directory, Halt, Observe, Owner};
use crate::error::AskError;
use crate::ledger::{Activation, Ledger};
use crate::mailbox::Sent;
use crate::meter::Meter;
use crate::observe::invariants;
use crate::shell::{Ask, Outcome, Shell, later};
use crate::storage::Storage;

/// The owner of one shop's stock and orders.
pub(crate) struct ShopActor {
    pub(super) shell: Shell,
    pub(super) desk: ShopDesk,
    /// The same as far as it is durable, for those who only look.
    pub(super) durable: Arc<DurableDesk>,
    pub(super) ledger: Ledger,
    pub(super) storage: Storage,
    /// The other shops, for cancelling what was ordered from several.
    pub(super) shops: Directory<ShopActor>,
    /// Orders being cancelled, with those who ask the same meanwhile.
    pub(super) cancelling: HashMap<OrderId, VecDeque<Ask<Cancel, Order>>>,
    /// Who waits for stock that is held.
    pub(super) waiting: WaitingLine,
}

impl ShopActor {
    pub(super) fn publish(&self) {
        let Self { desk, cancelling, .. } = self;
        let counts = [desk.products(), desk.open_holds(), cancelling.len(), desk.board().deals()];
        self.shell.meter.publish(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }

    fn state(&self) -> serde_json::Value {
        json!({
            "name": self.desk.profile().name,
            "currency": self.desk.profile().currency,
            "products": self.desk.products(),
            "openHolds": self.desk.open_holds(),
            "deals": self.desk.board().deals(),
            "cancelling": self.cancelling.len(),
            "waiting": self.waiting.len(),
            "invariants": invariants(self.desk.products(), || self.desk.check()),
        })
    }
}

impl Actor for ShopActor {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.publish();
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.waiting.send_all_away();
        self.send_cancellations_away();
    }
}

impl Handler<Ask<StockMoved, StockView>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<StockMoved, StockView>, ctx: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            match desk.decide_movement(ask.body.product, ask.body.movement, now) {
                Err(refusal) => shell.refuse(refusal.into(), ask.reply),
                Ok(fact) => move_stock(shell, desk, fact, ask, now),
            }
        });
        self.look_again(ctx);
    }
}

fn move_stock(
    shell: &mut Shell,
    desk: &mut ShopDesk,
    fact: Fact,
    ask: Ask<StockMoved, StockView>,
    now: UnixMillis,
) {
    let product = ask.body.product;
    match shell.place() {
        Err(busy) => drop(ask.reply.send(Err(busy))),
        Ok(place) => {
            desk.apply(&fact);
            match desk.shelf(product) {
                None => shell.refuse(AskError::NoSuchProducts(vec![product]), ask.reply),
                Some(Shelf { stock, moved_at, .. }) => {
                    let answer = StockView { product, stock: *stock, updated_at: *moved_at };
                    shell.commit(place, fact, answer, ask.key, now, ask.reply);
                }
            }
        }
    }
}

impl Handler<Ask<PlaceHere, Order>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<PlaceHere, Order>, ctx: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        let mut held = None;
        shell.turn(ask, |shell, ask, now| held = order(shell, desk, ask, now));
        if let Some((product, ask)) = held {
            self.wait(product, Waiter::Order(ask), Instant::now() + HELD_WAIT, ctx);
        }
    }
}

/// Makes the order or refuses it; gives it back where nothing but a hold on this product stands in
/// the way.
pub(super) fn order(
    shell: &mut Shell,
    desk: &mut ShopDesk,
    ask: Ask<PlaceHere, Order>,
    now: UnixMillis,
) -> Option<(ProductId, Ask<PlaceHere, Order>)> {
    let PlaceHere { id, user, basket } = &ask.body;
    match desk.decide_order(*id, *user, basket, now) {
        Err(ShopRefusal::StockHeld { product }) => return Some((product, ask)),
        Err(refusal) => shell.refuse(refusal.into(), ask.reply),
        Ok(order) => place(shell, desk, order, ask, now),
    }
    None
}

fn place(
    shell: &mut Shell,
    desk: &mut ShopDesk,
    order: Order,
    ask: Ask<PlaceHere, Order>,
    now: UnixMillis,
) {
    match shell.place() {
        Err(busy) => drop(ask.reply.send(Err(busy))),
        Ok(place) => {
            let fact = Fact::OrderPlaced(Arc::new(order.clone()));
            desk.apply(&fact);
            shell.commit(place, fact, order, ask.key, now, ask.reply);
        }
    }
}

impl Handler<Quote> for ShopActor {
    type Result = ResponseFuture<Result<Priced, AskError>>;

    fn handle(&mut self, ask: Quote, _: &mut Self::Context) -> Self::Result {
        let now = clock::now();
        self.shell.meter.used();
        let (reply, answer) = oneshot::channel();
        match self.desk.quote(&ask.basket, ask.user, now) {
            Ok(lines) => drop(reply.send(Ok(priced(&self.shell, &self.desk, lines)))),
            Err(refusal) => self.shell.refuse(refusal.into(), reply),
        }
        later(answer)
    }
}

impl Handler<Hold> for ShopActor {
    type Result = ResponseFuture<Result<Priced, AskError>>;

    fn handle(&mut self, ask: Hold, ctx: &mut Self::Context) -> Self::Result {
        // An activation that holds stock stays until the hold is settled.
        self.shell.meter.used();
        let (reply, answer) = oneshot::channel();
        let until = ask.until;
        self.decide(Waiter::Hold(ask, reply), until, ctx);
        self.publish();
        later(answer)
    }
}

/// Sets stock aside or refuses to; gives the way back where nothing but another hold on this
/// product stands in the way.
pub(super) fn set_aside(
    shell: &mut Shell,
    desk: &mut ShopDesk,
    ask: &Hold,
    reply: oneshot::Sender<Outcome<Priced>>,
    now: UnixMillis,
) -> Option<(ProductId, oneshot::Sender<Outcome<Priced>>)> {
    match desk.decide_hold(&ask.basket, ask.user, now) {
        Err(ShopRefusal::StockHeld { product }) => return Some((product, reply)),
        Err(refusal) => shell.refuse(refusal.into(), reply),
        Ok(lines) => {
            desk.apply_hold(ask.hold, ask.user, &lines, now);
            // Who has gone meanwhile settles the hold all the same.
            drop(reply.send(Ok(priced(shell, desk, lines))));
        }
    }
    None
}

fn priced(shell: &Shell, desk: &ShopDesk, lines: Vec<OrderLine>) -> Answered<Priced> {
    let (activation, currency) = (shell.activation.clone(), desk.profile().currency);
    Answered::fresh(Priced { activation, lines, currency })
}

impl Handler<Settle> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Settle, ctx: &mut Self::Context) {
        self.waiting.forget(ask.hold);
        if ask.sold {
            self.desk.confirm(ask.hold, clock::now());
        } else {
            self.desk.release(ask.hold, clock::now());
        }
        self.look_again(ctx);
        self.publish();
    }
}

impl<M: Message> Handler<Sent<M>> for ShopActor
where
    Self: Handler<M>,
{
    type Result = ();

    fn handle(&mut self, sent: Sent<M>, ctx: &mut Self::Context) {
        sent.handled_by(self, ctx);
    }
}

impl Handler<Halt> for ShopActor {
    type Result = ();

    fn handle(&mut self, _: Halt, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Observe> for ShopActor {
    type Result = Result<serde_json::Value, AskError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        Ok(self.state())
    }
}

impl Owner for ShopActor {
    const KIND: &'static str = "shop";
    const GAUGES: &'static [&'static str] = &["products", "openHolds", "cancelling", "deals"];
    const MISSING: AskError = AskError::NoSuchShop;
    type Key = ShopId;
    type Card = DurableDesk;

    fn stream(key: ShopId) -> StreamId {
        StreamId::Shop(key)
    }

    async fn exists(storage: &Storage, key: ShopId) -> Result<bool, AskError> {
        Ok(storage.shop(key).await?.is_some())
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: ShopId,
        activation: Arc<Activation>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<DurableDesk>), AskError> {
        let desk = directory.storage().rebuilding().desk(key).await?;
        let durable = DurableDesk::new(desk.clone());
        let published = durable.clone();
        activation.on_durable(move |fact| published.learn(fact));
        let ledger = directory.ledger().clone();
        let shell = Shell::new(activation, ledger.clone(), meter);
        let actor = Self {
            shell,
            desk,
            durable: durable.clone(),
            ledger,
            storage: directory.storage().clone(),
            shops: directory.clone(),
            cancelling: HashMap::new(),
            waiting: WaitingLine::default(),
        };
        Ok((actor, durable))
    }
}
