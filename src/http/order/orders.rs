//! Orders: of one product, of several, of several shops.

use hotdeal_actors::order::{CancelOrder, PlaceOrder};
use hotdeal_domain::order::Basket;
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{OrderId, ProductId};

use super::refusals;
use super::shapes::{OrderAnswer, OrderAsk, OrderItemAsk};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

pub(crate) async fn place_one(call: &Call) -> Result<Answer, Problem> {
    let item: OrderItemAsk = call.json()?;
    placed(call, &[(item.product_id, item.quantity)]).await
}

pub(crate) async fn place(call: &Call) -> Result<Answer, Problem> {
    let ask: OrderAsk = call.json()?;
    let lines: Vec<_> =
        ask.order_items.iter().map(|item| (item.product_id, item.quantity)).collect();
    placed(call, &lines).await
}

async fn placed(call: &Call, lines: &[(ProductId, Quantity)]) -> Result<Answer, Problem> {
    let basket = Basket::new(lines).map_err(refusals::basket)?;
    let place = PlaceOrder { user: call.user()?, basket };
    let placed = call.state.mall.orders().place_order(place, call.key()).await?;
    let answer = OrderAnswer::new(&placed.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(placed.replayed))
}

/// Somebody else's order is answered like one that does not exist.
pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let user = call.user()?;
    let order = call.state.mall.orders().order(call.path_id("orderId")?).await?;
    let visible = order.filter(|order| order.user == user || call.is_admin());
    Ok(Answer::ok(&OrderAnswer::new(&visible.ok_or(Code::OrderNotFound)?, call.state.zone)))
}

pub(crate) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    let order: OrderId = call.path_id("orderId")?;
    let cancel = CancelOrder { order, user: call.user()? };
    let cancelled = call.state.mall.orders().cancel_order(cancel, call.key()).await?;
    let answer = OrderAnswer::new(&cancelled.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(cancelled.replayed))
}
