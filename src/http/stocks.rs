//! Stock: how much there is, and moving it by hand.

use hotdeal_actors::api::MoveStock;
use hotdeal_domain::shop::adjustment;
use hotdeal_domain::{AdjustReason, Movement, ON_HAND_MAX, ProductId, QUANTITY_MAX};

use super::answer::Answer;
use super::asks::SearchAsk;
use super::call::Call;
use super::code::Code;
use super::problem::Problem;
use super::shapes::StockAnswer;
use super::shops;

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.stocks(&[call.path_id("productId")?]).await?;
    let stock = found.first().ok_or(Code::ProductNotFound)?;
    Ok(Answer::ok(&StockAnswer::new(stock, call.state.zone)))
}

pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let found = call.state.mall.stocks(&ask.products()?).await?;
    let answer: Vec<StockAnswer> =
        found.iter().map(|stock| StockAnswer::new(stock, call.state.zone)).collect();
    Ok(Answer::ok(&answer))
}

pub(crate) async fn increase(call: &Call) -> Result<Answer, Problem> {
    let pieces = call.query_number("quantity", 1..=i64::from(QUANTITY_MAX), None)?;
    moved(call, Movement::Increased(within(pieces))).await
}

pub(crate) async fn reset(call: &Call) -> Result<Answer, Problem> {
    let pieces = call.query_number("quantity", 0..=i64::from(ON_HAND_MAX), None)?;
    moved(call, Movement::Reset(within(pieces))).await
}

pub(crate) async fn adjust(call: &Call) -> Result<Answer, Problem> {
    let bound = i64::from(QUANTITY_MAX);
    let delta = call.query_number("delta", -bound..=bound, None)?;
    let reason = reason(call)?;
    let movement = adjustment(delta, reason)
        .ok_or_else(|| Problem::value("delta", "0일 수 없습니다", "not zero"))?;
    moved(call, movement).await
}

async fn moved(call: &Call, movement: Movement) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    shops::own_product(call, product).await?;
    let moved = call.state.mall.move_stock(MoveStock { product, movement }, call.key()).await?;
    let answer = StockAnswer::new(&moved.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(moved.replayed))
}

fn reason(call: &Call) -> Result<AdjustReason, Problem> {
    let missing = || Problem::from(Code::MissingValue).of_member("reason");
    match call.query("reason")?.ok_or_else(missing)?.as_str() {
        "RETURN" => Ok(AdjustReason::Return),
        "WRITE_OFF" => Ok(AdjustReason::WriteOff),
        "COUNT" => Ok(AdjustReason::Count),
        _ => Err(Problem::value(
            "reason",
            "RETURN, WRITE_OFF, COUNT 중 하나여야 합니다",
            "one of RETURN, WRITE_OFF, COUNT",
        )),
    }
}

/// Pieces of a number already held to its bounds.
fn within(pieces: i64) -> u32 {
    u32::try_from(pieces).expect("held to bounds below 2^32 when it was read")
}
