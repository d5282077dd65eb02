//! SQLite's fastest form: a whole transaction is one text with one list of parameters, because
//! every call crosses to the connection's thread and back, which costs more than a row. Each
//! statement is a multi-row `VALUES` of a fixed size, filled up with empty rows that the statement
//! leaves out, so that few different texts occur and each is prepared once.
//!
//! Write-ahead log with synchronous FULL: a commit that returned is on the disk.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous,
};
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions, Connection, Either, Executor, Row, Sqlite as Db,
    SqliteConnection,
};

use super::store::{Bulk, Cell, Changed, EPOCH, RAISE_EPOCH, RESERVE, StoreError, Template, Verb};

/// Rows of one statement: the least of these that holds them. More rows are more statements.
const SIZES: [usize; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, ROWS_MAX];
/// Rows of one statement at most; with 13 columns, the most we have, well below the 32,766
/// parameters SQLite takes in one.
const ROWS_MAX: usize = 1_000;
/// Texts kept prepared. A crowd on one event or product needs a dozen.
const STATEMENTS_MAX: usize = 512;
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
        .statement_cache_capacity(STATEMENTS_MAX)
        .disable_statement_logging())
}

pub(super) struct Sqlite {
    url: String,
    connection: Option<SqliteConnection>,
    texts: HashMap<Shape, Arc<str>>,
}

/// What a text is made of: each statement's head, which names it, and its number of rows; and
/// whether the transaction begins with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Shape {
    begins: bool,
    statements: Vec<(&'static str, usize)>,
}

impl Sqlite {
    pub(super) fn new(url: String) -> Self {
        Self { url, connection: None, texts: HashMap::new() }
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::Failed("no connection".to_owned()))
    }

    async fn connect(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(options(&self.url)?.connect().await?);
        }
        Ok(())
    }

    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.connect().await?;
        self.connection()?.execute("BEGIN IMMEDIATE").await?;
        Ok(())
    }

    pub(super) async fn run(&mut self, bulk: &Bulk) -> Result<u64, StoreError> {
        Ok(self.execute(&[bulk], false).await?.fence)
    }

    pub(super) async fn begin_and_run(&mut self, bulks: &[&Bulk]) -> Result<Changed, StoreError> {
        self.connect().await?;
        self.execute(bulks, true).await
    }

    /// Runs the statements in one call, and tells how many rows each of the last two changed.
    async fn execute(&mut self, bulks: &[&Bulk], begins: bool) -> Result<Changed, StoreError> {
        let mut query = sqlx::query(AssertSqlSafe(self.text(bulks, begins)));
        for bulk in bulks {
            query = bind(query, bulk);
        }
        let mut changed = Changed::default();
        // BEGIN answers too, and a bulk without rows does not.
        let mut counted: Vec<usize> = Vec::with_capacity(bulks.len());
        counted.extend(bulks.iter().map(|bulk| chunks(bulk).count()));
        let mut results = self.connection()?.fetch_many(query);
        let mut skip_begin = begins;
        for statements in counted {
            let mut rows = 0;
            let mut left = statements;
            while left > 0 {
                match results.try_next().await? {
                    None => {
                        return Err(StoreError::Failed("a statement did not answer".to_owned()));
                    }
                    Some(Either::Right(_)) => {}
                    Some(Either::Left(_)) if skip_begin => skip_begin = false,
                    Some(Either::Left(result)) => {
                        rows += result.rows_affected();
                        left -= 1;
                    }
                }
            }
            changed.push(rows);
        }
        Ok(changed)
    }

    fn text(&mut self, bulks: &[&Bulk], begins: bool) -> Arc<str> {
        let statements = bulks
            .iter()
            .flat_map(|bulk| chunks(bulk).map(|(_, size)| (bulk.template.head, size)))
            .collect();
        let shape = Shape { begins, statements };
        if let Some(text) = self.texts.get(&shape) {
            return text.clone();
        }
        if self.texts.len() >= STATEMENTS_MAX {
            self.texts.clear();
        }
        let text: Arc<str> = render(bulks, begins).into();
        self.texts.insert(shape, text.clone());
        text
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

/// The rows of a bulk as statements take them: how many cells, and the size that holds them.
fn chunks(bulk: &Bulk) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (width, rows) = (bulk.template.columns.len(), bulk.rows());
    (0..rows).step_by(ROWS_MAX).map(move |from| {
        let taken = (rows - from).min(ROWS_MAX);
        let size = SIZES.into_iter().find(|size| *size >= taken).unwrap_or(ROWS_MAX);
        (taken * width, size)
    })
}

type Bound<'q> = Query<'q, Db, SqliteArguments>;

fn bind<'q>(mut query: Bound<'q>, bulk: &Bulk) -> Bound<'q> {
    let width = bulk.template.columns.len();
    let mut cells = bulk.cells.as_slice();
    for (taken, size) in chunks(bulk) {
        let (now, later) = cells.split_at(taken);
        cells = later;
        for cell in now {
            query = match cell {
                Cell::Int(number) => query.bind(*number),
                Cell::Text(text) => query.bind(text.clone()),
                Cell::Static(text) => query.bind(*text),
                Cell::Null => query.bind(None::<i64>),
            };
        }
        for _ in taken..size * width {
            query = query.bind(None::<i64>);
        }
    }
    query
}

fn render(bulks: &[&Bulk], begins: bool) -> String {
    let mut text = String::from(if begins { "BEGIN IMMEDIATE;" } else { "" });
    for bulk in bulks {
        for (_, size) in chunks(bulk) {
            text.push_str(&statement(bulk.template, size));
            text.push(';');
        }
    }
    text
}

/// An empty row has nothing in its first column, which no row of ours may leave empty.
fn statement(template: &Template, rows: usize) -> String {
    let row = format!("({})", vec!["?"; template.columns.len()].join(","));
    let values = vec![row; rows].join(",");
    let Template { head, tail, .. } = template;
    match template.verb {
        Verb::Insert => {
            format!("{head} SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL {tail}")
        }
        Verb::Spread => format!(
            "{head} SELECT v.column1, v.column2, e.value FROM (VALUES {values}) AS v, \
             json_each('[' || v.column3 || ']') AS e WHERE v.column1 IS NOT NULL {tail}"
        ),
        Verb::Update => format!("{head} FROM (VALUES {values}) AS v {tail}"),
    }
}
