//! What happens at a shop, as it is sent.

use std::sync::Arc;

use hotdeal_actors::fanout::Frame;
use hotdeal_actors::order::{
    EventPlace, PartCounts, ShopBoard, ShopEvent, ShopEventId, ShopNews, ShopOrder,
};
use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::desk::LowStock;
use hotdeal_domain::order::{OrderLine, Part};
use hotdeal_domain::{EventId, OrderId, Phase, ShopId, UnixMillis};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::{DiscountAmount, Money, taken_off};
use crate::http::kit::openapi::words::CurrencyCode;
use crate::live::frames::{self, written};

/// Lines of an order that are told at most; it says how many it has.
const LINES_MAX: usize = 100;

/// Deals that a board begins with at most.
const DEALS_MAX: usize = 100;

/// Something that happened at a shop.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShopEventAnswer {
    /// `order-placed`, `order-cancelled`, `stock-low` and others, as AsyncAPI tells them.
    #[serde(rename = "type")]
    kind: String,
    /// `shop:{shopId}:{sequence}`, or with `:{part}` behind it.
    id: String,
    #[schema(format = DateTime)]
    at: String,
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// How a shop stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopBoard)]
pub(super) struct Board {
    /// The newest orders that are open (new, accepted or ready), at most 200. Events that follow may tell of
    /// some of them again.
    orders: Vec<OrderTold>,
    counts: Counts,
    /// Its deals that have not ended: at most 100, those that end first.
    deals: Vec<DealTold>,
}

/// How many orders a shop has in each state of its part.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = ShopCounts)]
struct Counts {
    new: i64,
    accepted: i64,
    ready: i64,
    done: i64,
    rejected: i64,
    cancelled: i64,
}

impl From<PartCounts> for Counts {
    fn from(PartCounts([new, accepted, ready, done, rejected, cancelled]): PartCounts) -> Self {
        Self { new, accepted, ready, done, rejected, cancelled }
    }
}

/// An order as one of its shops sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopOrder)]
pub(super) struct OrderTold {
    order_id: i64,
    /// What is ordered from this shop, at most 100 lines of it.
    items: Vec<LineTold>,
    /// Lines of this shop.
    line_count: usize,
    /// Pieces of this shop.
    total_order_count: u64,
    /// The sum of this shop's lines.
    #[schema(value_type = f64)]
    total_order_price: Money,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(value_type = String, format = DateTime)]
    order_date: WireStamp,
    /// Until when the shop has to answer it: then it is rejected by itself, as `NOT_ANSWERED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    answer_by: Option<Stamp>,
    #[serde(flatten)]
    part: PartTold,
}

/// How far the shop has come with its part of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopOrderPart)]
struct PartTold {
    /// `NEW`, `ACCEPTED`, `READY`, `DONE`, `REJECTED` or `CANCELLED`.
    #[schema(value_type = String)]
    state: &'static str,
    /// When the shop expects to be ready; there as it accepts, or names another time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    expected_at: Option<Stamp>,
    /// Why it was rejected, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    reason: Option<&'static str>,
    /// When it came to this state, or another time was named.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Stamp,
}

impl PartTold {
    fn new(part: &Part, zone: Zone) -> Self {
        Self {
            state: part.state.name(),
            expected_at: part.expected_at.map(|at| zone.stamp(at)),
            reason: part.rejection.as_ref().map(|rejection| rejection.reason.name()),
            changed_at: zone.stamp(part.changed_at),
        }
    }
}

/// The shop has come further with its part of an order, or has rejected it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopOrderChanged)]
pub(super) struct ChangedTold {
    order_id: i64,
    #[serde(flatten)]
    part: PartTold,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopOrderLine)]
struct LineTold {
    product_id: i64,
    #[schema(value_type = String)]
    product_name: Arc<str>,
    quantity: u32,
    /// What one piece cost.
    #[schema(value_type = f64)]
    product_price: Money,
    /// The deal that made the price, if one did.
    #[schema(required)]
    event_id: Option<i64>,
}

/// An order was cancelled.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopOrderCancelled)]
pub(super) struct CancelledTold {
    order_id: i64,
}

/// The stock of a product has become low.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopStockLow)]
pub(super) struct LowTold {
    product_id: i64,
    /// Pieces that nobody has bought.
    left: i64,
    /// At so many or fewer it is low.
    low_at: u32,
}

/// A deal on products of the shop.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopDeal)]
pub(super) struct DealTold {
    event_id: i64,
    /// `SCHEDULED`, `RUNNING`, `PAUSED` or `ENDED`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Percent off; `null` where an amount is taken off.
    #[schema(value_type = Option<f64>)]
    event_discount: Option<DiscountAmount>,
    /// Money off each piece; `null` where a percentage is.
    #[schema(value_type = Option<f64>)]
    discount_amount: Option<Money>,
    #[schema(value_type = String, format = DateTime)]
    start_event_time: Stamp,
    #[schema(value_type = String, format = DateTime)]
    end_event_time: Stamp,
    /// How many products of this shop it is on.
    product_count: usize,
}

/// A deal was paused, resumed or cancelled.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShopDealTurned)]
pub(super) struct TurnedTold {
    event_id: i64,
}

