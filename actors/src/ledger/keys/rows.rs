//! Rows of the log of answers that no command writes: the runs of marks, and what is too old.

use std::sync::Arc;

use futures_util::FutureExt as _;
use hotdeal_domain::stream;

use crate::ledger::delete::Delete;
use crate::ledger::dialect::{Changes, StoreFuture};
use crate::ledger::owned::Owned;
use crate::ledger::queue::Ledger;
use crate::ledger::store_error::StoreError;
use crate::ledger::tables::MARKS;
use crate::ledger::{Work, WriteError};

/// Answers given before a time, of before they had a log.
pub(crate) static OLD_KEYS: Delete =
    Delete::first("idempotency", "principal, operation, key", "recorded_at < $1", "recorded_at");

/// Answers given before a time: the oldest of the log, without a gap. Rows are found by their numbers on
/// every database.
pub(crate) static OLD_ANSWERS: Delete = Delete::same(
    "WITH oldest AS (\
     SELECT number, recorded_at < $1 AS is_old FROM answers ORDER BY number LIMIT 2000) \
     DELETE FROM answers WHERE number IN (SELECT number FROM oldest \
     WHERE is_old AND number < COALESCE(\
     (SELECT min(number) FROM oldest WHERE NOT is_old), 9223372036854775807))",
);

/// Where answers that are gone were.
pub(crate) static OLD_MARKS: Delete = Delete::first(
    "answer_marks",
    "run, mark, number",
    "$1 IS NOT NULL AND run < COALESCE((SELECT min(number) FROM answers), 9223372036854775807)",
    "run, mark, number",
);

/// A run of marks with the numbers of their answers, called by the number of its last answer.
pub(super) fn run(owner: &Owned<stream::KeyStream>, marks: Vec<(i64, i64)>) -> Work {
    let activation = Arc::clone(owner.activation());
    let run = marks.iter().map(|(_, number)| *number).max().unwrap_or(0);
    let count = marks.len();
    let write = Box::new(move |rows: &mut crate::ledger::Rows| {
        for (mark, number) in &marks {
            rows.push(&MARKS, [run.into(), (*mark).into(), (*number).into()]);
        }
    });
    Work::Rows { activation, count, write }
}

/// A portion of marks that move to another run.
#[derive(Debug)]
pub(crate) struct MarksMerge {
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

impl MarksMerge {
    /// Moves them.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it, or somebody else owns the log.
    pub(super) async fn run(self, ledger: &Ledger) -> Result<(), WriteError> {
        ledger.apart(move |database| moved(self, database)).await.map(drop)
    }

    async fn portion(&self, database: &mut dyn Changes) -> Result<u64, StoreError> {
        if database.change(FENCE, &[self.epoch]).await? != 1 {
            return Err(StoreError::Stale);
        }
        database.find_by_index().await?;
        let mut moved = 0;
        for from in &self.from {
            moved += database.change(MOVE, &[self.into, *from, self.through]).await?;
        }
        Ok(moved.unsigned_abs())
    }
}

pub(crate) fn moved(portion: MarksMerge, database: &mut dyn Changes) -> StoreFuture<'_, u64> {
    async move { portion.portion(database).await }.boxed_local()
}
