//! The rows of coupons.

use hotdeal_domain::coupon::{BatchStatus, CouponIssued, CouponTerms};
use hotdeal_domain::{EventId, ShopId, UnixMillis};

use super::super::store::{self, Cell};
use super::{CouponRow, Rider, RowSet};

impl RowSet {
    pub(super) fn issue(&mut self, event: EventId, issued: &CouponIssued) {
        self.table(store::COUPON_ISSUES).push([
            Cell::Int(event.get()),
            Cell::Int(i64::from(issued.ordinal)),
            Cell::Int(issued.user.get()),
            Cell::Int(issued.at.0),
        ]);
    }

    pub(super) fn batch(
        &mut self,
        id: i64,
        shop: ShopId,
        terms: &CouponTerms,
        seed: u64,
        at: UnixMillis,
        rider: Option<&Rider>,
    ) {
        let Some(Rider::Batch { event, by, fingerprint, code_key, currency }) = rider else {
            debug_assert!(false, "a batch is opened with its asker and its key");
            return;
        };
        let spelled = serde_json::to_string(terms).expect("terms are plain data");
        self.table(store::COUPON_BATCHES).push([
            Cell::Int(id),
            Cell::Int(event.get()),
            Cell::Int(shop.get()),
            Cell::Int(by.get()),
            Cell::Text(fingerprint.as_str().into()),
            Cell::Text(spelled.into()),
            Cell::Static(currency.code()),
            Cell::Text(seed.to_string().into()),
            Cell::Text(code_key.as_str().into()),
            Cell::Static("PREPARING"),
            Cell::Int(i64::from(terms.total)),
            Cell::Int(0),
            Cell::Int(at.0),
        ]);
    }

    pub(super) fn batch_status(&mut self, event: EventId, status: BatchStatus) {
        self.table(store::BATCH_STATUS)
            .push([Cell::Int(event.get()), Cell::Static(status_name(status))]);
    }

    pub(super) fn coupons(&mut self, event: EventId, rows: &[CouponRow]) {
        let coupons = self.table(store::COUPONS);
        for row in rows {
            coupons.push([
                Cell::Int(event.get()),
                Cell::Int(i64::from(row.ordinal)),
                Cell::Text(row.code.clone()),
                Cell::Int(i64::from(row.policy)),
            ]);
        }
        let prepared = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        *self.prepared.entry(event).or_default() += prepared;
    }
}

/// The name of a batch's status in rows.
const fn status_name(status: BatchStatus) -> &'static str {
    match status {
        BatchStatus::Preparing => "PREPARING",
        BatchStatus::Ready => "READY",
        BatchStatus::Failed => "FAILED",
    }
}
