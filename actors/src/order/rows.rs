//! The rows of orders and of their parts, and of what they do to the counters of products and deals.
//!
//! An order writes one small row a part (`new_parts`), behind the last of its shop. It goes when the part is
//! first changed; from then on the part has a row in `order_parts`. So what an order costs when it is made
//! stays small, and a shop's parts in one state are a range of one index.

use std::sync::Arc;

use hotdeal_domain::order::{Order, OrderFact, OrderLine, OrderState, Part, PartState};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{OrderId, ProductId, ShopId, StreamId, UnixMillis};
use hotdeal_entities::{new_parts, order_lines, order_parts, orders, part_counts};

use crate::deal::rows::count_line;
use crate::host::timers::{self, End};
use crate::ledger::{Cell, Kind, Merge, Rows, Statement, statements};
use crate::mutant::{self, Mutant};
use crate::shop::rows::{Sold, move_stock};

/// What is known of a part that a fact changes.
pub(crate) struct PartChange {
    /// What it was.
    pub(crate) before: PartState,
    /// What it has become.
    pub(crate) after: Part,
    /// When its order was made.
    pub(crate) ordered_at: UnixMillis,
    /// Until when it is to be answered.
    pub(crate) answer_by: Option<UnixMillis>,
    /// The order, where the part stands no more: its lines are counted no more.
    pub(crate) order: Option<Arc<Order>>,
}

statements! {
    NEW_ORDERS = {
        use orders::Column as C;
        Statement::insert(&[
            C::Id, C::UserId, C::HomeShopId, C::Status, C::Total, C::Currency, C::OrderedAt,
            C::AnswerBy,
        ])
    };
    NEW_LINES = {
        use order_lines::Column as C;
        Statement::insert(&[
            C::OrderId,
            C::Line,
            C::ProductId,
            C::ShopId,
            C::Name,
            C::Quantity,
            C::UnitPrice,
            C::DealId,
        ])
    };
    /// Whoever ends an order has read it from the tables.
    ENDED_ORDERS = {
        use orders::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::Status), (Merge::Last, C::CancelledAt)]).apart()
    };
    NEW_PARTS = {
        use new_parts::Column as C;
        Statement::insert(&[C::ShopId, C::OrderedAt, C::OrderId])
    };
    /// Whoever changes a part has read it from the tables.
    ANSWERED_PARTS = Statement::change(
        "new_parts",
        "DELETE FROM new_parts WHERE \
         (new_parts.shop_id, new_parts.ordered_at, new_parts.order_id) IN \
         (SELECT v.column1, v.column2, v.column3",
        ")",
        &[Kind::Int; 3],
    )
    .apart();
    CHANGED_PARTS = {
        use order_parts::Column as C;
        let others = [C::State, C::ExpectedAt, C::Reason, C::ReasonText, C::OrderedAt, C::ChangedAt];
        let [state, expected, reason, text, ordered, changed] = others;
        Statement::insert(&[C::OrderId, C::ShopId, state, expected, reason, text, ordered, changed])
            .or_replace(&[C::OrderId, C::ShopId], &others)
    };
    NEW_COUNTS = {
        use part_counts::Column as C;
        let [new, accepted, ready, done, rejected, cancelled] = COUNTS;
        Statement::insert(&[C::ShopId, new, accepted, ready, done, rejected, cancelled])
    };
    /// As the counters of stock, written once a transaction.
    MOVED_COUNTS = {
        use part_counts::Column as C;
        Statement::update(&[C::ShopId], &COUNTS.map(|count| (Merge::Sum, count)))
    };
}

/// The counters of parts, in the order of [`PartState::ALL`].
const COUNTS: [part_counts::Column; PartState::ALL.len()] = {
    use part_counts::Column as C;
    [C::New, C::Accepted, C::Ready, C::Done, C::Rejected, C::Cancelled]
};

/// Rows that a fact will write.
pub(crate) fn count(fact: &OrderFact) -> usize {
    let ends = usize::from(fact.end().is_some());
    match fact {
        OrderFact::OrderPlaced(order) => 2 + order.lines.len() + ends,
        OrderFact::StockSold { lines, .. } => 1 + lines.len() + ends,
        OrderFact::OrderCancelled { lines, .. }
        | OrderFact::StockReturned { lines, .. }
        | OrderFact::PartRejected { lines, .. }
        | OrderFact::PartCancelled { lines, .. } => 3 + lines.len(),
        OrderFact::PartAccepted { .. } => 3,
        OrderFact::PartReady { .. } | OrderFact::PartDone { .. } => 2,
        OrderFact::OrderEmptied { .. } => 1,
    }
}

/// The rows of a shop that opens.
pub(crate) fn open_shop(shop: ShopId, rows: &mut Rows) {
    let none = || Cell::from(0);
    rows.push(&NEW_COUNTS, [shop.get().into(), none(), none(), none(), none(), none(), none()]);
}

