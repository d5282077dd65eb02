//! The rows of orders, and of what they do to the counters of products and deals.

use std::sync::Arc;

use hotdeal_domain::order::{Order, OrderFact, OrderState};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{ProductId, ShopId, UnixMillis};
use hotdeal_entities::{order_lines, orders};

use crate::deal::rows::count_line;
use crate::ledger::{Merge, Rows, Statement, statements};
use crate::mutant::{self, Mutant};
use crate::shop::rows::{Sold, move_stock};

/// The whole of an order that is cancelled.
pub(crate) struct Cancelled(pub(crate) Arc<Order>);

statements! {
    NEW_ORDERS = {
        use orders::Column as C;
        Statement::insert(&[
            C::Id, C::UserId, C::HomeShopId, C::Status, C::Total, C::Currency, C::OrderedAt,
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
    ENDED_ORDERS = {
        use orders::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::Status), (Merge::Last, C::CancelledAt)])
    };
}

/// Rows that a fact will write.
pub(crate) fn count(fact: &OrderFact) -> usize {
    match fact {
        OrderFact::OrderPlaced(order) => 1 + order.lines.len(),
        OrderFact::StockSold { lines, .. }
        | OrderFact::OrderCancelled { lines, .. }
        | OrderFact::StockReturned { lines, .. } => lines.len(),
    }
}

/// The rows of what happened to an order, in the stream of this shop.
pub(crate) fn write(shop: ShopId, fact: &OrderFact, private: Option<&Cancelled>, rows: &mut Rows) {
    match fact {
        OrderFact::OrderPlaced(order) => place(order, shop, rows),
        OrderFact::OrderCancelled { order, lines, at, .. } => {
            let status = OrderState::Cancelled.name().into();
            rows.push(&ENDED_ORDERS, [order.get().into(), status, at.0.into()]);
            match private {
                Some(Cancelled(order)) => count_order(order, -1, *at, rows),
                None => debug_assert!(false, "an order is cancelled with what was in it"),
            }
            sell(lines, -1, *at, rows);
        }
        OrderFact::StockSold { lines, at, .. } => sell(lines, 1, *at, rows),
        OrderFact::StockReturned { lines, at, .. } => sell(lines, -1, *at, rows),
    }
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
    count_order(order, 1, order.ordered_at, rows);
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

/// An order stands, or with `sign` below zero does not any more: all of it, whichever shops it
/// is from.
fn count_order(order: &Order, sign: i64, at: UnixMillis, rows: &mut Rows) {
    if sign < 0 && mutant::is_on(Mutant::CancelledIsSold) {
        return;
    }
    for line in &order.lines {
        let pieces = sign * i64::from(line.quantity.get());
        let value = i128::from(pieces) * i128::from(line.unit_price.minor());
        move_stock(line.product, Sold { orders: sign, value, ..Sold::default() }, at, rows);
        if let Some(deal) = line.deal {
            count_line(deal, line.shop, line.product, pieces, rows);
        }
    }
}
