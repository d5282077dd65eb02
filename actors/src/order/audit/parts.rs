//! The parts of orders: that each went as parts may, and stands in the tables as the stream of its shop tells it.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::order::{OrderFact, OrderState, PartState, Rejection};
use hotdeal_domain::{ShopId, StreamId, UnixMillis};
use hotdeal_entities::{order_parts, part_counts};
use sea_orm::QueryResult;

use super::{Fold as Orders, FoldedOrder};
use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::host::timers::End;
use crate::storage::Storage;

/// An order and a shop, by their numbers.
type Place = (i64, i64);

/// A part that is not new any more, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FoldedPart {
    state: PartState,
    expected_at: Option<i64>,
    rejection: Option<Rejection>,
    changed_at: i64,
}

/// Every part that was changed.
#[derive(Default)]
pub(crate) struct Fold {
    changed: BTreeMap<Place, FoldedPart>,
    /// Until when each part is to be answered that is new.
    ends: BTreeMap<Place, UnixMillis>,
    /// Moves that no part may make.
    illegal: Vec<(Place, &'static str, PartState)>,
}

impl Fold {
    /// Whether the lines of a shop in an order are sold.
    pub(crate) fn stands(&self, order: i64, shop: i64) -> bool {
        self.state((order, shop)).stands()
    }

    /// The ends that are to come.
    pub(crate) fn ends(&self) -> impl Iterator<Item = End> {
        self.ends.iter().filter_map(|((order, shop), at)| {
            let stream = StreamId::Shop(ShopId::try_from(*shop).ok()?);
            Some(End { stream, at: *at, subject: *order })
        })
    }

    fn state(&self, place: Place) -> PartState {
        self.changed.get(&place).map_or(PartState::New, |part| part.state)
    }

    pub(crate) fn apply(&mut self, shop: ShopId, fact: &OrderFact) {
        let place = (fact.order().get(), shop.get());
        if let Some(at) = fact.end() {
            self.ends.insert(place, at);
        }
        let before = self.state(place);
        let Some(event) = fact.part_event(before) else { return };
        let kept = self.changed.get(&place).and_then(|part| part.expected_at);
        let (state, expected_at, rejection, at) = match fact {
            OrderFact::PartAccepted { expected_at, at, .. } => {
                (PartState::Accepted, Some(expected_at.0), None, at)
            }
            OrderFact::PartReady { at, .. } => (PartState::Ready, kept, None, at),
            OrderFact::PartDone { at, .. } => (PartState::Done, kept, None, at),
            OrderFact::PartRejected { rejection, at, .. } => {
                (PartState::Rejected, None, Some(rejection.clone()), at)
            }
            OrderFact::OrderCancelled { at, .. }
            | OrderFact::StockReturned { at, .. }
            | OrderFact::PartCancelled { at, .. } => (PartState::Cancelled, None, None, at),
            OrderFact::OrderPlaced(_)
            | OrderFact::StockSold { .. }
            | OrderFact::OrderEmptied { .. } => return,
        };
        self.ends.remove(&place);
        if before.after(event) != Some(state) {
            self.illegal.push((place, state.name(), before));
        }
        self.changed.insert(place, FoldedPart { state, expected_at, rejection, changed_at: at.0 });
    }
}

/// The shops that have a part in an order, each once.
fn shops(order: &FoldedOrder) -> Vec<i64> {
    let mut shops: Vec<i64> = order.lines.iter().map(|line| line.shop).collect();
    shops.sort_unstable();
    shops.dedup();
    shops
}

/// How many parts each shop has in each state.
type Counts = HashMap<i64, [i64; PartState::ALL.len()]>;

/// Compares the parts of the journal with their tables.
pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    orders: &Orders,
    report: &mut Report,
) -> Result<(), RequestError> {
    check(fold, orders, report);
    let counts = counted(fold, orders, report);
    let new: i64 = counts.values().map(|counts| counts[0]).sum();
    let found = compare_new(storage, fold, orders, report).await?;
    report.expect_equal("OR-4 number of new parts", new, found);
    let changed = i64::try_from(fold.changed.len()).unwrap_or(i64::MAX);
    let found = compare_changed(storage, fold, orders, report).await?;
    report.expect_equal("OR-4 number of parts that are not new", changed, found);
    compare_counts(storage, &counts, report).await
}

fn check(fold: &Fold, orders: &Orders, report: &mut Report) {
    for ((order, shop), after, before) in &fold.illegal {
        report.differs(|| {
            let before = before.name();
            format!("OR-4 the part of shop {shop} in order {order} went from {before} to {after}")
        });
    }
    for (order, shop) in fold.changed.keys() {
        let has_it = orders.orders.get(order).is_some_and(|order| shops(order).contains(shop));
        if !has_it {
            report.differs(|| format!("OR-4 shop {shop} has no part in order {order}"));
        }
    }
}

