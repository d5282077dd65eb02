//! What was counted as it was sold, against the orders that stand.

use std::collections::HashMap;

use hotdeal_domain::order::OrderState;
use hotdeal_entities::{deals, stocks};

use super::deals::Sold;
use super::orders::Line;
use super::{Fold, Report};

/// What stands in orders of a product: how many they are, their pieces, and what they came to.
#[derive(Clone, Copy, Default)]
pub(super) struct Standing {
    orders: i64,
    pieces: i64,
    value: i128,
}

/// The same of each product.
pub(super) type Worth = HashMap<i64, Standing>;

fn standing(fold: &Fold) -> impl Iterator<Item = &Line> {
    let orders = fold.orders.orders.values();
    orders.filter(|order| order.state == OrderState::Success).flat_map(|order| &order.lines)
}

pub(super) fn worth(fold: &Fold) -> Worth {
    let mut worth = Worth::new();
    for line in standing(fold) {
        let standing = worth.entry(line.product).or_default();
        standing.orders += 1;
        standing.pieces += line.quantity;
        standing.value += i128::from(line.quantity) * i128::from(line.price);
    }
    worth
}

pub(super) fn compare_worth(row: &stocks::Model, worth: &Worth, report: &mut Report) {
    let told = worth.get(&row.product_id).copied().unwrap_or_default();
    let value = i128::from(row.value_billions) * 1_000_000_000 + i128::from(row.value_rest);
    let what = format!("LG-2 orders of product {} and what they came to", row.product_id);
    report.expect_equal(&what, (told.orders, told.value), (row.orders, value));
    let what = format!("ST-3 pieces of product {} in orders that stand", row.product_id);
    report.expect_equal(&what, told.pieces, row.sold);
}

/// Lines at the price of each deal.
pub(super) fn deal_lines(fold: &Fold) -> HashMap<i64, i64> {
    let mut lines: HashMap<i64, i64> = HashMap::new();
    for deal in standing(fold).filter_map(|line| line.deal) {
        *lines.entry(deal).or_default() += 1;
    }
    lines
}

/// `items` are a deal's products by shop with what was counted of each.
pub(super) fn compare_deal(
    row: &deals::Model,
    items: &[(i64, i64, i64)],
    sold: &Sold,
    lines: &HashMap<i64, i64>,
    report: &mut Report,
) {
    let pieces = |product: i64| -> i64 {
        sold.get(&(row.id, product)).map_or(0, |persons| persons.values().sum())
    };
    for &(_, product, counted) in items {
        let what = format!("LG-2 pieces of product {product} sold by deal {}", row.id);
        report.expect_equal(&what, pieces(product), counted);
    }
    let told: i64 = items.iter().map(|&(_, product, _)| pieces(product)).sum();
    let lines = lines.get(&row.id).copied().unwrap_or(0);
    let what = format!("LG-2 pieces and lines sold by deal {}", row.id);
    report.expect_equal(&what, (told, lines), (row.sold, row.sold_lines));
}
