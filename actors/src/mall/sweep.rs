//! What is looked after again and again, whether anybody asks or not.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::Mall;
use super::Shared;
use super::purge::Purge;
use crate::clock;
use crate::history::Snapshots;
use crate::host::timers::look::{LOOK_EVERY, Looking};
use crate::ledger::keys::Merging;
use crate::storage::sqlite::KEPT_BYTES;

/// How often idle actors are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// What is kept for a time only is looked through once in this many sweeps: every ten minutes.
const PURGE_EVERY: u64 = 600;

/// The same; tests may have it more often: `HOTDEAL_PURGE_EVERY`.
#[cfg(feature = "faults")]
fn purge_every() -> u64 {
    let Ok(sweeps) = std::env::var("HOTDEAL_PURGE_EVERY") else { return PURGE_EVERY };
    sweeps.parse().expect("HOTDEAL_PURGE_EVERY: a number of sweeps")
}

#[cfg(not(feature = "faults"))]
const fn purge_every() -> u64 {
    PURGE_EVERY
}

/// Sweeps until the mall is gone.
pub(crate) async fn sweep(mall: Weak<Shared>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    let (mut count, mut falls): (u64, u64) = (0, 0);
    let (mut purge, mut merging) = (Purge::default(), Merging::default());
    let mut snapshots = Snapshots::default();
    loop {
        ticks.tick().await;
        let Some(shared) = mall.upgrade() else { return };
        let idle_ms = i64::try_from(shared.settings.idle_after_s).unwrap_or(i64::MAX);
        let idle_ms = idle_ms.saturating_mul(1_000);
        shared.owners.iter().for_each(|owners| owners.sweep(idle_ms));
        // Also where an activation has failed, or a wake-up has not come: the next one goes on.
        shared.notices.wake();
        if shared.accounts.caches.revocations.take_doubt(Instant::now()) {
            reread(&shared).await;
        }
        if shared.coupons.take_short() || count.is_multiple_of(PURGE_EVERY) {
            resume_preparations(&shared).await;
        }
        if shared.url.log_bytes().is_some_and(|bytes| bytes > KEPT_BYTES) {
            // A reader was in its way, or it is about to be cut. What is not done now is done then.
            _ = shared.host.ledger.cut_log().await;
        }
        // What cannot be written now is written the next time.
        _ = shared.host.keys.log().write_runs(&shared.host.ledger, &shared.host.storage).await;
        _ = merging.go_on(&shared.host.keys, &shared.host.ledger, &shared.host.storage).await;
        let fallen = clock::falls();
        if fallen != falls && start_over(&shared).await {
            falls = fallen;
        }
        if count.is_multiple_of(purge_every()) {
            purge.begin();
        }
        purge.go_on(&shared).await;
        snapshots.go_on(&shared.desks, &shared.host.ledger, &shared.host.storage).await;
        count += 1;
    }
}

/// Where that fails, it is tried again.
async fn resume_preparations(shared: &Shared) {
    if shared.coupons.resume().await.is_err() {
        shared.coupons.set_short();
    }
}

/// Time was set back: what was let go as past (deals, sessions, keys) is in the tables.
async fn start_over(shared: &Arc<Shared>) -> bool {
    let done = Mall { shared: shared.clone() }.start_over().await;
    if let Err(error) = &done {
        crate::warn_seldom!(%error, "the mall cannot start over yet");
    }
    done.is_ok()
}

/// Wakes the notifier whenever there is news of a deal, until the mall is gone.
pub(crate) async fn wake_on_news(mall: Weak<Shared>) {
    let Some(news) = mall.upgrade().map(|shared| shared.deals.news.clone()) else { return };
    loop {
        news.notified().await;
        let Some(shared) = mall.upgrade() else { return };
        shared.notices.wake();
    }
}

/// Wakes up owners of streams in which something is to happen now, until the mall is gone.
pub(crate) async fn wake_at_ends(mall: Weak<Shared>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looking = Looking::default();
    loop {
        ticks.tick().await;
        let Some(shared) = mall.upgrade() else { return };
        looking.go_on(&shared.host.storage, &shared.owners).await;
    }
}

/// A commit was perhaps written: what it made void is in the tables or it is not.
async fn reread(shared: &Shared) {
    match shared.host.storage.read_revocations(&shared.accounts.caches.revocations).await {
        Ok(()) => shared.accounts.caches.revocations.has_read_again(),
        Err(_) => shared.accounts.caches.revocations.still_doubtful(),
    }
}
