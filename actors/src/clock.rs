//! The time, which everybody else asks for here.
//!
//! The wall clock can be set: by hand, by a time server, by whoever moves the machine. So the time is
//! the machine's own clock, which only runs, and the wall clock moves it by rules ([`course`]): a
//! small difference is made up for at 5 %, and a step of more than two seconds is followed, forward
//! or back, once it has stood for a minute. Until then nothing is done that cannot be undone
//! ([`is_in_doubt`], [`certain`]). Except for such a step the time never falls. At the start the wall
//! clock is taken as it is, and is in doubt as if it had made a step.
//!
//! A thread looks at both clocks four times a second. To ask for the time takes no lock and no look at
//! the wall clock.
//!
//! For a day after a step forward, what is kept for a time only is thrown away by the time without that step
//! ([`certain`]), and keys are looked up by it. So a wrong date costs no key and opens no door to who has
//! logged out. At the start, by how much the wall clock is ahead of what was recorded last counts as such a
//! step: nobody can tell a server that was away from a date that is wrong. (A second start while the date is
//! wrong takes it for recorded.)
//!
//! After a step back the mall starts over from the tables (`Mall::start_over`), which have the deals,
//! sessions and keys that memory has let go as past. A stream's `recorded_at` never falls, also not from one
//! process to the next. What makes an account's tokens void lasts at least until they have expired by that
//! time. The times in facts are those of the decisions, and may fall.
//!
//! Whatever counts how long something lasts asks for [`steady_ms`], which nobody sets.

mod course;
mod reader;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};
use std::thread;
use std::time::Duration;

use course::{Course, Finding, Follower, Look};
use hotdeal_domain::UnixMillis;
use parking_lot::Mutex;

use crate::mutant::{self, Mutant};

/// Between two looks at the clocks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::start);

/// The time.
pub fn now() -> UnixMillis {
    millis(CLOCK.time_us())
}

/// The latest time there ever was: later than [`now`] where time was set back.
pub fn latest() -> UnixMillis {
    UnixMillis(CLOCK.latest_ms.load(Ordering::Acquire).max(now().0))
}

/// The earliest that the time can be: behind [`now`] for a day by what a step forward was, because it
/// may be taken back.
pub(crate) fn earliest() -> UnixMillis {
    millis(CLOCK.follower.lock().earliest(reader::steady_us()))
}

/// This was recorded before the start: by how much the wall clock is ahead of it is a step forward.
pub(crate) fn learn(recorded: UnixMillis) {
    // The unit tests share one clock, and their databases tell of any time.
    if cfg!(test) {
        return;
    }
    CLOCK.follower.lock().learn(reader::steady_us(), recorded.0.saturating_mul(1_000));
}

/// Whether the wall clock has made a step that is not followed yet, and may never be, or has not
/// stood since the start.
pub(crate) fn is_in_doubt() -> bool {
    CLOCK.look();
    CLOCK.follower.lock().is_in_doubt(reader::steady_us())
}

/// A time that has come for certain: what was to be kept until then can be thrown away. It is
/// [`earliest`], and `None` while the time is in doubt.
pub(crate) fn certain() -> Option<UnixMillis> {
    if mutant::is_on(Mutant::PurgedTooSoon) {
        return Some(now());
    }
    CLOCK.look();
    CLOCK.follower.lock().certain(reader::steady_us()).map(millis)
}

/// How often time was set back: what was let go as past may be to come again.
pub(crate) fn falls() -> u64 {
    if mutant::is_on(Mutant::FallsUnseen) { 0 } else { CLOCK.falls.load(Ordering::Acquire) }
}

/// Milliseconds of the clock that nobody sets: for how long something lasts.
pub fn steady_ms() -> i64 {
    reader::steady_us() / 1_000
}

/// The same as of the last look at it: costs nothing.
pub(crate) fn coarse_ms() -> i64 {
    CLOCK.looked_at_us.load(Ordering::Relaxed) / 1_000
}

fn millis(micros: i64) -> UnixMillis {
    UnixMillis(micros.div_euclid(1_000))
}

