//! One database has one server: a second process does not start on it, and one that has lost its
//! place says so before it answers anything.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{
    ADMIN_EMAIL, App, Client, Hotdeal, PATIENCE, Settings, StockAnswer, Store, eventually,
};

/// The session that holds the lock on PostgreSQL.
const LOCK: &str = "application_name = 'hotdeal lock'";

/// Takes the lock away from whoever holds it, as an operator in a hurry might.
async fn take_the_lock_away(app: &App) {
    match app.database.store {
        Store::Sqlite => {
            let path = app.database.url.strip_prefix("sqlite://").expect("a file");
            std::fs::remove_file(format!("{path}.lock")).expect("the server has locked a file");
            // Nothing tells the next server that this one sleeps: only the time in which this one
            // may still believe that it has the lock.
            tokio::time::sleep(Duration::from_secs(6)).await;
        }
        Store::Postgres => {
            let sql = format!(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND {LOCK}"
            );
            assert_eq!(app.database.number(&sql).await, 1, "one session holds the lock");
        }
    }
}

#[tokio::test]
async fn a_second_process_does_not_start_and_leaves_the_first_alone() {
    let app = App::start().await;
    let product = app.product(None, 1_000, 5).await;
    let reset = ["user", "reset-password", ADMIN_EMAIL];
    for command in [&["serve"] as &[&str], &["migrate"], &reset] {
        let mut second = app.another(command);
        let ready = second.ready_at();
        assert!(ready.is_err(), "a second {command:?} on the same database is at work: {ready:?}");
        let ended = second.ended();
        assert_eq!(ended.status.code(), Some(1), "{command:?} beside a server: {ended:?}");
        let told = ended.stderr.lines().last().unwrap_or_default();
        assert!(told.contains("another hotdeal process"), "{command:?}: {ended:?}");
    }
    let body = json!({"productId": product, "quantity": 1});
    app.shopper(1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn the_next_server_starts_as_soon_as_the_one_before_it_has_stopped() {
    let mut app = App::start().await;
    let product = app.product(None, 1_000, 5).await;
    let (first, next) = (app.take_server(), app.another(&["serve"]));
    first.ask_to_stop();
    app.replace_server(next);
    let ended = first.ended();
    assert!(ended.status.success(), "{ended:?}");
    let body = json!({"productId": product, "quantity": 1});
    app.shopper(1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    app.audited();
}

/// One server sleeps and has lost its lock, and another one, which is answered, has sold all.
async fn replaced(app: &mut App) -> (Hotdeal, Client, i64) {
    let product = app.product(None, 1_000, 5).await;
    app.stock(product).await;
    let (first, former) = (app.take_server(), app.shopper(1));
    first.pause();
    take_the_lock_away(app).await;
    app.replace_server(app.another(&["serve"]));
    let body = json!({"productId": product, "quantity": 5});
    app.shopper(2).post_json("/api/orders/v1", &body).send().await.with_status(200);
    (first, former, product)
}

#[tokio::test]
async fn a_server_that_was_replaced_while_it_slept_decides_nothing_when_it_wakes_up() {
    let mut app = App::start().await;
    let (first, former, product) = replaced(&mut app).await;
    let body = json!({"productId": product, "quantity": 9});
    let asked = [
        former.get(&format!("/api/stocks/product/{product}")),
        former.post_json("/api/orders/v1", &body),
    ];
    let asked = asked.map(|asked| tokio::spawn(asked.send()));
    first.wake();
    for asked in asked {
        asked.await.expect("no panic").refused(503, "UNAVAILABLE");
    }
    let ended = first.ended();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let told = ended.stderr.lines().last().unwrap_or_default();
    assert!(told.contains("another hotdeal process"), "{ended:?}");
    assert_eq!(app.stock(product).await.quantity, 0);
    app.audited();
}

#[tokio::test]
async fn a_server_that_takes_its_lock_again_knows_what_another_did_meanwhile() {
    let mut app = App::start().await;
    let (first, former, product) = replaced(&mut app).await;
    let second = app.take_server();
    second.ask_to_stop();
    assert!(second.ended().status.success());
    first.wake();
    eventually("it answers again", PATIENCE, async || {
        let answer = former.get(&format!("/api/stocks/product/{product}")).send().await;
        if answer.status != 200 {
            answer.refused(503, "UNAVAILABLE");
            return None;
        }
        let stock: StockAnswer = answer.good();
        assert_eq!(stock.quantity, 0, "it tells what it knew before it slept");
        Some(())
    })
    .await;
    let mut third = app.another(&["serve"]);
    assert!(third.ready_at().is_err(), "it has not taken the lock again");
    app.audited();
    drop(first);
}

#[tokio::test]
async fn a_mall_in_another_schema_of_the_database_keeps_no_start_waiting() {
    if Store::of_this_run() == Store::Sqlite {
        return;
    }
    let app = App::start().await;
    let tables = app.database.open().await;
    tables.spoil("CREATE SCHEMA other").await;
    tables.close().await;
    let url = format!("{}?options=-c%20search_path%3Dother", app.database.url);
    let (settings, folder) = (Settings::for_tests(&url), tempfile::tempdir().expect("a folder"));
    let migrate = || Hotdeal::start(&["migrate"], folder.path(), &settings.0).ended();
    let first = migrate();
    assert!(first.status.success(), "{first:?}");
    let began = Instant::now();
    let next = migrate();
    assert!(next.status.success(), "{next:?}");
    // So long is waited for a process whose lock was taken away.
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    assert_eq!(app.database.number("SELECT count(*) FROM other.streams").await, 0);
}
