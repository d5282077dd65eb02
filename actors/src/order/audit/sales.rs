//! What was counted as it was sold, against the parts of orders that stand.

use std::collections::HashMap;

use hotdeal_entities::stocks;

use super::parts::Fold as Parts;
use super::{Fold, FoldedOrder, Line};
use crate::deal::audit::Sales;
use crate::host::audit::Report;

/// What stands in orders of a product: how many they are, their pieces, and what they came to.
#[derive(Clone, Copy, Default)]
pub(crate) struct OrderTotals {
    orders: i64,
    pieces: i64,
    value: i128,
}

/// The same of each product.
pub(crate) type Worth = HashMap<i64, OrderTotals>;

/// The lines of parts that stand, with their orders.
fn standing<'a>(
    fold: &'a Fold,
    parts: &'a Parts,
) -> impl Iterator<Item = (&'a FoldedOrder, &'a Line)> {
    let lines = fold
        .orders
        .iter()
        .flat_map(|(id, order)| order.lines.iter().map(move |line| (*id, order, line)));
    lines.filter(|(id, _, line)| parts.stands(*id, line.shop)).map(|(_, order, line)| (order, line))
}

pub(crate) fn worth(fold: &Fold, parts: &Parts) -> Worth {
    let mut worth = Worth::new();
    for (_, line) in standing(fold, parts) {
        let standing = worth.entry(line.product).or_default();
        standing.orders += 1;
        standing.pieces += line.quantity;
        standing.value += i128::from(line.quantity) * i128::from(line.price);
    }
    worth
}

pub(crate) fn compare_worth(row: &stocks::Model, worth: &Worth, report: &mut Report) {
    let told = worth.get(&row.product_id).copied().unwrap_or_default();
    let value = i128::from(row.value_billions) * 1_000_000_000 + i128::from(row.value_rest);
    let what = format!("LG-2 orders of product {} and what they came to", row.product_id);
    report.expect_equal(&what, (told.orders, told.value), (row.orders, value));
    let what = format!("ST-3 pieces of product {} in orders that stand", row.product_id);
    report.expect_equal(&what, told.pieces, row.sold);
}

/// What went at the price of each deal.
pub(crate) fn of_deals(fold: &Fold, parts: &Parts) -> Sales {
    let mut sales = Sales::default();
    for (order, line) in standing(fold, parts) {
        let Some(deal) = line.deal else { continue };
        *sales.lines.entry(deal).or_default() += 1;
        let persons = sales.pieces.entry((deal, line.product)).or_default();
        *persons.entry(order.user).or_default() += line.quantity;
    }
    sales
}
