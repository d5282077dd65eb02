//! Lists of orders: a person's, and a shop's.
//!
//! Each page costs the same however many orders there are. It begins in an index and reads on from there: a
//! shop's parts of one state are a range of one index, and several such ranges are merged. A page ends
//! before its orders have more lines than one order may have, so it may be shorter than was asked for. With a
//! product, so many parts are looked through a page, and a page may even be empty although the list goes on.

use std::collections::{HashMap, HashSet};

use hotdeal_domain::order::{LINES_MAX, Order, OrderLine, Part, PartState, TrackedOrder};
use hotdeal_domain::{Amount, OrderId, ProductId, ShopId, UnixMillis, UserId};
use hotdeal_entities::{orders, part_counts};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult as _, QueryFilter, QueryResult, Value};

use super::{made, part_from};
use crate::error::RequestError;
use crate::order::{OrderMark, OrdersPage, PartCounts, ShopOrderSearch};
use crate::storage::{CORRUPT, Storage, id};

/// Parts looked through for a product, and the lines of their orders, in one call: some ten milliseconds.
const SCANNED_MAX: usize = 1_000;
const SCANNED_LINES_MAX: i64 = 50_000;
/// Lines of the orders of a page, but for one larger order alone.
const LINES_A_PAGE: i64 = LINES_MAX as i64;

/// How many lines order `o` has: its last line is found by the key.
const LINES: &str = "(SELECT CAST(l.line + 1 AS BIGINT) FROM order_lines l \
     WHERE l.order_id = o.id ORDER BY l.line DESC LIMIT 1) AS lines";

/// What is found of an order before its lines are read.
struct Found<T> {
    order: T,
    lines: i64,
}

/// One part of a shop.
struct ListedPart {
    order: OrderId,
    ordered_at: UnixMillis,
    part: Part,
}

/// The first of what was found, `most` at most, with at most so many lines; and whether there is more.
fn cut<T>(found: Vec<Found<T>>, most: usize, lines_max: i64) -> (Vec<Found<T>>, bool) {
    let count = found.len();
    let mut lines = 0;
    let mut page = Vec::with_capacity(count.min(most));
    for one in found {
        lines += one.lines;
        if page.len() >= most || (lines > lines_max && !page.is_empty()) {
            break;
        }
        page.push(one);
    }
    let goes_on = page.len() < count;
    (page, goes_on)
}

