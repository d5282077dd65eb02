//! Lines of the log that each request may cause: while the database is away, say. One is written at
//! once and then one every ten seconds, which says how many were left out since the one before. Who
//! looks for a fault and logs at `debug` gets them all.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Time between two lines of one place.
const EVERY_MS: u64 = 10_000;

/// What one place in the program may write.
#[derive(Debug)]
pub struct Seldom {
    /// When the next line may be written.
    next_ms: AtomicU64,
    left_out: AtomicU64,
}

impl Seldom {
    /// Nothing was written yet.
    #[expect(clippy::new_without_default, reason = "it stands in statics")]
    pub const fn new() -> Self {
        Self { next_ms: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// How many lines were left out, where one may be written now.
    pub fn admits(&self) -> Option<u64> {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        self.admits_at(u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn admits_at(&self, now_ms: u64) -> Option<u64> {
        let next = self.next_ms.load(Ordering::Relaxed);
        let after = now_ms.saturating_add(EVERY_MS);
        let order = Ordering::Relaxed;
        if now_ms >= next && self.next_ms.compare_exchange(next, after, order, order).is_ok() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// [`tracing::warn!`] for what each request may cause.
#[macro_export]
macro_rules! warn_seldom {
    ($($told:tt)+) => {{
        static PLACE: $crate::Seldom = $crate::Seldom::new();
        match PLACE.admits() {
            Some(left_out) => ::tracing::warn!(left_out, $($told)+),
            None => ::tracing::debug!($($told)+),
        }
    }};
}

#[cfg(test)]
mod tests {
    use crate::seldom::*;

    #[test]
    fn a_line_is_written_at_once_and_then_one_in_ten_seconds() {
        let place = Seldom::new();
        let written = [0, 1, 9_999, 10_000, 10_001, 50_000, 59_999].map(|at| place.admits_at(at));
        assert_eq!(written, [Some(0), None, None, Some(2), None, Some(1), None]);
    }
}
