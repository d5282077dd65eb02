//! How far the shops have come with an order: a shop's steps with its part, and what the buyer cancels of it.

use hotdeal_actors::order::{AdvancePart, CancelOrder};
use hotdeal_domain::order::{CancelScope, PartStep, REJECTION_TEXT_MAX, Rejection};

use super::shapes::{
    CancelPartAsk, ExpectedTimeAsk, OrderAnswer, OrderPartAnswer, RejectAsk, reason,
};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::member;
use crate::http::kit::problem::Problem;
use crate::http::kit::times::time;
use crate::http::shop::shops;

pub(crate) async fn accept(call: &Call) -> Result<Answer, Problem> {
    let ask: ExpectedTimeAsk = call.json()?;
    let expected = time(call.state.zone, "expectedAt", &ask.expected_at)?;
    advanced(call, PartStep::Accept(expected)).await
}

pub(crate) async fn delay(call: &Call) -> Result<Answer, Problem> {
    let ask: ExpectedTimeAsk = call.json()?;
    let expected = time(call.state.zone, "expectedAt", &ask.expected_at)?;
    advanced(call, PartStep::Delay(expected)).await
}

pub(crate) async fn ready(call: &Call) -> Result<Answer, Problem> {
    advanced(call, PartStep::Prepare).await
}

pub(crate) async fn done(call: &Call) -> Result<Answer, Problem> {
    advanced(call, PartStep::HandOver).await
}

pub(crate) async fn reject(call: &Call) -> Result<Answer, Problem> {
    let ask: RejectAsk = call.json()?;
    let reason = reason(&ask.reason)?;
    let text = ask.text.as_deref();
    let text = text.map(|text| member::text("text", text, 0, REJECTION_TEXT_MAX)).transpose()?;
    let text = text.filter(|text| !text.is_empty()).map(Into::into);
    advanced(call, PartStep::Reject(Rejection { reason, text })).await
}

/// Takes a step of a shop that the caller may act for.
async fn advanced(call: &Call, step: PartStep) -> Result<Answer, Problem> {
    let shop = shops::own(call, Some(call.path_id("shopId")?)).await?;
    let (order, by) = (call.path_id("orderId")?, call.user()?);
    let ask = AdvancePart { order, shop: shop.id, step, by };
    let part = call.state.mall.orders().advance_part(ask, call.key()).await?;
    let answer = OrderPartAnswer::new(&part.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(part.replayed))
}

/// Cancels all that stands of an order.
pub(crate) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    cancelled(call, CancelScope::Order).await
}

/// Cancels what one shop has in an order.
pub(crate) async fn cancel_part(call: &Call) -> Result<Answer, Problem> {
    let ask: CancelPartAsk = call.json()?;
    cancelled(call, CancelScope::Part(ask.shop_id)).await
}

async fn cancelled(call: &Call, scope: CancelScope) -> Result<Answer, Problem> {
    let ask = CancelOrder { order: call.path_id("orderId")?, scope, user: call.user()? };
    let cancelled = call.state.mall.orders().cancel_order(ask, call.key()).await?;
    let answer = OrderAnswer::new(&cancelled.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(cancelled.replayed))
}
