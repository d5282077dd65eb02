//! The answers of the server, as existing clients read them.

use serde::Deserialize;
use serde_json::Value;

/// RFC 9457 problem details with the members of this server.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) status: u16,
    pub(crate) detail: Option<String>,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) error: String,
    pub(crate) member: Option<String>,
    #[serde(rename = "productIds")]
    pub(crate) product_ids: Option<Vec<i64>>,
    pub(crate) coupon: Option<CouponAnswer>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductAnswer {
    pub(crate) product_id: i64,
    pub(crate) product_name: String,
    pub(crate) original_price: Value,
    pub(crate) product_description: String,
    pub(crate) product_image_uri: Option<String>,
    pub(crate) product_category: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockAnswer {
    pub(crate) stock_id: i64,
    pub(crate) product_id: i64,
    pub(crate) quantity: i64,
    pub(crate) available: bool,
    pub(crate) on_hand: i64,
    pub(crate) held: i64,
    pub(crate) sold: i64,
    pub(crate) last_updated: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderAnswer {
    pub(crate) user_id: i64,
    pub(crate) order_id: i64,
    pub(crate) items: Vec<ItemAnswer>,
    pub(crate) total_order_count: i64,
    pub(crate) total_order_price: i64,
    pub(crate) order_date: String,
    pub(crate) status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemAnswer {
    pub(crate) product_id: i64,
    pub(crate) product_name: String,
    pub(crate) quantity: i64,
    pub(crate) product_price: i64,
    pub(crate) item_total_price: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    pub(crate) batch_id: i64,
    pub(crate) event_id: i64,
    pub(crate) status: String,
    pub(crate) total: i64,
    pub(crate) prepared: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CouponAnswer {
    pub(crate) coupon_key: String,
    pub(crate) discount_type: String,
    pub(crate) discount_amount: Value,
    pub(crate) issued_at: String,
    pub(crate) status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopAnswer {
    pub(crate) shop_id: i64,
    pub(crate) name: String,
    pub(crate) currency: String,
}
