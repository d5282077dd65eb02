//! Coupon events that are open or will be, the same for everybody, logged in or not.

use hotdeal_domain::{Discount, EventId, Phase, UnixMillis};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{DiscountKind, EventPhase};
use crate::clock::{Stamp, Zone};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::money::{DiscountAmount, Money};
use crate::http::kit::openapi::words::CurrencyCode;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use crate::http::kit::shown::{self, json, next};
use crate::storefront::{EventPlace, ShownEvent, Storefront};

/// Where a page begins. Its length is the same for everybody, as is its text.
pub(crate) const CURSOR: Parameter = q("cursor", false, "nextCursor of the page before").text(64);

/// A coupon event that has not ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OpenEventAnswer<'a> {
    event_id: i64,
    name: &'a str,
    shop_id: i64,
    shop_name: &'a str,
    /// `OPEN`, or `COMING` before its start.
    #[schema(value_type = EventPhase)]
    status: &'static str,
    /// Coupons in all.
    total: u32,
    /// Coupons not issued yet.
    left: u32,
    starts_at: Stamp,
    /// The first instant at which no coupon is issued any more.
    ends_at: Stamp,
    /// What a coupon of it can take off.
    discounts: Vec<DiscountAnswer>,
    /// The least an order must cost for a coupon to be used.
    minimum_price: Money,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

/// What a coupon takes off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DiscountAnswer {
    /// `FIXED` or `RATE`.
    #[schema(value_type = DiscountKind)]
    discount_type: &'static str,
    /// Money for `FIXED`, percent for `RATE`.
    discount_amount: DiscountAmount,
}

/// A page of coupon events, the one that ends first before the others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenEventsAnswer<'a> {
    items: Vec<OpenEventAnswer<'a>>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl<'a> OpenEventAnswer<'a> {
    fn new(shown: &'a ShownEvent, now: UnixMillis, zone: Zone) -> Self {
        let (event, terms) = (&shown.event, &shown.event.batch.terms);
        let discount = |discount: Discount| DiscountAnswer {
            discount_type: discount.kind().name(),
            discount_amount: DiscountAmount(discount, event.currency),
        };
        Self {
            event_id: event.batch.event.get(),
            name: &terms.name,
            shop_id: event.batch.shop.get(),
            shop_name: &shown.shop_name,
            status: match terms.window.phase(now) {
                Phase::Before => "COMING",
                Phase::Open | Phase::After => "OPEN",
            },
            total: terms.total,
            left: event.left(),
            starts_at: zone.stamp(terms.window.start),
            ends_at: zone.stamp(terms.window.end),
            discounts: terms.policies.iter().map(|policy| discount(policy.discount)).collect(),
            minimum_price: Money(terms.minimum_price, event.currency),
            currency: event.currency.code(),
        }
    }
}

pub(crate) async fn events(call: &Call) -> Result<Answer, Problem> {
    let after = call.text(&CURSOR)?.map(|text| place(&text)).transpose()?;
    let view = call.part::<Storefront>().events(after).await?;
    let zone = call.state.zone;
    Ok(shown::page(call, &view, 0, |view| {
        let shown = view.items.iter();
        let items = shown.map(|event| OpenEventAnswer::new(event, view.as_of, zone)).collect();
        json(&OpenEventsAnswer { items, next_cursor: next(view, named) })
    }))
}

/// The place of an event, as a cursor names it.
fn named(shown: &ShownEvent) -> String {
    let (end, event) = shown.event.place();
    format!("{}-{event}", end.0)
}

fn place(text: &str) -> Result<EventPlace, Problem> {
    let read = |text: &str| {
        let (end, event) = text.split_once('-')?;
        let end = end.parse().ok().filter(|end| *end >= 0)?;
        Some((UnixMillis(end), EventId::try_from(event.parse::<i64>().ok()?).ok()?))
    };
    let (ko, en) = ("nextCursor로 받은 값이어야 합니다", "as nextCursor has it");
    read(text).ok_or_else(|| Problem::value(CURSOR.name, ko, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_two_numbers() {
        let event = EventId::try_from(19).expect("an id");
        assert_eq!(place("1796000000000-19").ok(), Some((UnixMillis(1_796_000_000_000), event)));
        for text in ["", "19", "-19", "1796-0", "1796-x", "x-19", "1-2-3", "--1-1"] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}
