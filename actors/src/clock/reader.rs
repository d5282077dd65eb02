//! The machine's two clocks, read. Nobody else reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use super::course::STANDS_US;
#[cfg(feature = "faults")]
use crate::mutant::{self, Mutant};

/// Microseconds of the clock that nobody sets. It is Linux's `CLOCK_BOOTTIME`, which runs on while
/// the machine is suspended, as `CLOCK_MONOTONIC` does not: there a laptop or a virtual machine that
/// wakes up would be behind by as long as it slept, and wait a minute before it knew. A machine whose
/// whole memory was set aside and put back does not know that time has passed: there the wall clock
/// makes a step, which is followed as any other.
#[cfg(target_os = "linux")]
pub(super) fn steady_us() -> i64 {
    let read = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    read.tv_sec.saturating_mul(1_000_000).saturating_add(read.tv_nsec / 1_000)
}

/// Elsewhere it is the clock of the standard library, which may stand still while the machine sleeps.
#[cfg(not(target_os = "linux"))]
pub(super) fn steady_us() -> i64 {
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(i64::MAX)
}

/// A thread that lost the processor between two readings looks again, so often at most.
const LOOKS_MAX: u32 = 3;
/// Two readings that are nearer to each other are of one instant.
const ONE_INSTANT_US: i64 = 100;

/// By how many microseconds the wall clock is ahead of the steady one.
pub(super) fn ahead_us() -> i64 {
    let (mut nearest, mut ahead) = (i64::MAX, 0);
    for _ in 0..LOOKS_MAX {
        let (before, wall, after) = (steady_us(), wall_us(), steady_us());
        if after - before < nearest {
            (nearest, ahead) = (after - before, wall - before - (after - before) / 2);
        }
        if nearest < ONE_INSTANT_US {
            break;
        }
    }
    ahead + shift_us()
}

/// Microseconds since 1970 by the wall clock.
fn wall_us() -> i64 {
    let micros = |time: std::time::Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    }
}

/// By how much the wall clock is shifted, for tests: the milliseconds in the file that
/// `HOTDEAL_CLOCK` names, none while it is not there.
#[cfg(feature = "faults")]
fn shift_us() -> i64 {
    use std::ffi::OsString;
    use std::sync::LazyLock;

    static FILE: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("HOTDEAL_CLOCK"));
    let Some(file) = FILE.as_ref() else { return 0 };
    let Ok(shift) = std::fs::read_to_string(file) else { return 0 };
    let shift_ms: i64 = shift.trim().parse().expect("HOTDEAL_CLOCK: a file with milliseconds");
    shift_ms * 1_000
}

/// Nobody shifts it.
#[cfg(not(feature = "faults"))]
const fn shift_us() -> i64 {
    0
}

/// How long a step has to stand, in microseconds. Tests may have it shorter:
/// `HOTDEAL_CLOCK_STANDS_MS`.
#[cfg(feature = "faults")]
pub(super) fn stands_us() -> i64 {
    // A unit test's process has no minute in which nothing is certain.
    if mutant::is_on(Mutant::StepsFollowedAtOnce) || cfg!(test) {
        return 0;
    }
    let Ok(stands_ms) = std::env::var("HOTDEAL_CLOCK_STANDS_MS") else { return STANDS_US };
    stands_ms.parse::<i64>().expect("HOTDEAL_CLOCK_STANDS_MS: a whole number") * 1_000
}

/// How long a step has to stand, in microseconds.
#[cfg(not(feature = "faults"))]
pub(super) const fn stands_us() -> i64 {
    if cfg!(test) { 0 } else { STANDS_US }
}
