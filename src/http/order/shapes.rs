//! The JSON of orders: what comes in, and what leaves.

use hotdeal_actors::order::{PartCounts, PartView};
use hotdeal_domain::order::{OrderLine, Part, RejectionReason, TrackedOrder};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{ProductId, ShopId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{GivenReasonName, OrderStatus, PartProgress, Pieces, RejectionReasonName};
use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::Money;
use crate::http::kit::openapi::words::{CurrencyCode, Id};
use crate::http::kit::problem::Problem;
use crate::http::kit::whole::{id, pieces};

/// To order one product.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productId": 6, "quantity": 1}))]
pub(crate) struct OrderItemAsk {
    #[serde(deserialize_with = "id")]
    #[schema(value_type = Id)]
    pub(crate) product_id: ProductId,
    /// 1 to 1,000,000.
    #[serde(deserialize_with = "pieces")]
    #[schema(value_type = Pieces)]
    pub(crate) quantity: Quantity,
}

/// To order several products, of one or several shops.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderItems": [{"productId": 6, "quantity": 1}, {"productId": 7, "quantity": 2}],
}))]
pub(crate) struct OrderAsk {
    /// 1 to 10,000 items; those of the same product are added up.
    #[schema(min_items = 1, max_items = 10_000)]
    pub(crate) order_items: Vec<OrderItemAsk>,
}

/// To take on one's part of an order, or to name another time for it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"expectedAt": "2026-12-01T10:20:00+09:00"}))]
pub(crate) struct ExpectedTimeAsk {
    /// When the shop expects to be ready: after now, within 90 days. RFC 3339; read in the server's
    /// zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) expected_at: String,
}

/// To reject one's part of an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"reason": "OUT_OF_STOCK", "text": "The last one was broken."}))]
pub(crate) struct RejectAsk {
    #[schema(value_type = GivenReasonName)]
    pub(crate) reason: String,
    /// What the buyer reads beside it, up to 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^[^\x00]*$")]
    pub(crate) text: Option<String>,
}

/// To cancel what one shop has in an order.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"shopId": 3}))]
pub(crate) struct CancelPartAsk {
    #[serde(deserialize_with = "id")]
    #[schema(value_type = Id)]
    pub(crate) shop_id: ShopId,
}

/// The reason with this name, of those that a shop can give.
///
/// # Errors
/// A problem that lists the reasons.
pub(crate) fn reason(name: &str) -> Result<RejectionReason, Problem> {
    let found = RejectionReason::BY_HAND.into_iter().find(|reason| reason.name() == name);
    let known = RejectionReason::BY_HAND.map(RejectionReason::name);
    found.ok_or_else(|| Problem::not_among("reason", &known))
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderAnswer {
    user_id: i64,
    order_id: i64,
    items: Vec<OrderItemAnswer>,
    /// Pieces over all items.
    total_order_count: u64,
    total_order_price: Money,
    /// What the parts that stand come to: less than `totalOrderPrice` once one was rejected or cancelled.
    standing_order_price: Money,
    order_date: WireStamp,
    /// Until when each shop has to answer its part: one that has not is rejected by itself, as
    /// `NOT_ANSWERED`. Not there: they may take as long as they like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answer_by: Option<Stamp>,
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// How far each shop has come with its part of the order.
    progress: Vec<PartAnswer>,
}

/// How far a shop has come with its part of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartAnswer {
    shop_id: i64,
    #[schema(value_type = PartProgress)]
    state: &'static str,
    /// When the shop expects to be ready, once it has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected_at: Option<Stamp>,
    /// Why it was rejected, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RejectionReasonName, nullable = false, required = false)]
    reason: Option<&'static str>,
    /// What the shop says beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason_text: Option<String>,
    /// When it came to this state, or another time was named.
    changed_at: Stamp,
}

impl PartAnswer {
    fn new(part: &Part, zone: Zone) -> Self {
        let rejection = part.rejection.as_ref();
        let text = rejection.and_then(|rejection| rejection.text.as_deref());
        Self {
            shop_id: part.shop.get(),
            state: part.state.name(),
            expected_at: part.expected_at.map(|at| zone.stamp(at)),
            reason: rejection.map(|rejection| rejection.reason.name()),
            reason_text: text.map(str::to_owned),
            changed_at: zone.stamp(part.changed_at),
        }
    }
}

/// A shop's part of an order, after a step of the shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderPartAnswer {
    order_id: i64,
    #[serde(flatten)]
    part: PartAnswer,
}

impl OrderPartAnswer {
    pub(crate) fn new(view: &PartView, zone: Zone) -> Self {
        Self { order_id: view.order.get(), part: PartAnswer::new(&view.part, zone) }
    }
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrdersAnswer {
    /// The newest first.
    pub(crate) items: Vec<OrderAnswer>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
}

/// A page of a shop's orders.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopOrdersAnswer {
    /// The newest first, each with the shop's own items and what they come to.
    pub(crate) items: Vec<OrderAnswer>,
    pub(crate) counts: PartCountsAnswer,
    /// Sent as `cursor`, gives the next page. A page may be short, or empty, although there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
}

/// How many orders a shop has in each state, whatever is looked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) struct PartCountsAnswer {
    new: i64,
    accepted: i64,
    ready: i64,
    done: i64,
    rejected: i64,
    cancelled: i64,
}

impl From<PartCounts> for PartCountsAnswer {
    fn from(PartCounts([new, accepted, ready, done, rejected, cancelled]): PartCounts) -> Self {
        Self { new, accepted, ready, done, rejected, cancelled }
    }
}

impl OrderAnswer {
    pub(crate) fn new(tracked: &TrackedOrder, zone: Zone) -> Self {
        let order = &tracked.order;
        let currency = order.currency;
        let item = |line: &OrderLine| OrderItemAnswer {
            product_id: line.product.get(),
            product_name: line.name.as_ref().to_owned(),
            quantity: line.quantity.get(),
            product_price: Money(line.unit_price, currency),
            // Each line of an order has a total, because the order's total is their sum.
            item_total_price: Money(line.total().unwrap_or(order.total), currency),
            shop_id: line.shop.get(),
            event_id: line.deal.map(|deal| deal.get()),
        };
        Self {
            user_id: order.user.get(),
            order_id: order.id.get(),
            items: order.lines.iter().map(item).collect(),
            total_order_count: order.pieces(),
            total_order_price: Money(order.total, currency),
            standing_order_price: Money(tracked.standing_total(), currency),
            order_date: zone.wire_stamp(order.ordered_at),
            answer_by: order.answer_by.map(|at| zone.stamp(at)),
            status: order.state.name(),
            currency: currency.code(),
            progress: tracked.parts.iter().map(|part| PartAnswer::new(part, zone)).collect(),
        }
    }
}

/// One line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderItemAnswer {
    product_id: i64,
    product_name: String,
    quantity: u32,
    /// The price of one piece when it was ordered.
    product_price: Money,
    item_total_price: Money,
    shop_id: i64,
    /// The deal that made the price, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_id: Option<i64>,
}
