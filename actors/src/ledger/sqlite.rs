//! SQLite's fastest form: its functions are called on the ledger's own thread. A pool hands every
//! call to a thread of its own and back, which costs more than ten rows; the ledger has nothing
//! else to do meanwhile, so it may as well wait in the call. New rows go in with statements of a
//! few fixed sizes, largest first, so that each is prepared once.
//!
//! Write-ahead log with synchronous FULL: a commit that returned is on the disk.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, ToSql, ffi};

use super::delete::Delete;
use super::dialect::{
    Changes, Dialect, EPOCH, RAISE_EPOCH, RESERVE, StoreFuture, StreamRow, at_once,
};
use super::fault;
use super::fault::FaultPoint;
use super::statement::{Bulk, Cell, Form, Statement};
use super::store_error::{StoreError, checked};
use super::wal::WriteAheadLog;
use crate::storage::sqlite::{BUSY_TIMEOUT, options, pragmas};

/// Rows of one statement, the largest first. With 13 columns, the most we have, the largest is
/// well below the 32,766 parameters SQLite takes.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];
/// Statements kept prepared: about thirty that insert, in each size, and a dozen more.
const STATEMENTS_MAX: usize = 192;
pub(super) struct Sqlite {
    url: String,
    connection: Option<(Connection, WriteAheadLog)>,
    /// By a statement and its number of rows.
    statements: HashMap<(usize, usize), Arc<str>>,
}

impl Sqlite {
    pub(super) fn new(url: String) -> Self {
        Self { url, connection: None, statements: HashMap::new() }
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        let open = self.connection.as_ref().map(|(connection, _)| connection);
        open.ok_or_else(|| StoreError::Failed("no connection".to_owned()))
    }

    fn connect(&self) -> Result<(Connection, WriteAheadLog), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(options(&self.url)?.get_filename(), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        for (name, value) in pragmas() {
            connection.pragma_update(None, name, value)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let log = WriteAheadLog::of(&connection);
        Ok((connection, log))
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection()?.prepare_cached(sql)?.raw_execute().map(drop)?)
    }

    fn begin_now(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.connect()?);
        }
        // A connection that cannot even begin is worth no second try.
        self.execute("BEGIN IMMEDIATE").inspect_err(|_| self.disconnect())
    }

    /// Every statement in turn: calls cost nothing here.
    fn write_now(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        fault::die_at(FaultPoint::BeforeBegin);
        self.begin_now()?;
        for (done, bulk) in (1..).zip(bulks) {
            if let Err(error) = self.run(bulk) {
                self.rollback_now();
                return Err(error);
            }
            fault::die_after(bulks, done);
        }
        fault::die_at(FaultPoint::BeforeCommit);
        self.commit_now()?;
        fault::after_commit("in one thread").inspect_err(|_| self.disconnect())
    }

    fn run(&mut self, bulk: &Bulk) -> Result<(), StoreError> {
        let statement = bulk.statement;
        let width = statement.columns.len();
        let mut changed = 0;
        let mut left = bulk.cells.as_slice();
        for size in SIZES {
            // What changes rows, or makes many of one, is run for each row by itself.
            if left.len() < size * width || (size > 1 && statement.form != Form::Insert) {
                continue;
            }
            let text = self.statements.entry((statement.address(), size));
            let text = text.or_insert_with(|| render(statement, size).into()).clone();
            let mut prepared = self.connection()?.prepare_cached(&text)?;
            while let Some((rows, rest)) = left.split_at_checked(size * width) {
                for (place, cell) in (1..).zip(rows) {
                    prepared.raw_bind_parameter(place, cell)?;
                }
                changed += prepared.raw_execute()?;
                left = rest;
            }
        }
        checked(bulk, changed)
    }

    fn commit_now(&mut self) -> Result<(), StoreError> {
        let done = self.connection()?.prepare_cached("COMMIT")?.raw_execute();
        let Err(error) = done else { return Ok(()) };
        if is_broken(&error) {
            // Whether the next start finds the transaction in the log, nobody can say.
            return Err(StoreError::Broken(error.to_string()));
        }
        if is_full(&error) {
            self.rollback_now();
            return Err(error.into());
        }
        // Where the transaction is still open, nothing of it can have come to the disk.
        if self.connection()?.is_autocommit() {
            self.disconnect();
            return Err(StoreError::Lost(error.to_string()));
        }
        self.rollback_now();
        Err(StoreError::Failed(error.to_string()))
    }

    fn rollback_now(&mut self) {
        // Where it cannot be said how the connection is left, the next transaction opens another.
        let open = self.connection().is_ok_and(|connection| !connection.is_autocommit());
        if open && self.execute("ROLLBACK").is_err() {
            self.disconnect();
        }
    }

    fn disconnect(&mut self) {
        self.connection = None;
    }

    fn raise_epoch_now(&mut self, stream: &str) -> Result<StreamRow, StoreError> {
        let mut statement = self.connection()?.prepare_cached(RAISE_EPOCH)?;
        let (epoch, last_sequence, recorded_at) =
            statement.query_row([stream], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(StreamRow { epoch, last_sequence, recorded_at })
    }

    fn epoch_now(&mut self, stream: &str) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection()?.prepare_cached(EPOCH)?;
        Ok(statement.query_row([stream], |row| row.get(0)).optional()?)
    }

    fn reserve_now(&mut self, count: i64) -> Result<i64, StoreError> {
        let mut statement = self.connection()?.prepare_cached(RESERVE)?;
        Ok(statement.query_row([count], |row| row.get(0))?)
    }

    fn change_now(&mut self, sql: &str, numbers: &[i64]) -> Result<usize, StoreError> {
        let mut statement = self.connection()?.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(numbers))?)
    }
}

