//! Facts of a shop's stream, and its orders, read from the tables.

use std::collections::HashMap;

use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::{Fact, ShopId, StreamId};
use hotdeal_entities::{order_lines, orders};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Facts, ShopOrder};
use crate::error::RequestError;
use crate::order::Orders;
use crate::order::read::made;
use crate::storage::{CORRUPT, Storage};

/// Segments of the journal, 16 in one read. Each has the facts of one transaction: an import of thousands
/// of products is one, and is not read if it is too long.
const SEGMENTS: &str = "SELECT first_sequence, sequence, \
     CASE WHEN length(facts) <= $3 THEN facts END FROM journal \
     WHERE stream = $1 AND sequence >= $2 ORDER BY sequence LIMIT 16";
/// The longest segment that is read, in characters.
const CHARACTERS_MAX: i64 = 1 << 20;
/// The most of the journal that is read for one look, in bytes: of orders with thousands of lines a few.
const BYTES_MAX: usize = 4 << 20;
/// Orders of the mall among which those of one shop are looked for.
const LOOKED_THROUGH: i64 = 5_000;

/// The newest orders of a shop that stand, among the newest of the mall.
const STANDING: &str = "SELECT o.id FROM \
     (SELECT id, status FROM orders ORDER BY id DESC LIMIT $1) o \
     WHERE o.status = 'ORDER_SUCCESS' AND EXISTS \
     (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.shop_id = $2) \
     ORDER BY o.id DESC LIMIT $3";

impl Storage {
    /// The facts of a shop's stream from one sequence to another, both included; `None` where that is
    /// too much to be read at once.
    pub(super) async fn desk_facts(
        &self,
        shop: ShopId,
        from: i64,
        to: i64,
    ) -> Result<Option<Facts>, RequestError> {
        let stream = StreamId::Shop(shop);
        let (mut facts, mut next, mut bytes) = (Facts::new(), from, 0);
        while next <= to {
            let asked = [stream.to_string().into(), next.into(), CHARACTERS_MAX.into()];
            let segments = self.select(SEGMENTS, asked).await?;
            if segments.is_empty() {
                return Err(CORRUPT);
            }
            for segment in segments {
                let first: i64 = segment.try_get_by_index(0)?;
                if first > to {
                    break;
                }
                let Some(text) = segment.try_get_by_index::<Option<String>>(2)? else {
                    return Ok(None);
                };
                bytes += text.len();
                if bytes > BYTES_MAX {
                    return Ok(None);
                }
                let read = facts_of(stream, &text)?;
                let told = (first..).zip(read).filter(|(number, _)| (from..=to).contains(number));
                facts.extend(told);
                next = segment.try_get_by_index::<i64>(1)? + 1;
            }
        }
        Ok(Some(facts))
    }
}

/// The facts of one segment of a shop's stream.
fn facts_of(stream: StreamId, text: &str) -> Result<Vec<DeskFact>, RequestError> {
    let mut text = serde_json::Deserializer::from_str(text);
    let facts = stream.read_facts(&mut text).map_err(|_| CORRUPT)?;
    let of_shop = |fact| match fact {
        Fact::Shop(_, fact) => Ok(fact),
        _ => Err(CORRUPT),
    };
    facts.into_iter().map(of_shop).collect()
}

impl Orders {
    /// The newest orders of a shop that stand. The one place that says which orders a board begins with.
    pub(super) async fn standing(
        &self,
        shop: ShopId,
        most: usize,
    ) -> Result<Vec<ShopOrder>, RequestError> {
        // Orders of other shops stand between those of this one.
        let storage = self.host.storage.slow()?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows =
            storage.select(STANDING, [LOOKED_THROUGH.into(), shop.get().into(), most.into()]);
        let mut ids: Vec<i64> = Vec::new();
        for row in rows.await? {
            ids.push(row.try_get_by_index(0)?);
        }
        let lines = order_lines::Entity::find()
            .filter(order_lines::Column::OrderId.is_in(ids.iter().copied()))
            .filter(order_lines::Column::ShopId.eq(shop.get()))
            .order_by_asc(order_lines::Column::Line)
            .all(&storage.db)
            .await?;
        let mut of_order: HashMap<i64, Vec<order_lines::Model>> = HashMap::new();
        for line in lines {
            of_order.entry(line.order_id).or_default().push(line);
        }
        let found = orders::Entity::find()
            .filter(orders::Column::Id.is_in(ids))
            .order_by_desc(orders::Column::Id)
            .all(&storage.db)
            .await?;
        let order = |row: orders::Model| {
            let lines = of_order.remove(&row.id).unwrap_or_default();
            ShopOrder::of(shop, &made(row, lines)?)
        };
        found.into_iter().map(order).collect()
    }
}
