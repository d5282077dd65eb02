//! What was read of late, kept so that reading it again asks nobody. Whoever owns a stream says here
//! what has changed, before the answer to the change leaves: so a read of one thing is never older
//! than what was acknowledged before it was asked.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Parts of the memory, each with a lock of its own.
const SHARDS: u64 = 64;
/// Entries of one part at most: 16,384 in all, some megabytes.
const ENTRIES: usize = 256;
/// What was changed beside the server is seen after this time.
const KEPT: Duration = Duration::from_secs(5);
/// While a commit of unknown outcome may still come to its end nothing is kept: longer than a
/// database works on one.
const DOUBT: Duration = Duration::from_secs(60);

/// Things of one kind, by their numbers.
pub(crate) struct Recent<K, V> {
    shards: Box<[Mutex<Shard<K, V>>]>,
    hasher: std::hash::RandomState,
    doubt: Mutex<Option<Instant>>,
}

struct Shard<K, V> {
    entries: HashMap<K, (V, Instant)>,
    /// How often something here has changed: what was read before may be old.
    changes: u64,
}

/// Where a thing that was not found belongs, as of before it is read.
pub(crate) struct CacheMiss {
    shard: usize,
    changes: u64,
}

impl<K: Hash + Eq + Copy, V: Clone> Default for Recent<K, V> {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { entries: HashMap::new(), changes: 0 });
        let shards = (0..SHARDS).map(|_| shard()).collect();
        Self { shards, hasher: Default::default(), doubt: Mutex::new(None) }
    }
}

impl<K: Hash + Eq + Copy, V: Clone> Recent<K, V> {
    /// The thing, where it was read of late.
    ///
    /// # Errors
    /// [`CacheMiss`], which what is read from now on can be kept with.
    pub(crate) fn get(&self, key: K) -> Result<V, CacheMiss> {
        self.get_at(key, Instant::now())
    }

    /// Keeps a thing that was read since it was missing.
    pub(crate) fn keep(&self, miss: &CacheMiss, key: K, value: V) {
        if let Some(now) = self.undoubted() {
            self.keep_at(miss, key, value, now);
        }
    }

    /// A thing has changed.
    pub(crate) fn forget(&self, key: K) {
        let mut shard = self.shards[self.shard_of(key)].lock();
        shard.changes += 1;
        shard.entries.remove(&key);
    }

    /// Anything may have changed.
    pub(crate) fn forget_all(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.changes += 1;
            shard.entries.clear();
        }
    }

    /// Anything may have changed, or may change without a word.
    pub(crate) fn begin_doubt(&self) {
        *self.doubt.lock() = Instant::now().checked_add(DOUBT);
        self.forget_all();
    }

    /// Whether what is read now may be kept.
    pub(crate) fn is_sure(&self) -> bool {
        self.undoubted().is_some()
    }

    fn undoubted(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut doubt = self.doubt.lock();
        match *doubt {
            Some(until) if now < until => None,
            _ => {
                *doubt = None;
                Some(now)
            }
        }
    }

    fn shard_of(&self, key: K) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS).unwrap_or(0)
    }

    fn get_at(&self, key: K, now: Instant) -> Result<V, CacheMiss> {
        let number = self.shard_of(key);
        let shard = self.shards[number].lock();
        match shard.entries.get(&key) {
            Some((value, since)) if now.duration_since(*since) < KEPT => Ok(value.clone()),
            _ => Err(CacheMiss { shard: number, changes: shard.changes }),
        }
    }

    fn keep_at(&self, miss: &CacheMiss, key: K, value: V, now: Instant) {
        let mut shard = self.shards[miss.shard].lock();
        if shard.changes != miss.changes {
            return;
        }
        if shard.entries.len() >= ENTRIES && !shard.entries.contains_key(&key) {
            // Any of them: what is asked for often is soon here again.
            let one = shard.entries.keys().next().copied();
            one.and_then(|one| shard.entries.remove(&one));
        }
        shard.entries.insert(key, (value, now));
    }
}

#[cfg(test)]
mod tests {
    use crate::host::recent::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let kind: Recent<u64, &str> = Recent::default();
        let now = Instant::now();
        let miss = kind.get_at(1, now).expect_err("nothing was read");
        kind.forget(1);
        kind.keep_at(&miss, 1, "as it was before", now);
        let miss = kind.get_at(1, now).expect_err("what is kept may be old");
        kind.keep_at(&miss, 1, "as it is", now);
        assert_eq!(kind.get_at(1, now).ok(), Some("as it is"));
        assert!(kind.get_at(1, now + KEPT).is_err(), "nothing is kept for ever");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let kind: Recent<u64, u64> = Recent::default();
        let now = Instant::now();
        for number in 0..2_000 * SHARDS {
            let miss = kind.get_at(number, now).expect_err("each is read once");
            kind.keep_at(&miss, number, number, now);
            assert_eq!(kind.get_at(number, now).ok(), Some(number));
        }
        for shard in &kind.shards {
            assert!(shard.lock().entries.len() <= ENTRIES);
        }
    }
}
