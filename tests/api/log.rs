//! SQLite's write-ahead log: however long somebody reads, it is short again afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, TransactionTrait as _};

use crate::support::{App, PATIENCE, Store, event_body, eventually};

const MIB: u64 = 1 << 20;
/// Coupons that make some eighty MiB of log.
const COUPONS: i64 = 1_000_000;

/// The length of the log, in bytes.
fn log_of(app: &App) -> u64 {
    let url = app.database.url.strip_prefix("sqlite://").expect("a file");
    let file = url.split('?').next().unwrap_or(url);
    std::fs::metadata(PathBuf::from(format!("{file}-wal"))).map_or(0, |log| log.len())
}

async fn reader(app: &App) -> DatabaseConnection {
    sea_orm::Database::connect(&app.database.url).await.expect("a database")
}

/// Reads, and goes on seeing what it has seen.
async fn begin(reader: &DatabaseConnection) -> sea_orm::DatabaseTransaction {
    let reading = reader.begin().await.expect("a transaction");
    reading.execute_unprepared("SELECT count(*) FROM shops").await.expect("a row");
    reading
}

async fn metric(app: &App) -> u64 {
    let metrics = app.admin().get("/metrics").send().await;
    let text = String::from_utf8(metrics.body.to_vec()).expect("text");
    let line = text.lines().find(|line| line.starts_with("hotdeal_ledger_log_bytes "));
    let value = line.expect("the length of the log").rsplit(' ').next().expect("a value");
    value.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_short_again_once_who_read_beside_it_has_gone() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its log is its own affair.
    }
    let app = App::start().await;
    let reader = reader(&app).await;
    let reading = begin(&reader).await;
    app.preloaded(&event_body("Many", COUPONS)).await;
    let long = log_of(&app);
    assert!(long > 64 * MIB, "the log is {long} bytes: too little was written");
    assert_eq!(metric(&app).await, long);
    reading.commit().await.expect("nothing was written");
    eventually("the log is cut, though nobody writes", PATIENCE, async || {
        (log_of(&app) <= 32 * MIB).then_some(())
    })
    .await;
    assert_eq!(metric(&app).await, log_of(&app));
    app.audited();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_follow_on_each_other_do_not_make_the_log_grow() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let app = App::start().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut readers = Vec::new();
    for _ in 0..3 {
        let (reader, is_over) = (reader(&app).await, is_over.clone());
        readers.push(tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                let reading = begin(&reader).await;
                // So that they overlap.
                tokio::time::sleep(Duration::from_millis(30)).await;
                reading.commit().await.expect("nothing was written");
            }
        }));
    }
    app.preloaded(&event_body("Many", COUPONS)).await;
    let long = log_of(&app);
    is_over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.expect("a reader does not panic");
    }
    assert!(long <= 72 * MIB, "the log has grown to {long} bytes");
    app.audited();
}
