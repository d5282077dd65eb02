//! Buckets of callers: a table of fixed size, so that no flood of names or addresses takes memory.

use std::hash::{BuildHasher as _, Hash, RandomState};

use parking_lot::Mutex;

use super::pace::Pace;

/// Buckets that share a lock. A key can be in any place of its set.
const PLACES: usize = 8;

/// A bucket, by the digest of its key, as the instant at which it is whole again. A whole bucket
/// holds no information, so its place is free and the table needs no cleaning.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    key: u64,
    whole_at: i64,
}

/// The buckets of all keys.
///
/// If more keys are busy at a time than there are places, the bucket nearest to being whole is
/// given up for the new one. So a flood of keys loosens the limits for some, and takes no more
/// memory. The digest has a random key, so nobody can choose whose place to take. Two keys with the
/// same digest would share a bucket; among a million keys that happens once in some ten million
/// tables.
#[derive(Debug)]
pub(crate) struct Buckets {
    sets: Box<[Mutex<[Bucket; PLACES]>]>,
    digests: RandomState,
}

impl Buckets {
    /// Places for at least `keys` keys, 17 bytes each.
    pub(crate) fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(PLACES).next_power_of_two();
        let sets = (0..sets).map(|_| Mutex::default()).collect();
        Self { sets, digests: RandomState::new() }
    }

    /// Charges the bucket of `key` with one call.
    ///
    /// # Errors
    /// As [`Pace::charge`]; then nothing is charged.
    pub(crate) fn charge(&self, key: impl Hash, pace: Pace, now: i64) -> Result<i64, i64> {
        let digest = self.digests.hash_one(key);
        // The number of sets is a power of two; the upper half of the digest chooses one.
        let place = usize::try_from(digest >> 32).unwrap_or(0) & (self.sets.len() - 1);
        let mut set = self.sets[place].lock();
        let bucket = match set.iter().position(|bucket| bucket.key == digest) {
            Some(found) => &mut set[found],
            None => {
                let freest = set.iter_mut().min_by_key(|bucket| bucket.whole_at);
                let bucket = freest.expect("a set has places");
                *bucket = Bucket { key: digest, whole_at: now };
                bucket
            }
        };
        bucket.whole_at = pace.charge(bucket.whole_at, now)?;
        Ok(bucket.whole_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn let_through(buckets: &Buckets, key: u64, now: i64) -> usize {
        let pace = Pace::new(5, 100);
        (0..20).filter(|_| buckets.charge(key, pace, now).is_ok()).count()
    }

    #[test]
    fn each_key_has_a_bucket_of_its_own() {
        let buckets = Buckets::new(10_000);
        for key in 0..1_000 {
            assert_eq!(let_through(&buckets, key, NOW), 5, "{key}");
        }
        assert_eq!(let_through(&buckets, 7, NOW), 0);
        assert_eq!(let_through(&buckets, 7, NOW + 20), 1);
        assert_eq!(let_through(&buckets, 7, NOW + 120), 5);
    }

    #[test]
    fn a_flood_of_keys_takes_no_room_and_the_busiest_stay_limited() {
        let buckets = Buckets::new(64);
        assert_eq!(let_through(&buckets, 7, NOW), 5);
        let once = Pace::new(5, 100);
        for key in 100..100_000_u64 {
            assert!(buckets.charge(key, once, NOW).is_ok());
        }
        assert_eq!(let_through(&buckets, 7, NOW), 0, "whoever called least is forgotten first");
        assert_eq!(buckets.sets.len() * PLACES, 64);
    }

    #[test]
    fn threads_together_get_no_more_than_one_alone() {
        let buckets = Buckets::new(64);
        let pace = Pace::new(1_000, 1_000_000_000);
        let through = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mine = (0..1_000).filter(|_| buckets.charge(7, pace, NOW).is_ok()).count();
                    through.fetch_add(mine, std::sync::atomic::Ordering::Relaxed);
                });
            }
        });
        assert_eq!(through.into_inner(), 1_000);
    }
}
