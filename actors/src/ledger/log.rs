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

use super::sqlite::{BUSY_TIMEOUT, is_broken};
use super::store_error::StoreError;
use crate::mutant::{self, Mutant};

/// Pages after which the log is folded: 16 MiB, so that this is rare beside commits.
const FOLDED_AT: u32 = 4_000;
/// Pages after which it is tried again where a reader stood in the way.
const TRIED_AGAIN_AFTER: u32 = 1_000;
/// Pages, 64 MiB, beyond which a fold waits for those who read, so that the log can begin anew.
const TOO_LONG: u32 = 16_000;
/// How long it waits for each of them.
const WAITS: Duration = Duration::from_millis(100);
/// A log that is longer than this is cut once it is folded; in bytes.
pub(super) const KEPT: &str = "33554432";
pub(crate) const KEPT_BYTES: u64 = match u64::from_str_radix(KEPT, 10) {
    Ok(bytes) => bytes,
    Err(_) => panic!("a whole number"),
};

thread_local! {
    /// Pages in the log after the last commit of this thread: SQLite tells it within the commit.
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// What is known of the log.
#[derive(Debug)]
pub(super) struct Log {
    fold_at: u32,
    last: u32,
}

impl Log {
    /// The log that `connection` writes to, from now on.
    pub(super) fn of(connection: &Connection) -> Self {
        PAGES.set(0);
        connection.wal_hook(Some(note));
        Self { fold_at: FOLDED_AT, last: 0 }
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
        if pages < TOO_LONG { fold(connection, "PASSIVE") } else { cut(connection) }
    }
}

fn note(_: &Wal, pages: c_int) -> rusqlite::Result<()> {
    PAGES.set(pages.try_into().unwrap_or(0));
    Ok(())
}

/// Folds the log and begins a new one, where nobody reads for longer than it waits.
///
/// # Errors
/// [`StoreError::Broken`] when the disk did not take it.
pub(super) fn cut(connection: &Connection) -> Result<(), StoreError> {
    if mutant::is_on(Mutant::LogNotCut) {
        return Ok(());
    }
    connection.busy_timeout(WAITS)?;
    let folded = fold(connection, "TRUNCATE");
    connection.busy_timeout(BUSY_TIMEOUT)?;
    folded
}

fn fold(connection: &Connection, how: &str) -> Result<(), StoreError> {
    let sql = format!("PRAGMA wal_checkpoint({how})");
    match connection.query_row(&sql, [], |_| Ok(())) {
        Err(error) if is_broken(&error) && !mutant::is_on(Mutant::FoldUnseen) => {
            Err(StoreError::Broken(error.to_string()))
        }
        // Where there is no room, or a reader in the way, the log keeps what it has.
        _ => Ok(()),
    }
}
