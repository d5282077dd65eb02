//! Coupons: what was promised, which there are, and who holds which.

mod issues;
mod written;

use std::collections::HashMap;

use hotdeal_domain::coupon::{BatchStatus, CouponFact, CouponTerms};
use hotdeal_domain::{Currency, EventId};
use hotdeal_entities::coupon_batches;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::shop::audit::Fold as ShopsFold;
use crate::storage::Storage;

/// A batch as the journal tells it.
struct Batch {
    id: i64,
    shop: i64,
    terms: CouponTerms,
    seed: u64,
    at: i64,
    status: BatchStatus,
}

/// Every coupon event of the journal.
#[derive(Default)]
pub(crate) struct Fold {
    batches: HashMap<i64, Batch>,
    /// Place, person and time, in the order of the journal.
    issues: HashMap<i64, Vec<(i64, i64, i64)>>,
}

impl Fold {
    pub(crate) fn apply(&mut self, event: EventId, fact: &CouponFact) {
        match fact {
            CouponFact::CouponsOpened { batch, shop, terms, seed, at } => {
                let batch = Batch {
                    id: batch.get(),
                    shop: shop.get(),
                    terms: (**terms).clone(),
                    seed: *seed,
                    at: at.0,
                    status: BatchStatus::Preparing,
                };
                self.batches.insert(event.get(), batch);
            }
            CouponFact::CouponsReady => self.turn(event, BatchStatus::Ready),
            CouponFact::CouponsFailed { .. } => self.turn(event, BatchStatus::Failed),
            CouponFact::CouponIssued(issued) => {
                let issue = (i64::from(issued.ordinal), issued.user.get(), issued.at.0);
                self.issues.entry(event.get()).or_default().push(issue);
            }
        }
    }

    fn turn(&mut self, event: EventId, status: BatchStatus) {
        if let Some(batch) = self.batches.get_mut(&event.get()) {
            batch.status = status;
        }
    }
}

/// What a row of a batch tells that is in no journal.
struct UnjournaledBatch {
    /// The secret the codes are derived with, in hex.
    code_key: String,
    /// Coupons written.
    prepared: i64,
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    shops: &ShopsFold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let mut kept: HashMap<i64, UnjournaledBatch> = HashMap::new();
    let read = async |last| {
        let page = pages::after::<coupon_batches::Entity>(coupon_batches::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<coupon_batches::Model>, _, _| {
        for row in rows {
            compare_batch(&row, fold, shops, report);
            let of_event = UnjournaledBatch { code_key: row.code_key, prepared: row.prepared };
            kept.insert(row.event_id, of_event);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    report.expect_equal("LG-2 number of coupon events", fold.batches.len(), kept.len());
    issues::compare(storage, fold, report).await?;
    written::compare(storage, fold, kept, report).await
}

fn compare_batch(row: &coupon_batches::Model, fold: &Fold, shops: &ShopsFold, report: &mut Report) {
    let event = row.event_id;
    let Some(told) = fold.batches.get(&event) else {
        return report.differs(|| format!("coupons of event {event} are in the table alone"));
    };
    let what = |member: &str| format!("LG-2 {member} of event {event}");
    report.expect_equal(&what("number of the batch"), told.id, row.id);
    report.expect_equal(&what("shop"), told.shop, row.shop_id);
    report.expect_equal(&what("time"), told.at, row.created_at);
    report.expect_equal(&what("seed"), told.seed.to_string(), row.seed.clone());
    let currency = shops.currency(told.shop).map(Currency::code);
    report.expect_equal(&what("currency"), currency, Some(row.currency.as_str()));
    let promised = (i64::from(told.terms.total), told.status.name());
    report.expect_equal(&what("total and status"), promised, (row.total, row.status.as_str()));
    match serde_json::from_str::<CouponTerms>(&row.terms) {
        Err(_) => report.differs(|| format!("{} cannot be read", what("terms"))),
        Ok(found) => {
            report.expect_equal(&what("policies"), &told.terms.policies, &found.policies);
            let rest = |terms: &CouponTerms| CouponTerms { policies: Vec::new(), ..terms.clone() };
            report.expect_equal(&what("terms"), rest(&told.terms), rest(&found));
        }
    }
}
