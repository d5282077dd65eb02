//! Audit: folds the journal from its first fact and compares what comes out with the tables.
//! Reads only, all of it as of one moment, and uses none of the code that wrote.

mod accounts;
mod catalogue;
mod coupons;
mod deals;
mod notices;
mod pages;
mod report;
mod sales;

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::{Fact, OrderState, ProductId, StreamId, UserId};
use hotdeal_entities::{journal, order_lines, orders, stocks, streams};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::AskError;
use crate::ledger::StoreUrl;
use crate::mall::OpenError;
use crate::storage::Storage;

pub use report::Report;

/// An order as the journal tells it.
struct FoldedOrder {
    user: i64,
    total: i64,
    state: OrderState,
    lines: Lines,
}

/// What the whole journal comes to.
#[derive(Default)]
struct Fold {
    stock: BTreeMap<ProductId, (i64, i64)>,
    orders: BTreeMap<i64, FoldedOrder>,
    issues: BTreeMap<i64, Vec<(i64, UserId, i64)>>,
    batches: HashMap<i64, (i64, &'static str)>,
    deals: deals::Deals,
    catalogue: catalogue::Fold,
    accounts: accounts::Fold,
    notices: notices::Fold,
}

/// Audits the database at `url`.
///
/// # Errors
/// [`OpenError`] when it cannot be reached or read.
pub async fn run(url: &str) -> Result<Report, OpenError> {
    let url: StoreUrl = url.parse().map_err(OpenError::Url)?;
    let storage = Storage::snapshot(&url).await?;
    let mut report = Report::default();
    let fold = fold(&storage, &mut report).await?;
    compare_stock(&storage, &fold, &mut report).await?;
    compare_orders(&storage, &fold, &mut report).await?;
    coupons::compare(&storage, &fold, &mut report).await?;
    catalogue::compare(&storage, &fold.catalogue, &mut report).await?;
    deals::compare(&storage, &fold, &mut report).await?;
    accounts::compare(&storage, &fold.accounts, &mut report).await?;
    notices::compare(&storage, &fold.notices, &mut report).await?;
    Ok(report)
}

async fn fold(storage: &Storage, report: &mut Report) -> Result<Fold, AskError> {
    let mut fold = Fold::default();
    let all = streams::Entity::find().order_by_asc(streams::Column::Stream);
    for stream in all.all(&storage.db).await? {
        report.streams += 1;
        let mut last = 0;
        loop {
            let rows = journal::Entity::find()
                .filter(journal::Column::Stream.eq(&stream.stream))
                .filter(journal::Column::Sequence.gt(last))
                .order_by_asc(journal::Column::Sequence)
                .limit(1_000)
                .all(&storage.db)
                .await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                fold_segment(&row, last, &mut fold, report);
                last = row.sequence;
            }
        }
        report.expect_equal(
            &format!("LG-1 last sequence of {}", stream.stream),
            last,
            stream.last_sequence,
        );
    }
    Ok(fold)
}

fn fold_segment(row: &journal::Model, last: i64, fold: &mut Fold, report: &mut Report) {
    let stream = &row.stream;
    report.expect_equal(
        &format!("LG-1 sequence after {last} of {stream}"),
        row.first_sequence,
        last + 1,
    );
    let facts: Vec<Fact> = match serde_json::from_str(&row.facts) {
        Ok(facts) => facts,
        Err(error) => {
            return report
                .differs(|| format!("{stream} {}: cannot be read: {error}", row.sequence));
        }
    };
    let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
    let expected = row.sequence - row.first_sequence + 1;
    report.expect_equal(&format!("facts in {stream} up to {}", row.sequence), count, expected);
    let Ok(id) = stream.parse::<StreamId>() else {
        return report.differs(|| format!("{stream} is the name of no stream"));
    };
    for fact in &facts {
        report.facts += 1;
        fold.apply(id, fact);
    }
}

