//! Reading: the one place that knows rows and domain. Nothing here writes.

mod accounts;
mod coupons;
mod deals;
mod events;
mod journal;
mod news;
mod notices;
mod orders;
mod products;
mod sessions;
mod shops;
mod subscriptions;

use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::idempotency::{Claimed, KEPT_MS, KeyClaim};
use hotdeal_domain::{Amount, Currency};
use hotdeal_entities::idempotency;
use sea_orm::sqlx::sqlite::SqlitePoolOptions;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, QueryResult,
    Statement, Value,
};

use crate::clock;
use crate::error::AskError;
use crate::ledger::{StoreUrl, sqlite_options, unhex};

pub(crate) use news::{Followed, News, Page};

/// Connections that read at the same time: a read takes a fraction of a millisecond, and more
/// than these would only take the processor from the one that writes.
const READERS: u32 = 8;

/// How long a read waits for a connection: while the database is away, or the readers are all
/// busy, whoever asks is better served by being told so.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(3);

/// How long a reader's connection is kept, in use or not.
const READER_LIFETIME: Duration = Duration::from_secs(1_800);

/// Ids in one `IN (..)`: below every database's bound on parameters.
const IDS_A_QUERY: usize = 1_000;

/// SQLite's page cache of one reader, in KiB below zero: 4 MiB. What is read often is also in
/// the system's cache; the ledger's connection keeps a larger one of its own.
const READER_CACHE: &str = "-4096";

/// The readers' connections.
#[derive(Clone)]
pub(crate) struct Storage {
    pub(crate) db: DatabaseConnection,
}

/// A row that cannot be what the domain means: somebody else has written it.
pub(crate) const CORRUPT: AskError = AskError::Unavailable("a row cannot be read");

impl From<DbErr> for AskError {
    fn from(error: DbErr) -> Self {
        tracing::warn!(%error, "the database could not be read");
        Self::Unavailable("the database cannot be read")
    }
}

impl Storage {
    /// Opens the readers' pool.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn open(url: &StoreUrl) -> Result<Self, DbErr> {
        Self::with_readers(url, READERS, Some(READER_LIFETIME)).await
    }

    /// Opens a reader all of whose reads see the database as the first one does, whatever is
    /// written meanwhile: one connection, in one transaction that never ends.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn snapshot(url: &StoreUrl) -> Result<Self, DbErr> {
        let storage = Self::with_readers(url, 1, None).await?;
        let begin = match url {
            StoreUrl::Sqlite(_) => "BEGIN",
            StoreUrl::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let backend = storage.db.get_database_backend();
        storage.db.query_all_raw(Statement::from_string(backend, begin)).await?;
        Ok(storage)
    }

    async fn with_readers(
        url: &StoreUrl,
        readers: u32,
        lifetime: Option<Duration>,
    ) -> Result<Self, DbErr> {
        let db = match url {
            StoreUrl::Sqlite(url) => {
                let options = sqlite_options(url)
                    .map_err(|error| DbErr::Custom(error.to_string()))?
                    .pragma("cache_size", READER_CACHE);
                let pool = SqlitePoolOptions::new()
                    .max_connections(readers)
                    .acquire_timeout(ACQUIRED_WITHIN)
                    .idle_timeout(lifetime)
                    .max_lifetime(lifetime)
                    .connect_with(options)
                    .await
                    .map_err(|error| DbErr::Custom(error.to_string()))?;
                sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
            }
            StoreUrl::Postgres(url) => {
                let mut options = ConnectOptions::new(url.clone());
                options.max_connections(readers).sqlx_logging(false);
                options.connect_timeout(ACQUIRED_WITHIN).acquire_timeout(ACQUIRED_WITHIN);
                options.idle_timeout(lifetime).max_lifetime(lifetime);
                Database::connect(options).await?
            }
        };
        Ok(Self { db })
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), AskError> {
        Ok(self.db.ping().await?)
    }

    /// The rows of a statement that only reads.
    pub(crate) async fn select(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, AskError> {
        let backend = self.db.get_database_backend();
        Ok(self.db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?)
    }

    /// What `claim` finds in the tables.
    pub(crate) async fn claimed(&self, claim: &KeyClaim) -> Result<Claimed, AskError> {
        let scope = &claim.scope;
        let key =
            (scope.principal.get(), scope.operation.to_owned(), scope.key.as_ref().to_owned());
        let Some(row) = idempotency::Entity::find_by_id(key).one(&self.db).await? else {
            return Ok(Claimed::Fresh);
        };
        if row.recorded_at <= clock::now().0 - KEPT_MS {
            return Ok(Claimed::Fresh);
        }
        let fingerprint = unhex(&row.fingerprint).ok_or(CORRUPT)?;
        let answer: Arc<str> = row.answer.into();
        Ok(claim.against(Some((&fingerprint, &answer))))
    }
}

/// The pattern of `LIKE` that finds `text` anywhere, with `\\` as its escape.
fn anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn amount(minor: i64) -> Result<Amount, AskError> {
    Amount::try_from(minor).map_err(|_| CORRUPT)
}

fn currency(code: &str) -> Result<Currency, AskError> {
    Currency::from_code(code).ok_or(CORRUPT)
}

fn id<T: TryFrom<i64>>(raw: i64) -> Result<T, AskError> {
    T::try_from(raw).map_err(|_| CORRUPT)
}

#[cfg(test)]
mod tests {
    use sea_orm::TransactionTrait as _;

    use super::*;

    #[actix::test]
    async fn who_finds_every_reader_busy_is_told_so_after_three_seconds() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("readers.db").display());
        let storage = Storage::open(&StoreUrl::Sqlite(url)).await.expect("a database");
        let mut busy = Vec::new();
        for _ in 0..READERS {
            busy.push(storage.db.begin().await.expect("a reader"));
        }
        // From here on nothing but the clock can end the wait, and it runs ahead.
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let refused = storage.ping().await;
        assert!(matches!(refused, Err(AskError::Unavailable(_))), "{refused:?}");
        assert_eq!(began.elapsed().as_secs(), ACQUIRED_WITHIN.as_secs());
    }
}