impl Changes for Sqlite {
    fn change<'a>(&'a mut self, sql: &'static str, numbers: &'a [i64]) -> StoreFuture<'a, i64> {
        let changed = self.change_now(sql, numbers);
        at_once(changed.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)))
    }

    fn delete(&mut self, what: &'static Delete, before: i64) -> StoreFuture<'_, u64> {
        let changed = self.change_now(&what.by_key(), &[before]);
        at_once(changed.map(|rows| u64::try_from(rows).unwrap_or(u64::MAX)))
    }
}

impl Dialect for Sqlite {
    fn write<'a>(&'a mut self, bulks: &'a [&'a Bulk]) -> StoreFuture<'a, ()> {
        at_once(self.write_now(bulks))
    }

    fn begin(&mut self) -> StoreFuture<'_, ()> {
        at_once(self.begin_now())
    }

    fn commit(&mut self) -> StoreFuture<'_, ()> {
        at_once(self.commit_now())
    }

    fn rollback(&mut self) -> LocalBoxFuture<'_, ()> {
        self.rollback_now();
        std::future::ready(()).boxed_local()
    }

    fn raise_epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, StreamRow> {
        at_once(self.raise_epoch_now(stream))
    }

    fn epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, Option<i64>> {
        at_once(self.epoch_now(stream))
    }

    fn reserve(&mut self, count: i64) -> StoreFuture<'_, i64> {
        at_once(self.reserve_now(count))
    }

    fn fold_when_due(&mut self) -> Result<(), StoreError> {
        match &mut self.connection {
            Some((connection, log)) => log.fold_when_due(connection),
            None => Ok(()),
        }
    }

    /// Where nobody who reads stands in the way.
    fn cut_log(&mut self) -> Result<(), StoreError> {
        match &mut self.connection {
            Some((connection, log)) => log.cut(connection),
            None => Ok(()),
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Static(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Null => ToSqlOutput::Owned(Value::Null),
        })
    }
}

/// A statement of so many rows.
fn render(statement: &Statement, rows: usize) -> String {
    let row = format!("({})", vec!["?"; statement.columns.len()].join(","));
    let values = vec![row; rows].join(",");
    let Statement { head, tail, .. } = statement;
    match statement.form {
        Form::Insert => format!("{head} VALUES {values} {tail}"),
        Form::Spread => {
            let list = statement.columns.len();
            let same: Vec<String> = (1..list).map(|column| format!("?{column}")).collect();
            let same = same.join(", ");
            format!("{head} SELECT {same}, value FROM json_each('[' || ?{list} || ']') {tail}")
        }
        Form::Update => format!("{head} FROM (VALUES {values}) AS v {tail}"),
    }
}

/// Whether the disk failed, and not for want of room: what the processes share beside the file could
/// not grow.
pub(super) fn is_broken(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| {
        failure.code == ErrorCode::SystemIoFailure
            && failure.extended_code != ffi::SQLITE_IOERR_SHMSIZE
    })
}

/// Whether a file could not grow. A commit that fails so has written less than its end.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.code == ErrorCode::DiskFull)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let is_in_the_way = error.sqlite_error().is_some_and(|failure| {
            failure.code == ErrorCode::ConstraintViolation
                && failure.extended_code != ffi::SQLITE_CONSTRAINT_NOTNULL
        });
        if is_in_the_way {
            Self::Conflict(error.to_string())
        } else if is_full(&error) {
            Self::NoRoom(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}
