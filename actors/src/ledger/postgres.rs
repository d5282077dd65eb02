//! PostgreSQL's fastest form: one array a column, unnested, so that a statement has as many
//! parameters as columns whatever the number of rows; and all statements of a transaction as
//! parts of one, which is a transaction by itself: one call and one answer.

pub(super) mod session;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sea_orm::sqlx::postgres::{PgArguments, PgConnection, PgDatabaseError, PgSeverity};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, Postgres as Db, Row};
use tokio::time::timeout;

use super::fault::{self, FaultPoint};
use super::store::{
    Bulk, Cell, EPOCH, Kind, RAISE_EPOCH, RESERVE, Shortfall, Template, Verb, spread_columns,
};
use super::store_error::{StoreError, checked};
use crate::mutant::{self, Mutant};

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
    /// By the head of the template, which names one statement.
    statements: HashMap<&'static str, Arc<str>>,
    /// By the heads of all statements of a transaction: a few dozen kinds of batches.
    together: HashMap<Vec<&'static str>, Arc<str>>,
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

    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
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

    pub(super) async fn run(&mut self, bulk: &Bulk) -> Result<(), StoreError> {
        let sql = self.statement(bulk.template);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in 0..bulk.template.columns.len() {
            query = bind_column(query, bulk, column);
        }
        let done = within(query.execute(self.connection()?)).await??;
        checked(bulk, usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// One call where no statement has to see what another has written and the connection was in
    /// use a moment ago; else as many as there are statements.
    pub(super) async fn write(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
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
        self.begin().await?;
        let sent = if together {
            match within(self.run_together(bulks)).await {
                Ok(done) => done.map_err(told),
                Err(error) => Err(error),
            }
        } else {
            self.run_each(bulks).await
        };
        if let Err(error) = sent {
            self.rollback().await;
            return Err(error);
        }
        fault::die_at(FaultPoint::BeforeCommit);
        self.commit().await
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
            let unfenced = |bulk: &&Bulk| bulk.template.shortfall != Some(Shortfall::Stale);
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
            Ok(Err(error)) if is_raised(&error) => return Err(told(error)),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.disconnect();
        Err(StoreError::Lost(lost))
    }

    /// All statements in one call, to its very end: the answer to a statement outside a
    /// transaction comes before its commit, and only the end of all answers after it.
    async fn run_together(&mut self, bulks: &[&Bulk]) -> sqlx::Result<()> {
        let shape: Vec<&'static str> = bulks.iter().map(|bulk| bulk.template.head).collect();
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
            for column in 0..bulk.template.columns.len() {
                query = bind_column(query, bulk, column);
            }
        }
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        let mut answers = connection.fetch_many(query);
        while answers.try_next().await?.is_some() {}
        Ok(())
    }

    fn statement(&mut self, template: &'static Template) -> Arc<str> {
        self.statements.entry(template.head).or_insert_with(|| render(template).into()).clone()
    }

    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        let outcome = within(self.connection()?.execute("COMMIT")).await;
        self.ended(outcome.map(|done| done.map(drop)))
    }

    pub(super) async fn rollback(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if matches!(within(connection.execute("ROLLBACK")).await, Ok(Ok(_))) {
            self.connection = Some(connection);
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    pub(super) async fn raise_epoch(
        &mut self,
        stream: &str,
    ) -> Result<(i64, i64, i64), StoreError> {
        let query = sqlx::query(RAISE_EPOCH).bind(stream);
        let row = within(query.fetch_one(self.connection()?)).await??;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }

    pub(super) async fn epoch(&mut self, stream: &str) -> Result<Option<i64>, StoreError> {
        let query = sqlx::query(EPOCH).bind(stream);
        let row = within(query.fetch_optional(self.connection()?)).await??;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub(super) async fn reserve(&mut self, count: i64) -> Result<i64, StoreError> {
        let query = sqlx::query(RESERVE).bind(count);
        Ok(within(query.fetch_one(self.connection()?)).await??.try_get(0)?)
    }

    pub(super) async fn change(
        &mut self,
        sql: &'static str,
        numbers: &[i64],
    ) -> Result<u64, StoreError> {
        let query = numbers.iter().fold(sqlx::query(sql), |query, number| query.bind(*number));
        Ok(within(query.execute(self.connection()?)).await??.rows_affected())
    }

    pub(super) async fn find_by_index(&mut self) -> Result<(), StoreError> {
        within(self.connection()?.execute(BY_INDEX)).await??;
        Ok(())
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
fn told(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(STALE) => Shortfall::Stale.into(),
        _ => error.into(),
    }
}

type Bound<'q> = Query<'q, Db, PgArguments>;

fn bind_column<'q>(query: Bound<'q>, bulk: &'q Bulk, column: usize) -> Bound<'q> {
    let width = bulk.template.columns.len();
    let cells = bulk.cells.iter().skip(column).step_by(width);
    match bulk.template.columns[column] {
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

/// Whether the statements may run side by side: parts of one statement all see the database as it
/// was before, so no two of them may touch a table that one of them updates.
fn are_independent(bulks: &[&Bulk]) -> bool {
    bulks.iter().enumerate().all(|(place, bulk)| {
        let table = table_of(bulk.template);
        bulks[..place].iter().all(|earlier| {
            let neither_updates =
                bulk.template.verb != Verb::Update && earlier.template.verb != Verb::Update;
            neither_updates || table_of(earlier.template) != table
        })
    })
}

/// The table a statement writes to.
fn table_of(template: &Template) -> &'static str {
    let mut words = template.head.split(' ');
    let skipped = match words.next() {
        Some("UPDATE") => 0,
        _ => 1, // INSERT INTO table, DELETE FROM table
    };
    words.nth(skipped).unwrap_or_default()
}

fn render(template: &Template) -> String {
    render_from(template, 1)
}

/// All statements as parts of one, which raises an error where a part falls short.
fn render_together(bulks: &[&Bulk]) -> String {
    let mut parameter = 1;
    let mut parts = Vec::with_capacity(bulks.len());
    let mut checks = vec!["1".to_owned()];
    for (number, bulk) in bulks.iter().enumerate() {
        let template = bulk.template;
        let statement = render_from(template, parameter);
        let changed = format!("(SELECT count(*) FROM s{number})");
        let given = format!("cardinality(${parameter})");
        match template.shortfall {
            None => {}
            Some(Shortfall::Stale) => checks.push(format!("sqrt({changed} - {given})")),
        }
        let counted = template.shortfall.map_or("", |_| " RETURNING 1");
        parts.push(format!("s{number} AS ({statement}{counted})"));
        parameter += template.columns.len();
    }
    format!("WITH {} SELECT {}", parts.join(", "), checks.join(", "))
}

/// A statement whose first parameter has this number.
fn render_from(template: &Template, first: usize) -> String {
    let arrays: Vec<String> = (first..)
        .zip(template.columns)
        .map(|(number, kind)| match kind {
            Kind::Int => format!("${number}::bigint[]"),
            Kind::Text => format!("${number}::text[]"),
        })
        .collect();
    let names: Vec<String> =
        (1..=template.columns.len()).map(|number| format!("column{number}")).collect();
    let (arrays, names) = (arrays.join(","), names.join(","));
    let Template { head, tail, .. } = template;
    match template.verb {
        Verb::Insert => format!("{head} SELECT * FROM UNNEST({arrays}) {tail}"),
        Verb::Spread => {
            let (same, list) = spread_columns(template);
            format!(
                "{head} SELECT {same}, e FROM UNNEST({arrays}) AS v({names}), \
                 UNNEST(CAST(string_to_array({list}, ',') AS BIGINT[])) AS e {tail}"
            )
        }
        Verb::Update => format!("{head} FROM UNNEST({arrays}) AS v({names}) {tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::{FENCE, KEYS, STOCK_DELTAS, STOCKS, TABLES};
    use super::*;

    #[test]
    fn what_has_to_see_another_statement_runs_after_it() {
        let (keys, fence, stock) = (Bulk::new(&KEYS), Bulk::new(&FENCE), Bulk::new(&STOCK_DELTAS));
        let new_stock = Bulk::new(&TABLES[STOCKS]);
        assert!(are_independent(&[&stock, &keys, &fence]));
        assert!(!are_independent(&[&new_stock, &stock, &keys, &fence]));
    }
}
