//! Ends: that the table has those that the facts have begun and that have not come, and no other.

use std::collections::BTreeSet;

use sea_orm::Value;

use super::End;
use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// Compares the ends that are to come, as the journal tells them, with the table.
pub(crate) async fn compare(
    storage: &Storage,
    told: &BTreeSet<End>,
    report: &mut Report,
) -> Result<(), RequestError> {
    let sql = "SELECT stream, at, subject FROM ends WHERE (stream, at, subject) > ($1, $2, $3) \
         ORDER BY stream, at, subject LIMIT $4";
    let (mut last, mut found) = ((String::new(), i64::MIN, i64::MIN), 0_usize);
    loop {
        let (stream, at, subject) = last.clone();
        let after: [Value; 4] = [stream.into(), at.into(), subject.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let (stream, at, subject) = &last;
            found += 1;
            let is_told = stream.parse().is_ok_and(|stream| {
                let at = hotdeal_domain::UnixMillis(*at);
                told.contains(&End { stream, at, subject: *subject })
            });
            if !is_told {
                report.differs(|| {
                    format!("LG-2 the end of {subject} in {stream} at {at} is in the table alone")
                });
            }
        }
    }
    report.expect_equal("LG-2 number of ends to come", told.len(), found);
    Ok(())
}
