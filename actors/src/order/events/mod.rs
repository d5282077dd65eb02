//! What happens at a shop, for whoever runs it: orders, stock that becomes low, deals.
//!
//! All of it is read from the facts of the shop's stream, so it is durable, and it is the same for who
//! listens, who comes back and who asks again and again, also after a restart. A fact may tell several
//! things: what it makes low comes first, and what it is about last. The last has the id
//! `shop:{shop}:{sequence}`, the others `shop:{shop}:{sequence}:{part}`, from 1. So whoever has an event
//! knows all that comes before it, and nothing else.
//!
//! The stream tells what changes, and not how much there is. So the levels of stock are taken from the
//! published desk, the facts are taken back from there, and then applied again ([`Levels`]).

mod desks;
mod place;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealState, PriceFact};
use hotdeal_domain::desk::{DeskFact, Levels, LowStock};
use hotdeal_domain::order::{Order, OrderFact, OrderLine, Part, PartState, TrackedOrder};
use hotdeal_domain::shop::ShopFact;
use hotdeal_domain::{Amount, Currency, EventId, OrderId, ProductId, ShopId, UnixMillis};

use super::Orders;
use super::api::{PartCounts, ShopOrderSearch};
use crate::error::RequestError;
use crate::storage::CORRUPT;

pub(crate) use desks::{BoardLook, EventDesks, LevelsNow};
pub use place::{EventPlace, ShopEventId};

/// Facts of the stream with their sequences.
type Facts = Vec<(i64, DeskFact)>;

/// An order as one of its shops sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopOrder {
    /// Its number.
    pub id: OrderId,
    /// What is ordered from this shop.
    pub lines: Vec<OrderLine>,
    /// The sum of those.
    pub total: Amount,
    /// The currency of every line.
    pub currency: Currency,
    /// When it was made.
    pub ordered_at: UnixMillis,
    /// Until when the shop has to answer it.
    pub answer_by: Option<UnixMillis>,
    /// How far the shop has come with it.
    pub part: Part,
}

impl ShopOrder {
    /// The order with what is of this shop, as it was made.
    fn new(shop: ShopId, order: &Order) -> Result<Self, RequestError> {
        Self::of(order, Part::new(shop, order.ordered_at))
    }

    /// The order with what is of the shop that has this part in it.
    fn of(order: &Order, part: Part) -> Result<Self, RequestError> {
        let shop = part.shop;
        let lines: Vec<OrderLine> =
            order.lines.iter().filter(|line| line.shop == shop).cloned().collect();
        let total = lines.iter().try_fold(Amount::ZERO, |sum, line| sum.checked_add(line.total()?));
        Ok(Self {
            id: order.id,
            lines,
            total: total.ok_or(CORRUPT)?,
            currency: order.currency,
            ordered_at: order.ordered_at,
            answer_by: order.answer_by,
            part,
        })
    }
}

/// Something that happened at a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopEvent {
    /// Its place among all that happened there.
    pub place: EventPlace,
    /// When.
    pub at: UnixMillis,
    /// What.
    pub news: ShopNews,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopNews {
    /// An order was made.
    OrderPlaced(ShopOrder),
    /// The shop has come further with its part of an order, or has rejected it.
    OrderChanged(OrderId, Part),
    /// The buyer cancelled an order, or this shop's part of it.
    OrderCancelled(OrderId),
    /// The stock of a product has become low.
    StockLow(LowStock),
    /// A deal was put on so many of its products.
    DealPosted(Arc<Deal>, usize),
    /// A deal was paused, resumed or cancelled.
    DealTurned(EventId, DealState),
}

/// What happened at a shop since some event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopEvents {
    /// This, in order, and nothing else up to and with the sequence `through`.
    These {
        /// What happened.
        events: Vec<ShopEvent>,
        /// The last sequence that was looked at.
        through: i64,
    },
    /// More than is told.
    TooMany,
    /// The event is none of this shop.
    Unknown,
}

