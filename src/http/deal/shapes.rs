//! The JSON of deals: what comes in, and what leaves.

use hotdeal_actors::deal::{BestDeal, DealItem, DealView, OpenedDeal};
use hotdeal_domain::deal::{Deal, DealStage};
use hotdeal_domain::{ProductId, UnixMillis};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::words::{DealKind, DealStatus, HOT_DEAL, PercentOff};
use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::{DiscountAmount, Money, taken_off};
use crate::http::kit::openapi::words::{CurrencyCode, Id, Price};
use crate::http::kit::whole::{ids, whole_if_any};

/// To open a deal on products of any shops.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "eventType": "HOT_DEAL",
    "eventDiscount": 12.5,
    "startEventTime": "2026-12-01T10:00:00+09:00",
    "eventDuration": 3650,
    "productIds": [6, 7],
}))]
pub(crate) struct DealAsk {
    /// `HOT_DEAL`.
    #[schema(value_type = DealKind)]
    pub(crate) event_type: String,
    /// Percent off, above 0 and below 100, with at most two decimal places; this or
    /// `discountAmount`.
    #[serde(default)]
    #[schema(value_type = Option<PercentOff>)]
    pub(crate) event_discount: Option<Box<RawValue>>,
    /// Money off each piece, in the one currency of all the products; this or `eventDiscount`. It
    /// is below the price of each product. A product whose price falls to it or below later costs
    /// its own price, as if it were not in the deal.
    #[serde(default)]
    #[schema(value_type = Option<Price>)]
    pub(crate) discount_amount: Option<Box<RawValue>>,
    /// Days it lasts, 1 to 3,650; this or `endEventTime`.
    #[serde(default, deserialize_with = "whole_if_any::<_, _, 1, 3_650>")]
    #[schema(minimum = 1, maximum = 3_650)]
    pub(crate) event_duration: Option<i64>,
    /// RFC 3339, before 9999-12-31T06:00:00Z; read in the server's zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) start_event_time: String,
    /// The first instant at which it does not hold any more; this or `eventDuration`.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) end_event_time: Option<String>,
    /// Pieces of each product sold at its price at most; as many as there are where absent. As
    /// with `personLimit`, a line goes at its price as a whole or not at all: one of more pieces
    /// than are left goes at the next best price, and takes none of them.
    #[serde(default, deserialize_with = "whole_if_any::<_, _, 1, 1_000_000_000>")]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub(crate) quota: Option<u32>,
    /// Pieces of each product one person gets at its price at most, over all of their orders. As
    /// with `quota`, a line goes at its price as a whole or not at all.
    #[serde(default, deserialize_with = "whole_if_any::<_, _, 1, 1_000_000>")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub(crate) person_limit: Option<u32>,
    /// 1 to 100,000 ids.
    #[serde(deserialize_with = "ids")]
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 100_000)]
    pub(crate) product_ids: Vec<ProductId>,
}

/// A deal that was opened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealOpened {
    #[serde(flatten)]
    terms: DealTermsAnswer,
    /// Its products, each once, in the order asked.
    #[schema(value_type = Vec<Id>)]
    product_id: Vec<ProductId>,
}

impl DealOpened {
    pub(crate) fn new(opened: &OpenedDeal, zone: Zone) -> Self {
        let terms = DealTermsAnswer::new(&opened.deal, zone);
        Self { terms, product_id: opened.products.clone() }
    }
}

/// What a deal promises.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealTermsAnswer {
    event_id: i64,
    /// `HOT_DEAL`.
    #[schema(value_type = DealKind)]
    event_type: &'static str,
    /// Percent off; `null` where an amount is taken off.
    #[schema(required)]
    event_discount: Option<DiscountAmount>,
    /// Money off each piece; `null` where a percentage is.
    #[schema(required)]
    discount_amount: Option<Money>,
    /// Days it lasts, the last one counted whole.
    event_duration: i64,
    start_event_time: WireStamp,
    end_event_time: WireStamp,
    /// Pieces of each product sold at its price at most.
    #[schema(required)]
    quota: Option<u32>,
    /// Pieces of each product one person gets at its price at most.
    #[schema(required)]
    person_limit: Option<u32>,
}

impl DealTermsAnswer {
    pub(crate) fn new(deal: &Deal, zone: Zone) -> Self {
        let terms = &deal.terms;
        let (percent, amount) = taken_off(terms.discount, deal.currency);
        Self {
            event_id: deal.id.get(),
            event_type: HOT_DEAL,
            event_discount: percent,
            discount_amount: amount,
            event_duration: terms.days(),
            start_event_time: zone.wire_stamp(terms.window.start),
            end_event_time: zone.wire_stamp(terms.window.end),
            quota: terms.quota,
            person_limit: terms.person_limit,
        }
    }
}

/// The best running deal of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BestDealAnswer {
    #[serde(flatten)]
    terms: DealTermsAnswer,
    product_id: i64,
    /// What one piece costs by it.
    discount_price: Money,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl BestDealAnswer {
    pub(crate) fn new(best: &BestDeal, zone: Zone) -> Self {
        Self {
            terms: DealTermsAnswer::new(&best.deal, zone),
            product_id: best.product.get(),
            discount_price: Money(best.price, best.currency),
            currency: best.currency.code(),
        }
    }
}

/// A deal and where it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealAnswer {
    #[serde(flatten)]
    terms: DealTermsAnswer,
    /// `SCHEDULED`, `RUNNING`, `PAUSED`, `ENDED` or `CANCELLED`.
    #[schema(value_type = DealStatus)]
    status: &'static str,
    /// How many products it has.
    product_count: u32,
    opened_at: Stamp,
}

impl DealAnswer {
    pub(crate) fn new(view: &DealView, now: UnixMillis, zone: Zone) -> Self {
        Self {
            terms: DealTermsAnswer::new(&view.deal, zone),
            status: DealStage::at(&view.deal.terms, view.state, now).name(),
            product_count: view.products,
            opened_at: zone.stamp(view.deal.opened_at),
        }
    }
}

/// A deal with a page of its products and what has gone at its price.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealDetail {
    #[serde(flatten)]
    pub(crate) deal: DealAnswer,
    /// Pieces in orders that stand, over all products.
    pub(crate) sold: i64,
    /// Lines of orders that stand.
    pub(crate) sold_lines: i64,
    /// Its products by number.
    pub(crate) items: Vec<DealItemAnswer>,
    /// Sent as `cursor`, gives the next page of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
}

/// One product of a deal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealItemAnswer {
    product_id: i64,
    /// Pieces sold at its price, in orders that stand.
    sold: u32,
    /// Pieces its quota leaves; `null` where it has none.
    #[schema(required)]
    quota_left: Option<u32>,
}

impl DealItemAnswer {
    pub(crate) fn new(item: &DealItem, quota: Option<u32>) -> Self {
        Self {
            product_id: item.product.get(),
            sold: item.sold,
            quota_left: quota.map(|quota| quota.saturating_sub(item.sold)),
        }
    }
}
