//! The verdict: the record of the outside against the tables, and against what the server says.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;

use super::history::{CouponTry, History, OrderTry, Outcome, coupon_is_lost, order_is_lost};
use crate::support::{App, Database};

/// Calls in flight at once.
const AT_ONCE: usize = 12;

/// Reads what is new in the history again over HTTP; answers what is wrong.
pub(super) async fn over_http(app: &App, history: &History) -> Vec<String> {
    let (orders, coupons) = history.fresh();
    let mut wrong: Vec<String> = futures_util::stream::iter(orders)
        .map(|order: &OrderTry| order_is_lost(app, order))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |found| found)
        .collect()
        .await;
    let lost: Vec<String> = futures_util::stream::iter(coupons)
        .map(|coupon: &CouponTry| coupon_is_lost(app, coupon))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |found| found)
        .collect()
        .await;
    wrong.extend(lost);
    wrong
}

/// Compares the whole history with the tables; answers what is wrong. What is unknown may be
/// there or not, but only once.
pub(super) async fn on_tables(database: &Database, history: &History) -> Vec<String> {
    let tables = database.open().await;
    let mut wrong = Vec::new();
    let orders: Vec<(i64, i64, String)> =
        tables.rows("SELECT user_id, id, status FROM orders ORDER BY id").await;
    orders_against(history, &orders, &mut wrong);
    let issues: Vec<(i64, i64, i64)> =
        tables.rows("SELECT event_id, user_id, ordinal FROM coupon_issues ORDER BY 1, 3").await;
    coupons_against(history, &issues, &mut wrong);
    let stocks: Vec<(i64, i64, i64, i64)> =
        tables.rows("SELECT product_id, on_hand, held, sold FROM stocks").await;
    let lines: Vec<(i64, i64)> = tables
        .rows(
            "SELECT l.product_id, CAST(sum(l.quantity) AS BIGINT) FROM order_lines l \
             JOIN orders o ON o.id = l.order_id WHERE o.status = 'ORDER_SUCCESS' GROUP BY 1",
        )
        .await;
    stock_against(history, &stocks, &lines.into_iter().collect(), &mut wrong);
    tables.close().await;
    wrong
}

fn orders_against(history: &History, rows: &[(i64, i64, String)], wrong: &mut Vec<String>) {
    let mut by_user: BTreeMap<i64, Vec<(i64, &str)>> = BTreeMap::new();
    for (user, id, status) in rows {
        by_user.entry(*user).or_default().push((*id, status));
    }
    for order in &history.orders {
        let found = by_user.remove(&order.user).unwrap_or_default();
        match (&order.outcome, found.as_slice()) {
            (Outcome::Wrong(answer), _) => wrong.push(format!("{order:?} was told {answer}")),
            (_, [_, _, ..]) => wrong.push(format!("doubled: {order:?} is there as {found:?}")),
            (Outcome::Done(_), [_]) if matches!(order.cancelled, Some(Outcome::Wrong(_))) => {
                wrong.push(format!("could not be cancelled: {order:?}"));
            }
            (Outcome::Done(made), [(id, status)]) if *id == made.order_id => {
                let expected = match order.cancelled {
                    None => &["ORDER_SUCCESS"] as &[&str],
                    Some(Outcome::Done(())) => &["ORDER_CANCELLED"],
                    Some(_) => &["ORDER_SUCCESS", "ORDER_CANCELLED"],
                };
                if !expected.contains(status) {
                    wrong.push(format!("lost: {status} instead of {expected:?} for {order:?}"));
                }
            }
            (Outcome::Done(_), _) => wrong.push(format!("lost: {order:?} is there as {found:?}")),
            (Outcome::Refused(..), [_]) => wrong.push(format!("refused, yet there: {order:?}")),
            (Outcome::Refused(..), []) | (Outcome::Unknown, _) => {}
        }
    }
    for (user, orders) in by_user {
        wrong.push(format!("nobody asked for {orders:?} of {user}"));
    }
}

fn coupons_against(history: &History, rows: &[(i64, i64, i64)], wrong: &mut Vec<String>) {
    let mut held: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut next: BTreeMap<i64, i64> = BTreeMap::new();
    for &(event, user, ordinal) in rows {
        if !held.insert((event, user)) {
            wrong.push(format!("doubled: {user} has two coupons of {event}"));
        }
        let expected = next.entry(event).or_default();
        if ordinal != *expected {
            wrong.push(format!("event {event}: coupon {ordinal} where {expected} was next"));
        }
        *expected = ordinal + 1;
    }
    for coupon in &history.coupons {
        let is_there = held.remove(&(coupon.event, coupon.user));
        match &coupon.outcome {
            Outcome::Done(_) if !is_there => wrong.push(format!("lost: {coupon:?}")),
            Outcome::Refused(..) if is_there => {
                wrong.push(format!("refused, yet there: {coupon:?}"))
            }
            Outcome::Wrong(answer) => wrong.push(format!("{coupon:?} was told {answer}")),
            Outcome::Done(_) | Outcome::Refused(..) | Outcome::Unknown => {}
        }
    }
    for (event, user) in held {
        wrong.push(format!("nobody asked for the coupon of {user} in {event}"));
    }
}

fn stock_against(
    history: &History,
    rows: &[(i64, i64, i64, i64)],
    lines: &BTreeMap<i64, i64>,
    wrong: &mut Vec<String>,
) {
    let is_known = |order: &OrderTry| {
        order.outcome != Outcome::Unknown && order.cancelled != Some(Outcome::Unknown)
    };
    let mut taken: BTreeMap<i64, i64> = BTreeMap::new();
    for &(product, quantity) in history.orders.iter().flat_map(OrderTry::takes) {
        *taken.entry(product).or_default() += quantity;
    }
    for (product, on_hand) in &history.on_hand {
        let Some(row) = rows.iter().find(|row| row.0 == *product) else {
            wrong.push(format!("lost: the stock of {product}"));
            continue;
        };
        let standing = lines.get(product).copied().unwrap_or(0);
        if (row.1, row.2, row.3) != (*on_hand, 0, standing) {
            wrong.push(format!("stock {row:?}: expected {on_hand} on hand, {standing} sold"));
        }
        let known = taken.get(product).copied().unwrap_or(0);
        if history.orders.iter().all(is_known) && known != standing {
            wrong.push(format!("{product}: {known} were acknowledged, {standing} are sold"));
        }
    }
}