/// How a shop stands, before anything else of it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopBoard {
    /// Events up to and with this sequence are in it. Later ones may be, too.
    pub through: i64,
    /// Its newest orders that are open: new, accepted or ready.
    pub orders: Vec<ShopOrder>,
    /// How many it has in each state.
    pub counts: PartCounts,
    /// Its deals that have not ended: each with its state, and how many products it is on.
    pub deals: Vec<(Arc<Deal>, DealState, usize)>,
}

impl Orders {
    /// The sequence of a shop's last durable fact, and its deals that have not ended. Its owner stays in
    /// memory while somebody looks again and again.
    ///
    /// # Errors
    /// [`RequestError::Missing`] where there is no such shop.
    pub async fn look_at_shop(
        &self,
        shop: ShopId,
    ) -> Result<(i64, Vec<(Arc<Deal>, DealState, usize)>), RequestError> {
        let BoardLook { through, deals } = self.desks.look(shop).await?;
        Ok((through, deals))
    }

    /// How a shop stands, with at most `most` of its orders.
    ///
    /// # Errors
    /// [`RequestError::Missing`] where there is no such shop.
    pub async fn board(&self, shop: ShopId, most: usize) -> Result<ShopBoard, RequestError> {
        // In this order: what comes meanwhile is in the orders, and is told again as an event.
        let (through, deals) = self.look_at_shop(shop).await?;
        let orders = self.open_orders(shop, most).await?;
        let counts = self.part_counts(shop).await?;
        Ok(ShopBoard { through, orders, counts, deals })
    }

    /// The newest orders that a shop has to do something about.
    async fn open_orders(&self, shop: ShopId, most: usize) -> Result<Vec<ShopOrder>, RequestError> {
        let open = ShopOrderSearch {
            shop,
            states: vec![PartState::New, PartState::Accepted, PartState::Ready],
            from: None,
            to: None,
            product: None,
            behind: None,
            limit: u64::try_from(most).unwrap_or(u64::MAX),
        };
        let found = self.shop_orders(&open).await?.orders;
        let order = |TrackedOrder { order, parts }| {
            ShopOrder::of(&order, parts.into_iter().next().ok_or(CORRUPT)?)
        };
        found.into_iter().map(order).collect()
    }

    /// What happened at a shop after an event. `most`: of more facts than these nothing is told.
    ///
    /// # Errors
    /// [`RequestError::Missing`] where there is no such shop.
    pub async fn shop_events(
        &self,
        shop: ShopId,
        after: EventPlace,
        most: u32,
    ) -> Result<ShopEvents, RequestError> {
        let BoardLook { through, .. } = self.desks.look(shop).await?;
        let first = after.next_fact();
        if first > through + 1 || after.is_before_all() {
            return Ok(ShopEvents::Unknown);
        }
        if through - first >= i64::from(most) {
            return Ok(ShopEvents::TooMany);
        }
        let Some(facts) = self.host.storage.desk_facts(shop, first, through).await? else {
            return Ok(ShopEvents::TooMany);
        };
        let mut levels = self.levels_before(shop, &facts, through).await?;
        let mut orders = self.orders_elsewhere(&facts).await?;
        let mut events = Vec::new();
        for (sequence, fact) in &facts {
            let low = levels.apply(fact);
            let news = news(shop, fact, &mut orders)?;
            let told = low.into_iter().map(ShopNews::StockLow).chain(news);
            events.extend(placed(*sequence, fact.at(), told.collect()));
        }
        events.retain(|event| event.place > after);
        Ok(ShopEvents::These { events, through })
    }

    /// The levels of stock before the first of these facts, the last of which has the sequence `through`.
    async fn levels_before(
        &self,
        shop: ShopId,
        facts: &Facts,
        through: i64,
    ) -> Result<Levels, RequestError> {
        let touched: BTreeSet<ProductId> =
            facts.iter().flat_map(|(_, fact)| Levels::touched(shop, fact)).collect();
        if touched.is_empty() {
            return Ok(Levels::new(shop, []));
        }
        let (now, levels) = self.desks.levels(shop, touched.into_iter().collect()).await?;
        let mut levels = Levels::new(shop, levels);
        // The desk may have gone on since the facts were read.
        let later = self.host.storage.desk_facts(shop, through + 1, now).await?;
        let later = later.ok_or(RequestError::Busy)?;
        for (_, fact) in facts.iter().chain(&later).rev() {
            levels.take_back(fact);
        }
        Ok(levels)
    }

