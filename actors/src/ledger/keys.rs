//! Idempotency keys whose request is under way on this node.
//!
//! A key is claimed before anything is looked up or decided, and it is let go when the outcome is
//! known: once the entry it goes with is written or has failed, or when the request is refused. Whoever
//! comes with the same key meanwhile waits for that, and then finds the answer in the tables, or is
//! the first. So no two requests of one key are ever on their way to the ledger, whichever actors they
//! are for. Another process is stopped by the epoch of the log (`log.rs`).

mod filter;
mod log;
mod merge;
mod read;
mod reading;
mod rows;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::{Arc, Weak};

use filter::KeyFilter;
use hotdeal_domain::idempotency::{KEPT_MS, KeyClaim, KeyScope};
use hotdeal_domain::{UnixMillis, stream};
use sha2::{Digest as _, Sha256};
use turns::{KeyTurn, KeyTurns};

use super::owned::Owned;
use crate::mutant::{self, Mutant};

pub(crate) use log::AnswerLog;
pub(crate) use merge::Merging;
pub(crate) use read::RUNS;
pub(crate) use reading::read_kept;
#[cfg(test)]
pub(crate) use rows::{MarksMerge, moved};
pub(crate) use rows::{OLD_ANSWERS, OLD_KEYS, OLD_MARKS};

#[derive(Debug, Default)]
struct Table {
    turns: KeyTurns,
    filter: KeyFilter,
    log: AnswerLog,
}

/// The keys under way, and which may have been kept. Cheap to clone; every clone is the same.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<Table>);

/// Keys that may be gone.
pub(crate) struct WeakKeys(Weak<Table>);

impl WeakKeys {
    /// The keys, if they are still there.
    pub(crate) fn upgrade(&self) -> Option<Keys> {
        self.0.upgrade().map(Keys)
    }
}

impl Keys {
    /// Waits until nobody else's request under this key is under way; `None` after ten seconds, in
    /// which nothing has happened.
    pub(crate) async fn claim(&self, claim: KeyClaim) -> Option<Claim> {
        let mark = mark_of(&claim.scope);
        let own = if mutant::is_on(Mutant::KeysNotClaimed) { rand::random() } else { mark };
        let turn = KeyTurn::take(self.0.clone(), own).await?;
        Some(Claim { claim, mark, turn })
    }

    /// The same, which does not keep it.
    pub(crate) fn downgrade(&self) -> WeakKeys {
        WeakKeys(Arc::downgrade(&self.0))
    }

    /// Keys that somebody holds or waits for.
    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        self.0.turns.len()
    }

    /// Which keys may have an answer.
    pub(crate) fn filter(&self) -> &KeyFilter {
        &self.0.filter
    }

    /// The log of kept answers.
    pub(crate) fn log(&self) -> &AnswerLog {
        &self.0.log
    }
}

/// A key that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    claim: KeyClaim,
    mark: i64,
    turn: KeyTurn,
}

impl Claim {
    /// As the log has it.
    pub(crate) fn mark(&self) -> i64 {
        self.mark
    }

    pub(crate) fn claim(&self) -> &KeyClaim {
        &self.claim
    }

    /// The key, to go along with the request; its answer will be kept by this owner of the log.
    pub(crate) fn in_log(self, log: Owned<stream::KeyStream>) -> Key {
        Key(Box::new(Held { claim: self, log }))
    }
}

/// A key on its way with the request.
/// One word, so that asks without a key carry no weight for it.
#[derive(Debug)]
pub(crate) struct Key(Box<Held>);

#[derive(Debug)]
struct Held {
    claim: Claim,
    log: Owned<stream::KeyStream>,
}

impl Key {
    pub(crate) fn claim(&self) -> &KeyClaim {
        &self.0.claim.claim
    }

    pub(crate) fn mark(&self) -> i64 {
        self.0.claim.mark
    }

    /// Who may write to the log, as of when the key was looked up.
    pub(crate) fn log(&self) -> &Owned<stream::KeyStream> {
        &self.0.log
    }

    /// An answer is about to be kept under it: from now on it is no fresh one, whatever becomes of
    /// that.
    pub(crate) fn will_be_kept(&self, at: UnixMillis) {
        self.0.claim.turn.table.filter.add(self.mark(), at);
    }

    /// Its answer is in the log, under this number.
    pub(crate) fn is_kept(&self, number: i64) {
        self.0.claim.turn.table.log.learn(self.mark(), number);
    }
}

/// What a key is called in the log: no two of one person will ever be called the same, nor of all.
pub(crate) fn mark_of(scope: &KeyScope) -> i64 {
    mark_of_row(scope.principal.get(), scope.operation, &scope.key)
}

fn mark_of_row(principal: i64, operation: &str, key: &str) -> i64 {
    let mut digest = Sha256::new();
    digest.update(principal.to_be_bytes());
    digest.update(operation);
    digest.update([0]);
    digest.update(key);
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    i64::from_be_bytes(first)
}

/// How long an answer is kept, in milliseconds.
pub(crate) fn kept_ms() -> i64 {
    if mutant::is_on(Mutant::KeysPurgedEarly) { 0 } else { KEPT_MS }
}
