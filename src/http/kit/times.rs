//! Times in requests. Each must be one that every zone can write again, so that a promise is never
//! shown as another instant.

use hotdeal_domain::UnixMillis;
use hotdeal_domain::deal::DAY_MS;

use super::problem::Problem;
use crate::clock::Zone;

/// Reads a time.
///
/// # Errors
/// Names the member if it is not a time, or one that some zone cannot write again.
pub(crate) fn time(zone: Zone, member: &'static str, text: &str) -> Result<UnixMillis, Problem> {
    zone.read(text).ok_or_else(|| {
        Problem::value(
            member,
            "2026-11-21T10:00:00+09:00 형식으로, 1970년부터 9999-12-31T06:00:00Z 전까지의 시각이어야 합니다",
            "a time as 2026-11-21T10:00:00+09:00, from 1970 on and before 9999-12-31T06:00:00Z",
        )
    })
}

/// The instant this many days later.
///
/// # Errors
/// Names the member that gives the number of days, if that is too late to be written.
pub(crate) fn days_later(
    member: &'static str,
    start: UnixMillis,
    days: i64,
) -> Result<UnixMillis, Problem> {
    let end = start.plus(days.saturating_mul(DAY_MS));
    if end > UnixMillis::LATEST {
        let (ko, en) = (
            "9999-12-31T06:00:00Z 전에 끝나야 합니다",
            "so few that it ends before 9999-12-31T06:00:00Z",
        );
        return Err(Problem::value(member, ko, en));
    }
    Ok(end)
}
