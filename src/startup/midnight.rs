//! The daily job, at midnight in the mall's zone. Nothing depends on it: deals start and end by the
//! clock, at each use. It only frees memory.

use std::time::Duration;

use hotdeal_actors::Mall;
use hotdeal_domain::UnixMillis;

use crate::clock::{self, Zone};

/// Time between two looks at the clock, which may be set forward or back while we sleep.
const LOOK_EVERY_MS: i64 = 5_000;

/// Starts it; it ends with the system it runs in.
pub(super) fn start(mall: Mall, zone: Zone) {
    actix_web::rt::spawn(every_midnight(zone, clock::now, move || {
        tracing::info!("a new day: deals that have ended are let go");
        mall.deals().tidy_deals();
    }));
}

async fn every_midnight(zone: Zone, now: impl Fn() -> UnixMillis, mut job: impl FnMut()) {
    let mut last = now();
    let mut next = zone.next_midnight(last);
    loop {
        let at = now();
        if at < last {
            // The clock was set back, so the next day begins earlier.
            next = zone.next_midnight(at);
        }
        last = at;
        let left = next.0 - at.0;
        if left <= 0 {
            job();
            next = zone.next_midnight(at);
        } else {
            let wait = u64::try_from(left.min(LOOK_EVERY_MS)).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::cell::RefCell;

    #[tokio::test(start_paused = true)]
    async fn the_job_is_done_at_each_midnight_and_at_no_other_time() {
        let zone = Zone::parse("+09:00").expect("a zone");
        let at = |text: &str| zone.read(text).expect("a time");
        let (began, start) = (tokio::time::Instant::now(), at("2026-11-21T21:30"));
        let now = || {
            let passed = i64::try_from(began.elapsed().as_millis()).expect("not for ever");
            UnixMillis(start.0 + passed)
        };
        let done = RefCell::new(Vec::new());
        let days = every_midnight(zone, now, || done.borrow_mut().push(now()));
        let within = Duration::from_secs(2 * 86_400);
        assert!(tokio::time::timeout(within, days).await.is_err(), "it goes on");
        assert_eq!(*done.borrow(), [at("2026-11-22T00:00"), at("2026-11-23T00:00")]);
    }

    /// On the first evening time is set by so many days; the midnights kept in the two days after it.
    async fn midnights(days: i64) -> Vec<UnixMillis> {
        let zone = Zone::parse("+09:00").expect("a zone");
        let start = zone.read("2026-11-21T21:30").expect("a time");
        let began = tokio::time::Instant::now();
        let now = || {
            let passed = i64::try_from(began.elapsed().as_millis()).expect("not for ever");
            let set = if passed < 3_600_000 { 0 } else { days * 86_400_000 };
            UnixMillis(start.0 + passed + set)
        };
        let done = RefCell::new(Vec::new());
        let going_on = every_midnight(zone, now, || done.borrow_mut().push(now()));
        let within = Duration::from_secs(2 * 86_400);
        assert!(tokio::time::timeout(within, going_on).await.is_err(), "it goes on");
        done.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn each_midnight_is_kept_whichever_way_time_is_set() {
        let at = |text: &str| Zone::parse("+09:00").expect("a zone").read(text).expect("a time");
        let back = [at("2026-11-19T00:00"), at("2026-11-20T00:00")];
        assert_eq!(midnights(-3).await, back);
        // The midnights that were left out are kept once, when time is set.
        let forward = [at("2026-11-24T22:30"), at("2026-11-25T00:00"), at("2026-11-26T00:00")];
        assert_eq!(midnights(3).await, forward);
    }
}
