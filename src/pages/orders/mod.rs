//! `/orders` and `/orders/{id}`: one's own orders, and what has happened to each.

mod words;

use askama::Template;
use hotdeal_actors::order::CancelOrder;
use hotdeal_domain::order::{Order, OrderState};
use hotdeal_domain::{ID_MAX, OrderId};

use self::words::Words;
use super::look::{Look, Part};
use super::say::count;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Orders on one page of the list.
const PAGE: u64 = 20;

/// An order as a row and as a page show it.
struct Shown {
    words: Words,
    id: i64,
    name: String,
    ordered: String,
    ordered_second: String,
    ordered_stamp: String,
    total: String,
    lines: Vec<Line>,
    state: OrderState,
}

struct Line {
    product: i64,
    name: String,
    quantity: String,
    total: String,
}

impl Shown {
    fn new(order: &Order, look: &Look) -> Self {
        let (words, say) = (Words(look.language), look.say);
        let first = order.lines.first().map_or("", |line| line.name.as_ref());
        let name = match order.lines.len() {
            0 | 1 => first.to_owned(),
            lines => words.and_others(first, lines - 1),
        };
        let line = |line: &hotdeal_domain::order::OrderLine| Line {
            product: line.product.get(),
            name: line.name.to_string(),
            quantity: count(line.quantity.get()),
            total: say.money(line.total().unwrap_or(order.total), order.currency),
        };
        Self {
            words,
            id: order.id.get(),
            name,
            ordered: say.day_and_time(order.ordered_at, look.now),
            ordered_second: say.second(order.ordered_at),
            ordered_stamp: say.stamp(order.ordered_at),
            total: say.money(order.total, order.currency),
            lines: order.lines.iter().map(line).collect(),
            state: order.state,
        }
    }

    /// Its state in a word, with the kind and the icon of the tag.
    fn tag(&self) -> (&'static str, &'static str, &'static str) {
        match self.state {
            OrderState::Before | OrderState::Pending => ("warn", "clock", self.words.pending()),
            OrderState::Success => ("ok", "check", self.words.ordered()),
            OrderState::Failure => ("bad", "x", self.words.failed()),
            OrderState::Cancelled => ("", "undo", self.words.cancelled()),
            OrderState::Expired => ("", "clock", self.words.expired()),
        }
    }

    fn is_cancelled(&self) -> bool {
        self.state == OrderState::Cancelled
    }

    fn can_be_cancelled(&self) -> bool {
        self.state == OrderState::Success
    }
}

#[derive(Template)]
#[template(path = "orders/list.html")]
struct ListPage<'a> {
    page: &'a Look,
    words: Words,
    orders: Vec<Shown>,
    next: Option<i64>,
}

#[derive(Template)]
#[template(path = "orders/page.html")]
struct OrderPage<'a> {
    page: &'a Look,
    words: Words,
    order: Shown,
    /// Whether it was placed a moment ago.
    is_new: bool,
    /// The same, and not at the price of the deal, which had no room for all of it.
    is_at_list_price: bool,
}

/// The list of one's own orders.
pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Orders);
    let before = call.query_number("before", 1..=ID_MAX, Some(ID_MAX))?;
    let mut found = call.state.mall.orders().orders_of(call.user()?, before, PAGE + 1).await?;
    let goes_on = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| goes_on).map(|order| order.id.get());
    let orders = found.iter().map(|order| Shown::new(order, &look)).collect();
    look.answer(call, &ListPage { words: Words(look.language), orders, next, page: &look })
}

/// An order of one's own.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Orders);
    let order = own(call, call.path_id("orderId")?).await?;
    let (is_new, is_at_list_price) = match call.request.query_string() {
        "placed" => (true, false),
        "placed-at-list-price" => (false, true),
        _ => (false, false),
    };
    let order = Shown::new(&order, &look);
    let words = Words(look.language);
    look.answer(call, &OrderPage { words, order, is_new, is_at_list_price, page: &look })
}

async fn own(call: &Call, order: OrderId) -> Result<Order, Problem> {
    let user = call.user()?;
    let found = call.state.mall.orders().order(order).await?;
    found.filter(|order| order.user == user).ok_or_else(|| Code::OrderNotFound.into())
}

/// Cancels an order of one's own; again changes nothing.
pub(super) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    let order: OrderId = call.path_id("orderId")?;
    let cancel = CancelOrder { order, user: call.user()? };
    call.state.mall.orders().cancel_order(cancel, call.key()).await?;
    Ok(Answer::see_other(format!("/orders/{order}")))
}
