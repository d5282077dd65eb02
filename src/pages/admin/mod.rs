//! `/admin/…`: how the server does, for admins. A folder is a page. All of it is read from counters in memory, but
//! for the journal of one actor and for the accounts.

pub(super) mod actors;
pub(super) mod log;
pub(super) mod overview;
pub(super) mod users;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// Leads to the overview: its address ends in a slash.
pub(super) async fn lead(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::see_other("/admin/".to_owned()))
}

/// Microseconds as milliseconds: `0.02`, `3.1`, `820`.
fn ms(us: u64) -> String {
    let (whole, hundredths) = (us / 1_000, us % 1_000 / 10);
    match whole {
        0 => format!("0.{hundredths:02}"),
        1..=99 => format!("{whole}.{}", hundredths / 10),
        _ => super::say::count(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_closely_as_it_matters() {
        for (us, text) in
            [(0, "0.00"), (21, "0.02"), (999, "0.99"), (3_149, "3.1"), (99_999, "99.9")]
        {
            assert_eq!(ms(us), text);
        }
        assert_eq!(ms(1_234_567), "1,234");
    }
}
