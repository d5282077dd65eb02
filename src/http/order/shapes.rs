//! The JSON of orders: what comes in, and what leaves.

use hotdeal_domain::ProductId;
use hotdeal_domain::order::{Order, OrderLine};
use hotdeal_domain::shop::Quantity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{OrderStatus, Pieces};
use crate::clock::{WireStamp, Zone};
use crate::http::kit::money::Money;
use crate::http::kit::openapi::words::{CurrencyCode, Id};
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
    order_date: WireStamp,
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl OrderAnswer {
    pub(crate) fn new(order: &Order, zone: Zone) -> Self {
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
            order_date: zone.wire_stamp(order.ordered_at),
            status: order.state.name(),
            currency: currency.code(),
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
