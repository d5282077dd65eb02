//! Orders: of one product, of several, of several shops.

use hotdeal_actors::account::Role;
use hotdeal_actors::order::PlaceOrder;
use hotdeal_domain::ProductId;
use hotdeal_domain::order::{Basket, TrackedOrder};
use hotdeal_domain::shop::Quantity;

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
    let answer = OrderAnswer::new(&TrackedOrder::placed(placed.value), call.state.zone);
    Ok(Answer::ok(&answer).replayed(placed.replayed))
}

/// An order of one's own; an admin's any. A seller gets the part of an order that their own shops have in it.
/// Somebody else's order is answered like one that does not exist.
pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let (bearer, orders) = (call.bearer()?, call.state.mall.orders());
    let order = orders.order(call.path_id("orderId")?).await?.ok_or(Code::OrderNotFound)?;
    let visible = match bearer.role {
        _ if order.order.user == bearer.user => Some(order),
        Role::Admin => Some(order),
        Role::Seller => order.seen_by(&orders.own_shops(order.order.id, bearer.user).await?),
        Role::User | Role::Counsellor | Role::Partner => None,
    };
    Ok(Answer::ok(&OrderAnswer::new(&visible.ok_or(Code::OrderNotFound)?, call.state.zone)))
}
