//! SQLite's fastest form: its functions are called on the ledger's own thread. A pool hands every
//! call to a thread of its own and back, which costs more than ten rows; the ledger has nothing
//! else to do meanwhile, so it may as well wait in the call. New rows go in with statements of a
//! few fixed sizes, largest first, so that each is prepared once.
//!
//! Write-ahead log with synchronous FULL: a commit that returned is on the disk.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, ToSql, ffi};
use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;

use super::fault::{self, FaultPoint};
use super::log::{self, Log};
use super::store::{Bulk, Cell, EPOCH, RAISE_EPOCH, RESERVE, Template, Verb};
use super::store_error::{StoreError, checked};
use crate::mutant::{self, Mutant};

/// Rows of one statement, the largest first. With 13 columns, the most we have, the largest is
/// well below the 32,766 parameters SQLite takes.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];
/// Statements kept prepared: about thirty that insert, in each size, and a dozen more.
const STATEMENTS_MAX: usize = 192;
/// How long a write waits for another process's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What every connection to the file has in common, readers' and the ledger's. None of them folds
/// the log in passing.
const PRAGMAS: [(&str, &str); 7] = [
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("cache_size", "-65536"),
    ("temp_store", "MEMORY"),
    ("wal_autocheckpoint", "0"),
    ("journal_size_limit", log::KEPT),
];

fn pragmas() -> [(&'static str, &'static str); 7] {
    PRAGMAS.map(|(name, value)| match name {
        "synchronous" if mutant::is_on(Mutant::SynchronousOff) => (name, "OFF"),
        "synchronous" if mutant::is_on(Mutant::SynchronousNormal) => (name, "NORMAL"),
        _ => (name, value),
    })
}

/// How readers connect.
pub(crate) fn options(url: &str) -> Result<SqliteConnectOptions, sqlx::Error> {
    use sea_orm::sqlx::ConnectOptions as _;
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    Ok(pragmas().into_iter().fold(options, |options, (name, value)| options.pragma(name, value)))
}

pub(super) struct Sqlite {
    url: String,
    connection: Option<(Connection, Log)>,
    /// By the head of the template, which names one statement, and its number of rows.
    statements: HashMap<(&'static str, usize), Arc<str>>,
}

impl Sqlite {
    pub(super) fn new(url: String) -> Self {
        Self { url, connection: None, statements: HashMap::new() }
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        let open = self.connection.as_ref().map(|(connection, _)| connection);
        open.ok_or_else(|| StoreError::Failed("no connection".to_owned()))
    }

    fn connect(&self) -> Result<(Connection, Log), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(options(&self.url)?.get_filename(), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        for (name, value) in pragmas() {
            connection.pragma_update(None, name, value)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let log = Log::of(&connection);
        Ok((connection, log))
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection()?.prepare_cached(sql)?.raw_execute().map(drop)?)
    }

    pub(super) fn begin(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.connect()?);
        }
        // A connection that cannot even begin is worth no second try.
        self.execute("BEGIN IMMEDIATE").inspect_err(|_| self.disconnect())
    }

    /// Every statement in turn: calls cost nothing here.
    pub(super) fn write(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        fault::die_at(FaultPoint::BeforeBegin);
        self.begin()?;
        for (done, bulk) in (1..).zip(bulks) {
            if let Err(error) = self.run(bulk) {
                self.rollback();
                return Err(error);
            }
            fault::die_after(bulks, done);
        }
        fault::die_at(FaultPoint::BeforeCommit);
        self.commit()?;
        fault::after_commit("in one thread").inspect_err(|_| self.disconnect())
    }

    pub(super) fn run(&mut self, bulk: &Bulk) -> Result<(), StoreError> {
        let template = bulk.template;
        let width = template.columns.len();
        let mut changed = 0;
        let mut left = bulk.cells.as_slice();
        for size in SIZES {
            // What changes rows, or makes many of one, is run for each row by itself.
            if left.len() < size * width || (size > 1 && template.verb != Verb::Insert) {
                continue;
            }
            let statements = self.statements.entry((template.head, size));
            let text = statements.or_insert_with(|| render(template, size).into()).clone();
            let mut statement = self.connection()?.prepare_cached(&text)?;
            while let Some((rows, rest)) = left.split_at_checked(size * width) {
                for (place, cell) in (1..).zip(rows) {
                    statement.raw_bind_parameter(place, cell)?;
                }
                changed += statement.raw_execute()?;
                left = rest;
            }
        }
        checked(bulk, changed)
    }

    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        let done = self.connection()?.prepare_cached("COMMIT")?.raw_execute();
        let Err(error) = done else { return Ok(()) };
        if is_broken(&error) {
            // Whether the next start finds the transaction in the log, nobody can say.
            return Err(StoreError::Broken(error.to_string()));
        }
        if is_full(&error) {
            self.rollback();
            return Err(error.into());
        }
        // Where the transaction is still open, nothing of it can have come to the disk.
        if self.connection()?.is_autocommit() {
            self.disconnect();
            return Err(StoreError::Lost(error.to_string()));
        }
        self.rollback();
        Err(StoreError::Failed(error.to_string()))
    }

    pub(super) fn rollback(&mut self) {
        // Where it cannot be said how the connection is left, the next transaction opens another.
        let open = self.connection().is_ok_and(|connection| !connection.is_autocommit());
        if open && self.execute("ROLLBACK").is_err() {
            self.disconnect();
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Folds the log where it is time to; called between transactions.
    pub(super) fn fold_when_due(&mut self) -> Result<(), StoreError> {
        match &mut self.connection {
            Some((connection, log)) => log.fold_when_due(connection),
            None => Ok(()),
        }
    }

    /// Folds the log and cuts it, where nobody who reads stands in the way.
    pub(super) fn cut_log(&mut self) -> Result<(), StoreError> {
        match &mut self.connection {
            Some((connection, log)) => log.cut(connection),
            None => Ok(()),
        }
    }

    pub(super) fn raise_epoch(&mut self, stream: &str) -> Result<(i64, i64, i64), StoreError> {
        let mut statement = self.connection()?.prepare_cached(RAISE_EPOCH)?;
        Ok(statement.query_row([stream], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
    }

    pub(super) fn epoch(&mut self, stream: &str) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection()?.prepare_cached(EPOCH)?;
        Ok(statement.query_row([stream], |row| row.get(0)).optional()?)
    }

    pub(super) fn reserve(&mut self, count: i64) -> Result<i64, StoreError> {
        let mut statement = self.connection()?.prepare_cached(RESERVE)?;
        Ok(statement.query_row([count], |row| row.get(0))?)
    }

    pub(super) fn change(&mut self, sql: &str, numbers: &[i64]) -> Result<u64, StoreError> {
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let rows = statement.execute(rusqlite::params_from_iter(numbers))?;
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
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
fn render(template: &Template, rows: usize) -> String {
    let row = format!("({})", vec!["?"; template.columns.len()].join(","));
    let values = vec![row; rows].join(",");
    let Template { head, tail, .. } = template;
    match template.verb {
        Verb::Insert => format!("{head} VALUES {values} {tail}"),
        Verb::Spread => {
            let list = template.columns.len();
            let same: Vec<String> = (1..list).map(|column| format!("?{column}")).collect();
            let same = same.join(", ");
            format!("{head} SELECT {same}, value FROM json_each('[' || ?{list} || ']') {tail}")
        }
        Verb::Update => format!("{head} FROM (VALUES {values}) AS v {tail}"),
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
