//! Marks of answers that move to another run.

use super::store::Store;
use super::store_error::StoreError;

/// A portion of them.
#[derive(Debug)]
pub(crate) struct Merge {
    /// The epoch of who owns the log.
    pub(crate) epoch: i64,
    /// The runs they leave.
    pub(crate) from: Vec<i64>,
    pub(crate) into: i64,
    /// The last of these marks.
    pub(crate) through: i64,
}

/// Changes nothing, and one row where nobody has taken the log over; whoever does so waits for us.
const FENCE: &str = "UPDATE streams SET epoch = epoch WHERE stream = 'keys:1' AND epoch = $1";
const MOVE: &str = "UPDATE answer_marks SET run = $1 WHERE run = $2 AND mark <= $3";

impl Store {
    /// Moves a portion of marks.
    pub(super) async fn merge(&mut self, merge: &Merge) -> Result<(), StoreError> {
        if self.change(FENCE, &[merge.epoch]).await? != 1 {
            return Err(StoreError::Stale);
        }
        self.find_by_index().await?;
        for from in &merge.from {
            self.change(MOVE, &[merge.into, *from, merge.through]).await?;
        }
        Ok(())
    }
}