fn as_count(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// One more than so many, as a parameter: it tells whether there are more.
fn and_one(count: usize) -> Value {
    i64::try_from(count).map_or(i64::MAX, |count| count.saturating_add(1)).into()
}

impl Storage {
    /// The orders of a person before the number `before`, the newest first.
    pub(crate) async fn orders_of(
        &self,
        user: UserId,
        before: i64,
        limit: u64,
    ) -> Result<OrdersPage, RequestError> {
        let most = as_count(limit);
        let rows =
            self.select(&orders_sql(), [user.get().into(), before.into(), and_one(most)]).await?;
        let found = rows.iter().map(found_order).collect::<Result<_, RequestError>>()?;
        let (page, goes_on) = cut(found, most, LINES_A_PAGE);
        let ids: Vec<i64> = page.iter().map(|found| found.order.id).collect();
        if ids.is_empty() {
            return Ok(OrdersPage { orders: Vec::new(), next: None });
        }
        let mut lines = self.lines(&ids, None).await?;
        let mut parts = self.changed_parts(&ids).await?;
        let tracked = page.into_iter().map(|found| {
            let changed = parts.remove(&found.order.id).unwrap_or_default();
            Ok(TrackedOrder::new(made(found.order, &mut lines)?, changed))
        });
        let orders = tracked.collect::<Result<Vec<_>, RequestError>>()?;
        let last = orders.last().filter(|_| goes_on).map(|last| &last.order);
        let next = last.map(|last| OrderMark { ordered_at: last.ordered_at, order: last.id });
        Ok(OrdersPage { orders, next })
    }

    /// A shop's orders, the newest first, with the shop's own lines and part alone.
    pub(crate) async fn shop_orders(
        &self,
        search: &ShopOrderSearch,
    ) -> Result<OrdersPage, RequestError> {
        let most = as_count(search.limit);
        let (parts, next) = match search.product {
            None => {
                let (page, goes_on) = cut(self.parts_of(search, most).await?, most, LINES_A_PAGE);
                let next = page.last().filter(|_| goes_on).map(|last| last.order.mark());
                (page, next)
            }
            Some(product) => self.parts_with(product, search, most).await?,
        };
        let orders = self.orders_of_parts(search.shop, parts).await?;
        Ok(OrdersPage { orders, next })
    }

    /// The next parts with a product in them, of so many that are looked through.
    async fn parts_with(
        &self,
        product: ProductId,
        search: &ShopOrderSearch,
        most: usize,
    ) -> Result<(Vec<Found<ListedPart>>, Option<OrderMark>), RequestError> {
        let found = self.parts_of(search, SCANNED_MAX).await?;
        let (scanned, goes_on) = cut(found, SCANNED_MAX, SCANNED_LINES_MAX);
        let last = scanned.last().filter(|_| goes_on).map(|last| last.order.mark());
        let with_it = self.orders_with(search.shop, product, &scanned).await?;
        let matching = scanned.into_iter().filter(|one| with_it.contains(&one.order.order));
        let (page, is_cut) = cut(matching.collect(), most, LINES_A_PAGE);
        let next = if is_cut { page.last().map(|last| last.order.mark()) } else { last };
        Ok((page, next))
    }

    /// Those with a line of this shop for the product: what else is in an order is no affair of the shop's.
    async fn orders_with(
        &self,
        shop: ShopId,
        product: ProductId,
        scanned: &[Found<ListedPart>],
    ) -> Result<HashSet<OrderId>, RequestError> {
        if scanned.is_empty() {
            return Ok(HashSet::new());
        }
        // Numbers of the tables: nothing in them has to be quoted.
        let ids: Vec<String> = scanned.iter().map(|one| one.order.order.to_string()).collect();
        let sql = format!(
            "SELECT DISTINCT order_id FROM order_lines \
             WHERE order_id IN ({}) AND product_id = $1 AND shop_id = $2",
            ids.join(", ")
        );
        let rows = self.select(&sql, [product.get().into(), shop.get().into()]).await?;
        rows.iter().map(|row| id(row.try_get_by_index(0)?)).collect()
    }

    /// The next `most` parts and one more, the newest first.
    async fn parts_of(
        &self,
        search: &ShopOrderSearch,
        most: usize,
    ) -> Result<Vec<Found<ListedPart>>, RequestError> {
        let behind = search.behind.map(|mark| (mark.ordered_at.0, mark.order.get()));
        let before = search.to.map(|to| (to.0, 0));
        let upper = behind.into_iter().chain(before).min().unwrap_or((i64::MAX, i64::MAX));
        let lower = search.from.map_or(i64::MIN, |from| from.0);
        let sql = parts_sql(&search.states);
        let values: [Value; 5] =
            [search.shop.get().into(), upper.0.into(), upper.1.into(), lower.into(), and_one(most)];
        let rows = self.select(&sql, values).await?;
        rows.iter().map(|row| listed_part(row, search.shop)).collect()
    }

    /// The orders of these parts, as the shop sees them.
    async fn orders_of_parts(
        &self,
        shop: ShopId,
        parts: Vec<Found<ListedPart>>,
    ) -> Result<Vec<TrackedOrder>, RequestError> {
        let ids: Vec<i64> = parts.iter().map(|found| found.order.order.get()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = orders::Entity::find()
            .filter(orders::Column::Id.is_in(ids.iter().copied()))
            .all(&self.db)
            .await?;
        let mut rows: HashMap<i64, orders::Model> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let mut lines = self.lines(&ids, Some(shop)).await?;
        let seen = parts.into_iter().map(|found| {
            let ListedPart { order, part, .. } = found.order;
            let row = rows.remove(&order.get()).ok_or(CORRUPT)?;
            let order = made(row, &mut lines)?;
            let total = total(&order.lines).ok_or(CORRUPT)?;
            Ok(TrackedOrder { order: Order { total, ..order }, parts: vec![part] })
        });
        seen.collect()
    }

    /// How many parts a shop has in each state.
    pub(crate) async fn part_counts(&self, shop: ShopId) -> Result<PartCounts, RequestError> {
        let row = part_counts::Entity::find_by_id(shop.get()).one(&self.db).await?;
        let row = row.ok_or(CORRUPT)?;
        Ok(PartCounts(PartState::ALL.map(|state| match state {
            PartState::New => row.new,
            PartState::Accepted => row.accepted,
            PartState::Ready => row.ready,
            PartState::Done => row.done,
            PartState::Rejected => row.rejected,
            PartState::Cancelled => row.cancelled,
        })))
    }
}

impl ListedPart {
    fn mark(&self) -> OrderMark {
        OrderMark { ordered_at: self.ordered_at, order: self.order }
    }
}

/// The orders of a person ($1) before a number ($2): the newest $3.
fn orders_sql() -> String {
    format!(
        "SELECT o.id, o.user_id, o.home_shop_id, o.status, o.total, o.currency, o.ordered_at, \
         o.cancelled_at, o.answer_by, {LINES} FROM orders o \
         WHERE o.user_id = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3"
    )
}

/// The parts of a shop ($1) in these states, or in all, behind an order ($2, $3), not made before $4: the
/// newest $5.
fn parts_sql(states: &[PartState]) -> String {
    let states = if states.is_empty() { &PartState::ALL } else { states };
    let newest = "ORDER BY ordered_at DESC, order_id DESC LIMIT $5";
    let range = "shop_id = $1 AND (ordered_at, order_id) < ($2, $3) AND ordered_at >= $4";
    let ranges: Vec<String> = states
        .iter()
        .map(|state| match state {
            PartState::New => format!(
                "SELECT * FROM (SELECT order_id, ordered_at, '{name}' AS state, \
                 CAST(NULL AS BIGINT) AS expected_at, CAST(NULL AS TEXT) AS reason, \
                 CAST(NULL AS TEXT) AS reason_text, ordered_at AS changed_at \
                 FROM new_parts WHERE {range} {newest}) AS parts_{name}",
                name = state.name()
            ),
            state => format!(
                "SELECT * FROM (SELECT order_id, ordered_at, state, expected_at, reason, \
                 reason_text, changed_at FROM order_parts \
                 WHERE {range} AND state = '{name}' {newest}) AS parts_{name}",
                name = state.name()
            ),
        })
        .collect();
    let ranges = ranges.join(" UNION ALL ");
    format!(
        "SELECT o.id, o.ordered_at, o.state, o.expected_at, o.reason, o.reason_text, o.changed_at, \
         {LINES} FROM (SELECT order_id AS id, ordered_at, state, expected_at, reason, reason_text, \
         changed_at FROM ({ranges}) AS ranges ORDER BY ordered_at DESC, order_id DESC LIMIT $5) AS o \
         ORDER BY o.ordered_at DESC, o.id DESC"
    )
}

fn found_order(row: &QueryResult) -> Result<Found<orders::Model>, RequestError> {
    let lines: Option<i64> = row.try_get("", "lines")?;
    Ok(Found { order: orders::Model::from_query_result(row, "")?, lines: lines.unwrap_or(0) })
}

fn listed_part(row: &QueryResult, shop: ShopId) -> Result<Found<ListedPart>, RequestError> {
    let state: String = row.try_get_by_index(2)?;
    let order = ListedPart {
        order: id(row.try_get_by_index(0)?)?,
        ordered_at: UnixMillis(row.try_get_by_index(1)?),
        part: part_from(row, 3, shop, &state)?,
    };
    let lines: Option<i64> = row.try_get_by_index(7)?;
    Ok(Found { order, lines: lines.unwrap_or(0) })
}

fn total(lines: &[OrderLine]) -> Option<Amount> {
    lines.iter().try_fold(Amount::ZERO, |total, line| total.checked_add(line.total()?))
}

#[cfg(test)]
mod tests {
    use hotdeal_migration::{Migrator, MigratorTrait as _};

    use super::*;
    use crate::storage::StoreUrl;

    fn found(lines: &[i64]) -> Vec<Found<usize>> {
        lines.iter().enumerate().map(|(order, &lines)| Found { order, lines }).collect()
    }

    #[actix::test]
    async fn a_page_begins_in_an_index_and_reads_no_table_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("lists.db").display());
        let db = sea_orm::Database::connect(&url).await.expect("a database");
        Migrator::up(&db, None).await.expect("a schema");
        let storage = Storage::open(&StoreUrl::Sqlite(url)).await.expect("a database");
        let of_person = orders_sql();
        let of_shop = [parts_sql(&[]), parts_sql(&[PartState::New]), parts_sql(&[PartState::Done])];
        for (sql, values) in std::iter::once((of_person, 3)).chain(of_shop.map(|sql| (sql, 5))) {
            let values = vec![Value::from(1_i64); values];
            let explained = storage.select(&format!("EXPLAIN QUERY PLAN {sql}"), values).await;
            let plan = explained.expect("a plan");
            let plan: Vec<String> =
                plan.iter().map(|row| row.try_get_by_index(3).expect("text")).collect();
            // What was found already is gone through again, and no table is.
            let scans = plan.iter().filter(|step| step.starts_with("SCAN"));
            let tables = ["new_parts", "order_parts", "orders", " l"];
            let whole: Vec<_> =
                scans.filter(|step| tables.iter().any(|table| step.ends_with(table))).collect();
            assert!(whole.is_empty(), "{whole:?} in {plan:#?}");
            assert!(plan.iter().any(|step| step.starts_with("SEARCH")), "{plan:#?}");
        }
    }

    #[test]
    fn a_page_ends_before_it_is_too_long_and_has_one_order_at_least() {
        for (lines, most, length, goes_on) in [
            (&[][..], 2, 0, false),
            (&[1, 1], 2, 2, false),
            (&[1, 1, 1], 2, 2, true),
            (&[6, 4, 1], 5, 2, true),
            (&[6, 5], 5, 1, true),
            (&[100, 1], 5, 1, true),
            (&[100], 5, 1, false),
        ] {
            let (page, more) = cut(found(lines), most, 10);
            assert_eq!((page.len(), more), (length, goes_on), "{lines:?}");
        }
    }
}
