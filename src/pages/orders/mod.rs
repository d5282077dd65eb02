//! `/orders` and `/orders/{id}`: one's own orders, and what has happened to each.

mod words;

use askama::Template;
use hotdeal_actors::order::CancelOrder;
use hotdeal_domain::order::{
    CancelScope, OrderState, Part as OrderPart, PartEvent, PartState, RejectionReason, TrackedOrder,
};
use hotdeal_domain::{ID_MAX, OrderId};

use self::words::Words;
use super::look::Look;
use super::menu::Part;
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
    /// What is still to be paid for, where a part of it ended.
    standing: Option<String>,
    lines: Vec<Line>,
    state: OrderState,
    /// How far its shops have come, the least far of those whose part stands.
    progress: Option<PartState>,
    steps: Vec<Step>,
    can_be_cancelled: bool,
}

/// How far one shop has come with its part.
struct Step {
    text: &'static str,
    /// What it says beside it.
    more: Option<String>,
    second: String,
    stamp: String,
}

struct Line {
    product: i64,
    name: String,
    quantity: String,
    total: String,
}

impl Shown {
    fn new(tracked: &TrackedOrder, look: &Look) -> Self {
        let (words, say, order) = (Words(look.language), look.say, &tracked.order);
        let standing = tracked.standing_total();
        let parts = || tracked.parts.iter();
        let is_free = |part: &OrderPart| part.state.after(PartEvent::Cancel).is_some();
        let steps = parts().filter_map(|part| Step::new(part, words, look));
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
            standing: (standing != order.total).then(|| say.money(standing, order.currency)),
            state: order.state,
            progress: parts().map(|part| part.state).filter(|state| state.stands()).min(),
            steps: steps.collect(),
            can_be_cancelled: order.state == OrderState::Success
                && parts().filter(|part| part.state.stands()).all(is_free),
        }
    }

    /// Its state in a word, with the kind and the icon of the tag.
    fn tag(&self) -> (&'static str, &'static str, &'static str) {
        match self.state {
            OrderState::Before | OrderState::Pending => ("warn", "clock", self.words.pending()),
            OrderState::Success => match self.progress {
                None | Some(PartState::New) => ("ok", "check", self.words.ordered()),
                Some(PartState::Accepted) => ("warn", "clock", self.words.accepted()),
                Some(PartState::Ready) => ("hot", "check", self.words.ready()),
                Some(_) => ("ok", "check", self.words.done()),
            },
            OrderState::Failure => ("bad", "x", self.words.failed()),
            OrderState::Cancelled => ("", "undo", self.words.cancelled()),
            OrderState::Expired => ("", "clock", self.words.expired()),
        }
    }

    fn is_cancelled(&self) -> bool {
        self.state == OrderState::Cancelled
    }

    /// Nothing of it stands, and it was not its buyer who ended it.
    fn was_cancelled_by_buyer(&self) -> bool {
        self.is_cancelled() && self.steps.is_empty()
    }
}

impl Step {
    /// What the shop has done last; `None` where it has done nothing, or the buyer cancelled it.
    fn new(part: &OrderPart, words: Words, look: &Look) -> Option<Self> {
        let say = look.say;
        let (text, more) = match part.state {
            PartState::New | PartState::Cancelled => return None,
            PartState::Accepted => {
                let by = part.expected_at.map(|at| say.day_and_time(at, look.now));
                (words.was_accepted(), by.map(|by| words.expected(by)))
            }
            PartState::Ready => (words.is_ready(), None),
            PartState::Done => (words.was_done(), None),
            PartState::Rejected => {
                let rejection = part.rejection.as_ref();
                let reason = rejection.map(|rejection| reason(words, rejection.reason));
                let text = rejection.and_then(|rejection| rejection.text.as_deref());
                let said = text.map(|text| format!("“{text}”"));
                let more = reason.map(str::to_owned).into_iter().chain(said);
                let back = words.given_back().to_owned();
                let more = more.chain([back]).collect::<Vec<_>>().join(" ");
                (words.was_rejected(), Some(more))
            }
        };
        let (second, stamp) = (say.second(part.changed_at), say.stamp(part.changed_at));
        Some(Self { text, more, second, stamp })
    }
}

/// Why a shop rejected, in a sentence.
fn reason(words: Words, reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::OutOfStock => words.out_of_stock(),
        RejectionReason::TooBusy => words.too_busy(),
        RejectionReason::Closed => words.closed(),
        RejectionReason::OutOfArea => words.out_of_area(),
        RejectionReason::WrongListing => words.wrong_listing(),
        RejectionReason::BuyerAsked => words.buyer_asked(),
        RejectionReason::Other => words.other_reason(),
        RejectionReason::NotAnswered => words.not_answered(),
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
    let found = call.state.mall.orders().orders_of(call.user()?, before, PAGE).await?;
    let next = found.next.map(|next| next.order.get());
    let orders = found.orders.iter().map(|order| Shown::new(order, &look)).collect();
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

async fn own(call: &Call, order: OrderId) -> Result<TrackedOrder, Problem> {
    let user = call.user()?;
    let found = call.state.mall.orders().order(order).await?;
    found.filter(|found| found.order.user == user).ok_or_else(|| Code::OrderNotFound.into())
}

/// Cancels an order of one's own; again changes nothing.
pub(super) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    let order: OrderId = call.path_id("orderId")?;
    let cancel = CancelOrder { order, scope: CancelScope::Order, user: call.user()? };
    call.state.mall.orders().cancel_order(cancel, call.key()).await?;
    Ok(Answer::see_other(format!("/orders/{order}")))
}
