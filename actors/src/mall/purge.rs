//! What is kept for a time only is deleted when that is over: portion by portion, for a fifth of a second in
//! each sweep, so that a year's backlog neither stops the sale nor keeps anything else waiting. Nothing is
//! deleted while it is in doubt what time it is.

use std::time::{Duration, Instant};

use hotdeal_domain::UnixMillis;
use hotdeal_domain::deal::DAY_MS;

use super::Shared;
use crate::account::rows::{OLD_PROFILES, OLD_SESSIONS, OLD_TOKENS};
use crate::error::RequestError;
use crate::ledger::keys::{self, kept_ms};
use crate::notice::forget::Forget;
use crate::{clock, notice};

/// After this long the rest is left for the next sweep: a fifth of the ledger's time at most.
const A_SWEEP: Duration = Duration::from_millis(200);
/// News looked at for one portion, which takes no more of it.
const NEWS_A_PORTION: u64 = 25;

/// A kind of it.
#[derive(Debug, Clone, Copy)]
enum Retained {
    Revocations,
    Keys,
    Answers,
    Marks,
    Sessions,
    Tokens,
    Profiles,
    Notices,
}

/// What is still to be looked through.
#[derive(Default)]
pub(crate) struct Purge {
    /// The next one last.
    due: Vec<Retained>,
}

impl Purge {
    /// All of it is to be looked through, from the beginning.
    pub(crate) fn begin(&mut self) {
        self.due = vec![
            Retained::Notices,
            Retained::Profiles,
            Retained::Tokens,
            Retained::Sessions,
            Retained::Marks,
            Retained::Answers,
            Retained::Keys,
            Retained::Revocations,
        ];
    }

    /// Goes on where the last sweep has stopped, unless it is in doubt what time it is.
    pub(crate) async fn go_on(&mut self, shared: &Shared) {
        let began = Instant::now();
        while let Some(kept) = self.due.last() {
            // It cannot be undone.
            let Some(now) = clock::certain() else { return };
            match portion(*kept, now, shared).await {
                Ok(true) => {}
                // What cannot be forgotten now is forgotten the next time: the others do not wait.
                Ok(false) | Err(_) => _ = self.due.pop(),
            }
            if began.elapsed() >= A_SWEEP {
                return;
            }
        }
    }
}

/// Forgets a portion; answers whether there may be more of it.
async fn portion(kept: Retained, now: UnixMillis, shared: &Shared) -> Result<bool, RequestError> {
    let ledger = &shared.host.ledger;
    match kept {
        Retained::Revocations => {
            shared.accounts.caches.revocations.sweep(now);
            Ok(false)
        }
        Retained::Keys => Ok(ledger.delete(&keys::OLD_KEYS, now.plus(-kept_ms())).await?),
        Retained::Marks => {
            let more = ledger.delete(&keys::OLD_MARKS, now).await?;
            if !more && let Some(first) = shared.host.storage.slow()?.runs().await?.first() {
                shared.host.keys.log().forget_runs(*first);
            }
            Ok(more)
        }
        Retained::Answers => {
            let before = now.plus(-kept_ms());
            let more = ledger.delete(&keys::OLD_ANSWERS, before).await?;
            if !more {
                shared.host.keys.filter().forget(before);
            }
            Ok(more)
        }
        Retained::Sessions => Ok(ledger.delete(&OLD_SESSIONS, now).await?),
        Retained::Tokens => Ok(ledger.delete(&OLD_TOKENS, now).await?),
        Retained::Profiles => {
            let before = now.plus(-i64::from(shared.settings.profile_kept_days) * DAY_MS);
            Ok(ledger.delete(&OLD_PROFILES, before).await?)
        }
        Retained::Notices => {
            let told_before = now.plus(-i64::from(shared.settings.notices_kept_days) * DAY_MS);
            let news =
                shared.host.storage.slow()?.old_news(told_before, now, NEWS_A_PORTION).await?;
            if news.is_empty() {
                return Ok(false);
            }
            Forget { part: notice::PART, news, told_before, at: now }.run(ledger).await?;
            Ok(true)
        }
    }
}
