//! What the ledger asks of a database, on a connection of its own. Each database is one type; how rows
//! are bound is its own fastest form.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::delete::Delete;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::statement::Bulk;
use super::store_error::StoreError;
use crate::storage::StoreUrl;

/// What a database answers, in time.
pub(crate) type StoreFuture<'a, T> = LocalBoxFuture<'a, Result<T, StoreError>>;

/// A database answered already.
pub(super) fn at_once<'a, T: 'a>(answer: Result<T, StoreError>) -> StoreFuture<'a, T> {
    std::future::ready(answer).boxed_local()
}

/// How far a stream has come, as its row and the last one of its journal tell it.
pub(crate) struct StreamRow {
    pub(super) epoch: i64,
    pub(super) last_sequence: i64,
    /// When the last row of its journal was written; 0 where there is none.
    pub(super) recorded_at: i64,
}

/// What can be changed within a transaction that the ledger has begun, and that it ends.
pub(crate) trait Changes {
    /// Runs one statement that is given numbers as `$1, $2, …`; answers how many rows it changed.
    fn change<'a>(&'a mut self, sql: &'static str, numbers: &'a [i64]) -> StoreFuture<'a, i64>;

    /// Deletes a portion; answers how many rows.
    fn delete(&mut self, what: &'static Delete, before: i64) -> StoreFuture<'_, u64>;

    /// Has rows that a statement chooses itself found by an index, until the transaction ends.
    fn find_by_index(&mut self) -> StoreFuture<'_, ()> {
        at_once(Ok(()))
    }
}

/// A database that the ledger writes to.
pub(crate) trait Dialect: Changes {
    /// Writes all statements as one transaction, in as few calls as the database allows.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when perhaps all of it is written; otherwise nothing is.
    fn write<'a>(&'a mut self, bulks: &'a [&'a Bulk]) -> StoreFuture<'a, ()>;

    /// Begins a transaction, connecting first where there is no connection.
    fn begin(&mut self) -> StoreFuture<'_, ()>;

    /// Makes the transaction durable. [`StoreError::Lost`] when the answer did not come.
    fn commit(&mut self) -> StoreFuture<'_, ()>;

    /// Gives the transaction up; the connection is dropped where even that fails.
    fn rollback(&mut self) -> LocalBoxFuture<'_, ()>;

    /// Raises the epoch of a stream, making its row if there is none.
    fn raise_epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, StreamRow>;

    /// The epoch of a stream as the database has it now; `None` when it has no row.
    fn epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, Option<i64>>;

    /// Reserves `count` identifiers; answers the first.
    fn reserve(&mut self, count: i64) -> StoreFuture<'_, i64>;

    /// Folds the log of a database that leaves that to the one who writes, where it is time to.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    fn fold_when_due(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes the log of such a database short.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    fn cut_log(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The dialect of the database there. It connects when something is to be written.
pub(super) fn dialect_of(url: &StoreUrl) -> Box<dyn Dialect> {
    match url {
        StoreUrl::Sqlite(url) => Box::new(Sqlite::new(url.clone())),
        StoreUrl::Postgres(url) => Box::new(Postgres::new(url.clone())),
    }
}

/// Shared by databases that differ only in how a parameter is written.
pub(super) const RAISE_EPOCH: &str = "INSERT INTO streams (stream, epoch, last_sequence) \
     VALUES ($1, 1, 0) ON CONFLICT (stream) DO UPDATE SET epoch = streams.epoch + 1 \
     RETURNING epoch, last_sequence, COALESCE((SELECT j.recorded_at FROM journal j \
     WHERE j.stream = streams.stream AND j.sequence = streams.last_sequence), 0)";
pub(super) const EPOCH: &str = "SELECT epoch FROM streams WHERE stream = $1";
pub(super) const RESERVE: &str = "INSERT INTO id_blocks (name, next) VALUES ('ids', 1 + $1) \
     ON CONFLICT (name) DO UPDATE SET next = id_blocks.next + $1 RETURNING next - $1";
