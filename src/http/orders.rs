//! Orders: of one product, of several, of several shops.

use hotdeal_actors::api::{CancelOrder, PlaceOrder};
use hotdeal_domain::{
    Basket, BasketRefusal, LINES_MAX, OrderId, ProductId, QUANTITY_MAX, Quantity,
};

use super::answer::Answer;
use super::asks::{OrderAsk, OrderItemAsk};
use super::call::Call;
use super::code::Code;
use super::problem::Problem;
use super::shapes::OrderAnswer;

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
    let basket = Basket::new(lines).map_err(no_basket)?;
    let place = PlaceOrder { user: call.user()?, basket };
    let placed = call.state.mall.place_order(place, call.key()).await?;
    let answer = OrderAnswer::new(&placed.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(placed.replayed))
}

/// Somebody else's order is answered like one that does not exist.
pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let user = call.user()?;
    let order = call.state.mall.order(call.path_id("orderId")?).await?;
    let visible = order.filter(|order| order.user == user || call.is_admin());
    Ok(Answer::ok(&OrderAnswer::new(&visible.ok_or(Code::OrderNotFound)?, call.state.zone)))
}

pub(crate) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    let order: OrderId = call.path_id("orderId")?;
    let cancel = CancelOrder { order, user: call.user()? };
    let cancelled = call.state.mall.cancel_order(cancel, call.key()).await?;
    let answer = OrderAnswer::new(&cancelled.value, call.state.zone);
    Ok(Answer::ok(&answer).replayed(cancelled.replayed))
}

fn no_basket(refusal: BasketRefusal) -> Problem {
    match refusal {
        BasketRefusal::Empty => {
            Problem::value("orderItems", "한 개 이상의 상품이 필요합니다", "at least one item")
        }
        BasketRefusal::TooManyLines => Problem::value(
            "orderItems",
            &format!("{LINES_MAX}개를 넘을 수 없습니다"),
            &format!("at most {LINES_MAX} items"),
        ),
        BasketRefusal::TooManyPieces(product) => Problem::value(
            "orderItems",
            &format!("상품 {product}의 수량 합계가 {QUANTITY_MAX}을 넘습니다"),
            &format!("the quantities of product {product} add up to more than {QUANTITY_MAX}"),
        ),
    }
}