impl Fold {
    fn apply(&mut self, stream: StreamId, fact: &Fact) {
        match fact {
            Fact::ProductCreated(product) => {
                self.stock.insert(product.id, (0, 0));
                self.catalogue.describe(product);
            }
            Fact::ProductChanged { product, .. } => self.catalogue.describe(product),
            Fact::ProductWithdrawn { product, at } => self.catalogue.withdraw(*product, *at),
            Fact::StockMoved { product, delta, .. } => *self.on_hand(*product) += delta,
            Fact::OrderPlaced(order) => {
                let folded = FoldedOrder {
                    user: order.user.get(),
                    total: order.total.minor(),
                    state: order.state,
                    lines: order
                        .lines
                        .iter()
                        .map(|line| {
                            let quantity = i64::from(line.quantity.get());
                            let deal = line.deal.map(|deal| deal.get());
                            (line.product.get(), quantity, line.unit_price.minor(), deal)
                        })
                        .collect(),
                };
                self.orders.insert(order.id.get(), folded);
                for line in &order.lines {
                    if StreamId::Shop(line.shop) == stream {
                        self.sell(line.product, i64::from(line.quantity.get()));
                    }
                }
            }
            Fact::StockSold { lines, .. } => {
                lines.iter().for_each(|(product, q)| self.sell(*product, i64::from(q.get())));
            }
            Fact::OrderCancelled { order, lines, .. } => {
                if let Some(order) = self.orders.get_mut(&order.get()) {
                    order.state = OrderState::Cancelled;
                }
                lines.iter().for_each(|(product, q)| self.sell(*product, -i64::from(q.get())));
            }
            Fact::StockReturned { lines, .. } => {
                lines.iter().for_each(|(product, q)| self.sell(*product, -i64::from(q.get())));
            }
            Fact::CouponIssued(issued) => {
                if let StreamId::Event(event) = stream {
                    let entry = (i64::from(issued.ordinal), issued.user, issued.at.0);
                    self.issues.entry(event.get()).or_default().push(entry);
                }
            }
            Fact::CouponsOpened { terms, .. } => {
                self.batch(stream, i64::from(terms.total), "PREPARING")
            }
            Fact::CouponsReady => self.batch_status(stream, "READY"),
            Fact::CouponsFailed { .. } => self.batch_status(stream, "FAILED"),
            Fact::DealOpened { .. } | Fact::DealPosted { .. } | Fact::DealTurned { .. } => {
                self.deals.apply(stream, fact);
                self.notices.apply(stream, fact);
            }
            Fact::AccountOpened { .. } | Fact::Account(_) => {
                if let StreamId::User(user) = stream {
                    self.accounts.apply(user, fact);
                }
                self.notices.apply(stream, fact);
            }
            Fact::Follow(_) | Fact::DealTold { .. } => self.notices.apply(stream, fact),
            Fact::ShopOpened(_) => {}
        }
    }

    fn on_hand(&mut self, product: ProductId) -> &mut i64 {
        &mut self.stock.entry(product).or_default().0
    }

    fn sell(&mut self, product: ProductId, pieces: i64) {
        self.stock.entry(product).or_default().1 += pieces;
    }

    fn batch(&mut self, stream: StreamId, total: i64, status: &'static str) {
        if let StreamId::Event(event) = stream {
            self.batches.insert(event.get(), (total, status));
        }
    }

    fn batch_status(&mut self, stream: StreamId, status: &'static str) {
        if let StreamId::Event(event) = stream
            && let Some(batch) = self.batches.get_mut(&event.get())
        {
            batch.1 = status;
        }
    }
}

async fn compare_stock(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let read = async |last| {
        let page = pages::after::<stocks::Entity>(stocks::Column::ProductId, last);
        Ok(page.all(&storage.db).await?)
    };
    let worth = sales::worth(fold);
    let compare = async |rows: Vec<stocks::Model>, _, _| {
        for row in rows {
            report.products += 1;
            sales::compare_worth(&row, &worth, report);
            let product = ProductId::try_from(row.product_id).ok();
            let folded = product.and_then(|product| fold.stock.get(&product)).copied();
            let what = format!("LG-2 stock (on hand, sold) of product {}", row.product_id);
            report.expect_equal(&what, folded, Some((row.on_hand, row.sold)));
            if row.on_hand < row.held + row.sold {
                report.differs(|| format!("ST-1 product {} is oversold", row.product_id));
            }
        }
        Ok(())
    };
    pages::each(0, read, |row| row.product_id, compare).await?;
    let folded = u64::try_from(fold.stock.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of products with stock", folded, report.products);
    Ok(())
}

async fn compare_orders(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let read = async |last| {
        let page = pages::after::<orders::Entity>(orders::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<orders::Model>, last, end| {
        let mut lines = lines_between(storage, last, end).await?;
        for row in rows {
            report.orders += 1;
            compare_order(&row, lines.remove(&row.id).unwrap_or_default(), fold, report);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    let folded = u64::try_from(fold.orders.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of orders", folded, report.orders);
    Ok(())
}

/// Product, pieces, price of one and the deal that made it.
type Lines = Vec<(i64, i64, i64, Option<i64>)>;

async fn lines_between(
    storage: &Storage,
    after: i64,
    to: i64,
) -> Result<HashMap<i64, Lines>, AskError> {
    let rows = order_lines::Entity::find()
        .filter(order_lines::Column::OrderId.gt(after))
        .filter(order_lines::Column::OrderId.lte(to))
        .order_by_asc(order_lines::Column::OrderId)
        .order_by_asc(order_lines::Column::Line)
        .all(&storage.db)
        .await?;
    let mut lines: HashMap<i64, Lines> = HashMap::new();
    for row in rows {
        let line = (row.product_id, row.quantity, row.unit_price, row.deal_id);
        lines.entry(row.order_id).or_default().push(line);
    }
    Ok(lines)
}

fn compare_order(row: &orders::Model, lines: Lines, fold: &Fold, report: &mut Report) {
    let Some(folded) = fold.orders.get(&row.id) else {
        return report.differs(|| format!("order {} is in the table alone", row.id));
    };
    let what = |member: &str| format!("LG-2 {member} of order {}", row.id);
    report.expect_equal(&what("user"), folded.user, row.user_id);
    report.expect_equal(&what("total"), folded.total, row.total);
    report.expect_equal(&what("state"), folded.state.name(), row.status.as_str());
    report.expect_equal(&what("lines"), &folded.lines, &lines);
    let sum: i64 = lines.iter().map(|(_, quantity, price, _)| quantity * price).sum();
    report.expect_equal(&format!("OR-1 sum of order {}", row.id), sum, row.total);
}
