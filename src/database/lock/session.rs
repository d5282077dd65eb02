//! The lock of a database in PostgreSQL: an advisory lock, held by a session of its own. It ends
//! only with that session, and this end is seen at once, because the server always listens to the
//! session.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sea_orm::sqlx::{self, ConnectOptions as _};
use tokio::time::timeout;

use super::super::REACHED_WITHIN;
use super::{GOOD_FOR, LOOK_EVERY, Lost, TRY_EVERY};
use crate::clock::steady_ms;

/// `hotd`, as a number.
const KEY: i32 = 0x686f_7464;
/// An advisory lock belongs to a database. Several malls in one database have a schema each, so the
/// schema is part of the key.
const TAKE: &str = "SELECT pg_try_advisory_lock($1, hashtext(coalesce(current_schema(), '')))";
const IS_HELD: &str = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted \
     AND pid = pg_backend_pid() AND classid::bigint = $1 AND objsubid = 2 AND database = \
     (SELECT oid FROM pg_database WHERE datname = current_database()))";
/// Whether the previous process still has sessions besides that of its lock. A session that has
/// just begun does not name its mall yet, and counts for each.
const FORMER: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity \
     WHERE datname = current_database() AND application_name IN ('hotdeal ledger', \
     'hotdeal ledger ' || hashtext(coalesce(current_schema(), ''))))";
/// A check that is not answered within this time counts as failed.
const ANSWER_MAX: Duration = Duration::from_secs(10);
const CLOSED_WITHIN: Duration = Duration::from_secs(1);

pub(super) struct SessionLock {
    pool: PgPool,
    session: PgListener,
}

impl SessionLock {
    /// Takes the lock; tries for a while. `None` if another session keeps it.
    pub(super) async fn take(url: &str, at_most: Duration) -> Result<Option<Self>, sqlx::Error> {
        let began = Instant::now();
        let mut lock = Self::connect(url).await?;
        loop {
            let query = sqlx::query_scalar(TAKE).bind(KEY);
            if query.fetch_one(&mut lock.session).await? {
                return Ok(Some(lock));
            }
            if began.elapsed() >= at_most {
                lock.release().await;
                return Ok(None);
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    async fn connect(url: &str) -> Result<Self, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(REACHED_WITHIN)
            .connect_with(options(url)?)
            .await?;
        let mut session = PgListener::connect_with(&pool).await?;
        session.ignore_pool_close_event(true);
        // A lost session is not replaced, because another session does not have the lock.
        session.eager_reconnect(false);
        Ok(Self { pool, session })
    }

    /// Waits a second, or until the session is lost. Returns a time at which it had the lock.
    pub(super) async fn looked_at(&mut self) -> Result<i64, Lost> {
        // Nobody sends anything to this session, so what arrives is its end.
        match timeout(LOOK_EVERY, self.session.try_recv()).await {
            Err(_) | Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => return Err(Lost::because("its session has ended")),
            Ok(Err(error)) => return Err(Lost::because(error.to_string())),
        }
        let now_ms = steady_ms();
        let query = sqlx::query_scalar(IS_HELD).bind(i64::from(KEY));
        match timeout(ANSWER_MAX, query.fetch_one(&mut self.session)).await {
            Ok(Ok(true)) => Ok(now_ms),
            Ok(Ok(false)) => Err(Lost::because("its session does not have it")),
            Ok(Err(error)) => Err(Lost::because(error.to_string())),
            Err(_) => {
                let why = format!("its session has not answered for {} s", ANSWER_MAX.as_secs());
                Err(Lost { why, lingers: true })
            }
        }
    }

    /// Waits until the previous process is gone, or can no longer believe that it has the lock. A
    /// process whose lock was taken away while it slept has not noticed yet. Returns whether it is
    /// gone; if it is not, PostgreSQL may still carry out what it sent.
    pub(super) async fn former_is_gone(&mut self) -> Result<bool, sqlx::Error> {
        let (began, mut is_told) = (Instant::now(), false);
        while began.elapsed() < GOOD_FOR {
            if !sqlx::query_scalar::<_, bool>(FORMER).fetch_one(&mut self.session).await? {
                return Ok(true);
            }
            if !is_told {
                tracing::info!("waiting for the previous process of the database to end");
                is_told = true;
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
        Ok(false)
    }

    /// Ends the session, so that the next process need not wait.
    pub(super) async fn release(self) {
        drop(self.session);
        // A server that does not answer ends the session by itself.
        _ = timeout(CLOSED_WITHIN, self.pool.close()).await;
    }
}

fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("hotdeal lock")
        // If this machine fails without a word, PostgreSQL keeps the lock for 15 s at most.
        .options([
            ("tcp_keepalives_idle", "6"),
            ("tcp_keepalives_interval", "3"),
            ("tcp_keepalives_count", "3"),
        ])
        .disable_statement_logging())
}
