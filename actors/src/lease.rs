//! Whether this process is the one that decides. Somebody else sees to the lock and says here when
//! it was last known to be held; whoever is about to decide, write or answer asks here.
//!
//! A process that was stopped and woken up again cannot know what became of its lock meanwhile. So
//! what was known is good for a short time only, by a clock that runs while the process sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The lock is not known to be held.
const LOST: u64 = u64::MAX;

/// What is known of the lock. Every clone is the same.
#[derive(Debug, Clone)]
pub struct Lease {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    began: Instant,
    /// How long what was known is good; nothing bounds it where nobody else can come.
    good_for: Option<Duration>,
    /// When it was last known to be held, in milliseconds since `began`.
    confirmed_ms: AtomicU64,
    /// How often it was lost.
    term: AtomicU64,
}

impl Lease {
    /// One that begins when it is first confirmed.
    pub fn new(good_for: Duration) -> Self {
        Self::with(Some(good_for), LOST)
    }

    /// One that nobody can take away.
    pub fn for_ever() -> Self {
        Self::with(None, 0)
    }

    fn with(good_for: Option<Duration>, confirmed_ms: u64) -> Self {
        let (confirmed_ms, term) = (AtomicU64::new(confirmed_ms), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { began: Instant::now(), good_for, confirmed_ms, term }) }
    }

    /// The lock was held at this instant. Said by one thread, as is [`lose`](Self::lose).
    pub fn confirm(&self, at: Instant) {
        self.shared.confirmed_ms.store(self.since_began(at), Ordering::Release);
    }

    /// The lock is lost: until it is confirmed again nothing is decided.
    pub fn lose(&self) {
        self.shared.confirmed_ms.store(LOST, Ordering::Release);
        self.shared.term.fetch_add(1, Ordering::AcqRel);
    }

    /// The number of the term, while the lock is known to be held: what began and ended in the same
    /// term was decided while nobody else could.
    pub fn term(&self) -> Option<u64> {
        self.term_at(Instant::now())
    }

    fn term_at(&self, now: Instant) -> Option<u64> {
        let term = self.shared.term.load(Ordering::Acquire);
        let Some(good_for) = self.shared.good_for else { return Some(term) };
        let confirmed_ms = self.shared.confirmed_ms.load(Ordering::Acquire);
        let age_ms = self.since_began(now).saturating_sub(confirmed_ms);
        let is_held = confirmed_ms != LOST && u128::from(age_ms) < good_for.as_millis();
        is_held.then_some(term)
    }

    /// Whether it is still the same term.
    pub fn is_still(&self, term: Option<u64>) -> bool {
        term.is_some() && self.term() == term
    }

    fn since_began(&self, at: Instant) -> u64 {
        let passed = at.saturating_duration_since(self.shared.began).as_millis();
        u64::try_from(passed).unwrap_or(LOST - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD_FOR: Duration = Duration::from_secs(5);

    #[test]
    fn what_was_known_is_good_for_a_while_and_no_longer() {
        let lease = Lease::new(GOOD_FOR);
        let now = Instant::now();
        assert_eq!(lease.term_at(now), None, "nothing is known yet");
        lease.confirm(now);
        assert_eq!(lease.term_at(now + GOOD_FOR / 2), Some(0));
        assert_eq!(lease.term_at(now + GOOD_FOR), None, "it slept, or nobody looked");
        lease.confirm(now + GOOD_FOR);
        assert_eq!(lease.term_at(now + GOOD_FOR), Some(0), "it was held all the time");
    }

    #[test]
    fn what_began_before_a_loss_is_not_of_the_term_after_it() {
        let lease = Lease::new(GOOD_FOR);
        lease.confirm(Instant::now());
        let before = lease.term();
        assert!(lease.is_still(before));
        lease.lose();
        assert_eq!(lease.term(), None);
        assert!(!lease.is_still(before) && !lease.is_still(None));
        lease.confirm(Instant::now());
        assert_eq!(lease.term(), Some(1));
        assert!(!lease.is_still(before));
    }

    #[test]
    fn where_nobody_else_can_come_it_is_always_held() {
        let lease = Lease::for_ever();
        assert_eq!(lease.term_at(Instant::now() + Duration::from_secs(86_400)), Some(0));
    }
}
