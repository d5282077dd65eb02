//! PostgreSQL's fastest form: one array a column, unnested, so that a statement has as many
//! parameters as columns whatever the number of rows; and all statements of a transaction as
//! parts of one, which is a transaction by itself: one call and one answer.

mod render;
pub(super) mod session;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, TryStreamExt as _};
use sea_orm::sqlx::postgres::{PgArguments, PgConnection, PgDatabaseError, PgSeverity};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, Postgres as Db, Row};
use tokio::time::timeout;

use super::delete::Delete;
use super::dialect::{Changes, Dialect, EPOCH, RAISE_EPOCH, RESERVE, StoreFuture, StreamRow};
use super::fault;
use super::fault::FaultPoint;
use super::statement::{Bulk, Cell, Kind, Shortfall, Statement};
use super::store_error::{StoreError, checked};
use crate::mutant::{self, Mutant};
use render::{are_independent, render, render_together};

/// How long the database may take for one statement before it counts as gone. It gives the
/// statement up before that (`session.rs`).
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// In this time a call is on its way, and perhaps done: for the fault that does not wait for it.
const SENT_WITHIN: Duration = Duration::from_millis(1);
/// After this long without a call the connection may have died meanwhile: a transaction then
/// begins with a call that can fail without doubt about what is written.
const IDLE_MAX: Duration = Duration::from_secs(1);
/// A plan is kept for long, and may be made while a table is small enough to be read as a whole.
pub(super) const BY_INDEX: &str = "SELECT set_config('enable_seqscan', 'off', true), \
     set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)";
/// What a part that fell short raises: the root of less than 0.
const STALE: &str = "2201F";

pub(super) struct Postgres {
    url: String,
    connection: Option<PgConnection>,
    /// When a transaction last came to its end on this connection.
    used_at: Option<Instant>,
    /// By the address of a statement.
    statements: HashMap<usize, Arc<str>>,
    /// By those of all statements of a transaction: a few dozen kinds of batches.
    together: HashMap<Vec<usize>, Arc<str>>,
}

