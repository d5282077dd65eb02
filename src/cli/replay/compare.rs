//! Compares what the server holds with what the file alone says: every product, every order, and
//! the totals.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::order::OrderState;
use hotdeal_domain::{Amount, Currency, ProductId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::carry_out::{Done, Replay};
use super::plan::Order;
use crate::client::{Call, CallError, Session};

/// Products asked for in one search, and rows of the sales report in one page.
const PAGE: usize = 500;
/// Differences shown in words; all of them are counted.
const SHOWN_MAX: usize = 20;

/// One number of many things, compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Compared {
    pub(super) what: &'static str,
    /// How many things have this number.
    pub(super) items: u64,
    /// For how many of them it differs.
    pub(super) differ: u64,
    /// The sum by the file.
    pub(super) expected: i128,
    /// The sum at the server.
    pub(super) found: i128,
    /// Whether the sums are pence.
    pub(super) money: bool,
}

/// Everything that was compared.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) rows: Vec<Compared>,
    /// The first differences, in words.
    pub(super) shown: Vec<String>,
}

impl Comparison {
    /// Whether every number agrees.
    pub(super) fn agrees(&self) -> bool {
        self.rows.iter().all(|row| row.differ == 0 && row.expected == row.found)
    }

    fn add(&mut self, what: &'static str, of: &str, expected: i128, found: i128) {
        self.add_as(what, of, expected, found, false);
    }

    fn add_money(&mut self, what: &'static str, of: &str, expected: i128, found: i128) {
        self.add_as(what, of, expected, found, true);
    }

