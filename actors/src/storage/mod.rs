//! Reading: the one place that knows rows and domain. Nothing here writes.

mod accounts;
mod coupons;
mod deals;
mod events;
mod journal;
mod keys;
mod news;
mod notices;
mod orders;
mod products;
mod readers;
mod sessions;
mod shops;
mod snapshot;
mod subscriptions;

use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::{Amount, Currency};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, Value};

use crate::error::AskError;
use crate::ledger::StoreUrl;

pub(crate) use keys::KeptKey;
pub(crate) use news::{Followed, News, Page};

/// How long a database that is asked whether it is there may think about it.
const PONG_WITHIN: Duration = Duration::from_secs(4);

/// Ids in one `IN (..)`: below every database's bound on parameters.
const IDS_A_QUERY: usize = 1_000;

/// The readers' connections.
#[derive(Clone)]
pub(crate) struct Storage {
    /// Those on which this reads.
    pub(crate) db: DatabaseConnection,
    others: Arc<Others>,
}

/// The other pools.
struct Others {
    slow: DatabaseConnection,
    rebuilding: DatabaseConnection,
}

/// A row that cannot be what the domain means: somebody else has written it.
pub(crate) const CORRUPT: AskError = AskError::Unavailable("a row cannot be read");

impl From<DbErr> for AskError {
    fn from(error: DbErr) -> Self {
        crate::warn_seldom!(%error, "the database could not be read");
        Self::Unavailable("the database cannot be read")
    }
}

impl Storage {
    /// Opens the readers' pools.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn open(url: &StoreUrl) -> Result<Self, DbErr> {
        let (slow, rebuilding) = (readers::SLOW.pool(url)?, readers::REBUILDING.pool(url)?);
        let others = Arc::new(Others { slow, rebuilding });
        let storage = Self { db: readers::QUICK.pool(url)?, others };
        storage.db.ping().await?;
        Ok(storage)
    }

    /// The same tables for what looks through much: its readers are its own, and what takes long
    /// is given up.
    pub(crate) fn slow(&self) -> Self {
        Self { db: self.others.slow.clone(), others: self.others.clone() }
    }

    /// The same tables for an actor that is rebuilt: however many are, others can read.
    pub(crate) fn rebuilding(&self) -> Self {
        Self { db: self.others.rebuilding.clone(), others: self.others.clone() }
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), AskError> {
        let silent = |_| AskError::Unavailable("the database does not answer");
        tokio::time::timeout(PONG_WITHIN, self.db.ping()).await.map_err(silent)?.map_err(Into::into)
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
        for _ in 0..readers::QUICK.most {
            busy.push(storage.db.begin().await.expect("a reader"));
        }
        // From here on nothing but the clock can end the wait, and it runs ahead.
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let refused = storage.ping().await;
        assert!(matches!(refused, Err(AskError::Unavailable(_))), "{refused:?}");
        assert_eq!(began.elapsed().as_secs(), readers::ACQUIRED_WITHIN.as_secs());
    }

    #[actix::test]
    async fn what_looks_through_much_is_given_up_and_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("slow.db").display());
        let storage = Storage::open(&StoreUrl::Sqlite(url)).await.expect("a database");
        let endless = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) \
             SELECT MAX(i) FROM n";
        let slow = storage.slow();
        let reading = (0..2 * readers::SLOW.most).map(|_| slow.select(endless, []));
        let reading = futures_util::future::join_all(reading);
        let reading = tokio::time::timeout(Duration::from_secs(60), reading);
        let (outcomes, quick) = futures_util::join!(reading, storage.ping());
        let outcomes = outcomes.expect("given up long before");
        assert!(quick.is_ok(), "{quick:?}");
        for outcome in outcomes {
            assert!(matches!(outcome, Err(AskError::Unavailable(_))), "{outcome:?}");
        }
        // A connection whose read was given up is as good as any.
        let one: i64 = slow.select("SELECT 1", []).await.expect("a row")[0]
            .try_get_by_index(0)
            .expect("a number");
        assert_eq!(one, 1);
    }
}
