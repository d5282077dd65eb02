//! What the buttons of a card do: a step of the shop with its part of an order, and back to the board.

use hotdeal_actors::order::AdvancePart;
use hotdeal_domain::order::{PartStep, REJECTION_TEXT_MAX, Rejection};

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::member;
use crate::http::kit::problem::Problem;
use crate::http::order::shapes;
use crate::pages::console::own_shop;

/// Minutes until it is ready, as the buttons have them.
pub(super) const MINUTES: [i64; 3] = [15, 30, 60];
/// Those that are chosen already.
pub(super) const MINUTES_USUAL: i64 = 30;
const MINUTE_MS: i64 = 60_000;

/// Takes the shop's part on, and names the time when it will be ready.
pub(in crate::pages) async fn accept(call: &Call) -> Result<Answer, Problem> {
    let minutes = call.form().field("minutes").parse().ok();
    let minutes: i64 = minutes
        .filter(|minutes| MINUTES.contains(minutes))
        .ok_or_else(|| Problem::not_among("minutes", &["15", "30", "60"]))?;
    advanced(call, PartStep::Accept(call.now.plus(minutes * MINUTE_MS))).await
}

/// Says that it is ready.
pub(in crate::pages) async fn ready(call: &Call) -> Result<Answer, Problem> {
    advanced(call, PartStep::Prepare).await
}

/// Says that the buyer has it.
pub(in crate::pages) async fn done(call: &Call) -> Result<Answer, Problem> {
    advanced(call, PartStep::HandOver).await
}

/// Rejects it for a reason.
pub(in crate::pages) async fn reject(call: &Call) -> Result<Answer, Problem> {
    let (reason, text) = (call.form().field("reason"), call.form().field("text"));
    let reason = shapes::reason(reason)?;
    let text = member::text("text", text, 0, REJECTION_TEXT_MAX)?;
    let text = Some(text).filter(|text| !text.is_empty()).map(Into::into);
    advanced(call, PartStep::Reject(Rejection { reason, text })).await
}

async fn advanced(call: &Call, step: PartStep) -> Result<Answer, Problem> {
    let shop = own_shop(call, call.path_id("shopId")?).await?;
    let ask =
        AdvancePart { order: call.path_id("orderId")?, shop: shop.id, step, by: call.user()? };
    call.state.mall.orders().advance_part(ask, call.key()).await?;
    Ok(Answer::see_other(format!("/console/?shop={}", shop.id)))
}
