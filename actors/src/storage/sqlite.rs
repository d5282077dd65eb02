//! How SQLite is opened, by readers and by the ledger.

use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;

use crate::mutant::{self, Mutant};

/// A write-ahead log that is longer than this is cut once it is folded; in bytes.
const KEPT: &str = "33554432";
/// The same as a number.
pub(crate) const KEPT_BYTES: u64 = match u64::from_str_radix(KEPT, 10) {
    Ok(bytes) => bytes,
    Err(_) => panic!("a whole number"),
};
/// How long a write waits for another process's lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What every connection to the file has in common, readers' and the ledger's. None of them folds
/// the log in passing.
const PRAGMAS: [(&str, &str); 7] = [
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("cache_size", "-65536"),
    ("temp_store", "MEMORY"),
    ("wal_autocheckpoint", "0"),
    ("journal_size_limit", KEPT),
];

pub(crate) fn pragmas() -> [(&'static str, &'static str); 7] {
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
