//! The JSON of coupons: what comes in, and what leaves.

use std::sync::Arc;

use hotdeal_actors::coupon::{BatchView, IssuedCoupon};
use hotdeal_domain::{DiscountType, EventId, ShopId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::words::{BatchState, CouponStatus, DiscountKind, ISSUED};
use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::{DiscountAmount, Money};
use crate::http::kit::openapi::words::Id;
use crate::http::kit::whole::{id, id_if_any, whole, whole_if_any};

/// To be issued a coupon.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"eventId": 19}))]
pub(crate) struct IssueAsk {
    #[serde(deserialize_with = "id")]
    #[schema(value_type = Id)]
    pub(crate) event_id: EventId,
}

/// To open a coupon event and prepare its coupons.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Winter coupons",
    "totalCount": 1000,
    "policies": [
        {"discountType": "FIXED", "discountAmount": 3000, "allocationPercentage": 40},
        {"discountType": "RATE", "discountAmount": 15, "allocationPercentage": 60},
    ],
    "startsAt": "2026-12-01T10:00:00+09:00",
    "endsAt": "2030-12-31T10:00:00+09:00",
    "validDays": 30,
}))]
pub(crate) struct PreloadAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) name: String,
    /// 1 to 10,000,000.
    #[serde(deserialize_with = "whole::<_, _, 1, 10_000_000>")]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub(crate) total_count: u32,
    /// 1 to 100, whose shares add up to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) policies: Vec<PolicyAsk>,
    /// RFC 3339, before 9999-12-31T06:00:00Z; read in the server's zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) starts_at: String,
    /// RFC 3339, before 9999-12-31T06:00:00Z; read in the server's zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) ends_at: String,
    /// Days a coupon is valid from its issue; this or `validUntil`.
    #[serde(default, deserialize_with = "whole_if_any::<_, _, 1, 3_650>")]
    #[schema(minimum = 1, maximum = 3_650)]
    pub(crate) valid_days: Option<u32>,
    /// Until when coupons are valid; this or `validDays`.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) valid_until: Option<String>,
    /// The least an order must cost; 0 where absent.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub(crate) minimum_price: Option<Box<RawValue>>,
    /// An event that has these coupons already, or a deal they shall go with; without it an
    /// event is made.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) event_id: Option<EventId>,
    /// The shop; the seller's own, or the platform's, where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) shop_id: Option<ShopId>,
}

/// A share of the coupons and what each takes off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyAsk {
    /// `FIXED` or `RATE`.
    #[schema(value_type = DiscountKind)]
    pub(crate) discount_type: DiscountType,
    /// Money for `FIXED`, percent for `RATE`.
    #[schema(value_type = DiscountAmount)]
    pub(crate) discount_amount: Box<RawValue>,
    /// Percent of all coupons.
    #[serde(deserialize_with = "whole::<_, _, 1, 100>")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) allocation_percentage: u8,
}

/// How far the preparation of coupons is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    pub(crate) batch_id: i64,
    event_id: i64,
    /// `PREPARING`, `READY` or `FAILED`.
    #[schema(value_type = BatchState)]
    status: &'static str,
    total: u32,
    prepared: u32,
    name: String,
    shop_id: i64,
    starts_at: Stamp,
    ends_at: Stamp,
}

impl BatchAnswer {
    pub(crate) fn new(batch: &BatchView, zone: Zone) -> Self {
        Self {
            batch_id: batch.batch.get(),
            event_id: batch.event.get(),
            status: batch.status.name(),
            total: batch.terms.total,
            prepared: batch.prepared,
            name: batch.terms.name.clone(),
            shop_id: batch.shop.get(),
            starts_at: zone.stamp(batch.terms.window.start),
            ends_at: zone.stamp(batch.terms.window.end),
        }
    }
}

/// A coupon in a shopper's hands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CouponAnswer {
    #[schema(value_type = String)]
    coupon_key: Arc<str>,
    /// `FIXED` or `RATE`.
    #[schema(value_type = DiscountKind)]
    discount_type: &'static str,
    /// Money for `FIXED`, percent for `RATE`.
    discount_amount: DiscountAmount,
    issued_at: WireStamp,
    /// `ISSUED`.
    #[schema(value_type = CouponStatus)]
    status: &'static str,
    event_id: i64,
    valid_until: Stamp,
}

impl CouponAnswer {
    pub(crate) fn new(coupon: &IssuedCoupon, zone: Zone) -> Self {
        Self {
            coupon_key: coupon.code.clone(),
            discount_type: coupon.discount.kind().name(),
            discount_amount: DiscountAmount(coupon.discount, coupon.currency),
            issued_at: zone.wire_stamp(coupon.issued_at),
            status: ISSUED,
            event_id: coupon.event.get(),
            valid_until: zone.stamp(coupon.valid_until),
        }
    }
}
