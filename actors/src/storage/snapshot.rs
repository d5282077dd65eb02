//! The database as of one moment, for who reads all of it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx::sqlite::SqlitePoolOptions;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, SqlxSqliteConnector, Statement};
use tempfile::TempPath;
use tokio::sync::Semaphore;

use super::readers::Readers;
use super::sqlite::options as sqlite_options;
use super::url::StoreUrl;
use super::{Others, Pong, Storage};

impl Storage {
    /// Opens a reader all of whose reads see the database as it is now, whatever is written
    /// meanwhile. On SQLite it reads a copy, which is gone with it: as long as somebody reads the
    /// file itself, its log cannot begin anew.
    ///
    /// # Errors
    /// When the database cannot be reached, or has no room beside it for its copy.
    pub(crate) async fn snapshot(url: &StoreUrl) -> Result<Self, DbErr> {
        let db = match url {
            StoreUrl::Sqlite(url) => copied(url).await?,
            StoreUrl::Postgres(_) => standing(url).await?,
        };
        let slow_reads = Arc::new(Semaphore::new(1));
        let pong = Pong::default();
        let others = Others { slow: db.clone(), slow_reads, rebuilding: db.clone(), pong };
        let others = Arc::new(others);
        Ok(Self { db, others, _place: None })
    }
}

/// One connection, in one transaction that never ends.
async fn standing(url: &StoreUrl) -> Result<DatabaseConnection, DbErr> {
    let db = Readers { most: 1, lifetime: None, deadline: None, is_slow: false }.pool(url)?;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    db.query_all_raw(Statement::from_string(db.get_database_backend(), begin)).await?;
    Ok(db)
}

/// One connection to a copy whose name is gone once it is open: whatever ends this process, the
/// copy ends with it.
async fn copied(url: &str) -> Result<DatabaseConnection, DbErr> {
    let options = sqlite_options(url).map_err(as_db_error)?;
    let copy = copy(options.get_filename()).map_err(as_db_error)?;
    let options = options.filename(&copy).create_if_missing(false).pragma("journal_mode", "OFF");
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_with(options).await.map_err(as_db_error)?;
    let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    db.ping().await?;
    Ok(db)
}

fn as_db_error(error: impl std::fmt::Display) -> DbErr {
    DbErr::Custom(error.to_string())
}

/// Copies a database, as it is at one moment, into a file beside it that nobody else may read.
fn copy(database: &Path) -> std::io::Result<TempPath> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let copy = tempfile::Builder::new().prefix("audit-").suffix(".copy").tempfile_in(folder)?;
    let copy = copy.into_temp_path();
    fill(database, &copy).map_err(std::io::Error::other)?;
    Ok(copy)
}

fn fill(database: &Path, copy: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(database, flags)?;
    from.busy_timeout(std::time::Duration::from_secs(5))?;
    let mut to = Connection::open_with_flags(copy, flags)?;
    // A copy that is cut short is of no use to anybody.
    to.pragma_update(None, "journal_mode", "OFF")?;
    to.pragma_update(None, "synchronous", "OFF")?;
    // All pages in one step are pages of one moment.
    let done = Backup::new(&from, &mut to)?.step(-1)?;
    debug_assert_eq!(done, StepResult::Done);
    // What is copied is the database's own wish for a log.
    to.pragma_update(None, "journal_mode", "DELETE")
}

#[cfg(test)]
mod tests {
    use crate::storage::snapshot::*;

    #[actix::test]
    async fn a_snapshot_is_of_one_moment_leaves_no_file_and_keeps_nobodys_log() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("audited.db");
        let url = StoreUrl::Sqlite(format!("sqlite://{}?mode=rwc", file.display()));
        let storage = Storage::open(&url).await.expect("a database");
        let writer = Connection::open(&file).expect("the same database");
        writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").expect("written");
        let snapshot = Storage::snapshot(&url).await.expect("a snapshot");
        let count = async || {
            let rows = snapshot.select("SELECT count(*) FROM t", []).await.expect("read");
            rows[0].try_get_by_index::<i64>(0).expect("a number")
        };
        assert_eq!(count().await, 1);
        writer.execute_batch("INSERT INTO t VALUES (2)").expect("written");
        let mut fold = writer.prepare("PRAGMA wal_checkpoint(TRUNCATE)").expect("prepared");
        let in_the_way: i64 = fold.query_row([], |row| row.get(0)).expect("folded");
        assert_eq!(in_the_way, 0, "the snapshot keeps the log from being cut");
        assert_eq!(count().await, 1, "it is of one moment");
        let names = std::fs::read_dir(folder.path()).expect("a folder");
        let names = names.map(|entry| entry.expect("an entry").file_name().into_string());
        let mut names: Vec<String> = names.map(|name| name.expect("plain")).collect();
        names.sort_unstable();
        assert_eq!(names, ["audited.db", "audited.db-shm", "audited.db-wal"]);
        drop(storage);
    }
}