impl Postgres {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            connection: None,
            used_at: None,
            statements: HashMap::new(),
            together: HashMap::new(),
        }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::Failed("no connection".to_owned()))
    }

    async fn begin_now(&mut self) -> Result<(), StoreError> {
        if self.connection.is_some() && self.begin_here().await.is_ok() {
            return Ok(());
        }
        // There was no connection, or it has died since the last transaction; in both cases
        // nothing of this one has been sent, so another connection may try.
        self.connection = Some(within(session::open(&self.url)).await??);
        self.begin_here().await
    }

    async fn begin_here(&mut self) -> Result<(), StoreError> {
        let begun = match within(self.connection()?.execute("BEGIN")).await {
            Ok(begun) => begun.map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if begun.is_err() {
            self.disconnect();
        }
        begun.map(drop)
    }

    async fn run(&mut self, bulk: &Bulk) -> Result<(), StoreError> {
        let sql = self.statement(bulk.statement);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in 0..bulk.statement.columns.len() {
            query = bind_column(query, bulk, column);
        }
        let done = within(query.execute(self.connection()?)).await??;
        checked(bulk, usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// One call where no statement has to see what another has written and the connection was in
    /// use a moment ago; else as many as there are statements.
    async fn write_now(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        fault::die_at(FaultPoint::BeforeBegin);
        let is_fresh = self.used_at.take().is_some_and(|at| at.elapsed() < IDLE_MAX);
        let together = are_independent(bulks);
        let together = together && !fault::is_between();
        let (outcome, how) = if is_fresh && together && self.connection.is_some() {
            (self.write_at_once(bulks).await, "in one call")
        } else {
            (self.write_in_turn(bulks, together).await, "in several calls")
        };
        self.used_at = Some(Instant::now());
        outcome?;
        fault::after_commit(how).inspect_err(|_| self.disconnect())
    }

    async fn write_in_turn(&mut self, bulks: &[&Bulk], together: bool) -> Result<(), StoreError> {
        self.begin_now().await?;
        let sent = if together {
            match within(self.run_together(bulks)).await {
                Ok(done) => done.map_err(store_error),
                Err(error) => Err(error),
            }
        } else {
            self.run_each(bulks).await
        };
        if let Err(error) = sent {
            self.rollback_now().await;
            return Err(error);
        }
        fault::die_at(FaultPoint::BeforeCommit);
        self.commit_now().await
    }

    async fn run_each(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        for (done, bulk) in (1..).zip(bulks) {
            self.run(bulk).await?;
            fault::die_after(bulks, done);
        }
        Ok(())
    }

    async fn write_at_once(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        if fault::is_sent_only() {
            drop(timeout(SENT_WITHIN, self.run_together(bulks)).await);
            fault::die_at(FaultPoint::SentNotAnswered);
        }
        let outcome = if mutant::is_on(Mutant::NoFenceAtOnce) {
            let unfenced = |bulk: &&Bulk| bulk.statement.shortfall != Some(Shortfall::Stale);
            let bulks: Vec<&Bulk> = bulks.iter().copied().filter(unfenced).collect();
            within(self.run_together(&bulks)).await
        } else {
            within(self.run_together(bulks)).await
        };
        self.ended(outcome)
    }

    /// What has become of a transaction whose last call came to this: an error the server raised
    /// has undone it; anything else leaves it open whether it is written.
    fn ended(&mut self, outcome: Result<sqlx::Result<()>, StoreError>) -> Result<(), StoreError> {
        let lost = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if is_raised(&error) => return Err(store_error(error)),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.disconnect();
        Err(StoreError::Lost(lost))
    }

    /// All statements in one call, to its very end: the answer to a statement outside a
    /// transaction comes before its commit, and only the end of all answers after it.
    async fn run_together(&mut self, bulks: &[&Bulk]) -> sqlx::Result<()> {
        let shape: Vec<usize> = bulks.iter().map(|bulk| bulk.statement.address()).collect();
        let text = match self.together.get(&shape) {
            Some(text) => text.clone(),
            None => {
                let text: Arc<str> = render_together(bulks).into();
                self.together.insert(shape, text.clone());
                text
            }
        };
        let mut query = sqlx::query(AssertSqlSafe(text));
        for bulk in bulks {
            for column in 0..bulk.statement.columns.len() {
                query = bind_column(query, bulk, column);
            }
        }
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let mut answers = connection.fetch_many(query);
        while answers.try_next().await?.is_some() {}
        Ok(())
    }

    fn statement(&mut self, statement: &'static Statement) -> Arc<str> {
        let text = self.statements.entry(statement.address());
        text.or_insert_with(|| render(statement).into()).clone()
    }

    async fn commit_now(&mut self) -> Result<(), StoreError> {
        let outcome = within(self.connection()?.execute("COMMIT")).await;
        self.ended(outcome.map(|done| done.map(drop)))
    }

    async fn rollback_now(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if matches!(within(connection.execute("ROLLBACK")).await, Ok(Ok(_))) {
            self.connection = Some(connection);
        }
    }

    fn disconnect(&mut self) {
        self.connection = None;
    }

    async fn raise_epoch_now(&mut self, stream: &str) -> Result<StreamRow, StoreError> {
        let query = sqlx::query(RAISE_EPOCH).bind(stream);
        let row = within(query.fetch_one(self.connection()?)).await??;
        let (epoch, last_sequence) = (row.try_get(0)?, row.try_get(1)?);
        Ok(StreamRow { epoch, last_sequence, recorded_at: row.try_get(2)? })
    }

    async fn epoch_now(&mut self, stream: &str) -> Result<Option<i64>, StoreError> {
        let query = sqlx::query(EPOCH).bind(stream);
        let row = within(query.fetch_optional(self.connection()?)).await??;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    async fn reserve_now(&mut self, count: i64) -> Result<i64, StoreError> {
        let query = sqlx::query(RESERVE).bind(count);
        Ok(within(query.fetch_one(self.connection()?)).await??.try_get(0)?)
    }

    async fn change_now(&mut self, sql: Arc<str>, numbers: &[i64]) -> Result<u64, StoreError> {
        let query = sqlx::query(AssertSqlSafe(sql));
        let query = numbers.iter().fold(query, |query, number| query.bind(*number));
        Ok(within(query.execute(self.connection()?)).await??.rows_affected())
    }

    async fn find_by_index_now(&mut self) -> Result<(), StoreError> {
        within(self.connection()?.execute(BY_INDEX)).await??;
        Ok(())
    }
}

impl Changes for Postgres {
    fn change<'a>(&'a mut self, sql: &'static str, numbers: &'a [i64]) -> StoreFuture<'a, i64> {
        let changed = self.change_now(sql.into(), numbers);
        let rows = async { Ok(i64::try_from(changed.await?).unwrap_or(i64::MAX)) };
        rows.boxed_local()
    }

    fn delete(&mut self, what: &'static Delete, before: i64) -> StoreFuture<'_, u64> {
        let deleted = async move {
            self.find_by_index_now().await?;
            self.change_now(what.by_place().into(), &[before]).await
        };
        deleted.boxed_local()
    }

    fn find_by_index(&mut self) -> StoreFuture<'_, ()> {
        self.find_by_index_now().boxed_local()
    }
}

impl Dialect for Postgres {
    fn write<'a>(&'a mut self, bulks: &'a [&'a Bulk]) -> StoreFuture<'a, ()> {
        self.write_now(bulks).boxed_local()
    }

    fn begin(&mut self) -> StoreFuture<'_, ()> {
        self.begin_now().boxed_local()
    }

    fn commit(&mut self) -> StoreFuture<'_, ()> {
        self.commit_now().boxed_local()
    }

    fn rollback(&mut self) -> LocalBoxFuture<'_, ()> {
        self.rollback_now().boxed_local()
    }

    fn raise_epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, StreamRow> {
        self.raise_epoch_now(stream).boxed_local()
    }

    fn epoch<'a>(&'a mut self, stream: &'a str) -> StoreFuture<'a, Option<i64>> {
        self.epoch_now(stream).boxed_local()
    }

    fn reserve(&mut self, count: i64) -> StoreFuture<'_, i64> {
        self.reserve_now(count).boxed_local()
    }
}

