//! Coupons: prepare, watch the preparation, issue.

use actix_web::http::StatusCode;
use hotdeal_actors::coupon::{BatchView, IssueCoupon, PreloadCoupons};
use hotdeal_domain::coupon::{CouponTerms, NAME_MAX, Policy, Validity};
use hotdeal_domain::{Amount, Currency, Discount, DiscountType, EventId, SaleWindow};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals;
use super::shapes::{BatchAnswer, CouponAnswer, IssueAsk, PolicyAsk, PreloadAsk};
use super::words::NoopStatus;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::member;
use crate::http::kit::problem::Problem;
use crate::http::kit::times::time;
use crate::http::shop::shops;

pub(crate) async fn preload(call: &Call) -> Result<Answer, Problem> {
    let ask: PreloadAsk = call.json()?;
    let shop = shops::own(call, ask.shop_id).await?;
    let terms = terms(call, &ask, shop.currency)?;
    if let Some(known) = call.state.mall.coupons().preloaded(call.key().as_ref()).await? {
        return Ok(accepted(call, &known.value).replayed(true));
    }
    terms.check(call.now).map_err(refusals::terms)?;
    if let Some(event) = ask.event_id
        && let Some(batch) = existing(call, event, &terms).await?
    {
        let same = call.state.mall.coupons().same_batch(batch, call.key()).await?;
        return Ok(accepted(call, &same.value).replayed(same.replayed));
    }
    let by = call.user()?;
    let preload = PreloadCoupons { by, shop: shop.id, event: ask.event_id, terms };
    let opened = call.state.mall.coupons().preload(preload, call.key()).await?;
    Ok(accepted(call, &opened.value).replayed(opened.replayed))
}

pub(crate) async fn batch(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.coupons().batch(call.path_id("batchId")?).await?;
    let batch = found.ok_or(Code::BatchNotFound)?;
    // The campaign of another shop is not public: it is answered like one that does not exist.
    match shops::own(call, Some(batch.shop)).await {
        Ok(_) => Ok(Answer::ok(&BatchAnswer::new(&batch, call.state.zone))),
        Err(problem) if problem.code() == Code::Forbidden => Err(Code::BatchNotFound.into()),
        Err(problem) => Err(problem),
    }
}

pub(crate) async fn issue(call: &Call) -> Result<Answer, Problem> {
    let ask: IssueAsk = call.json()?;
    let issue = IssueCoupon { event: ask.event_id, user: call.user()? };
    let issued = call.state.mall.coupons().issue(issue, call.key()).await?;
    let answer = CouponAnswer::new(&issued.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(issued.replayed))
}

/// Nothing done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nothing {
    /// `OK`.
    #[schema(value_type = NoopStatus)]
    status: &'static str,
}

/// The baseline of the benchmark: takes the same way through the server as [`issue`], and does
/// nothing.
pub(crate) async fn noop(call: &Call) -> Result<Answer, Problem> {
    let _: IssueAsk = call.json()?;
    call.user()?;
    Ok(Answer::ok(&Nothing { status: "OK" }))
}

fn accepted(call: &Call, batch: &BatchView) -> Answer {
    let answer = BatchAnswer::new(batch, call.state.zone);
    let location = format!("/api/coupons/batches/{}", answer.batch_id);
    Answer::json(StatusCode::ACCEPTED, &answer).at(location)
}

/// The coupons that an event already has, if they are the ones asked for; `None` if the event is a
/// deal without coupons.
async fn existing(
    call: &Call,
    event: EventId,
    terms: &CouponTerms,
) -> Result<Option<BatchView>, Problem> {
    let Some(batch) = call.state.mall.coupons().batch_of(event).await? else {
        return match call.state.mall.deals().deal(event).await? {
            // A deal belongs to the mall and can have one batch of coupons, so a seller may not add
            // it.
            Some(_) if call.is_admin() => Ok(None),
            Some(_) => Err(Problem::from(Code::Forbidden).of_member("eventId")),
            None => Err(Code::EventNotFound.into()),
        };
    };
    shops::own(call, Some(batch.shop)).await?;
    if batch.terms == *terms { Ok(Some(batch)) } else { Err(Code::EventHasCoupons.into()) }
}

fn terms(call: &Call, ask: &PreloadAsk, currency: Currency) -> Result<CouponTerms, Problem> {
    let minimum = ask.minimum_price.as_ref();
    let minimum_price =
        minimum.map(|raw| member::money("minimumPrice", raw, currency)).transpose()?;
    let policies: Result<Vec<Policy>, Problem> = ask
        .policies
        .iter()
        .enumerate()
        .map(|(place, policy)| terms_of(place, policy, currency))
        .collect();
    Ok(CouponTerms {
        name: member::text("name", &ask.name, 1, NAME_MAX)?,
        total: ask.total_count,
        policies: policies?,
        window: SaleWindow {
            start: time(call.state.zone, "startsAt", &ask.starts_at)?,
            end: time(call.state.zone, "endsAt", &ask.ends_at)?,
        },
        validity: validity(call, ask)?,
        minimum_price: minimum_price.unwrap_or(Amount::ZERO),
    })
}

fn terms_of(place: usize, ask: &PolicyAsk, currency: Currency) -> Result<Policy, Problem> {
    let member = format!("policies[{place}].discountAmount");
    let discount = match ask.discount_type {
        DiscountType::Fixed => {
            Discount::Fixed(member::money(member, &ask.discount_amount, currency)?)
        }
        DiscountType::Rate => Discount::Rate(member::percentage(member, &ask.discount_amount)?),
    };
    Ok(Policy { discount, allocation_percentage: ask.allocation_percentage })
}

fn validity(call: &Call, ask: &PreloadAsk) -> Result<Validity, Problem> {
    match (ask.valid_days, &ask.valid_until) {
        (Some(days), None) => Ok(Validity::DaysFromIssue(days)),
        (None, Some(until)) => Ok(Validity::Until(time(call.state.zone, "validUntil", until)?)),
        (None, None) => Err(Problem::missing("validDays")),
        (Some(_), Some(_)) => Err(Problem::value(
            "validDays",
            "validDays와 validUntil 중 하나만 보낼 수 있습니다",
            "either validDays or validUntil",
        )),
    }
}
