//! Orders and their lines.

pub(crate) mod parts;
pub(crate) mod prices;
pub(crate) mod sales;
pub(crate) mod shares;
pub(crate) mod stock;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use hotdeal_domain::order::{Order, OrderFact, OrderState};
use hotdeal_entities::orders;
use sea_orm::QueryResult;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// An order as the journal tells it.
pub(crate) struct FoldedOrder {
    pub(crate) user: i64,
    pub(crate) home: i64,
    pub(crate) total: i64,
    pub(crate) currency: &'static str,
    pub(crate) ordered_at: i64,
    pub(crate) cancelled_at: Option<i64>,
    pub(crate) answer_by: Option<i64>,
    pub(crate) state: OrderState,
    pub(crate) lines: Vec<Line>,
}

impl FoldedOrder {
    /// Whether it has lines of other shops than its home.
    pub(crate) fn is_wide(&self) -> bool {
        self.lines.iter().any(|line| line.shop != self.home)
    }
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) product: i64,
    pub(crate) shop: i64,
    pub(crate) name: Arc<str>,
    pub(crate) quantity: i64,
    pub(crate) price: i64,
    pub(crate) deal: Option<i64>,
}

/// Every order of the journal.
#[derive(Default)]
pub(crate) struct Fold {
    pub(crate) orders: BTreeMap<i64, FoldedOrder>,
    /// Products are called the same in many orders.
    names: HashSet<Arc<str>>,
}

impl Fold {
    pub(crate) fn apply(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::OrderPlaced(order) => {
                let folded = self.folded(order);
                self.orders.insert(order.id.get(), folded);
            }
            OrderFact::OrderCancelled { order, at, .. } | OrderFact::OrderEmptied { order, at } => {
                if let Some(order) = self.orders.get_mut(&order.get()) {
                    order.state = OrderState::Cancelled;
                    order.cancelled_at = Some(at.0);
                }
            }
            // What becomes of parts is told in `parts.rs`.
            OrderFact::StockSold { .. }
            | OrderFact::StockReturned { .. }
            | OrderFact::PartAccepted { .. }
            | OrderFact::PartReady { .. }
            | OrderFact::PartDone { .. }
            | OrderFact::PartRejected { .. }
            | OrderFact::PartCancelled { .. } => {}
        }
    }

    fn folded(&mut self, order: &Order) -> FoldedOrder {
        let lines = order.lines.iter().map(|line| Line {
            product: line.product.get(),
            shop: line.shop.get(),
            name: self.name(&line.name),
            quantity: i64::from(line.quantity.get()),
            price: line.unit_price.minor(),
            deal: line.deal.map(|deal| deal.get()),
        });
        FoldedOrder {
            user: order.user.get(),
            home: order.home.get(),
            total: order.total.minor(),
            currency: order.currency.code(),
            ordered_at: order.ordered_at.0,
            cancelled_at: None,
            answer_by: order.answer_by.map(|at| at.0),
            state: order.state,
            lines: lines.collect(),
        }
    }

    fn name(&mut self, name: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        self.names.insert(name.clone());
        name.clone()
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<orders::Entity>(orders::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let mut lines = Lines::of(storage);
    let compare = async |rows: Vec<orders::Model>, _, _| {
        for row in rows {
            report.orders += 1;
            let lines = lines.of_order(row.id, report).await?;
            compare_order(&row, &lines, fold, report);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    lines.of_order(i64::MAX, report).await?;
    let folded = u64::try_from(fold.orders.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of orders", folded, report.orders);
    Ok(())
}

/// The lines of the table, in the order of their orders.
struct Lines<'a> {
    storage: &'a Storage,
    read: VecDeque<(i64, Line)>,
    last: (i64, i64),
}

impl<'a> Lines<'a> {
    fn of(storage: &'a Storage) -> Self {
        Self { storage, read: VecDeque::new(), last: (0, -1) }
    }

    /// The lines of an order, which comes after those asked for before.
    async fn of_order(
        &mut self,
        order: i64,
        report: &mut Report,
    ) -> Result<Vec<Line>, RequestError> {
        let mut lines = Vec::new();
        while let Some((of, line)) = self.next_up_to(order).await? {
            if of == order {
                lines.push(line);
            } else {
                report.differs(|| format!("a line of order {of} is in the table without it"));
            }
        }
        Ok(lines)
    }

    async fn next_up_to(&mut self, order: i64) -> Result<Option<(i64, Line)>, RequestError> {
        if self.read.is_empty() {
            self.read_on().await?;
        }
        let is_next = self.read.front().is_some_and(|(of, _)| *of <= order);
        Ok(if is_next { self.read.pop_front() } else { None })
    }

    async fn read_on(&mut self) -> Result<(), RequestError> {
        let sql = "SELECT order_id, line, product_id, shop_id, name, quantity, unit_price, deal_id \
             FROM order_lines WHERE (order_id, line) > ($1, $2) ORDER BY order_id, line LIMIT $3";
        let after = [self.last.0.into(), self.last.1.into(), pages::rows_a_read()];
        for row in &self.storage.select(sql, after).await? {
            let order = row.try_get_by_index(0)?;
            self.last = (order, i64::from(row.try_get_by_index::<i32>(1)?));
            self.read.push_back((order, line(row)?));
        }
        Ok(())
    }
}

fn line(row: &QueryResult) -> Result<Line, RequestError> {
    Ok(Line {
        product: row.try_get_by_index(2)?,
        shop: row.try_get_by_index(3)?,
        name: row.try_get_by_index::<String>(4)?.into(),
        quantity: row.try_get_by_index(5)?,
        price: row.try_get_by_index(6)?,
        deal: row.try_get_by_index(7)?,
    })
}

fn compare_order(row: &orders::Model, lines: &[Line], fold: &Fold, report: &mut Report) {
    let Some(folded) = fold.orders.get(&row.id) else {
        return report.differs(|| format!("order {} is in the table alone", row.id));
    };
    let what = |member: &str| format!("LG-2 {member} of order {}", row.id);
    report.expect_equal(&what("user"), folded.user, row.user_id);
    report.expect_equal(&what("home shop"), folded.home, row.home_shop_id);
    report.expect_equal(&what("total"), folded.total, row.total);
    report.expect_equal(&what("currency"), folded.currency, row.currency.as_str());
    report.expect_equal(&what("time"), folded.ordered_at, row.ordered_at);
    report.expect_equal(&what("cancellation"), folded.cancelled_at, row.cancelled_at);
    report.expect_equal(&what("time to answer"), folded.answer_by, row.answer_by);
    report.expect_equal(&what("state"), folded.state.name(), row.status.as_str());
    report.expect_equal(&what("lines"), folded.lines.as_slice(), lines);
    let sum: i64 = lines.iter().map(|line| line.quantity * line.price).sum();
    report.expect_equal(&format!("OR-1 sum of order {}", row.id), sum, row.total);
}
