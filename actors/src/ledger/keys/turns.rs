//! Whose turn it is under a key: one request at a time, in the order they came.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Table;

/// How long a request waits for those before it: as long as the ledger waits for the database, so that
/// while that is away callers are sent away and do not wait for each other's failures.
pub(super) const WITHIN: Duration = Duration::from_secs(10);

/// Those who wait for a turn that somebody has, the first to come first.
type Waiting = VecDeque<oneshot::Sender<KeyTurn>>;

/// The turns that somebody has, by the mark of the key: as many as there are asks. Two keys of one
/// mark would wait for each other, which harms nobody.
#[derive(Debug, Default)]
pub(super) struct KeyTurns(Mutex<HashMap<i64, Waiting, RandomState>>);

impl KeyTurns {
    /// Keys whose turn somebody has.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }
}

/// The turn under a key, until it is dropped.
pub(super) struct KeyTurn {
    mark: i64,
    pub(super) table: Arc<Table>,
}

impl std::fmt::Debug for KeyTurn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyTurn").field("mark", &self.mark).finish_non_exhaustive()
    }
}

impl KeyTurn {
    /// Waits for the turn; `None` after ten seconds.
    pub(super) async fn take(table: Arc<Table>, mark: i64) -> Option<Self> {
        let turn = {
            let mut turns = table.turns.0.lock();
            match turns.entry(mark) {
                Entry::Vacant(free) => {
                    free.insert(VecDeque::new());
                    None
                }
                Entry::Occupied(taken) => Some(wait(taken.into_mut())),
            }
        };
        match turn {
            None => Some(Self { mark, table }),
            Some(turn) => tokio::time::timeout(WITHIN, turn).await.ok()?.ok(),
        }
    }
}

fn wait(waiting: &mut Waiting) -> oneshot::Receiver<KeyTurn> {
    if waiting.len() == waiting.capacity() {
        waiting.retain(|one| !one.is_closed());
    }
    let (give, turn) = oneshot::channel();
    waiting.push_back(give);
    turn
}

impl Drop for KeyTurn {
    /// Hands it to whoever has waited longest. One who is going at this moment hands it on.
    fn drop(&mut self) {
        let next = {
            let mut turns = self.table.turns.0.lock();
            let Some(waiting) = turns.get_mut(&self.mark) else { return };
            loop {
                match waiting.pop_front() {
                    Some(gone) if gone.is_closed() => {}
                    Some(next) => break next,
                    None => {
                        turns.remove(&self.mark);
                        return;
                    }
                }
            }
        };
        drop(next.send(Self { mark: self.mark, table: self.table.clone() }));
    }
}
