//! Coupon events that have not ended.

use hotdeal_domain::{EventId, UnixMillis};

use crate::coupon::api::OpenEvent;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

/// Read in the order of the index by end: a page costs the same however many events have ended.
/// Coupons are issued in order without a gap, so the last ordinal tells how many there are.
const OPEN: &str = "SELECT b.event_id, (SELECT MAX(i.ordinal) + 1 FROM coupon_issues i \
     WHERE i.event_id = b.event_id) FROM coupon_batches b \
     WHERE (b.ends_at, b.event_id) > ($1, $2) AND b.status <> 'FAILED' \
     ORDER BY b.ends_at, b.event_id LIMIT $3";

impl Storage {
    /// Events that end after `now` and whose coupons are prepared or are going to be, the one that
    /// ends first before the others: those behind the place `after`.
    pub(crate) async fn open_events(
        &self,
        now: UnixMillis,
        after: Option<(UnixMillis, EventId)>,
        limit: u64,
    ) -> Result<Vec<OpenEvent>, RequestError> {
        let ended = (now.0, i64::MAX);
        let after = after.map_or(ended, |(end, event)| ended.max((end.0, event.get())));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.select(OPEN, [after.0.into(), after.1.into(), limit.into()]).await?;
        let mut numbers: Vec<(i64, Option<i64>)> = Vec::with_capacity(rows.len());
        for row in &rows {
            numbers.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
        let mut batches = self.batches_of(numbers.iter().map(|(event, _)| *event)).await?;
        let event = |(event, issued): (i64, Option<i64>)| {
            let row = batches.remove(&event).ok_or(CORRUPT)?;
            let issued = u32::try_from(issued.unwrap_or(0)).map_err(|_| CORRUPT)?;
            Ok(OpenEvent { batch: row.view, currency: row.currency, issued })
        };
        numbers.into_iter().map(event).collect()
    }
}
