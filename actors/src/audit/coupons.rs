//! Coupons: who holds which, and how many there are.

use std::collections::{HashMap, HashSet};

use hotdeal_entities::{coupon_batches, coupon_issues, coupons};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::{Fold, Report};
use crate::error::AskError;
use crate::storage::Storage;

pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let rows = coupon_issues::Entity::find()
        .order_by_asc(coupon_issues::Column::EventId)
        .order_by_asc(coupon_issues::Column::Ordinal)
        .all(&storage.db)
        .await?;
    let mut issued: HashMap<i64, Vec<(i64, i64, i64)>> = HashMap::new();
    for row in rows {
        report.coupons_issued += 1;
        issued.entry(row.event_id).or_default().push((row.ordinal, row.user_id, row.issued_at));
    }
    for (event, facts) in &fold.issues {
        let told: Vec<_> =
            facts.iter().map(|(ordinal, user, at)| (*ordinal, user.get(), *at)).collect();
        let found = issued.remove(event).unwrap_or_default();
        check_issues(*event, &told, report);
        report.expect_equal(&format!("LG-2 coupons issued of event {event}"), told, found);
    }
    for event in issued.keys() {
        report.differs(|| format!("coupons of event {event} are issued in the table alone"));
    }
    compare_batches(storage, fold, report).await
}

fn check_issues(event: i64, told: &[(i64, i64, i64)], report: &mut Report) {
    let users: HashSet<i64> = told.iter().map(|(_, user, _)| *user).collect();
    if users.len() != told.len() {
        report.differs(|| format!("CP-2 somebody holds two coupons of event {event}"));
    }
    if !told.iter().map(|(ordinal, _, _)| *ordinal).eq((0..).take(told.len())) {
        report.differs(|| format!("CP-3 coupons of event {event} are not issued in order"));
    }
}

async fn compare_batches(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let rows = coupon_batches::Entity::find().all(&storage.db).await?;
    let (told, found) = (fold.batches.len(), rows.len());
    report.expect_equal("LG-2 number of coupon events", told, found);
    for row in rows {
        let event = row.event_id;
        let folded = fold.batches.get(&event).copied();
        let what = format!("LG-2 total and status of event {event}");
        report.expect_equal(&what, folded, Some((row.total, status(&row.status))));
        let written = coupons::Entity::find()
            .filter(coupons::Column::EventId.eq(event))
            .count(&storage.db)
            .await?;
        let prepared = u64::try_from(row.prepared).unwrap_or(0);
        report.expect_equal(&format!("coupons written of event {event}"), prepared, written);
        let issued = fold.issues.get(&event).map_or(0, Vec::len);
        if i64::try_from(issued).unwrap_or(i64::MAX) > row.total {
            report.differs(|| {
                format!("CP-1 more coupons of event {event} are issued than there are")
            });
        }
    }
    Ok(())
}

fn status(name: &str) -> &'static str {
    match name {
        "PREPARING" => "PREPARING",
        "READY" => "READY",
        "FAILED" => "FAILED",
        _ => "unknown",
    }
}
