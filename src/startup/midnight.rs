//! What is done once a day, when the day begins in the mall's zone. Nothing hangs on it: deals
//! start and end by the clock, at each use. It only lets go of memory.

use std::time::Duration;

use hotdeal_actors::Mall;
use hotdeal_domain::UnixMillis;

use crate::clock::{self, Zone};

/// Between two looks at the clock, which may be put forward or back while we sleep.
const LOOK_EVERY_MS: i64 = 60_000;

/// Starts it; it ends with the system it runs in.
pub(super) fn start(mall: Mall, zone: Zone) {
    actix_web::rt::spawn(every_midnight(zone, clock::now, move || {
        tracing::info!("a new day: deals that have ended are let go");
        mall.tidy_deals();
    }));
}

async fn every_midnight(zone: Zone, now: impl Fn() -> UnixMillis, mut job: impl FnMut()) {
    let mut next = zone.next_midnight(now());
    loop {
        let left = next.0 - now().0;
        if left <= 0 {
            job();
            next = zone.next_midnight(now());
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
}