impl Board {
    pub(super) fn new(found: &ShopBoard, now: UnixMillis, zone: Zone) -> Self {
        let deals = found.deals.iter().filter(|(deal, ..)| !has_ended(deal, now));
        let mut deals: Vec<_> = deals.collect();
        deals.sort_by_key(|(deal, ..)| deal.terms.window.end);
        let deals = deals.into_iter().take(DEALS_MAX);
        Self {
            orders: found.orders.iter().map(|order| OrderTold::new(order, zone)).collect(),
            counts: found.counts.into(),
            deals: deals
                .map(|(deal, state, products)| DealTold::new(deal, *state, *products, now, zone))
                .collect(),
        }
    }
}

fn has_ended(deal: &Deal, now: UnixMillis) -> bool {
    deal.terms.window.phase(now) == Phase::After
}

impl OrderTold {
    fn new(order: &ShopOrder, zone: Zone) -> Self {
        let line = |line: &OrderLine| LineTold {
            product_id: line.product.get(),
            product_name: line.name.clone(),
            quantity: line.quantity.get(),
            product_price: Money(line.unit_price, order.currency),
            event_id: line.deal.map(EventId::get),
        };
        Self {
            order_id: order.id.get(),
            items: order.lines.iter().take(LINES_MAX).map(line).collect(),
            line_count: order.lines.len(),
            total_order_count: order.lines.iter().map(|l| u64::from(l.quantity.get())).sum(),
            total_order_price: Money(order.total, order.currency),
            currency: order.currency.code(),
            order_date: zone.wire_stamp(order.ordered_at),
            answer_by: order.answer_by.map(|at| zone.stamp(at)),
            part: PartTold::new(&order.part, zone),
        }
    }
}

impl DealTold {
    fn new(deal: &Deal, state: DealState, products: usize, at: UnixMillis, zone: Zone) -> Self {
        let (percent, amount) = taken_off(deal.terms.discount, deal.currency);
        let window = &deal.terms.window;
        Self {
            event_id: deal.id.get(),
            status: match (state, window.phase(at)) {
                (_, Phase::After) | (DealState::Cancelled, _) => "ENDED",
                (DealState::Paused, _) => "PAUSED",
                (DealState::Open, Phase::Before) => "SCHEDULED",
                (DealState::Open, Phase::Open) => "RUNNING",
            },
            event_discount: percent,
            discount_amount: amount,
            start_event_time: zone.stamp(window.start),
            end_event_time: zone.stamp(window.end),
            product_count: products,
        }
    }
}

/// Writes what happens at one shop.
#[derive(Clone, Copy)]
pub(super) struct Frames {
    pub(super) shop: ShopId,
    pub(super) zone: Zone,
}

impl Frames {
    /// Something that happened.
    pub(super) fn event(self, event: &ShopEvent) -> Frame {
        let (at, zone) = (event.at, self.zone);
        match &event.news {
            ShopNews::OrderPlaced(order) => {
                self.told("order-placed", event, &OrderTold::new(order, zone))
            }
            ShopNews::OrderChanged(order, part) => {
                let part = PartTold::new(part, zone);
                self.told("order-changed", event, &ChangedTold { order_id: order.get(), part })
            }
            ShopNews::OrderCancelled(order) => {
                self.told("order-cancelled", event, &cancelled(*order))
            }
            ShopNews::StockLow(low) => self.told("stock-low", event, &low_told(low)),
            ShopNews::DealPosted(deal, products) => {
                let kind = match deal.terms.window.phase(at) {
                    Phase::Before => "deal-scheduled",
                    Phase::Open | Phase::After => "deal-started",
                };
                let data = DealTold::new(deal, DealState::Open, *products, at, zone);
                self.told(kind, event, &data)
            }
            ShopNews::DealTurned(deal, state) => {
                let kind = match state {
                    DealState::Paused => "deal-paused",
                    DealState::Open => "deal-resumed",
                    DealState::Cancelled => "deal-cancelled",
                };
                self.told(kind, event, &TurnedTold { event_id: deal.get() })
            }
        }
    }

    /// A deal begins or ends by the time: a state, with no place to come back to.
    pub(super) fn deal(
        self,
        kind: &'static str,
        deal: &Deal,
        state: DealState,
        products: usize,
        now: UnixMillis,
    ) -> Frame {
        let data = DealTold::new(deal, state, products, now, self.zone);
        written(kind, format_args!("deal:{}:{kind}", deal.id), now, false, &data, self.zone)
    }

    /// How the shop stands, with all events up to and with this place.
    pub(super) fn board(self, place: EventPlace, board: &Board, now: UnixMillis) -> Frame {
        written("board", self.id(place), now, true, board, self.zone)
    }

    /// Events are missing between what a client has and the board, which follows.
    pub(super) fn gap(self, place: EventPlace, reason: &'static str, now: UnixMillis) -> Frame {
        frames::gap(self.id(place), reason, now, self.zone)
    }

    fn told(self, kind: &'static str, event: &ShopEvent, data: &impl Serialize) -> Frame {
        let mut frame = written(kind, self.id(event.place), event.at, true, data, self.zone);
        frame.sequence = Some(event.place.sequence());
        frame
    }

    fn id(self, place: EventPlace) -> ShopEventId {
        ShopEventId { shop: self.shop, place }
    }
}

fn cancelled(order: OrderId) -> CancelledTold {
    CancelledTold { order_id: order.get() }
}

fn low_told(low: &LowStock) -> LowTold {
    let LowStock { product, level } = low;
    LowTold { product_id: product.get(), left: level.unsold, low_at: level.low_at }
}
