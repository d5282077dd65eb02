//! The coupons there are: their codes are derived from the batch's key, and their policies are
//! drawn by its seed.

use std::collections::HashMap;

use hotdeal_domain::coupon::Draw;

use super::{Batch, Fold, UnjournaledBatch};
use crate::coupon::codes::CodeKey;
use crate::error::RequestError;
use crate::hex::unhex;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// An event whose coupons are being read.
struct Reading {
    event: i64,
    prepared: Option<i64>,
    written: i64,
    codes: Option<CodeKey>,
    draw: Option<Draw>,
    /// The first coupon with another code, with another policy, and how many there are.
    codes_wrong: Option<(i64, u64)>,
    policies_wrong: Option<(i64, u64)>,
}

impl Reading {
    fn begin(event: i64, told: Option<&Batch>, kept: Option<UnjournaledBatch>) -> Self {
        let key = kept.as_ref().and_then(|kept| unhex(&kept.code_key));
        Self {
            event,
            prepared: kept.map(|kept| kept.prepared),
            written: 0,
            codes: key.map(|key| CodeKey::new(&key)),
            draw: told.map(|told| Draw::new(&told.terms.policies, told.terms.total, told.seed)),
            codes_wrong: None,
            policies_wrong: None,
        }
    }

    fn take(&mut self, ordinal: i64, code: &str, policy: i32) {
        self.written += 1;
        let place = u32::try_from(ordinal).ok();
        let derived = place.and_then(|place| Some(self.codes.as_ref()?.code(place)));
        if derived.as_deref() != Some(code) {
            self.codes_wrong.get_or_insert((ordinal, 0)).1 += 1;
        }
        let drawn = place.and_then(|place| self.draw.as_ref()?.policy(place));
        if drawn.map(i32::from) != Some(policy) {
            self.policies_wrong.get_or_insert((ordinal, 0)).1 += 1;
        }
    }

    /// Codes are not told: whoever reads the report need not be one who may use them.
    fn end(&self, report: &mut Report) {
        let event = self.event;
        let wrong = [("code", self.codes_wrong), ("policy", self.policies_wrong)];
        for (what, wrong) in wrong {
            let Some((first, count)) = wrong else { continue };
            report.differs(|| {
                format!(
                    "LG-2 {what} of {count} coupons of event {event}, the first at {first}: \
                     the batch gives another"
                )
            });
        }
        let what = format!("coupons written of event {event}");
        report.expect_equal(&what, self.prepared, Some(self.written));
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    mut kept: HashMap<i64, UnjournaledBatch>,
    report: &mut Report,
) -> Result<(), RequestError> {
    let sql = "SELECT event_id, ordinal, code, policy FROM coupons \
         WHERE (event_id, ordinal) > ($1, $2) ORDER BY event_id, ordinal LIMIT $3";
    let mut reading: Option<Reading> = None;
    let mut last = (0_i64, -1_i64);
    loop {
        let after = [last.0.into(), last.1.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let (event, ordinal) = last;
            if let Some(done) = reading.take_if(|reading| reading.event != event) {
                done.end(report);
            }
            let of_event = reading.get_or_insert_with(|| {
                Reading::begin(event, fold.batches.get(&event), kept.remove(&event))
            });
            let code: String = row.try_get_by_index(2)?;
            of_event.take(ordinal, &code, row.try_get_by_index(3)?);
        }
    }
    reading.iter().for_each(|reading| reading.end(report));
    for (event, kept) in kept {
        report.expect_equal(&format!("coupons written of event {event}"), kept.prepared, 0);
    }
    Ok(())
}
