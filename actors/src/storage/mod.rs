//! Connections that read, and what every wing reads with. Nothing here writes.

mod journal;
mod readers;
mod snapshot;
pub(crate) mod sqlite;
mod url;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hotdeal_domain::{Amount, Currency};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::RequestError;

pub use journal::JournalView;
pub(crate) use url::StoreUrl;

/// For how long an answer of the database is good for others who ask whether it is there.
const PONG_LASTS: Duration = Duration::from_millis(200);
/// How long a database that is asked whether it is there may think about it.
const PONG_WITHIN: Duration = Duration::from_secs(4);

/// Ids in one `IN (..)`: below every database's bound on parameters.
pub(crate) const IDS_A_QUERY: usize = 1_000;

/// The readers' connections.
#[derive(Clone)]
pub(crate) struct Storage {
    /// Those on which this reads.
    pub(crate) db: DatabaseConnection,
    others: Arc<Others>,
    /// The place among those who read slowly.
    _place: Option<Arc<OwnedSemaphorePermit>>,
}

/// Who waits for a slow reader or has one, at most. As many wait for each of them as it serves in half
/// a second where a read takes 30 ms; whoever comes then is told so at once.
const SLOW_READS_MAX: usize = 64;

/// The other pools.
struct Others {
    slow: DatabaseConnection,
    slow_reads: Arc<Semaphore>,
    rebuilding: DatabaseConnection,
    pong: Pong,
}

/// Whether the database answered, and when. Whoever asks while it is asked waits for that answer.
type Pong = tokio::sync::Mutex<Option<(Instant, Result<(), RequestError>)>>;

/// A row that cannot be what the domain means: somebody else has written it.
pub(crate) const CORRUPT: RequestError = RequestError::Unavailable("a row cannot be read");

impl From<DbErr> for RequestError {
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
        let slow_reads = Arc::new(Semaphore::new(SLOW_READS_MAX));
        let others = Arc::new(Others { slow, slow_reads, rebuilding, pong: Pong::default() });
        let storage = Self { db: readers::QUICK.pool(url)?, others, _place: None };
        storage.db.ping().await?;
        Ok(storage)
    }

    /// The same tables for what looks through much: its readers are its own, and what takes long
    /// is given up.
    ///
    /// # Errors
    /// [`RequestError::Busy`] where as many wait for them as may.
    pub(crate) fn slow(&self) -> Result<Self, RequestError> {
        let place = self.others.slow_reads.clone().try_acquire_owned();
        let place = place.map_err(|_| RequestError::Busy)?;
        let (db, others) = (self.others.slow.clone(), self.others.clone());
        Ok(Self { db, others, _place: Some(Arc::new(place)) })
    }

    /// The same tables for an actor that is rebuilt: however many are, others can read.
    pub(crate) fn rebuilding(&self) -> Self {
        let (db, others) = (self.others.rebuilding.clone(), self.others.clone());
        Self { db, others, _place: None }
    }

    /// Whether the database answers, or did a moment ago: however many ask, it is asked by one.
    pub(crate) async fn ping(&self) -> Result<(), RequestError> {
        let mut pong = self.others.pong.lock().await;
        if let Some((at, answer)) = &*pong
            && at.elapsed() < PONG_LASTS
        {
            return answer.clone();
        }
        let answer = self.ask_whether_it_is_there().await;
        *pong = Some((Instant::now(), answer.clone()));
        answer
    }

    async fn ask_whether_it_is_there(&self) -> Result<(), RequestError> {
        let silent = |_| RequestError::Unavailable("the database does not answer");
        tokio::time::timeout(PONG_WITHIN, self.db.ping()).await.map_err(silent)?.map_err(Into::into)
    }

    /// The rows of a statement that only reads.
    pub(crate) async fn select(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, RequestError> {
        let backend = self.db.get_database_backend();
        Ok(self.db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?)
    }
}

/// The pattern of `LIKE` that finds `text` anywhere, with `\\` as its escape.
pub(crate) fn anywhere(text: &str) -> String {
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

pub(crate) fn amount(minor: i64) -> Result<Amount, RequestError> {
    Amount::try_from(minor).map_err(|_| CORRUPT)
}

pub(crate) fn currency(code: &str) -> Result<Currency, RequestError> {
    Currency::from_code(code).ok_or(CORRUPT)
}

pub(crate) fn id<T: TryFrom<i64>>(raw: i64) -> Result<T, RequestError> {
    T::try_from(raw).map_err(|_| CORRUPT)
}

#[cfg(test)]
mod tests {
    use sea_orm::TransactionTrait as _;

    use crate::storage::*;

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
        let asked = (0..100).map(|_| storage.ping());
        for refused in futures_util::future::join_all(asked).await {
            assert!(matches!(refused, Err(RequestError::Unavailable(_))), "{refused:?}");
        }
        // They have not waited one behind the other.
        assert_eq!(began.elapsed().as_secs(), readers::ACQUIRED_WITHIN.as_secs());
    }

    #[actix::test]
    async fn what_looks_through_much_is_given_up_and_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("slow.db").display());
        let storage = Storage::open(&StoreUrl::Sqlite(url)).await.expect("a database");
        let endless = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) \
             SELECT MAX(i) FROM n";
        let slow = storage.slow().expect("a place");
        let reading = (0..2 * readers::SLOW.most).map(|_| slow.select(endless, []));
        let reading = futures_util::future::join_all(reading);
        let reading = tokio::time::timeout(Duration::from_secs(60), reading);
        let (outcomes, quick) = futures_util::join!(reading, storage.ping());
        let outcomes = outcomes.expect("given up long before");
        assert!(quick.is_ok(), "{quick:?}");
        for outcome in outcomes {
            assert!(matches!(outcome, Err(RequestError::Unavailable(_))), "{outcome:?}");
        }
        // A connection whose read was given up is as good as any.
        let one: i64 = slow.select("SELECT 1", []).await.expect("a row")[0]
            .try_get_by_index(0)
            .expect("a number");
        assert_eq!(one, 1);
        drop(slow);
        let all: Vec<_> = (0..SLOW_READS_MAX).map(|_| storage.slow().expect("a place")).collect();
        assert_eq!(storage.slow().err(), Some(RequestError::Busy), "one too many");
        drop(all);
        assert!(storage.slow().is_ok());
    }
}