    fn add_as(&mut self, what: &'static str, of: &str, expected: i128, found: i128, money: bool) {
        let place = self.rows.iter().position(|row| row.what == what).unwrap_or_else(|| {
            self.rows.push(Compared { what, items: 0, differ: 0, expected: 0, found: 0, money });
            self.rows.len() - 1
        });
        let row = &mut self.rows[place];
        row.items += 1;
        row.expected += expected;
        row.found += found;
        if expected != found {
            row.differ += 1;
            if self.shown.len() < SHOWN_MAX {
                let unit = if money { " pence" } else { "" };
                self.shown.push(format!("{what} of {of}: {found}{unit} instead of {expected}"));
            }
        }
    }
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stock {
    product_id: i64,
    quantity: i64,
    on_hand: i64,
    held: i64,
    sold: i64,
}

/// A row of the sales report, its value in pence.
#[derive(Debug, Default, Clone, Copy)]
struct Sales {
    units: i64,
    orders: i64,
    value: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SalesRow {
    product_id: ProductId,
    units: i64,
    orders: i64,
    value: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderRead {
    user_id: UserId,
    items: Vec<ItemRead>,
    total_order_price: Box<RawValue>,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemRead {
    product_id: ProductId,
    quantity: i64,
    product_price: Box<RawValue>,
    item_total_price: Box<RawValue>,
}

/// Asks the server for everything again and compares.
pub(super) async fn compare(replay: &Replay<'_>, done: &Done) -> Result<Comparison, CallError> {
    let mut comparison = Comparison::default();
    let stocks = stocks(replay).await?;
    let sales = sales(replay).await?;
    let orders: Vec<(&Order, Option<OrderRead>)> = {
        let read = read_orders(replay, done).await?;
        replay.plan.orders.iter().zip(read).collect()
    };
    compare_stocks(replay, &stocks, &mut comparison);
    compare_sales(replay, &sales, &mut comparison);
    compare_orders(replay, &orders, &mut comparison);
    Ok(comparison)
}

async fn stocks(replay: &Replay<'_>) -> Result<HashMap<i64, Stock>, CallError> {
    let pages: Vec<_> = replay.products.chunks(PAGE).collect();
    let ask = async |session: &mut Session, _, page: &&[ProductId]| {
        let body = json!({ "productIds": page }).to_string();
        let call = Call::query("/api/stocks/search", &replay.owner.token, body.as_bytes());
        session.json::<Vec<Stock>>(&call, 200).await
    };
    let answers = replay.crew.each("stock", &pages, ask).await?;
    Ok(answers.into_iter().flatten().map(|stock| (stock.product_id, stock)).collect())
}

async fn sales(replay: &Replay<'_>) -> Result<BTreeMap<ProductId, Sales>, CallError> {
    let mut session = replay.crew.session();
    let mut sales = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/api/shops/{}/sales?after={after}&limit={PAGE}", replay.shop);
        let call = Call::get(&path, &replay.owner.token);
        let page: Vec<SalesRow> = session.json(&call, 200).await?;
        let last = page.iter().map(|row| row.product_id.get()).max();
        for row in &page {
            let value = pence(&row.value);
            let of = Sales { units: row.units, orders: row.orders, value };
            sales.insert(row.product_id, of);
        }
        match last {
            // A list that does not advance would be asked for for ever.
            Some(last) if page.len() == PAGE && last > after => after = last,
            _ => return Ok(sales),
        }
    }
}

async fn read_orders(
    replay: &Replay<'_>,
    done: &Done,
) -> Result<Vec<Option<OrderRead>>, CallError> {
    let ask = async |session: &mut Session, place: usize, order: &Option<_>| {
        let Some(order) = order else { return Ok(None) };
        let path = format!("/api/orders/{order}");
        // As the buyer, because an order must be there for the person who made it.
        let buyer = &replay.buyers[replay.plan.orders[place].buyer];
        session.json::<OrderRead>(&Call::get(&path, &buyer.token), 200).await.map(Some)
    };
    replay.crew.each("orders", &done.orders, ask).await
}

fn compare_stocks(replay: &Replay<'_>, stocks: &HashMap<i64, Stock>, comparison: &mut Comparison) {
    for (product, id) in replay.plan.products.iter().zip(&replay.products) {
        let stock = stocks.get(&id.get()).copied().unwrap_or_default();
        let of = format!("stock code {}", product.code);
        for (what, expected, found) in [
            ("stock on hand", product.on_hand(), stock.on_hand),
            ("stock available", product.available(), stock.quantity),
            ("stock held", 0, stock.held),
            ("stock sold", product.sold, stock.sold),
        ] {
            comparison.add(what, &of, expected.into(), found.into());
        }
    }
}

fn compare_sales(
    replay: &Replay<'_>,
    sales: &BTreeMap<ProductId, Sales>,
    comparison: &mut Comparison,
) {
    for (product, id) in replay.plan.products.iter().zip(&replay.products) {
        // A product nobody bought may be absent from the report.
        let row = sales.get(id).copied().unwrap_or_default();
        let of = format!("stock code {}", product.code);
        comparison.add("units sold (report)", &of, product.sold.into(), row.units.into());
        comparison.add("orders it is in (report)", &of, product.orders.into(), row.orders.into());
        comparison.add_money("value sold (report)", &of, product.value(), row.value.into());
    }
    let ours: std::collections::BTreeSet<_> = replay.products.iter().collect();
    let strange = sales.keys().filter(|id| !ours.contains(id)).count();
    comparison.add("products sold that the file does not have", "the shop", 0, strange as i128);
}

fn compare_orders(
    replay: &Replay<'_>,
    orders: &[(&Order, Option<OrderRead>)],
    comparison: &mut Comparison,
) {
    for (order, read) in orders {
        let of = format!("invoice {}", order.invoice);
        let summed = order.summed();
        let total: i128 = summed
            .iter()
            .map(|(&place, &quantity)| {
                i128::from(quantity) * i128::from(replay.plan.products[place].price)
            })
            .sum();
        let stands = |read: &OrderRead| {
            read.status == OrderState::Success.name()
                && read.user_id == replay.buyers[order.buyer].user
        };
        let succeeded = read.as_ref().is_some_and(stands);
        comparison.add("orders that stand, of the right buyer", &of, 1, succeeded.into());
        let right = read.as_ref().is_some_and(|read| lines_agree(replay, &summed, read));
        comparison.add("orders with the right lines and prices", &of, 1, right.into());
        let found = read.as_ref().map_or(0, |read| pence(&read.total_order_price));
        comparison.add_money("value of the order", &of, total, found.into());
    }
}

/// Whether an order's lines are these, each product once, at the plan's prices.
fn lines_agree(replay: &Replay<'_>, summed: &BTreeMap<usize, i64>, read: &OrderRead) -> bool {
    let expected: BTreeMap<_, _> = summed
        .iter()
        .map(|(&place, &quantity)| {
            let price = replay.plan.products[place].price;
            (replay.products[place], (quantity, price, price * quantity))
        })
        .collect();
    let found: BTreeMap<_, _> = read
        .items
        .iter()
        .map(|item| {
            let price = pence(&item.product_price);
            (item.product_id, (item.quantity, price, pence(&item.item_total_price)))
        })
        .collect();
    found == expected && read.items.len() == found.len()
}

/// A JSON number of pounds, in pence; −1, which is never an amount, if it is no such number.
fn pence(number: &RawValue) -> i64 {
    Amount::parse(number.get(), Currency::Gbp).map_or(-1, Amount::minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_differing_number_among_many_is_counted_and_told() {
        let mut comparison = Comparison::default();
        comparison.add("stock sold", "stock code 1", 5, 5);
        comparison.add_money("value sold", "stock code 1", 1_000, 1_000);
        assert!(comparison.agrees());
        // Sums that agree hide nothing: each thing is compared by itself.
        comparison.add("stock sold", "stock code 2", 5, 6);
        comparison.add("stock sold", "stock code 3", 5, 4);
        assert!(!comparison.agrees());
        let row = &comparison.rows[0];
        assert_eq!((row.items, row.differ, row.expected, row.found), (3, 2, 15, 15));
        assert_eq!(comparison.shown[0], "stock sold of stock code 2: 6 instead of 5");
    }

    #[test]
    fn pounds_are_read_exactly() {
        for (json, expected) in
            [("2.55", 255), ("2.5", 250), ("7", 700), ("\"2\"", -1), ("0.001", -1)]
        {
            let raw = RawValue::from_string(json.to_owned()).expect("JSON");
            assert_eq!(pence(&raw), expected, "{json}");
        }
    }
}
