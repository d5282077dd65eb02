//! The actor that owns one shop.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use actix::prelude::*;
use hotdeal_domain::{Fact, Order, OrderId, Shelf, ShopDesk, ShopId, StreamId, UnixMillis};
use serde_json::json;

use super::durable::DurableDesk;
use super::messages::*;
use crate::api::StockView;
use crate::clock;
use crate::directory::{Directory, Halt, Observe, Owner};
use crate::error::AskError;
use crate::ledger::{Activation, Ledger};
use crate::meter::Meter;
use crate::observe::invariants;
use crate::shell::{Ask, Shell};
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
            "invariants": invariants(self.desk.products(), || self.desk.check()),
        })
    }
}

impl Actor for ShopActor {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.publish();
    }
}

impl Handler<Ask<StockMoved, StockView>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<StockMoved, StockView>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            match desk.decide_movement(ask.body.product, ask.body.movement, now) {
                Err(refusal) => shell.refuse(refusal.into(), ask.reply),
                Ok(fact) => move_stock(shell, desk, fact, ask, now),
            }
        });
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

    fn handle(&mut self, ask: Ask<PlaceHere, Order>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            let PlaceHere { id, user, basket } = &ask.body;
            match desk.decide_order(*id, *user, basket, now) {
                Err(refusal) => shell.refuse(refusal.into(), ask.reply),
                Ok(order) => place(shell, desk, order, ask, now),
            }
        });
    }
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

impl Handler<Hold> for ShopActor {
    type Result = Result<Held, AskError>;

    fn handle(&mut self, ask: Hold, _: &mut Self::Context) -> Self::Result {
        self.shell.meter.begin();
        let now = clock::now();
        // An activation that holds stock stays until the hold is settled.
        self.shell.meter.used_at(now.0);
        let lines = self.desk.decide_hold(&ask.basket, ask.user, now)?;
        self.desk.apply_hold(ask.hold, ask.user, &lines, now);
        self.publish();
        let currency = self.desk.profile().currency;
        Ok(Held { activation: self.shell.activation.clone(), lines, currency })
    }
}

impl Handler<Settle> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Settle, _: &mut Self::Context) {
        self.shell.meter.begin();
        if ask.sold {
            self.desk.confirm(ask.hold, clock::now());
        } else {
            self.desk.release(ask.hold, clock::now());
        }
        self.publish();
    }
}

impl Handler<Halt> for ShopActor {
    type Result = ();

    fn handle(&mut self, _: Halt, ctx: &mut Self::Context) {
        self.shell.meter.begin();
        ctx.stop();
    }
}

impl Handler<Observe> for ShopActor {
    type Result = Result<serde_json::Value, AskError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        self.shell.meter.begin();
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
        };
        Ok((actor, durable))
    }
}
