//! The actor that owns one shop.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use actix::ResponseFuture;
use hotdeal_domain::desk::{DeskFact, PlacementRefusal, ShopDesk};
use hotdeal_domain::order::{Order, OrderFact, OrderLine};
use hotdeal_domain::shop::LOW_AT;
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{OrderId, ProductId, ShopId, UnixMillis};
use serde_json::json;

use super::changes::Change;
use super::durable::DurableDesk;
use super::waiting::{Waiter, WaitingLine};
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;
use crate::host::directory::{Directory, Handles, Owner, OwnerContext};
use crate::host::observe::invariants;
use crate::host::shell::{Apply, Caller, Decision, Envelope, Memory, Shell, later};
use crate::host::timers::{Alarm, Watch};
use crate::ledger::{Known, Ledger, Owned};
use crate::meter::Meter;
use crate::order::OrderError;
use crate::order::changed::ChangedOrders;
use crate::order::messages::{HELD_WAIT, Hold, PlaceHere, Priced, Quote, Settle};
use crate::shop::messages::*;
use crate::shop::{RecentProducts, SetLowStock, StockView};
use crate::storage::Storage;

/// The owner of one shop's stock and orders.
pub(crate) struct ShopActor {
    pub(crate) shell: Shell<ShopStream>,
    pub(crate) desk: Memory<ShopDesk>,
    /// The same as far as it is durable, for those who only look.
    pub(crate) durable: Arc<DurableDesk>,
    pub(crate) ledger: Ledger,
    pub(crate) storage: Storage,
    /// The other shops, for changing what was ordered from several.
    pub(crate) shops: Directory<ShopActor>,
    /// Orders being changed, with what else is asked of them meanwhile.
    pub(crate) changing: HashMap<OrderId, VecDeque<Change>>,
    /// Who waits for stock that is held.
    pub(crate) waiting: WaitingLine,
    /// Orders that are not answered in time.
    pub(crate) lapses: Option<Watch>,
}

impl ShopActor {
    pub(crate) fn publish(&self) {
        let Self { desk, changing, .. } = self;
        let counts = [desk.products(), desk.open_holds(), changing.len(), desk.board().deals()];
        self.shell.meter.publish(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }
}

impl Apply<DeskFact> for ShopDesk {
    fn apply(&mut self, fact: &DeskFact) {
        ShopDesk::apply(self, fact);
    }
}

impl Handles<Envelope<StockMoved>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<StockMoved>, ctx: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, request, caller, now| {
            match desk.decide_movement(request.product, request.movement, now) {
                Err(refusal) => shell.refuse(refusal.into(), caller),
                Ok(fact) => {
                    let seen = |desk: &ShopDesk| stock_of(desk, request.product);
                    shell.carry_out(Decision::of(fact), desk, caller, now, seen);
                }
            }
        });
        self.look_again(ctx);
    }
}

impl Handles<Envelope<SetLowStock>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<SetLowStock>, _: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, request, caller, now| {
            match desk.decide_low_stock(request.product, request.low_at, now) {
                Err(refusal) => shell.refuse(refusal.into(), caller),
                Ok(fact) => {
                    let seen = |desk: &ShopDesk| stock_of(desk, request.product);
                    shell.carry_out(Decision::of(fact), desk, caller, now, seen);
                }
            }
        });
    }
}

/// The stock of a product that is sold here.
fn stock_of(desk: &ShopDesk, product: ProductId) -> StockView {
    let shelf = desk.shelf(product);
    let (stock, updated_at) = shelf.map(|shelf| (shelf.stock, shelf.moved_at)).unwrap_or_default();
    StockView { product, stock, updated_at, low_at: shelf.map_or(LOW_AT, |shelf| shelf.low_at) }
}

impl Handles<Envelope<PlaceHere>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<PlaceHere>, ctx: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        let mut held = None;
        shell.turn(envelope, |shell, request, caller, now| {
            held = order(shell, desk, request, caller, now);
        });
        if let Some((product, request, caller)) = held {
            self.wait(product, Waiter::Order(request, caller), Instant::now() + HELD_WAIT, ctx);
        }
    }
}

/// Makes the order or refuses it; gives it back where nothing but a hold on this product stands in
/// the way.
pub(crate) fn order(
    shell: &Shell<ShopStream>,
    desk: &mut Memory<ShopDesk>,
    request: PlaceHere,
    caller: Caller<Order, OrderError>,
    now: UnixMillis,
) -> Option<(ProductId, PlaceHere, Caller<Order, OrderError>)> {
    match desk.decide_order(request.id, request.user, &request.basket, now) {
        Err(PlacementRefusal::StockHeld { product }) => return Some((product, request, caller)),
        Err(refusal) => shell.refuse(refusal.into(), caller),
        Ok(order) => {
            let order = order.to_be_answered_within(request.answer_within_ms);
            let placed = OrderFact::OrderPlaced(Arc::new(order.clone()));
            shell.carry_out(Decision::of(placed), desk, caller, now, |_| order);
        }
    }
    None
}

impl Handles<Quote> for ShopActor {
    type Result = ResponseFuture<Result<Priced, OrderError>>;

