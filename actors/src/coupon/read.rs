//! Coupon events, read from the tables.

pub(crate) mod events;

use hotdeal_domain::coupon::{BatchStatus, CouponIssued, CouponPool, CouponTerms};
use hotdeal_domain::{BatchId, Currency, EventId, ShopId, UnixMillis};
use hotdeal_entities::{coupon_batches, coupon_issues};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::api::BatchView;
use crate::error::RequestError;
use crate::hex::unhex;
use crate::storage::{CORRUPT, Storage, currency, id};

/// Rows of one read while a pool is rebuilt. A row in a driver's hands takes half a kilobyte, and
/// memory once used stays with the process.
const ROWS_A_READ: u64 = 4_000;

/// A batch of coupons as the tables have it.
pub(crate) struct BatchRow {
    pub(crate) view: BatchView,
    pub(crate) currency: Currency,
    pub(crate) seed: u64,
    pub(crate) code_key: Vec<u8>,
}

impl BatchRow {
    pub(crate) fn read(row: coupon_batches::Model) -> Result<Self, RequestError> {
        let terms: CouponTerms = serde_json::from_str(&row.terms).map_err(|_| CORRUPT)?;
        Ok(Self {
            view: BatchView {
                batch: id(row.id)?,
                event: id(row.event_id)?,
                shop: id::<ShopId>(row.shop_id)?,
                terms,
                status: status(&row.status)?,
                prepared: u32::try_from(row.prepared).map_err(|_| CORRUPT)?,
            },
            currency: currency(&row.currency)?,
            seed: row.seed.parse().map_err(|_| CORRUPT)?,
            code_key: unhex(&row.code_key).ok_or(CORRUPT)?,
        })
    }
}

fn status(name: &str) -> Result<BatchStatus, RequestError> {
    BatchStatus::from_name(name).ok_or(CORRUPT)
}

impl Storage {
    /// A batch by its number.
    pub(crate) async fn batch(&self, batch: BatchId) -> Result<Option<BatchRow>, RequestError> {
        let found = coupon_batches::Entity::find_by_id(batch.get()).one(&self.db).await?;
        found.map(BatchRow::read).transpose()
    }

    /// The batch of an event.
    pub(crate) async fn batch_of(&self, event: EventId) -> Result<Option<BatchRow>, RequestError> {
        let filter = coupon_batches::Column::EventId.eq(event.get());
        let found = coupon_batches::Entity::find().filter(filter).one(&self.db).await?;
        found.map(BatchRow::read).transpose()
    }

    /// The batch made by a request with this fingerprint.
    pub(crate) async fn batch_like(
        &self,
        fingerprint: &str,
    ) -> Result<Option<BatchRow>, RequestError> {
        let filter = coupon_batches::Column::Fingerprint.eq(fingerprint);
        let found = coupon_batches::Entity::find().filter(filter).one(&self.db).await?;
        found.map(BatchRow::read).transpose()
    }

    /// Events whose coupons were being prepared when this node, or another, stopped.
    pub(crate) async fn unprepared(&self) -> Result<Vec<EventId>, RequestError> {
        let events: Vec<i64> = coupon_batches::Entity::find()
            .select_only()
            .column(coupon_batches::Column::EventId)
            .filter(coupon_batches::Column::Status.eq(BatchStatus::Preparing.name()))
            .into_tuple()
            .all(&self.db)
            .await?;
        events.into_iter().map(id).collect()
    }

    /// The pool of an event with everybody who holds one of its coupons.
    pub(crate) async fn pool(&self, batch: &BatchRow) -> Result<CouponPool, RequestError> {
        let BatchView { event, terms, status, .. } = &batch.view;
        let mut pool = CouponPool::new(terms.clone(), batch.seed, *status);
        let issues =
            coupon_issues::Entity::find().filter(coupon_issues::Column::EventId.eq(event.get()));
        let issued = issues.clone().count(&self.db).await?;
        pool.reserve(usize::try_from(issued).unwrap_or(0));
        loop {
            let from = i64::from(pool.issued());
            let rows: Vec<(i64, i64, i64)> = issues
                .clone()
                .select_only()
                .column(coupon_issues::Column::Ordinal)
                .column(coupon_issues::Column::UserId)
                .column(coupon_issues::Column::IssuedAt)
                .filter(coupon_issues::Column::Ordinal.gte(from))
                .order_by_asc(coupon_issues::Column::Ordinal)
                .limit(ROWS_A_READ)
                .into_tuple()
                .all(&self.db)
                .await?;
            if rows.is_empty() {
                break;
            }
            for (ordinal, user, at) in rows {
                let ordinal = u32::try_from(ordinal).map_err(|_| CORRUPT)?;
                if ordinal != pool.issued() {
                    return Err(CORRUPT); // CP-3: coupons are issued in order without a gap.
                }
                pool.apply(CouponIssued { user: id(user)?, ordinal, at: UnixMillis(at) });
            }
        }
        Ok(pool)
    }
}