async fn within<T>(answer: impl Future<Output = T>) -> Result<T, StoreError> {
    timeout(ANSWER_MAX, answer)
        .await
        .map_err(|_| StoreError::Failed(format!("no answer within {} s", ANSWER_MAX.as_secs())))
}

/// Whether the server raised it and goes on: what it was raised in is undone. One that ends the
/// connection may have come after the commit.
fn is_raised(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .is_some_and(|error| error.severity() == PgSeverity::Error)
}

/// What the error of a statement that is not written means.
fn store_error(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(STALE) => Shortfall::Stale.into(),
        _ => error.into(),
    }
}

type Bound<'q> = Query<'q, Db, PgArguments>;

fn bind_column<'q>(query: Bound<'q>, bulk: &'q Bulk, column: usize) -> Bound<'q> {
    let width = bulk.statement.columns.len();
    let cells = bulk.cells.iter().skip(column).step_by(width);
    match bulk.statement.columns[column].kind {
        Kind::Int => query.bind(cells.map(integer).collect::<Vec<Option<i64>>>()),
        Kind::Text => query.bind(cells.map(text).collect::<Vec<Option<&str>>>()),
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        Cell::Text(_) | Cell::Static(_) | Cell::Null => None,
    }
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Static(text) => Some(text),
        Cell::Int(_) | Cell::Null => None,
    }
}