struct Clock {
    follower: Mutex<Follower>,
    /// The follower's course, for who takes no lock: an odd version is being written.
    version: AtomicU64,
    since: AtomicI64,
    from: AtomicI64,
    to: AtomicI64,
    latest_ms: AtomicI64,
    looked_at_us: AtomicI64,
    falls: AtomicU64,
}

impl Clock {
    fn start() -> Self {
        let (ahead, steady) = (reader::ahead_us(), reader::steady_us());
        let look = Look { steady, wall: steady + ahead };
        let follower = Follower::begin(look, reader::stands_us());
        let Course { since, from, to } = follower.course();
        let looking = thread::Builder::new().name("clock".to_owned()).spawn(|| {
            loop {
                thread::sleep(LOOK_EVERY);
                CLOCK.look();
            }
        });
        if let Err(error) = looking {
            tracing::error!(%error, "nobody looks at the wall clock: there is no thread for it");
        }
        Self {
            version: AtomicU64::new(0),
            since: AtomicI64::new(since),
            from: AtomicI64::new(from),
            to: AtomicI64::new(to),
            latest_ms: AtomicI64::new(i64::MIN),
            looked_at_us: AtomicI64::new(steady),
            falls: AtomicU64::new(0),
            follower: Mutex::new(follower),
        }
    }

    /// The time by the course that holds at this instant.
    fn time_us(&self) -> i64 {
        loop {
            let version = self.version.load(Ordering::Acquire);
            let course = Course {
                since: self.since.load(Ordering::Relaxed),
                from: self.from.load(Ordering::Relaxed),
                to: self.to.load(Ordering::Relaxed),
            };
            let steady = reader::steady_us();
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == version {
                return course.time(steady);
            }
            // It is written in less time than this takes, unless the writer lost its processor.
            thread::yield_now();
        }
    }

    /// Looks at both clocks. Between the two versions nobody gets the time, and so nobody gets one
    /// by the old course that is later than the first by the new one: as the kernel keeps its own.
    fn look(&self) {
        let mut follower = self.follower.lock();
        let ahead = reader::ahead_us();
        let version = self.version.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let steady = reader::steady_us();
        let finding = follower.look(Look { steady, wall: steady.saturating_add(ahead) });
        let Course { since, from, to } = follower.course();
        self.since.store(since, Ordering::Relaxed);
        self.from.store(from, Ordering::Relaxed);
        self.to.store(to, Ordering::Relaxed);
        self.version.store(version + 2, Ordering::Release);
        self.looked_at_us.store(steady, Ordering::Relaxed);
        if let Finding::Followed(by) = finding {
            self.latest_ms.store(millis(follower.latest(steady)).0, Ordering::Release);
            if by < 0 {
                self.falls.fetch_add(1, Ordering::AcqRel);
            }
        }
        drop(follower);
        tell(finding);
    }
}

fn tell(finding: Finding) {
    let seconds = |micros: i64| micros.saturating_add(500_000).div_euclid(1_000_000);
    // Whoever runs the server should hear of it: it may be a mistake.
    match finding {
        Finding::Nothing => {}
        Finding::Stepped(by) => tracing::warn!(
            seconds = seconds(by),
            "the wall clock was set: that is followed once it has stood for a minute"
        ),
        Finding::Returned => tracing::warn!("the wall clock is near the time again"),
        Finding::Followed(by) => {
            tracing::warn!(seconds = seconds(by), "the time was set to that of the wall clock");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::*;

    /// Several threads ask while others look: nobody sees the time fall, and it goes as fast as the
    /// machine's own clock, give or take what a slew may take.
    #[test]
    fn the_time_never_falls_for_anybody_however_often_somebody_looks() {
        let begun = (CLOCK.time_us(), reader::steady_us());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut last = CLOCK.time_us();
                    for _ in 0..200_000 {
                        let time = CLOCK.time_us();
                        assert!(time >= last, "from {last} to {time}");
                        last = time;
                    }
                });
            }
            scope.spawn(|| (0..20_000).for_each(|_| CLOCK.look()));
        });
        let (time, steady) = (CLOCK.time_us() - begun.0, reader::steady_us() - begun.1);
        assert!((time - steady).abs() <= steady / 20 + 1_000, "{time} µs, and {steady} passed");
    }
}
