//! Coupons in somebody's hands.

use std::collections::HashSet;

use hotdeal_domain::{Phase, UnixMillis};

use super::Fold;
use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// Place, person and time.
type Issue = (i64, i64, i64);

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    for (event, told) in &fold.issues {
        check_issues(*event, told, fold, report);
    }
    let mut seen: HashSet<i64> = HashSet::new();
    let sql = "SELECT event_id, ordinal, user_id, issued_at FROM coupon_issues \
         WHERE (event_id, ordinal) > ($1, $2) ORDER BY event_id, ordinal LIMIT $3";
    let mut last = (0_i64, -1_i64);
    let mut found: Vec<Issue> = Vec::new();
    loop {
        let after = [last.0.into(), last.1.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let event = row.try_get_by_index(0)?;
            if event != last.0 {
                compare_event(last.0, &std::mem::take(&mut found), fold, report);
                seen.insert(event);
            }
            let issue =
                (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            last = (event, issue.0);
            found.push(issue);
            report.coupons_issued += 1;
        }
    }
    compare_event(last.0, &found, fold, report);
    for event in fold.issues.keys().filter(|event| !seen.contains(event)) {
        report.differs(|| format!("LG-2 coupons issued of event {event} are in no table"));
    }
    Ok(())
}

fn compare_event(event: i64, found: &[Issue], fold: &Fold, report: &mut Report) {
    let told = fold.issues.get(&event).map(Vec::as_slice).unwrap_or_default();
    if told.is_empty() && !found.is_empty() {
        return report
            .differs(|| format!("coupons of event {event} are issued in the table alone"));
    }
    report.expect_equal(&format!("LG-2 coupons issued of event {event}"), told, found);
}

fn check_issues(event: i64, told: &[Issue], fold: &Fold, report: &mut Report) {
    let users: HashSet<i64> = told.iter().map(|(_, user, _)| *user).collect();
    if users.len() != told.len() {
        report.differs(|| format!("CP-2 somebody holds two coupons of event {event}"));
    }
    if !told.iter().map(|(ordinal, ..)| *ordinal).eq((0..).take(told.len())) {
        report.differs(|| format!("CP-3 coupons of event {event} are not issued in order"));
    }
    let Some(batch) = fold.batches.get(&event) else {
        return report
            .differs(|| format!("coupons of event {event} are issued and were never made"));
    };
    if told.len() > usize::try_from(batch.terms.total).unwrap_or(usize::MAX) {
        report.differs(|| format!("CP-1 more coupons of event {event} are issued than there are"));
    }
    let is_open = |at: i64| batch.terms.window.phase(UnixMillis(at)) == Phase::Open;
    if let Some((ordinal, ..)) = told.iter().find(|(.., at)| !is_open(*at)) {
        report.differs(|| {
            format!("CP-4 coupon {ordinal} of event {event} was issued while it was closed")
        });
    }
}
