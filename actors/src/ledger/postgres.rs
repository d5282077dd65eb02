//! PostgreSQL's fastest form: one array a column, unnested, so that a statement has as many
//! parameters as columns whatever the number of rows.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Executor, Postgres as Db, Row};
use tokio::time::timeout;

use super::store::{
    Bulk, Cell, Changed, EPOCH, Kind, RAISE_EPOCH, RESERVE, StoreError, Template, Verb,
};

/// How long the database may take for one statement before it counts as gone.
const ANSWER_MAX: Duration = Duration::from_secs(10);

pub(super) struct Postgres {
    url: String,
    connection: Option<PgConnection>,
    /// By the head of the template, which names one statement.
    statements: HashMap<&'static str, Arc<str>>,
    /// By the heads of all statements of a transaction: a few dozen kinds of batches.
    together: HashMap<Vec<&'static str>, Arc<str>>,
}

impl Postgres {
    pub(super) fn new(url: String) -> Self {
        Self { url, connection: None, statements: HashMap::new(), together: HashMap::new() }
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
        let options = PgConnectOptions::from_str(&self.url)?
            .application_name("hotdeal ledger")
            .statement_cache_capacity(256)
            .disable_statement_logging();
        self.connection = Some(within(options.connect()).await??);
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

    pub(super) async fn run(&mut self, bulk: &Bulk) -> Result<u64, StoreError> {
        let sql = self.statement(bulk.template);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for column in 0..bulk.template.columns.len() {
            query = bind_column(query, bulk, column);
        }
        Ok(within(query.execute(self.connection()?)).await??.rows_affected())
    }

    /// Begins a transaction and runs all its statements: in one call where none of them has to
    /// see what another has written.
    pub(super) async fn begin_and_run(&mut self, bulks: &[&Bulk]) -> Result<Changed, StoreError> {
        self.begin().await?;
        if are_independent(bulks) {
            return self.run_at_once(bulks).await;
        }
        let mut changed = Changed::default();
        for bulk in bulks {
            changed.push(if bulk.cells.is_empty() { 0 } else { self.run(bulk).await? });
        }
        Ok(changed)
    }

    async fn run_at_once(&mut self, bulks: &[&Bulk]) -> Result<Changed, StoreError> {
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
        let row = within(query.fetch_one(self.connection()?)).await??;
        let rows = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(Changed { keys: rows(row.try_get(0)?), fence: rows(row.try_get(1)?) })
    }

    fn statement(&mut self, template: &'static Template) -> Arc<str> {
        self.statements.entry(template.head).or_insert_with(|| render(template).into()).clone()
    }

    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        let outcome = within(self.connection()?.execute("COMMIT")).await;
        match outcome {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.as_database_error().is_some() => {
                // The server answered: it refused.
                Err(StoreError::Failed(error.to_string()))
            }
            Ok(Err(error)) => {
                self.disconnect();
                Err(StoreError::Lost(error.to_string()))
            }
            Err(error) => {
                self.disconnect();
                Err(StoreError::Lost(error.to_string()))
            }
        }
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

    pub(super) async fn raise_epoch(&mut self, stream: &str) -> Result<(i64, i64), StoreError> {
        let query = sqlx::query(RAISE_EPOCH).bind(stream);
        let row = within(query.fetch_one(self.connection()?)).await??;
        Ok((row.try_get(0)?, row.try_get(1)?))
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

    pub(super) async fn purge(
        &mut self,
        sql: &'static str,
        before: i64,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query(sql).bind(before);
        Ok(within(query.execute(self.connection()?)).await??.rows_affected())
    }
}

async fn within<T>(answer: impl Future<Output = T>) -> Result<T, StoreError> {
    timeout(ANSWER_MAX, answer)
        .await
        .map_err(|_| StoreError::Failed(format!("no answer within {} s", ANSWER_MAX.as_secs())))
}

type Bound<'q> = Query<'q, Db, PgArguments>;

fn bind_column<'q>(query: Bound<'q>, bulk: &Bulk, column: usize) -> Bound<'q> {
    let width = bulk.template.columns.len();
    let cells = bulk.cells.iter().skip(column).step_by(width);
    match bulk.template.columns[column] {
        Kind::Int => query.bind(cells.map(integer).collect::<Vec<Option<i64>>>()),
        Kind::Text => query.bind(cells.map(text).collect::<Vec<Option<String>>>()),
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(*number),
        Cell::Text(_) | Cell::Static(_) | Cell::Null => None,
    }
}

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.to_string()),
        Cell::Static(text) => Some((*text).to_owned()),
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

/// All statements as parts of one, which answers how many rows each of the last two changed.
fn render_together(bulks: &[&Bulk]) -> String {
    let mut parameter = 1;
    let mut parts = Vec::with_capacity(bulks.len());
    for (number, bulk) in bulks.iter().enumerate() {
        let statement = render_from(bulk.template, parameter);
        parts.push(format!("s{number} AS ({statement} RETURNING 1)"));
        parameter += bulk.template.columns.len();
    }
    let (keys, fence) = (bulks.len() - 2, bulks.len() - 1);
    format!(
        "WITH {} SELECT (SELECT count(*) FROM s{keys}), (SELECT count(*) FROM s{fence})",
        parts.join(", ")
    )
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
        Verb::Spread => format!(
            "{head} SELECT v.column1, v.column2, e FROM UNNEST({arrays}) AS v({names}), \
             UNNEST(CAST(string_to_array(v.column3, ',') AS BIGINT[])) AS e {tail}"
        ),
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
