//! Idempotency keys whose ask is under way on this node.
//!
//! A key is claimed before anything is looked up or decided, and it is let go when the outcome is
//! known: once the entry it goes with is written or has failed, or when the ask is refused. Whoever
//! comes with the same key meanwhile waits for that, and then finds the answer in the tables, or is
//! the first. So no two asks of one key are ever on their way to the ledger, whichever actors they
//! are for, and nobody else's batch has to suffer from it. Another node's key of the same name is
//! stopped by the tables.

mod kept;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::UnixMillis;
use hotdeal_domain::idempotency::{KeyClaim, KeyScope};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::mutant::{self, Mutant};
use kept::Kept;
pub(crate) use reading::read_kept;

/// How long an ask waits for those before it: as long as the ledger waits for the database, so that
/// while that is away callers are sent away and do not wait for each other's failures.
const WITHIN: Duration = Duration::from_secs(10);

/// One at a time, in the order they came.
type Turn = Arc<tokio::sync::Mutex<()>>;
/// Scopes that somebody holds or waits for: as many as callers are connected, at most.
type Turns = Mutex<HashMap<KeyScope, Turn>>;

#[derive(Debug, Default)]
struct Table {
    turns: Turns,
    kept: Kept,
}

/// The keys under way, and which may have been kept.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Table>);

impl Keys {
    /// Waits until nobody else's ask under this key is under way; `None` after ten seconds, in
    /// which nothing has happened.
    pub(crate) async fn claim(&self, claim: KeyClaim) -> Option<Key> {
        let mut turn = self.0.turns.lock().entry(claim.scope.clone()).or_default().clone();
        if mutant::is_on(Mutant::KeysNotClaimed) {
            turn = Turn::default();
        }
        let entry = TableEntry { scope: claim.scope.clone(), turn, table: self.0.clone() };
        let held = tokio::time::timeout(WITHIN, entry.turn.clone().lock_owned()).await.ok()?;
        Some(Key(Box::new(Held { claim, _turn: held, entry })))
    }

    /// The keys that may have an answer.
    pub(crate) fn kept(&self) -> &Kept {
        &self.0.kept
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
    entry: TableEntry,
}

impl Key {
    pub(crate) fn claim(&self) -> &KeyClaim {
        &self.0.claim
    }

    /// An answer is about to be kept under it: from now on it is no fresh one, whatever becomes of
    /// that.
    pub(crate) fn will_be_kept(&self, at: UnixMillis) {
        self.0.entry.table.kept.add(&self.0.claim.scope, at);
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
        let mut turns = self.table.turns.lock();
        // All are cloned under the lock: the table's and ours are the last two.
        if Arc::strong_count(&self.turn) == 2 {
            turns.remove(&self.scope);
        }
    }
}
