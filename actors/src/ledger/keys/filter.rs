//! Which keys may have an answer: a filter of all that were kept, so that a fresh one is known to be
//! fresh without a read. It is wrong in one direction only: a key that it does not hold was never
//! kept here, and one that it seems to hold is looked up in the tables.
//!
//! It is a Bloom filter in parts of bounded size (split-block: a key's bits are in one cache line).
//! A part that is full is followed by a larger one, and goes when the youngest of its answers is
//! purged. When there is no room for another, the last one takes what comes: more is looked up then.
//!
//! All parts together have room for some 32 million keys: 371 a second for the 24 hours that an answer is
//! filter. Beyond that nothing is forgotten and nothing fails, but more and more fresh keys are looked up
//! before they are decided. That ends when the oldest parts are purged.

use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use foldhash::fast::RandomState;
use hotdeal_domain::{SplitMix64, UnixMillis};
use parking_lot::RwLock;

/// Keys of a cache line: 24 bits each. A full part takes one fresh key in 16,000 for a known one. With
/// five million keys one in 3,000 is looked up, and one in 640 when all parts are full. A look-up costs
/// as much as ten orders.
const KEYS_A_BLOCK: u64 = 21;
/// Blocks of the first part: 256 KiB, some 86,000 keys.
const FIRST: usize = 1 << 12;
/// How much larger the next part is: few parts, because a key is looked for in each.
const GROWTH: usize = 4;
/// Blocks of a part at most: 4 MiB, which are made in some milliseconds.
const LARGEST: usize = 1 << 16;
/// Blocks of all parts at most: 96 MiB, some 32 million keys.
const ALL: usize = 24 * LARGEST;

/// 512 bits.
#[derive(Default)]
#[repr(align(64))]
struct Block([AtomicU64; 8]);

struct FilterPart {
    blocks: Box<[Block]>,
    keys: AtomicU64,
    /// When the youngest answer was given.
    latest: AtomicI64,
}

impl FilterPart {
    fn new(blocks: usize) -> Self {
        Self {
            blocks: (0..blocks).map(|_| Block::default()).collect(),
            keys: AtomicU64::new(0),
            latest: AtomicI64::new(i64::MIN),
        }
    }

    fn block(&self, hash: u64) -> &Block {
        let place = (u128::from(hash) * self.blocks.len() as u128) >> 64;
        &self.blocks[usize::try_from(place).unwrap_or(0)]
    }

    fn add(&self, hash: u64, at: UnixMillis) {
        for (word, bit) in self.block(hash).0.iter().zip(bits(hash)) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
        self.latest.fetch_max(at.0, Ordering::Relaxed);
        self.keys.fetch_add(1, Ordering::Relaxed);
    }

    fn holds(&self, hash: u64) -> bool {
        let words = self.block(hash).0.iter().zip(bits(hash));
        words.into_iter().all(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
    }

    fn is_full(&self) -> bool {
        self.keys.load(Ordering::Relaxed) >= KEYS_A_BLOCK * self.blocks.len() as u64
    }
}

/// One bit of each word of a block.
fn bits(hash: u64) -> impl Iterator<Item = u64> {
    let chance = SplitMix64::new(hash).next_u64();
    (0..8).map(move |word| 1 << ((chance >> (6 * word)) & 63))
}

/// The keys that may have an answer.
pub(crate) struct KeyFilter {
    hasher: RandomState,
    /// The oldest first; one at least.
    parts: RwLock<Vec<FilterPart>>,
    /// The number of the latest reading of the tables, and of the one that has come to its end.
    reading: AtomicU64,
    read: AtomicU64,
}

impl std::fmt::Debug for KeyFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFilter(..)")
    }
}

impl Default for KeyFilter {
    fn default() -> Self {
        let parts = RwLock::new(vec![FilterPart::new(FIRST)]);
        let (reading, read) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { hasher: RandomState::default(), parts, reading, read }
    }
}

impl KeyFilter {
    /// Whether nothing was ever kept under the key with this mark, for certain.
    pub(crate) fn is_fresh(&self, mark: i64) -> bool {
        if !self.is_whole() {
            return false;
        }
        let hash = self.hasher.hash_one(mark);
        !self.parts.read().iter().any(|part| part.holds(hash))
    }

