//! A mutant: a writer that answers before the commit.

use std::time::Duration;

use super::super::queue::Queued;
use super::super::rows::RowSet;
use super::{Writer, complete};

impl Writer {
    /// The wrong order of things, on purpose: tells everybody, then writes.
    pub(super) async fn answer_early(&mut self, batch: Vec<Queued>) {
        let mut rows = RowSet::new();
        for queued in &batch {
            rows.add(queued.entry(), |stream| self.stand(stream));
        }
        let steps = rows.into_steps((self.now)());
        complete(batch, Ok(()));
        // Long enough that the answers are out before the commit, so that a crash can tell.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let Some(steps) = steps else { return };
        drop(self.store.write(&steps.in_order()).await);
        self.advance(&steps.ends);
    }
}
