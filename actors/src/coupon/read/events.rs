//! Every event, whatever it is: a deal, coupons, or a deal with coupons.

use std::collections::HashMap;

use hotdeal_domain::EventId;
use hotdeal_entities::{coupon_batches, deals};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};

use super::BatchRow;
use crate::coupon::api::{CouponsView, EventEntry};
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, id};

impl Storage {
    /// Events below `before`, the newest first, at most `limit`.
    pub(crate) async fn events(
        &self,
        before: i64,
        limit: u64,
    ) -> Result<Vec<EventEntry>, RequestError> {
        let backend = self.db.get_database_backend();
        // Coupons are issued in order without a gap, so the last ordinal tells how many there are.
        // Of either kind no more than a page are looked at.
        let sql = "SELECT e.id, (SELECT MAX(i.ordinal) + 1 FROM coupon_issues i \
             WHERE i.event_id = e.id) FROM (SELECT * FROM (SELECT id FROM deals WHERE id < $1 \
             ORDER BY id DESC LIMIT $2) d UNION SELECT * FROM (SELECT event_id \
             FROM coupon_batches WHERE event_id < $1 ORDER BY event_id DESC LIMIT $2) b) e \
             ORDER BY e.id DESC LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = Statement::from_sql_and_values(backend, sql, [before.into(), limit.into()]);
        let mut numbers = Vec::new();
        for row in self.db.query_all_raw(statement).await? {
            let number: i64 = row.try_get_by_index(0)?;
            let issued: Option<i64> = row.try_get_by_index(1)?;
            numbers.push((number, issued.unwrap_or(0)));
        }
        let ids = || numbers.iter().map(|(number, _)| *number);
        let rows = deals::Entity::find().filter(deals::Column::Id.is_in(ids())).all(&self.db);
        let mut deals: HashMap<i64, deals::Model> =
            rows.await?.into_iter().map(|row| (row.id, row)).collect();
        let of_events = coupon_batches::Column::EventId.is_in(ids());
        let rows = coupon_batches::Entity::find().filter(of_events).all(&self.db);
        let mut batches: HashMap<i64, coupon_batches::Model> =
            rows.await?.into_iter().map(|row| (row.event_id, row)).collect();
        let entry = |(number, issued): (i64, i64)| {
            let batch = batches.remove(&number).map(BatchRow::read).transpose()?;
            let deal = deals.remove(&number);
            Ok(EventEntry {
                event: id::<EventId>(number)?,
                sales: deal.as_ref().map(crate::deal::read::sales).unwrap_or_default(),
                deal: deal.map(crate::deal::read::view).transpose()?,
                coupons: match batch {
                    None => None,
                    Some(row) => {
                        let issued = u32::try_from(issued).map_err(|_| CORRUPT)?;
                        Some(CouponsView { batch: row.view, issued })
                    }
                },
            })
        };
        numbers.clone().into_iter().map(entry).collect()
    }
}
