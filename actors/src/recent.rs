//! What was read of late, kept so that reading it again asks nobody. The ledger forgets here what
//! it has changed, before the answer to the change leaves: so a read of one thing is never older
//! than what was acknowledged before it was asked.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hotdeal_domain::account::AccountFact;
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::shop::ShopFact;
use hotdeal_domain::{Fact, ProductId, UserFact, UserId};
use parking_lot::Mutex;

use crate::api::{Account, ProductView};
use crate::mutant::{self, Mutant};

/// Parts of the memory, each with a lock of its own.
const SHARDS: u64 = 64;
/// Entries of one part at most: 16,384 of a kind in all, some megabytes.
const ENTRIES: usize = 256;
/// What was changed beside the server is seen after this time.
const KEPT: Duration = Duration::from_secs(5);
/// While a commit of unknown outcome may still come to its end nothing is kept: longer than a
/// database works on one.
const DOUBT: Duration = Duration::from_secs(60);

/// Things of one kind by their number.
struct Kind<K, V> {
    shards: Box<[Mutex<Shard<K, V>>]>,
    hasher: std::hash::RandomState,
}

struct Shard<K, V> {
    entries: HashMap<K, (V, Instant)>,
    /// How often something here has changed: what was read before may be old.
    changes: u64,
}

/// Where a thing that was not found belongs, as of before it is read.
pub(crate) struct Missing {
    shard: usize,
    changes: u64,
}

impl<K: Hash + Eq + Copy, V: Clone> Kind<K, V> {
    fn new() -> Self {
        let shard = || Mutex::new(Shard { entries: HashMap::new(), changes: 0 });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: Default::default() }
    }

    fn shard_of(&self, key: K) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS).unwrap_or(0)
    }

    fn get(&self, key: K, now: Instant) -> Result<V, Missing> {
        let number = self.shard_of(key);
        let shard = self.shards[number].lock();
        match shard.entries.get(&key) {
            Some((value, since)) if now.duration_since(*since) < KEPT => Ok(value.clone()),
            _ => Err(Missing { shard: number, changes: shard.changes }),
        }
    }

    fn keep(&self, missing: &Missing, key: K, value: V, now: Instant) {
        let mut shard = self.shards[missing.shard].lock();
        if shard.changes != missing.changes {
            return;
        }
        if shard.entries.len() >= ENTRIES && !shard.entries.contains_key(&key) {
            // Any of them: what is asked for often is soon here again.
            let one = shard.entries.keys().next().copied();
            one.and_then(|one| shard.entries.remove(&one));
        }
        shard.entries.insert(key, (value, now));
    }

    fn forget(&self, key: K) {
        let mut shard = self.shards[self.shard_of(key)].lock();
        shard.changes += 1;
        shard.entries.remove(&key);
    }

    fn forget_all(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.changes += 1;
            shard.entries.clear();
        }
    }
}

/// Products and accounts that were read of late, and how often the catalogue has changed.
pub(crate) struct Recent {
    products: Kind<ProductId, Arc<ProductView>>,
    accounts: Kind<UserId, Arc<Account>>,
    catalogue: AtomicU64,
    doubt: Mutex<Option<Instant>>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            products: Kind::new(),
            accounts: Kind::new(),
            catalogue: AtomicU64::new(0),
            doubt: Mutex::new(None),
        }
    }
}

impl Recent {
    /// A product that is on sale.
    pub(crate) fn product(&self, product: ProductId) -> Result<Arc<ProductView>, Missing> {
        self.products.get(product, Instant::now())
    }

    /// Keeps a product that was read since it was missing.
    pub(crate) fn keep_product(&self, missing: &Missing, view: Arc<ProductView>) {
        if let Some(now) = self.undoubted() {
            self.products.keep(missing, view.id, view, now);
        }
    }

    /// An account that stands.
    pub(crate) fn account(&self, user: UserId) -> Result<Arc<Account>, Missing> {
        self.accounts.get(user, Instant::now())
    }

    /// Keeps an account that was read since it was missing.
    pub(crate) fn keep_account(&self, missing: &Missing, account: Arc<Account>) {
        if let Some(now) = self.undoubted() {
            self.accounts.keep(missing, account.user, account, now);
        }
    }

    /// How often the catalogue has changed since this node started.
    pub(crate) fn catalogue(&self) -> u64 {
        self.catalogue.load(Ordering::Acquire)
    }

    /// A fact is durable.
    pub(crate) fn learn(&self, fact: &Fact) {
        if mutant::is_on(Mutant::StaleReads) {
            return;
        }
        match fact {
            Fact::Shop(_, DeskFact::Shop(ShopFact::ProductCreated(_))) => {
                self.catalogue.fetch_add(1, Ordering::AcqRel);
            }
            Fact::Shop(_, DeskFact::Shop(ShopFact::ProductChanged { product, .. })) => {
                self.forget_product(product.id);
            }
            Fact::Shop(_, DeskFact::Shop(ShopFact::ProductWithdrawn { product, .. })) => {
                self.forget_product(*product);
            }
            Fact::User(user, UserFact::Account(fact)) if !is_of_a_session(fact) => {
                self.accounts.forget(*user);
            }
            _ => {}
        }
    }

    /// A fact is perhaps durable, or will be.
    pub(crate) fn doubt(&self, fact: &Fact) {
        let is_kept = match fact {
            Fact::Shop(_, DeskFact::Shop(fact)) => {
                !matches!(fact, ShopFact::StockMoved { .. } | ShopFact::ShopOpened(_))
            }
            Fact::User(_, UserFact::Account(_)) => true,
            _ => false,
        };
        if is_kept {
            *self.doubt.lock() = Instant::now().checked_add(DOUBT);
            self.forget();
        }
    }

    /// Whether what is read now may be kept.
    pub(crate) fn is_sure(&self) -> bool {
        self.undoubted().is_some()
    }

    /// Anything may have changed.
    pub(crate) fn forget(&self) {
        self.products.forget_all();
        self.accounts.forget_all();
        self.catalogue.fetch_add(1, Ordering::AcqRel);
    }

    fn forget_product(&self, product: ProductId) {
        self.products.forget(product);
        self.catalogue.fetch_add(1, Ordering::AcqRel);
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
}

/// A session is no part of what is told of an account.
const fn is_of_a_session(fact: &AccountFact) -> bool {
    matches!(
        fact,
        AccountFact::SessionOpened { .. }
            | AccountFact::SessionRenewed { .. }
            | AccountFact::SessionRevoked { .. }
            | AccountFact::LoggedOut { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let kind: Kind<u64, &str> = Kind::new();
        let now = Instant::now();
        let missing = kind.get(1, now).expect_err("nothing was read");
        kind.forget(1);
        kind.keep(&missing, 1, "as it was before", now);
        let missing = kind.get(1, now).expect_err("what is kept may be old");
        kind.keep(&missing, 1, "as it is", now);
        assert_eq!(kind.get(1, now).ok(), Some("as it is"));
        assert!(kind.get(1, now + KEPT).is_err(), "nothing is kept for ever");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let kind: Kind<u64, u64> = Kind::new();
        let now = Instant::now();
        for number in 0..2_000 * SHARDS {
            let missing = kind.get(number, now).expect_err("each is read once");
            kind.keep(&missing, number, number, now);
            assert_eq!(kind.get(number, now).ok(), Some(number));
        }
        for shard in &kind.shards {
            assert!(shard.lock().entries.len() <= ENTRIES);
        }
    }
}
