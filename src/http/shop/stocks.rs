//! Stock: how much there is, and moving it by hand.

use hotdeal_actors::shop::MoveStock;
use hotdeal_domain::ProductId;
use hotdeal_domain::desk::adjustment;
use hotdeal_domain::shop::{AdjustReason, Movement, ON_HAND_MAX, QUANTITY_MAX};

use super::shapes::{SearchAsk, StockAnswer};
use super::shops;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// Pieces of one movement at most, either way.
const MOVED_MAX: i64 = QUANTITY_MAX as i64;
/// Parameters of the queries.
pub(crate) const ADDED: Parameter = q("quantity", true, "pieces to add").whole(1, MOVED_MAX);
pub(crate) const RESET: Parameter =
    q("quantity", true, "pieces that can be ordered from now on, whatever is held or was sold")
        .whole(0, ON_HAND_MAX as i64);
pub(crate) const DELTA: Parameter =
    q("delta", true, "pieces to add, or below zero to take out; not 0").change(MOVED_MAX);
pub(crate) const REASON: Parameter = q("reason", true, "why").word(reasons);

fn reasons() -> Vec<&'static str> {
    AdjustReason::ALL.map(AdjustReason::name).to_vec()
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let stock = call.state.mall.shops().stock(call.path_id("productId")?).await?;
    Ok(Answer::ok(&StockAnswer::new(&stock.ok_or(Code::ProductNotFound)?, call.state.zone)))
}

pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let found = call.state.mall.shops().stocks(&ask.products()?).await?;
    let answer: Vec<StockAnswer> =
        found.iter().map(|stock| StockAnswer::new(stock, call.state.zone)).collect();
    Ok(Answer::ok(&answer))
}

pub(crate) async fn increase(call: &Call) -> Result<Answer, Problem> {
    let pieces = call.number(&ADDED)?;
    moved(call, Movement::Increased(within(pieces))).await
}

pub(crate) async fn reset(call: &Call) -> Result<Answer, Problem> {
    let pieces = call.number(&RESET)?;
    moved(call, Movement::Reset(within(pieces))).await
}

pub(crate) async fn adjust(call: &Call) -> Result<Answer, Problem> {
    let delta = call.number(&DELTA)?;
    let reason = reason(call)?;
    let movement = adjustment(delta, reason)
        .ok_or_else(|| Problem::value("delta", "0일 수 없습니다", "not zero"))?;
    moved(call, movement).await
}

async fn moved(call: &Call, movement: Movement) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    shops::own_product(call, product).await?;
    let moved =
        call.state.mall.shops().move_stock(MoveStock { product, movement }, call.key()).await?;
    let answer = StockAnswer::new(&moved.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(moved.replayed))
}

fn reason(call: &Call) -> Result<AdjustReason, Problem> {
    let missing = || Problem::missing("reason");
    let name = call.query("reason")?.ok_or_else(missing)?;
    AdjustReason::from_name(&name).ok_or_else(|| Problem::not_among("reason", &reasons()))
}

/// A number of pieces that is already within its bounds.
fn within(pieces: i64) -> u32 {
    u32::try_from(pieces).expect("held to bounds below 2^32 when it was read")
}
