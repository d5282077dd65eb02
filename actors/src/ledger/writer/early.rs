//! A mutant: a writer that answers before the commit.

use std::time::Duration;

use super::{Writer, complete};
use crate::ledger::batch::WriteSet;
use crate::ledger::queue::Queued;

impl Writer {
    /// The wrong order of things, on purpose: tells everybody, then writes.
    pub(super) async fn answer_early(&mut self, entries: Vec<Queued>) {
        let mut batch = WriteSet::new(&self.order);
        for queued in &entries {
            batch.add(queued.entry(), |stream| self.position(stream));
        }
        let transaction = batch.into_transaction((self.now)());
        complete(entries, Ok(()));
        // Long enough that the answers are out before the commit, so that a crash can tell.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let Some(transaction) = transaction else { return };
        drop(self.database.write(&transaction.in_order()).await);
        self.advance(&transaction.ends);
    }
}
