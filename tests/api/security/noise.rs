//! Nobody fills the log (row 24).

use std::time::Duration;

use serde_json::json;

use crate::support::{App, PATIENCE, Settings, Wire, eventually};

/// What anybody may send who is no client of ours, before and after a WebSocket is open.
const NO_HTTP: [&str; 5] = [
    "\u{1}\u{2}\r\n\r\n",
    "GET /livez HTTP/1.1\r\n\r\n",
    "GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
     transfer-encoding: chunked\r\n\r\nzz\r\n",
    "GET /livez HTTP/3.9\r\nhost: x\r\n\r\n",
];
const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// Heads of frames: parts of control frames, unknown kinds, a part of nothing, one that is too long.
const NO_FRAMES: [[u8; 2]; 6] =
    [[0x08, 0x80], [0x09, 0x80], [0x0a, 0x80], [0x83, 0x80], [0x00, 0x80], [0x89, 0xfe]];

/// Questions that the database must be asked for.
const QUESTIONS: i64 = 300;
/// Lines that they may cause, however many there are: from a few places in the program one each ten
/// seconds.
const LINES_MAX: usize = 40;

/// Lines in which the server complains.
fn loud(app: &mut App) -> Vec<String> {
    let logged = app.server().logged();
    let loud = |line: &&str| line.contains("ERROR") || line.contains(" WARN ");
    logged.lines().filter(loud).map(str::to_owned).collect()
}

async fn make_noise(app: &App) {
    for text in NO_HTTP {
        let mut wire = Wire::open(app).await;
        wire.say(text).await;
        wire.status().await;
    }
    let told = NO_FRAMES.map(async |frame| {
        let mut wire = Wire::open(app).await;
        wire.say(UPGRADE).await;
        assert!(wire.heard("\r\n\r\n").await.contains(" 101 "), "it is open");
        wire.say_bytes(&[frame.as_slice(), &[0; 4]].concat()).await;
        _ = tokio::time::timeout(Duration::from_secs(5), wire.rest()).await;
    });
    futures_util::future::join_all(told).await;
}

#[tokio::test]
async fn row_24_what_anybody_can_send_is_no_error_of_ours() {
    for filter in [None, Some("warn"), Some("error"), Some("info,hotdeal=debug")] {
        let mut app = App::start_with(|settings: Settings| match filter {
            Some(filter) => settings.with("HOTDEAL__LOG__FILTER", filter),
            None => settings.without("HOTDEAL__LOG__FILTER"),
        })
        .await;
        make_noise(&app).await;
        let loud = loud(&mut app);
        assert!(loud.is_empty(), "{filter:?}: {loud:#?}");
    }
}

#[tokio::test]
async fn row_24_who_looks_for_faults_is_told_what_came_in() {
    for filter in ["debug,actix_http::h1=trace", "trace"] {
        let loud = |settings: Settings| settings.with("HOTDEAL__LOG__FILTER", filter);
        let mut app = App::start_with(loud).await;
        make_noise(&app).await;
        eventually("it tells", PATIENCE, async || {
            let logged = app.server().logged();
            ["parse error", "Unfinished fragment"]
                .iter()
                .all(|told| logged.contains(told))
                .then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn row_24_a_database_that_cannot_be_read_is_told_of_now_and_then_and_not_with_each_request() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let tables = app.database.open().await;
    tables.spoil("ALTER TABLE products RENAME TO products_away").await;
    let shopper = app.shopper(1);
    for number in 0..QUESTIONS {
        let asked = shopper.get(&format!("/api/products/{}", lamp + 1_000 + number));
        asked.send().await.refused(503, "UNAVAILABLE");
    }
    let told = loud(&mut app);
    assert!(told.iter().any(|line| line.contains("the database could not be read")), "{told:#?}");
    assert!(told.len() < LINES_MAX, "{} lines: {:#?}", told.len(), &told[..LINES_MAX]);
    tables.spoil("ALTER TABLE products_away RENAME TO products").await;
    tables.close().await;
}

#[tokio::test]
async fn row_24_who_looks_for_faults_is_told_of_each_request_that_failed() {
    let loud = |settings: Settings| settings.with("HOTDEAL__LOG__FILTER", "debug");
    let mut app = App::start_with(loud).await;
    let tables = app.database.open().await;
    tables.spoil("ALTER TABLE products RENAME TO products_away").await;
    for number in 0..20 {
        let asked = app.shopper(1).get(&format!("/api/products/{}", 1_000 + number));
        asked.send().await.refused(503, "UNAVAILABLE");
    }
    let logged = app.server().logged();
    let told = logged.lines().filter(|line| line.contains("the database could not be read"));
    assert!(told.count() >= 20, "{logged}");
    tables.close().await;
}

/// Orders, coupons, log-ins and reads, one after the other.
#[tokio::test]
async fn row_24_a_database_that_is_away_is_told_of_now_and_then_and_not_with_each_request() {
    let mut app = App::start().await;
    let (lamp, event) = (app.product(None, 100, 5).await, app.event(5).await);
    let tables = app.database.open().await;
    // Nothing can be written, and nothing be read by whom it was not known before.
    for table in ["streams", "products", "profiles", "coupon_issues"] {
        tables.spoil(&format!("ALTER TABLE {table} RENAME TO {table}_away")).await;
    }
    for number in 0..QUESTIONS / 4 {
        let shopper = app.shopper(10 + number);
        let order = json!({"productId": lamp, "quantity": 1});
        let login = json!({"email": format!("x{number}@shoppers.test"), "password": "a long way"});
        for asked in [
            shopper.post_json("/api/orders/v1", &order).key(&format!("k-{number}")),
            shopper.post_json("/api/coupons/issue", &json!({"eventId": event})),
            app.anyone().post_json("/api/auth/login", &login),
            shopper.get("/api/users/me"),
        ] {
            let answer = asked.send().await;
            assert!(answer.status.as_u16() >= 400, "{answer}");
        }
    }
    let told = loud(&mut app);
    assert!(!told.is_empty() && told.len() < LINES_MAX, "{} lines: {told:#?}", told.len());
    tables.close().await;
}