/// The rows of what happened to an order, in the stream of this shop.
pub(crate) fn write(shop: ShopId, fact: &OrderFact, private: Option<&PartChange>, rows: &mut Rows) {
    debug_assert_eq!(
        private.is_some(),
        fact.part_event(PartState::New).is_some(),
        "a part is changed with what it was"
    );
    match fact {
        OrderFact::OrderPlaced(order) => {
            place(order, shop, rows);
            begin_part(shop, order.id, order.ordered_at, order.answer_by, rows);
        }
        OrderFact::StockSold { order, lines, at, answer_by, .. } => {
            sell(lines, 1, *at, rows);
            begin_part(shop, *order, *at, *answer_by, rows);
        }
        OrderFact::OrderCancelled { order, lines, at, .. } => {
            end(*order, *at, rows);
            sell(lines, -1, *at, rows);
        }
        OrderFact::StockReturned { lines, at, .. }
        | OrderFact::PartRejected { lines, at, .. }
        | OrderFact::PartCancelled { lines, at, .. } => sell(lines, -1, *at, rows),
        OrderFact::OrderEmptied { order, at } => end(*order, *at, rows),
        OrderFact::PartAccepted { .. }
        | OrderFact::PartReady { .. }
        | OrderFact::PartDone { .. } => {}
    }
    if let Some(change) = private {
        change_part(fact.order(), change, rows);
    }
}

fn end(order: OrderId, at: UnixMillis, rows: &mut Rows) {
    let status = OrderState::Cancelled.name().into();
    rows.push(&ENDED_ORDERS, [order.get().into(), status, at.0.into()]);
}

/// A shop has a part of an order from now on.
fn begin_part(
    shop: ShopId,
    order: OrderId,
    ordered_at: UnixMillis,
    answer_by: Option<UnixMillis>,
    rows: &mut Rows,
) {
    rows.push(&NEW_PARTS, [shop.get().into(), ordered_at.0.into(), order.get().into()]);
    if let Some(at) = answer_by {
        timers::begin(&answer_end(shop, order, at), rows);
    }
    count_part(shop, &[(PartState::New, 1)], rows);
}

/// A shop's time to answer its part of an order ends then.
fn answer_end(shop: ShopId, order: OrderId, at: UnixMillis) -> End {
    End { stream: StreamId::Shop(shop), at, subject: order.get() }
}

fn change_part(order: OrderId, change: &PartChange, rows: &mut Rows) {
    let PartChange { before, after, ordered_at, answer_by, .. } = change;
    let shop = after.shop;
    if *before == PartState::New {
        rows.push(&ANSWERED_PARTS, [shop.get().into(), ordered_at.0.into(), order.get().into()]);
        if let Some(at) = answer_by {
            timers::cease(&answer_end(shop, order, *at), rows);
        }
    }
    let rejection = after.rejection.as_ref();
    rows.push(
        &CHANGED_PARTS,
        [
            order.get().into(),
            shop.get().into(),
            after.state.name().into(),
            after.expected_at.map(|at| at.0).into(),
            rejection.map(|rejection| rejection.reason.name()).into(),
            rejection.and_then(|rejection| rejection.text.clone()).into(),
            ordered_at.0.into(),
            after.changed_at.0.into(),
        ],
    );
    if *before != after.state {
        count_part(shop, &[(*before, -1), (after.state, 1)], rows);
    }
    if let Some(order) = &change.order {
        let lines = order.lines.iter().filter(|line| line.shop == shop);
        count_lines(lines, -1, after.changed_at, rows);
    }
}

fn count_part(shop: ShopId, changes: &[(PartState, i64)], rows: &mut Rows) {
    let by = |state| -> Cell {
        let of_state = changes.iter().filter(|(changed, _)| *changed == state);
        of_state.map(|(_, by)| *by).sum::<i64>().into()
    };
    let [new, accepted, ready, done, rejected, cancelled] = PartState::ALL.map(by);
    rows.push(&MOVED_COUNTS, [shop.get().into(), new, accepted, ready, done, rejected, cancelled]);
}

fn place(order: &Order, stream: ShopId, rows: &mut Rows) {
    rows.push(
        &NEW_ORDERS,
        [
            order.id.get().into(),
            order.user.get().into(),
            order.home.get().into(),
            order.state.name().into(),
            order.total.minor().into(),
            order.currency.code().into(),
            order.ordered_at.0.into(),
            order.answer_by.map(|at| at.0).into(),
        ],
    );
    for (number, line) in (0_i64..).zip(&order.lines) {
        rows.push(
            &NEW_LINES,
            [
                order.id.get().into(),
                number.into(),
                line.product.get().into(),
                line.shop.get().into(),
                line.name.clone().into(),
                i64::from(line.quantity.get()).into(),
                line.unit_price.minor().into(),
                line.deal.map(|deal| deal.get()).into(),
            ],
        );
    }
    count_lines(order.lines.iter(), 1, order.ordered_at, rows);
    for line in order.lines.iter().filter(|line| line.shop == stream) {
        let sold = Sold { sold: i64::from(line.quantity.get()), ..Sold::default() };
        move_stock(line.product, sold, order.ordered_at, rows);
    }
}

/// What a shop has sold, or with `sign` below zero got back.
fn sell(lines: &[(ProductId, Quantity)], sign: i64, at: UnixMillis, rows: &mut Rows) {
    for &(product, quantity) in lines {
        let sold = Sold { sold: sign * i64::from(quantity.get()), ..Sold::default() };
        move_stock(product, sold, at, rows);
    }
}

/// Lines of an order stand, or with `sign` below zero do not any more.
fn count_lines<'a>(
    lines: impl Iterator<Item = &'a OrderLine>,
    sign: i64,
    at: UnixMillis,
    rows: &mut Rows,
) {
    if sign < 0 && mutant::is_on(Mutant::CancelledIsSold) {
        return;
    }
    for line in lines {
        let pieces = sign * i64::from(line.quantity.get());
        let value = i128::from(pieces) * i128::from(line.unit_price.minor());
        move_stock(line.product, Sold { orders: sign, value, ..Sold::default() }, at, rows);
        if let Some(deal) = line.deal {
            count_line(deal, line.shop, line.product, pieces, rows);
        }
    }
}
