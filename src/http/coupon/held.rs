//! One's own coupons.

use hotdeal_actors::coupon::HeldCoupon;
use hotdeal_domain::UnixMillis;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::CouponAnswer;
use crate::clock::Zone;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::money::Money;
use crate::http::kit::openapi::words::CurrencyCode;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;

/// The longest and the default page, in coupons.
const PAGE_MAX: i64 = 100;
const PAGE: i64 = 20;
/// How the list is paged.
pub(crate) const PAGES: Paging = Paging::falling("coupons in a page", PAGE_MAX, PAGE);

/// A coupon with what its event promises.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HeldCouponAnswer<'a> {
    #[serde(flatten)]
    coupon: CouponAnswer,
    event_name: &'a str,
    shop_id: i64,
    /// The least an order must cost for the coupon to be used.
    minimum_price: Money,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// Whether it can still be used: until `validUntil`.
    valid: bool,
}

/// A page of coupons, those of the newest event first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeldCouponsAnswer<'a> {
    items: Vec<HeldCouponAnswer<'a>>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl<'a> HeldCouponAnswer<'a> {
    fn new(held: &'a HeldCoupon, now: UnixMillis, zone: Zone) -> Self {
        let coupon = &held.coupon;
        Self {
            coupon: CouponAnswer::new(coupon, zone),
            event_name: &held.name,
            shop_id: held.shop.get(),
            minimum_price: Money(held.minimum_price, coupon.currency),
            currency: coupon.currency.code(),
            valid: now < coupon.valid_until,
        }
    }
}

pub(crate) async fn mine(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let (user, limit) = (call.user()?, asked.look_for());
    let found = call.state.mall.coupons().held_by(user, asked.from, limit).await?;
    let page = asked.page(found, |held| held.coupon.event.to_string());
    let (held, zone) = (page.items.iter(), call.state.zone);
    let items = held.map(|held| HeldCouponAnswer::new(held, call.now, zone)).collect();
    Ok(Answer::ok(&HeldCouponsAnswer { items, next_cursor: page.next }))
}
