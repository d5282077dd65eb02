//! Idempotency keys whose ask is under way on this node.
//!
//! A key is claimed before anything is looked up or decided, and it is let go when the outcome is
//! known: once the entry it goes with is written or has failed, or when the ask is refused. Whoever
//! comes with the same key meanwhile waits for that, and then finds the answer in the tables, or is
//! the first. So no two asks of one key are ever on their way to the ledger, whichever actors they
//! are for, and nobody else's batch has to suffer from it. Another node's key of the same name is
//! stopped by the tables.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::idempotency::{KeyClaim, KeyScope};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::mutant::{self, Mutant};
/// How long an ask waits for those before it: as long as the ledger waits for the database, so that
/// while that is away callers are sent away and do not wait for each other's failures.
const WITHIN: Duration = Duration::from_secs(10);

/// One at a time, in the order they came.
type Turn = Arc<tokio::sync::Mutex<()>>;
/// Scopes that somebody holds or waits for: as many as callers are connected, at most.
type Table = Mutex<HashMap<KeyScope, Turn>>;

/// The keys under way.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Table>);

impl Keys {
    /// Waits until nobody else's ask under this key is under way; `None` after ten seconds, in
    /// which nothing has happened.
    pub(crate) async fn claim(&self, claim: KeyClaim) -> Option<Key> {
        let mut turn = self.0.lock().entry(claim.scope.clone()).or_default().clone();
        if mutant::is_on(Mutant::KeysNotClaimed) {
            turn = Turn::default();
        }
        let entry = TableEntry { scope: claim.scope.clone(), turn, table: self.0.clone() };
        let held = tokio::time::timeout(WITHIN, entry.turn.clone().lock_owned()).await.ok()?;
        Some(Key(Box::new(Held { claim, _turn: held, _entry: entry })))
    }
}

/// A key that is ours until this is dropped. It goes along with the ask.
/// One word, so that asks without a key carry no weight for it.
#[derive(Debug)]
pub(crate) struct Key(Box<Held>);

#[derive(Debug)]
struct Held {
    claim: KeyClaim,
    // In this order: the next one's turn begins before the entry is looked at.
    _turn: OwnedMutexGuard<()>,
    _entry: TableEntry,
}

impl Key {
    pub(crate) fn claim(&self) -> &KeyClaim {
        &self.0.claim
    }
}

/// Somebody's interest in a scope; the last one takes it out of the table.
#[derive(Debug)]
struct TableEntry {
    scope: KeyScope,
    turn: Turn,
    table: Arc<Table>,
}

impl Drop for TableEntry {
    fn drop(&mut self) {
        let mut table = self.table.lock();
        // All are cloned under the lock: the table's and ours are the last two.
        if Arc::strong_count(&self.turn) == 2 {
            table.remove(&self.scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use hotdeal_domain::UserId;
    use tokio_test::{assert_pending, assert_ready, task};

    fn claim(key: &str) -> KeyClaim {
        let principal = UserId::try_from(1).expect("an id");
        let scope = KeyScope { principal, operation: "placeOrder", key: key.into() };
        KeyClaim { scope, fingerprint: [0; 16] }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_key_is_sent_away_and_leaves_nothing_behind() {
        let keys = Keys::default();
        let first = keys.claim(claim("a")).await.expect("nobody holds it");
        let began = tokio::time::Instant::now();
        assert!(keys.claim(claim("a")).await.is_none());
        assert!((WITHIN..WITHIN * 2).contains(&began.elapsed()));
        drop(first);
        assert!(keys.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_key_is_one_askers_at_a_time_in_the_order_they_came() {
        let keys = Keys::default();
        let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
        let mut second = task::spawn(keys.claim(claim("a")));
        let mut third = task::spawn(keys.claim(claim("a")));
        assert_pending!(second.poll());
        assert_pending!(third.poll());
        let _other = assert_ready!(task::spawn(keys.claim(claim("b"))).poll());
        drop(first);
        assert_pending!(third.poll());
        let second = assert_ready!(second.poll());
        assert_pending!(third.poll());
        drop(second);
        assert!(third.is_woken());
        drop(assert_ready!(third.poll()));
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_key_that_nobody_holds_or_waits_for() {
        let keys = Keys::default();
        let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
        let mut gone = task::spawn(keys.claim(claim("a")));
        let mut second = task::spawn(keys.claim(claim("a")));
        assert_pending!(gone.poll());
        assert_pending!(second.poll());
        // One whose turn came but who has hung up passes it on.
        drop(first);
        drop(gone);
        drop(assert_ready!(second.poll()));
        let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
        let mut gone = task::spawn(keys.claim(claim("a")));
        assert_pending!(gone.poll());
        drop(first);
        drop(gone);
        assert!(keys.0.lock().is_empty());
    }
}