/// Counts the parts of all orders, and looks whether those that are cancelled have none that stands.
fn counted(fold: &Fold, orders: &Orders, report: &mut Report) -> Counts {
    let mut counts = Counts::new();
    for (id, order) in &orders.orders {
        let mut any_stands = false;
        for shop in shops(order) {
            let state = fold.state((*id, shop));
            any_stands |= state.stands();
            let of_state = PartState::ALL.iter().position(|one| *one == state).unwrap_or(0);
            counts.entry(shop).or_default()[of_state] += 1;
        }
        let is_cancelled = order.state == OrderState::Cancelled;
        if is_cancelled == any_stands {
            report.differs(|| {
                let state = order.state.name();
                format!("OR-5 order {id} is {state}, and of its parts some stand: {any_stands}")
            });
        }
    }
    counts
}

async fn compare_new(
    storage: &Storage,
    fold: &Fold,
    orders: &Orders,
    report: &mut Report,
) -> Result<i64, RequestError> {
    let sql = "SELECT shop_id, ordered_at, order_id FROM new_parts \
         WHERE (shop_id, ordered_at, order_id) > ($1, $2, $3) \
         ORDER BY shop_id, ordered_at, order_id LIMIT $4";
    let mut last = (0_i64, i64::MIN, 0_i64);
    let mut found = 0;
    loop {
        let after = [last.0.into(), last.1.into(), last.2.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            found += 1;
            let (shop, ordered_at, order) = last;
            let made = orders.orders.get(&order).filter(|order| shops(order).contains(&shop));
            let is_new = !fold.changed.contains_key(&(order, shop));
            if !is_new || made.is_none_or(|made| made.ordered_at != ordered_at) {
                report.differs(|| {
                    format!(
                        "OR-4 the part of shop {shop} in order {order} is new in the table alone"
                    )
                });
            }
        }
    }
}

async fn compare_changed(
    storage: &Storage,
    fold: &Fold,
    orders: &Orders,
    report: &mut Report,
) -> Result<i64, RequestError> {
    let sql = "SELECT order_id, shop_id, state, expected_at, reason, reason_text, ordered_at, \
         changed_at FROM order_parts WHERE (order_id, shop_id) > ($1, $2) \
         ORDER BY order_id, shop_id LIMIT $3";
    let mut last = (0_i64, 0_i64);
    let mut found = 0;
    loop {
        let rows =
            storage.select(sql, [last.0.into(), last.1.into(), pages::rows_a_read()]).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            let row = part(row)?;
            last = (row.order_id, row.shop_id);
            found += 1;
            compare_part(&row, fold, orders, report);
        }
    }
}

fn part(row: &QueryResult) -> Result<order_parts::Model, RequestError> {
    Ok(order_parts::Model {
        order_id: row.try_get_by_index(0)?,
        shop_id: row.try_get_by_index(1)?,
        state: row.try_get_by_index(2)?,
        expected_at: row.try_get_by_index(3)?,
        reason: row.try_get_by_index(4)?,
        reason_text: row.try_get_by_index(5)?,
        ordered_at: row.try_get_by_index(6)?,
        changed_at: row.try_get_by_index(7)?,
    })
}

fn compare_part(row: &order_parts::Model, fold: &Fold, orders: &Orders, report: &mut Report) {
    let (order, shop) = (row.order_id, row.shop_id);
    let Some(folded) = fold.changed.get(&(order, shop)) else {
        return report.differs(|| {
            format!("OR-4 the part of shop {shop} in order {order} is changed in the table alone")
        });
    };
    let what = |member: &str| format!("OR-4 {member} of the part of shop {shop} in order {order}");
    report.expect_equal(&what("state"), folded.state.name(), row.state.as_str());
    report.expect_equal(&what("expected time"), folded.expected_at, row.expected_at);
    let rejection = folded.rejection.as_ref();
    let reason = rejection.map(|rejection| rejection.reason.name());
    let text = rejection.and_then(|rejection| rejection.text.as_deref());
    let told = (row.reason.as_deref(), row.reason_text.as_deref());
    report.expect_equal(&what("reason"), (reason, text), told);
    report.expect_equal(&what("last change"), folded.changed_at, row.changed_at);
    let ordered_at = orders.orders.get(&order).map(|order| order.ordered_at);
    report.expect_equal(&what("order's time"), ordered_at, Some(row.ordered_at));
}

async fn compare_counts(
    storage: &Storage,
    counts: &Counts,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<part_counts::Entity>(part_counts::Column::ShopId, last);
        Ok(page.all(&storage.db).await?)
    };
    let mut seen = 0;
    let compare = async |rows: Vec<part_counts::Model>, _, _| {
        for row in rows {
            let part_counts::Model { shop_id, new, accepted, ready, done, rejected, cancelled } =
                row;
            let folded = counts.get(&shop_id).copied();
            seen += usize::from(folded.is_some());
            let what = format!("OR-4 parts of shop {shop_id} by state");
            let told = [new, accepted, ready, done, rejected, cancelled];
            report.expect_equal(&what, folded.unwrap_or_default(), told);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.shop_id, compare).await?;
    report.expect_equal("OR-4 number of shops with parts", counts.len(), seen);
    Ok(())
}
