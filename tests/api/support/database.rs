//! A database of the test's own: a SQLite file, or a new database in the PostgreSQL that
//! `HOTDEAL_TEST_DATABASE` names.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, Statement, TryGetable};

/// Which kind of database the tests of this run use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// The setting: `sqlite`, or `postgres://USER@HOST:PORT` of a server where databases may be
/// created.
const SETTING: &str = "HOTDEAL_TEST_DATABASE";

impl Store {
    pub(crate) fn of_this_run() -> Self {
        match std::env::var(SETTING).as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok(url) if url.starts_with("postgres://") => Self::Postgres,
            Ok(other) => panic!("{SETTING} is sqlite or postgres://…, not `{other}`"),
        }
    }
}

/// One database, gone with the test.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) store: Store,
    /// Where to drop it, and its name.
    made_at: Option<(String, String)>,
}

impl Database {
    /// Makes a new one. A SQLite file lies in `folder`.
    pub(crate) async fn create(folder: &Path) -> Self {
        match Store::of_this_run() {
            store @ Store::Sqlite => {
                let file = folder.join("mall.db");
                Self { url: format!("sqlite://{}", file.display()), store, made_at: None }
            }
            store @ Store::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(1);
                let server = std::env::var(SETTING).expect("it names the store of this run");
                let server = server.trim_end_matches('/');
                let at = format!("{server}/postgres");
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("mall_{}_{number}", std::process::id());
                let admin = connect(&at).await;
                // A run that was ended hard may have left one of this name.
                for sql in
                    [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]
                {
                    admin.execute_unprepared(&sql).await.expect("the tests may create databases");
                }
                admin.close().await.expect("closing our own connection");
                let url = format!("{server}/{name}");
                Self { url, store, made_at: Some((at, name)) }
            }
        }
    }

    /// Looks into the tables, beside the server.
    pub(crate) async fn open(&self) -> Tables {
        let url = match self.store {
            Store::Sqlite => format!("{}?mode=rw", self.url),
            Store::Postgres => self.url.clone(),
        };
        Tables { connection: connect(&url).await }
    }

    /// The PostgreSQL in which this database was made, by its administrator.
    pub(crate) async fn beside(&self) -> Tables {
        let (at, _) = self.made_at.as_ref().expect("a database in a server");
        Tables { connection: connect(at).await }
    }

    /// Every row of `sql`, in which tables are only read.
    pub(crate) async fn rows<R: FromRow>(&self, sql: &str) -> Vec<R> {
        let tables = self.open().await;
        let rows = tables.rows(sql).await;
        tables.close().await;
        rows
    }

    /// The one number `sql` answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let rows: Vec<(i64,)> = self.rows(sql).await;
        rows.first().expect("one row").0
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((at, name)) = self.made_at.take() else { return };
        // A thread of its own: a test's runtime cannot be waited in from here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime can be built");
            runtime.block_on(async {
                let admin = connect(&at).await;
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                // A left-over goes with the whole private server soon after.
                let _ = admin.execute_unprepared(&sql).await;
            });
        });
        let _ = dropping.join();
    }
}

/// An open look into the tables.
pub(crate) struct Tables {
    connection: DatabaseConnection,
}

impl Tables {
    pub(crate) async fn rows<R: FromRow>(&self, sql: &str) -> Vec<R> {
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        let rows = self.connection.query_all_raw(statement).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| R::from_row(row)).collect()
    }

    /// Breaks something on purpose: so many rows.
    pub(crate) async fn spoil(&self, sql: &str) -> u64 {
        let done = self.connection.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    /// Whether the tables do not let somebody break this.
    pub(crate) async fn refuse(&self, sql: &str) -> bool {
        self.connection.execute_unprepared(sql).await.is_err()
    }

    pub(crate) async fn close(self) {
        self.connection.close().await.expect("closing our own connection");
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connected = sea_orm::Database::connect(options).await;
    connected.unwrap_or_else(|error| panic!("no connection to {url}: {error}"))
}

/// A row as a tuple of its columns.
pub(crate) trait FromRow {
    fn from_row(row: &sea_orm::QueryResult) -> Self;
}

#[track_caller]
fn column<T: TryGetable>(row: &sea_orm::QueryResult, index: usize) -> T {
    row.try_get_by_index(index).unwrap_or_else(|error| panic!("column {index}: {error}"))
}

macro_rules! tuple_rows {
    ($($name:ident $index:tt),+) => {
        impl<$($name: TryGetable),+> FromRow for ($($name,)+) {
            fn from_row(row: &sea_orm::QueryResult) -> Self {
                ($(column::<$name>(row, $index),)+)
            }
        }
    };
}

tuple_rows!(A 0);
tuple_rows!(A 0, B 1);
tuple_rows!(A 0, B 1, C 2);
tuple_rows!(A 0, B 1, C 2, D 3);