    /// An answer is kept under this key, or about to be.
    pub(super) fn add(&self, mark: i64, at: UnixMillis) {
        let hash = self.hasher.hash_one(mark);
        let is_full = {
            let parts = self.parts.read();
            let last = parts.last().expect("one at least");
            last.add(hash, at);
            last.is_full()
        };
        if is_full {
            self.grow();
        }
    }

    /// The tables are read from their beginning: until [`set_whole`](Self::set_whole) says so for
    /// this reading, no key counts as fresh.
    pub(crate) fn begin(&self) -> u64 {
        self.reading.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// All that the tables keep was added by this reading.
    pub(crate) fn set_whole(&self, reading: u64) {
        self.read.store(reading, Ordering::Release);
    }

    fn is_whole(&self) -> bool {
        let reading = self.reading.load(Ordering::Acquire);
        reading > 0 && self.read.load(Ordering::Acquire) == reading
    }

    /// Answers given before this time are gone from the tables.
    pub(crate) fn forget(&self, before: UnixMillis) {
        let mut parts = self.parts.write();
        let last = parts.len() - 1;
        let mut place = 0..;
        parts.retain(|part| {
            place.next() == Some(last) || part.latest.load(Ordering::Relaxed) >= before.0
        });
    }

    fn grow(&self) {
        let mut parts = self.parts.write();
        let Some(last) = parts.last().filter(|last| last.is_full()) else { return };
        let taken: usize = parts.iter().map(|part| part.blocks.len()).sum();
        let next = (GROWTH * last.blocks.len()).min(LARGEST);
        if taken + next <= ALL {
            parts.push(FilterPart::new(next));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::keys::filter::*;

    fn whole() -> KeyFilter {
        let filter = KeyFilter::default();
        filter.set_whole(filter.begin());
        filter
    }

    fn blocks(filter: &KeyFilter) -> usize {
        filter.parts.read().iter().map(|part| part.blocks.len()).sum()
    }

    #[test]
    fn no_key_counts_as_fresh_before_all_that_was_kept_is_known() {
        let filter = KeyFilter::default();
        assert!(!filter.is_fresh(1));
        let first = filter.begin();
        assert!(!filter.is_fresh(1));
        // Somebody else may have had the database meanwhile: it is read anew.
        let second = filter.begin();
        filter.set_whole(first);
        assert!(!filter.is_fresh(1));
        filter.set_whole(second);
        assert!(filter.is_fresh(1));
    }

    #[test]
    fn a_key_that_was_kept_is_never_fresh_and_another_almost_always_is() {
        let filter = whole();
        let many = 300_000;
        for number in 1..=many {
            filter.add(number, UnixMillis(0));
        }
        assert!((1..=many).all(|number| !filter.is_fresh(number)));
        let looked_up = (many + 1..=2 * many).filter(|number| !filter.is_fresh(*number)).count();
        let parts = filter.parts.read().len();
        assert!(looked_up < 100, "{looked_up} of {many} in {parts} parts");
    }

    #[test]
    fn what_is_purged_from_the_tables_is_forgotten_part_by_part() {
        let filter = whole();
        let first = i64::try_from(FIRST as u64 * KEYS_A_BLOCK).expect("small");
        for number in 1..=6 * first {
            filter.add(number, UnixMillis(number));
        }
        assert_eq!(filter.parts.read().len(), 3);
        filter.forget(UnixMillis(first));
        assert!(!filter.is_fresh(first), "its answer was not purged");
        filter.forget(UnixMillis(first + 1));
        assert_eq!(filter.parts.read().len(), 2);
        let forgotten = (1..=1_000).filter(|number| filter.is_fresh(*number));
        assert!(forgotten.count() > 950);
        filter.forget(UnixMillis(i64::MAX));
        assert_eq!(filter.parts.read().len(), 1, "the last is added to");
    }

    #[test]
    fn it_never_takes_more_memory_than_it_may_and_forgets_nothing_for_that() {
        let filter = whole();
        for _ in 0..100 {
            let last = filter.parts.read().last().map(|part| part.blocks.len() as u64);
            // As though as many had been added.
            let full = last.unwrap_or(0) * KEYS_A_BLOCK;
            filter.parts.read().last().expect("one").keys.store(full, Ordering::Relaxed);
            filter.add(5, UnixMillis(0));
        }
        let taken = blocks(&filter);
        assert!(taken <= ALL && taken + LARGEST > ALL, "{taken}");
        assert!(!filter.is_fresh(5));
    }
}