    /// The orders of which other shops are the home: their facts here do not tell prices and names.
    async fn orders_elsewhere(
        &self,
        facts: &Facts,
    ) -> Result<BTreeMap<OrderId, Order>, RequestError> {
        let mut orders = BTreeMap::new();
        for (_, fact) in facts {
            if let DeskFact::Order(OrderFact::StockSold { order, .. }) = fact {
                let found = self.host.storage.order(*order).await?;
                orders.insert(*order, found.ok_or(CORRUPT)?);
            }
        }
        Ok(orders)
    }
}

/// What a fact is about, if whoever runs the shop is to be told.
fn news(
    shop: ShopId,
    fact: &DeskFact,
    elsewhere: &mut BTreeMap<OrderId, Order>,
) -> Result<Option<ShopNews>, RequestError> {
    Ok(Some(match fact {
        DeskFact::Order(OrderFact::OrderPlaced(order)) => {
            ShopNews::OrderPlaced(ShopOrder::new(shop, order)?)
        }
        DeskFact::Order(OrderFact::StockSold { order, .. }) => {
            let order = elsewhere.remove(order).ok_or(CORRUPT)?;
            ShopNews::OrderPlaced(ShopOrder::new(shop, &order)?)
        }
        DeskFact::Order(
            OrderFact::OrderCancelled { order, .. }
            | OrderFact::StockReturned { order, .. }
            | OrderFact::PartCancelled { order, .. },
        ) => ShopNews::OrderCancelled(*order),
        DeskFact::Order(OrderFact::PartAccepted { order, expected_at, at, .. }) => {
            let part = Part { expected_at: Some(*expected_at), ..Part::new(shop, *at) };
            ShopNews::OrderChanged(*order, Part { state: PartState::Accepted, ..part })
        }
        DeskFact::Order(OrderFact::PartReady { order, at, .. }) => {
            let part = Part { state: PartState::Ready, ..Part::new(shop, *at) };
            ShopNews::OrderChanged(*order, part)
        }
        DeskFact::Order(OrderFact::PartDone { order, at, .. }) => {
            let part = Part { state: PartState::Done, ..Part::new(shop, *at) };
            ShopNews::OrderChanged(*order, part)
        }
        DeskFact::Order(OrderFact::PartRejected { order, rejection, at, .. }) => {
            let part = Part { rejection: Some(rejection.clone()), ..Part::new(shop, *at) };
            ShopNews::OrderChanged(*order, Part { state: PartState::Rejected, ..part })
        }
        // The end of the last part is told where that stands.
        DeskFact::Order(OrderFact::OrderEmptied { .. }) => return Ok(None),
        DeskFact::Price(PriceFact::DealPosted { deal, products }) => {
            ShopNews::DealPosted(deal.clone(), products.len())
        }
        DeskFact::Price(PriceFact::DealTurned { deal, state, .. }) => {
            ShopNews::DealTurned(*deal, *state)
        }
        // Whoever runs the shop has done that.
        DeskFact::Shop(
            ShopFact::ShopOpened(_)
            | ShopFact::ProductCreated(_)
            | ShopFact::ProductChanged { .. }
            | ShopFact::ProductWithdrawn { .. }
            | ShopFact::StockMoved { .. }
            | ShopFact::LowStockSet { .. },
        ) => return Ok(None),
    }))
}

/// What one fact tells, each with its place.
fn placed(sequence: i64, at: UnixMillis, told: Vec<ShopNews>) -> Vec<ShopEvent> {
    let last = told.len().saturating_sub(1);
    let place = |number: usize| match number == last {
        true => EventPlace::whole(sequence),
        false => EventPlace::part(sequence, u32::try_from(number + 1).unwrap_or(u32::MAX)),
    };
    let events = told.into_iter().enumerate();
    events.map(|(number, news)| ShopEvent { place: place(number), at, news }).collect()
}
