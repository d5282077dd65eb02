//! SQLite's fastest form: multi-row `VALUES` in fixed sizes, so that every statement is prepared
//! once. Write-ahead log with synchronous FULL: a commit that returned is on the disk.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqliteConnection,
};

use super::store::{Bulk, Cell, EPOCH, RAISE_EPOCH, RESERVE, StoreError, Template, Verb};

/// Rows of one statement. Larger first; any number of rows is a sum of these.
const SIZES: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];
/// Parameters SQLite takes in one statement.
const PARAMETERS_MAX: usize = 32_766;
/// Pages the log may hold before it is copied into the file: 16 MiB, so that a checkpoint is
/// rare beside commits.
const CHECKPOINT_PAGES: &str = "4000";
/// How long a write waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What every connection to the file has in common, readers' and the ledger's.
pub(crate) fn options(url: &str) -> Result<SqliteConnectOptions, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .statement_cache_capacity(512)
        .disable_statement_logging())
}

pub(super) struct Sqlite {
    url: String,
    connection: Option<SqliteConnection>,
    /// By the head of the template, which names one statement, and the number of rows.
    statements: HashMap<(&'static str, usize), Arc<str>>,
}

impl Sqlite {
    pub(super) fn new(url: String) -> Self {
        Self { url, connection: None, statements: HashMap::new() }
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::Failed("no connection".to_owned()))
    }

    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(options(&self.url)?.connect().await?);
        }
        self.connection()?.execute("BEGIN IMMEDIATE").await?;
        Ok(())
    }

    pub(super) async fn run(&mut self, bulk: &Bulk) -> Result<u64, StoreError> {
        let width = bulk.template.columns.len();
        let mut cells = bulk.cells.as_slice();
        let mut changed = 0;
        while !cells.is_empty() {
            let left = cells.len() / width;
            let size = SIZES
                .into_iter()
                .find(|&size| size <= left && size * width <= PARAMETERS_MAX)
                .unwrap_or(1);
            let (now, later) = cells.split_at(size * width);
            cells = later;
            let sql = self.statement(bulk.template, size);
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for cell in now {
                query = match cell {
                    Cell::Int(number) => query.bind(*number),
                    Cell::Text(text) => query.bind(text.clone()),
                    Cell::Static(text) => query.bind(*text),
                    Cell::Null => query.bind(None::<i64>),
                };
            }
            changed += query.execute(self.connection()?).await?.rows_affected();
        }
        Ok(changed)
    }

    fn statement(&mut self, template: &'static Template, rows: usize) -> Arc<str> {
        self.statements
            .entry((template.head, rows))
            .or_insert_with(|| render(template, rows).into())
            .clone()
    }

    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        match self.connection()?.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error) => self.after_failed_commit(error).await,
        }
    }

    /// A commit that failed leaves the transaction open where it was certainly not written.
    async fn after_failed_commit(&mut self, error: sqlx::Error) -> Result<(), StoreError> {
        let Ok(connection) = self.connection() else {
            return Err(StoreError::Lost(error.to_string()));
        };
        match connection.execute("ROLLBACK").await {
            Ok(_) => Err(StoreError::Failed(error.to_string())),
            Err(_) => {
                self.disconnect();
                Err(StoreError::Lost(error.to_string()))
            }
        }
    }

    pub(super) async fn rollback(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if connection.execute("ROLLBACK").await.is_ok() {
            self.connection = Some(connection);
        } else {
            // Nothing can be said of the connection; the next transaction opens a new one.
            drop(connection.close().await);
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    pub(super) async fn raise_epoch(&mut self, stream: &str) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query(RAISE_EPOCH).bind(stream).fetch_one(self.connection()?).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    pub(super) async fn epoch(&mut self, stream: &str) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query(EPOCH).bind(stream).fetch_optional(self.connection()?).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub(super) async fn reserve(&mut self, count: i64) -> Result<i64, StoreError> {
        let query = sqlx::query(RESERVE).bind(count);
        Ok(query.fetch_one(self.connection()?).await?.try_get(0)?)
    }

    pub(super) async fn purge(
        &mut self,
        sql: &'static str,
        before: i64,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query(sql).bind(before);
        Ok(query.execute(self.connection()?).await?.rows_affected())
    }
}

fn render(template: &Template, rows: usize) -> String {
    let row = format!("({})", vec!["?"; template.columns.len()].join(","));
    let values = vec![row; rows].join(",");
    let Template { head, tail, .. } = template;
    match template.verb {
        Verb::Insert => format!("{head} VALUES {values} {tail}"),
        Verb::Update => format!("{head} FROM (VALUES {values}) AS v {tail}"),
    }
}
