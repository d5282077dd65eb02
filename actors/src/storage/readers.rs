//! The readers' connections: a pool each for what is quick, for what may take its time, and for
//! what rebuilds an actor, so that none of them waits for another.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector, SqlxSqliteConnector};

use super::sqlite::options;
use super::url::StoreUrl;
use crate::mutant::{self, Mutant};

/// How long a read waits for a connection: while the database is away, or the readers are all
/// busy, whoever asks is better served by being told so.
pub(super) const ACQUIRED_WITHIN: Duration = Duration::from_secs(3);

/// SQLite's page cache of one reader, in KiB below zero: 4 MiB. What is read often is also in
/// the system's cache; the ledger's connection keeps a larger one of its own.
const READER_CACHE: &str = "-4096";

/// Steps of SQLite's machine between two looks at the clock: some microseconds.
const STEPS: i32 = 1_000;

/// One pool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readers {
    /// Connections at most.
    pub(super) most: u32,
    /// How long one is kept, in use or not.
    pub(super) lifetime: Option<Duration>,
    /// How long one statement may take before the database gives it up.
    pub(super) deadline: Option<Duration>,
    /// On SQLite a look at the clock costs a hop to another thread: only what may take long is
    /// worth it.
    pub(super) is_slow: bool,
}

/// Reads that take a fraction of a millisecond: more connections than these would only take the
/// processor from the one that writes.
pub(super) const QUICK: Readers =
    Readers { most: 8, lifetime: LIFETIME, deadline: Some(Duration::from_secs(3)), is_slow: false };
/// Reads that look through much: few at a time, and none for long.
pub(super) const SLOW: Readers =
    Readers { most: 4, lifetime: LIFETIME, deadline: Some(Duration::from_secs(2)), is_slow: true };
/// Actors that are rebuilt: it takes as long as it takes.
pub(super) const REBUILDING: Readers =
    Readers { most: 4, lifetime: LIFETIME, deadline: None, is_slow: false };

const LIFETIME: Option<Duration> = Some(Duration::from_secs(1_800));

impl Readers {
    /// The pool. It connects when somebody reads.
    ///
    /// # Errors
    /// When the address is none.
    pub(super) fn pool(mut self, url: &StoreUrl) -> Result<DatabaseConnection, DbErr> {
        if mutant::is_on(Mutant::SlowReadsWithoutDeadline) {
            self.deadline = None;
        }
        match url {
            StoreUrl::Sqlite(url) => self.sqlite(url),
            StoreUrl::Postgres(url) => self.postgres(url),
        }
    }

    fn sqlite(self, url: &str) -> Result<DatabaseConnection, DbErr> {
        let options = options(url)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .pragma("cache_size", READER_CACHE);
        let mut pool = SqlitePoolOptions::new()
            .max_connections(self.most)
            .acquire_timeout(ACQUIRED_WITHIN)
            .idle_timeout(self.lifetime)
            .max_lifetime(self.lifetime);
        if let Some(deadline) = self.deadline.filter(|_| self.is_slow) {
            pool = pool
                .after_connect(move |connection, _| {
                    Box::pin(async move { give_up_after(connection, deadline).await })
                })
                .before_acquire(move |connection, _| {
                    Box::pin(
                        async move { give_up_after(connection, deadline).await.map(|()| true) },
                    )
                });
        }
        Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.connect_lazy_with(options)))
    }

    fn postgres(self, url: &str) -> Result<DatabaseConnection, DbErr> {
        let mut options = PgConnectOptions::from_str(url)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .disable_statement_logging();
        if let Some(deadline) = self.deadline {
            options = options.options([("statement_timeout", deadline.as_millis().to_string())]);
        }
        let pool = PgPoolOptions::new()
            .max_connections(self.most)
            .acquire_timeout(ACQUIRED_WITHIN)
            .idle_timeout(self.lifetime)
            .max_lifetime(self.lifetime);
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_lazy_with(options)))
    }
}

/// What is read from now on, until the connection is taken again, ends by this deadline.
async fn give_up_after(
    connection: &mut SqliteConnection,
    deadline: Duration,
) -> Result<(), sea_orm::sqlx::Error> {
    let until = Instant::now() + deadline;
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS, move || Instant::now() < until);
    Ok(())
}