    fn handle(&mut self, request: Quote, _: &mut OwnerContext<Self>) -> Self::Result {
        let now = clock::now();
        self.shell.meter.used();
        let (caller, answer) = Caller::without_key();
        match self.desk.quote(&request.basket, request.user, now) {
            Ok(lines) => caller.tell(Ok(priced(&self.shell, &self.desk, lines))),
            Err(refusal) => self.shell.refuse(refusal.into(), caller),
        }
        later(answer)
    }
}

impl Handles<Hold> for ShopActor {
    type Result = ResponseFuture<Result<Priced, OrderError>>;

    fn handle(&mut self, request: Hold, ctx: &mut OwnerContext<Self>) -> Self::Result {
        // An activation that holds stock stays until the hold is settled.
        self.shell.meter.used();
        let (caller, answer) = Caller::without_key();
        let until = Instant::now() + request.within;
        self.decide(Waiter::Hold(request, caller), until, ctx);
        self.publish();
        later(answer)
    }
}

/// Sets stock aside or refuses to; gives the way back where nothing but another hold on this
/// product stands in the way.
pub(crate) fn set_aside(
    shell: &Shell<ShopStream>,
    desk: &mut Memory<ShopDesk>,
    request: &Hold,
    caller: Caller<Priced, OrderError>,
    now: UnixMillis,
) -> Option<(ProductId, Caller<Priced, OrderError>)> {
    match desk.decide_hold(&request.basket, request.user, now) {
        Err(PlacementRefusal::StockHeld { product }) => return Some((product, caller)),
        Err(refusal) => shell.refuse(refusal.into(), caller),
        Ok(lines) => {
            desk.beside_facts().apply_hold(request.hold, request.user, &lines, now);
            // Who has gone meanwhile settles the hold all the same.
            caller.tell(Ok(priced(shell, desk, lines)));
        }
    }
    None
}

fn priced(shell: &Shell<ShopStream>, desk: &ShopDesk, lines: Vec<OrderLine>) -> Answered<Priced> {
    let (shop, currency) = (shell.activation.tenure(), desk.profile().currency);
    Answered::fresh(Priced { shop, lines, currency })
}

impl Handles<Settle> for ShopActor {
    type Result = ();

    fn handle(&mut self, request: Settle, ctx: &mut OwnerContext<Self>) {
        self.waiting.forget(request.hold);
        if request.sold {
            self.desk.beside_facts().confirm(request.hold, clock::now());
        } else {
            self.desk.beside_facts().release(request.hold, clock::now());
        }
        self.look_again(ctx);
        self.publish();
    }
}

/// Who hears of the facts of every shop on this node.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) recent: Arc<RecentProducts>,
    pub(crate) changed: Arc<ChangedOrders>,
}

impl Owner for ShopActor {
    const KIND: &'static str = "shop";
    const GAUGES: &'static [&'static str] = &["products", "openHolds", "changing", "deals"];
    type Key = ShopId;
    type Stream = ShopStream;
    type Card = DurableDesk;
    type Node = Listeners;

    fn key(number: i64) -> Option<ShopId> {
        number.try_into().ok()
    }

    async fn exists(storage: &Storage, key: ShopId) -> Result<bool, RequestError> {
        Ok(storage.shop(key).await?.is_some())
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: ShopId,
        activation: Owned<ShopStream>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<DurableDesk>), RequestError> {
        let desk = directory.storage().rebuilding().desk(key).await?;
        let durable = DurableDesk::new(desk.clone(), activation.durable_sequence());
        let published = durable.clone();
        let Listeners { recent, changed } = directory.node().clone();
        activation.on_known(move |fact, known| {
            match fact {
                DeskFact::Shop(fact) => recent.learn(fact, known),
                DeskFact::Order(fact) if known == Known::Durable => changed.learn(fact),
                DeskFact::Order(_) | DeskFact::Price(_) => {}
            }
            if known == Known::Durable {
                published.learn(fact);
            }
        });
        let ledger = directory.ledger().clone();
        let shell = Shell::new(activation, ledger.clone(), meter);
        let actor = Self {
            shell,
            desk: Memory::new(desk),
            durable: durable.clone(),
            ledger,
            storage: directory.storage().clone(),
            shops: directory.clone(),
            changing: HashMap::new(),
            waiting: WaitingLine::default(),
            lapses: None,
        };
        Ok((actor, durable))
    }

    fn state(&self) -> serde_json::Value {
        json!({
            "name": self.desk.profile().name,
            "currency": self.desk.profile().currency,
            "products": self.desk.products(),
            "openHolds": self.desk.open_holds(),
            "deals": self.desk.board().deals(),
            "changing": self.changing.len(),
            "waiting": self.waiting.len(),
            "invariants": invariants(self.desk.products(), || self.desk.check()),
        })
    }

    fn alarm(card: &DurableDesk) -> Option<&Alarm> {
        Some(card.alarm())
    }

    fn started(&mut self, _: &mut OwnerContext<Self>) {
        self.watch_lapses();
        self.publish();
    }

    fn stopped(&mut self) {
        self.waiting.send_all_away();
        self.send_changes_away();
    }
}
