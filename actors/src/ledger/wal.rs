//! SQLite's write-ahead log, folded into the file by the one who writes and by nobody else: not
//! in passing, where nobody would hear that it failed.
//!
//! A page that could not be synced is taken for written by the system from then on. So a fold that
//! fails is not tried again by the same process: the next start folds the whole log, page by page.

use std::cell::Cell;
use std::ffi::c_int;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::sqlite::is_broken;
use super::store_error::StoreError;
use crate::mutant::{self, Mutant};
use crate::storage::sqlite::BUSY_TIMEOUT;

/// Pages after which the log is folded: 16 MiB, so that this is rare beside commits.
const FOLDED_AT: u32 = 4_000;
/// Pages after which it is tried again where a reader stood in the way.
const TRIED_AGAIN_AFTER: u32 = 1_000;
/// Pages, 64 MiB, beyond which a fold waits for those who read, so that the log can begin anew.
const TOO_LONG: u32 = 16_000;
/// How long it waits for each of them; but not again for one that was waited for and still reads.
const WAITS: Duration = Duration::from_millis(100);

thread_local! {
    /// Pages in the log after the last commit of this thread: SQLite tells it within the commit.
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// What is known of the log.
#[derive(Debug)]
pub(super) struct WriteAheadLog {
    fold_at: u32,
    last: u32,
    /// How far it was folded when somebody who reads was waited for and did not end.
    kept_from: Option<i64>,
}

impl WriteAheadLog {
    /// The log that `connection` writes to, from now on.
    pub(super) fn of(connection: &Connection) -> Self {
        PAGES.set(0);
        connection.wal_hook(Some(note));
        Self { fold_at: FOLDED_AT, last: 0, kept_from: None }
    }

    /// Folds the log where it is time to.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    pub(super) fn fold_when_due(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let pages = PAGES.get();
        if pages < self.last {
            // It has begun anew since.
            self.fold_at = FOLDED_AT;
        }
        self.last = pages;
        if pages < self.fold_at {
            return Ok(());
        }
        self.fold_at = pages + TRIED_AGAIN_AFTER;
        if pages < TOO_LONG { fold(connection, "PASSIVE").map(drop) } else { self.cut(connection) }
    }

    /// Folds the log and begins a new one, where nobody reads for longer than it waits.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    pub(super) fn cut(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if mutant::is_on(Mutant::LogNotCut) {
            return Ok(());
        }
        if let Some(before) = self.kept_from {
            let folded = fold_within(connection, Duration::ZERO)?;
            // As far as before: it is the same reader, whom all that write would wait for.
            if folded.is_none_or(|folded| folded == before) {
                self.kept_from = folded;
                return Ok(());
            }
        }
        self.kept_from = fold_within(connection, WAITS)?;
        Ok(())
    }
}

fn note(_: &Wal, pages: c_int) -> rusqlite::Result<()> {
    PAGES.set(pages.try_into().unwrap_or(0));
    Ok(())
}

/// Folds the log and begins a new one, unless somebody reads for longer: then it answers how far
/// that went.
fn fold_within(connection: &Connection, waits: Duration) -> Result<Option<i64>, StoreError> {
    connection.busy_timeout(waits)?;
    let folded = fold(connection, "TRUNCATE");
    connection.busy_timeout(BUSY_TIMEOUT)?;
    folded
}

/// Answers how far it went where somebody stood in the way.
fn fold(connection: &Connection, how: &str) -> Result<Option<i64>, StoreError> {
    let sql = format!("PRAGMA wal_checkpoint({how})");
    let folded = connection.query_row(&sql, [], |row| Ok((row.get::<_, bool>(0)?, row.get(2)?)));
    match folded {
        Err(error) if is_broken(&error) && !mutant::is_on(Mutant::FoldUnseen) => {
            Err(StoreError::Broken(error.to_string()))
        }
        Ok((true, folded)) => Ok(Some(folded)),
        // Where there is no room, the log keeps what it has.
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crate::ledger::wal::*;

    fn connection(path: &std::path::Path) -> Connection {
        let connection = Connection::open(path).expect("a database");
        connection.pragma_update(None, "journal_mode", "WAL").expect("a log");
        connection.pragma_update(None, "synchronous", "OFF").expect("set");
        connection
    }

    #[test]
    fn who_reads_for_long_is_waited_for_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.db");
        let (writer, reader) = (connection(&path), connection(&path));
        writer.execute_batch("CREATE TABLE t (i); INSERT INTO t VALUES (1)").expect("written");
        let mut log = WriteAheadLog::of(&writer);
        let read = "BEGIN; SELECT * FROM t";
        for _ in 0..2 {
            reader.execute_batch(read).expect("reads");
            let began = Instant::now();
            for _ in 0..10 {
                writer.execute_batch("INSERT INTO t VALUES (2)").expect("written");
                log.cut(&writer).expect("the disk takes it");
            }
            let waited = began.elapsed();
            assert!((WAITS..5 * WAITS).contains(&waited), "it waited {waited:?} for one reader");
            // Another one begins before this one ends, as in a crowd of them.
            let next = connection(&path);
            next.execute_batch(read).expect("reads");
            reader.execute_batch("COMMIT").expect("nothing was written");
            writer.execute_batch("INSERT INTO t VALUES (2)").expect("written");
            let began = Instant::now();
            log.cut(&writer).expect("the disk takes it");
            assert!(began.elapsed() >= WAITS, "the next one was not waited for");
            next.execute_batch("COMMIT").expect("nothing was written");
            log.cut(&writer).expect("the disk takes it");
            let left = std::fs::metadata(path.with_extension("db-wal")).expect("a log").len();
            assert_eq!(left, 0, "bytes of the log, though nobody reads");
        }
    }
}
