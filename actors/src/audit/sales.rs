//! What was counted as it was sold, against the orders that stand.

use std::collections::HashMap;

use hotdeal_domain::OrderState;
use hotdeal_entities::{deals, stocks};

use super::deals::Sold;
use super::{Fold, Lines, Report};

/// Orders of each product and what they came to.
pub(super) type Worth = HashMap<i64, (i64, i128)>;

fn standing(fold: &Fold) -> impl Iterator<Item = &Lines> {
    let stands = fold.orders.values().filter(|order| order.state == OrderState::Success);
    stands.map(|order| &order.lines)
}

pub(super) fn worth(fold: &Fold) -> Worth {
    let mut worth = Worth::new();
    for &(product, quantity, price, _) in standing(fold).flatten() {
        let (orders, value) = worth.entry(product).or_default();
        *orders += 1;
        *value += i128::from(quantity) * i128::from(price);
    }
    worth
}

pub(super) fn compare_worth(row: &stocks::Model, worth: &Worth, report: &mut Report) {
    let told = worth.get(&row.product_id).copied().unwrap_or_default();
    let value = i128::from(row.value_billions) * 1_000_000_000 + i128::from(row.value_rest);
    let what = format!("LG-2 orders of product {} and what they came to", row.product_id);
    report.expect_equal(&what, told, (row.orders, value));
}

/// Lines at the price of each deal.
pub(super) fn deal_lines(fold: &Fold) -> HashMap<i64, i64> {
    let mut lines: HashMap<i64, i64> = HashMap::new();
    for deal in standing(fold).flatten().filter_map(|&(.., deal)| deal) {
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
