//! Whether this process is the one that decides. Somebody else sees to the lock and says here when
//! it was last known to be held; whoever is about to decide, write or answer asks here.
//!
//! A process that was stopped and woken up again cannot know what became of its lock meanwhile. So
//! what was known is good for a short time only, by a clock that runs on while the process sleeps, and
//! while the machine does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::mutant::{self, Mutant};
use crate::steady_ms;

/// The lock is not known to be held.
const LOST: i64 = i64::MIN;

/// What is known of the lock. Every clone is the same.
#[derive(Debug, Clone)]
pub struct Lease {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How long what was known is good; nothing bounds it where nobody else can come.
    good_for: Option<Duration>,
    /// When it was last known to be held, by [`steady_ms`].
    confirmed_ms: AtomicI64,
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

    fn with(good_for: Option<Duration>, confirmed_ms: i64) -> Self {
        let (confirmed_ms, term) = (AtomicI64::new(confirmed_ms), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { good_for, confirmed_ms, term }) }
    }

    /// The lock was held then, by [`steady_ms`]. Said by one thread, as is [`lose`](Self::lose).
    pub fn confirm(&self, at_ms: i64) {
        self.shared.confirmed_ms.store(at_ms, Ordering::Release);
    }

    /// The lock is lost: until it is confirmed again nothing is decided.
    pub fn lose(&self) {
        self.shared.confirmed_ms.store(LOST, Ordering::Release);
        self.shared.term.fetch_add(1, Ordering::AcqRel);
    }

    /// The number of the term, while the lock is known to be held: what began and ended in the same
    /// term was decided while nobody else could.
    pub fn term(&self) -> Option<u64> {
        self.term_at(steady_ms())
    }

    fn term_at(&self, now_ms: i64) -> Option<u64> {
        let term = self.shared.term.load(Ordering::Acquire);
        let good_for = self.shared.good_for.filter(|_| !mutant::is_on(Mutant::LeaseIgnored));
        let Some(good_for) = good_for else { return Some(term) };
        let confirmed_ms = self.shared.confirmed_ms.load(Ordering::Acquire);
        // Another thread may have confirmed it a moment after `now_ms`.
        let age_ms = u128::try_from(now_ms.saturating_sub(confirmed_ms)).unwrap_or(0);
        let is_held = confirmed_ms != LOST && age_ms < good_for.as_millis();
        is_held.then_some(term)
    }

    /// Whether it is still the same term.
    pub fn is_still(&self, term: Option<u64>) -> bool {
        term.is_some() && self.term() == term
    }
}

#[cfg(test)]
mod tests {
    use crate::lease::*;

    const GOOD_FOR: Duration = Duration::from_secs(5);

    #[test]
    fn what_was_known_is_good_for_a_while_and_no_longer() {
        let lease = Lease::new(GOOD_FOR);
        let now_ms = steady_ms();
        assert_eq!(lease.term_at(now_ms), None, "nothing is known yet");
        lease.confirm(now_ms);
        assert_eq!(lease.term_at(now_ms - 1), Some(0), "it was asked a moment before");
        assert_eq!(lease.term_at(now_ms + 4_999), Some(0));
        assert_eq!(lease.term_at(now_ms + 5_000), None, "it slept, or nobody looked");
        lease.confirm(now_ms + 5_000);
        assert_eq!(lease.term_at(now_ms + 5_000), Some(0), "it was held all the time");
    }

    /// The clock of the standard library stands still while the machine does.
    #[test]
    fn a_machine_that_was_suspended_does_not_know_what_became_of_its_lock() {
        let lease = Lease::new(GOOD_FOR);
        lease.confirm(steady_ms() - 5_000);
        assert_eq!(lease.term(), None, "it goes by another clock");
        lease.confirm(steady_ms());
        assert_eq!(lease.term(), Some(0));
    }

    #[test]
    fn what_began_before_a_loss_is_not_of_the_term_after_it() {
        let lease = Lease::new(GOOD_FOR);
        lease.confirm(steady_ms());
        let before = lease.term();
        assert!(lease.is_still(before));
        lease.lose();
        assert_eq!(lease.term(), None);
        assert!(!lease.is_still(before) && !lease.is_still(None));
        lease.confirm(steady_ms());
        assert_eq!(lease.term(), Some(1));
        assert!(!lease.is_still(before));
    }

    #[test]
    fn where_nobody_else_can_come_it_is_always_held() {
        let lease = Lease::for_ever();
        assert_eq!(lease.term_at(steady_ms() + 86_400_000), Some(0));
    }
}
