//! HTTP/1.0 and HTTP/1.1 on bare connections.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::one_worker;
use crate::support::{App, PATIENCE, Settings, Wire, eventually};

const OLD: &str = "GET /livez HTTP/1.0\r\n\r\n";
const OLD_KEPT: &str = "GET /livez HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
const NEW: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

/// An HTTP/1.0 request to its end, so that what it leaves behind lies there.
async fn leave_one_behind(app: &App) {
    let mut wire = Wire::open(app).await;
    wire.say(OLD).await;
    let (heard, _) = wire.rest().await;
    assert!(heard.starts_with("HTTP/1.0 200 "), "{heard}");
}

#[tokio::test]
async fn a_request_of_http_1_0_makes_no_connection_of_http_1_1_hang() {
    let app = one_worker().await;
    for said in [NEW, OLD_KEPT] {
        leave_one_behind(&app).await;
        let mut wire = Wire::open(&app).await;
        let begun = std::time::Instant::now();
        for count in 1..=5 {
            wire.say(said).await;
            let heard = tokio::time::timeout(super::SOON, wire.answer()).await;
            let heard = heard.unwrap_or_default();
            let after = begun.elapsed();
            assert!(heard.contains(" 200 OK"), "answer {count} to {said:?}, {after:?}: {heard:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_of_http_1_0_is_kept_where_its_client_asks_for_it_and_only_then() {
    let app = one_worker().await;
    let body = "{\"refreshToken\": \"x\"}";
    let length = body.len();
    let post = |more: &str| {
        format!(
            "POST /api/auth/reissue HTTP/1.0\r\ncontent-type: application/json\r\n{more}\
             content-length: {length}\r\n\r\n{body}"
        )
    };
    let (post_kept, post) = (post("connection: keep-alive\r\n"), post(""));
    // Whatever was answered on this thread before, the same holds.
    for before in [NEW, OLD, OLD_KEPT] {
        for (kept, last, status) in
            [(OLD_KEPT, OLD, " 200 OK"), (&post_kept, &post, " 401 Unauthorized")]
        {
            let mut other = Wire::open(&app).await;
            other.say(before).await;
            other.answer().await;
            let mut wire = Wire::open(&app).await;
            // Sent without waiting: they come one at a time all the same.
            let said = format!("{kept}{kept}{kept}{last}{kept}");
            wire.say(&said).await;
            let ended = tokio::time::timeout(super::SOON, wire.rest()).await;
            let Ok((heard, _)) = ended else { panic!("it does not end after {before:?}, {said}") };
            let answers = heard.matches(status).count();
            assert_eq!(answers, 4, "one for each up to the last, after {before:?}: {heard}");
            assert_eq!(heard.matches("connection: keep-alive").count(), 3, "{heard}");
        }
    }
}

#[tokio::test]
async fn requests_of_http_1_0_are_taken_in_one_at_a_time() {
    let patient = |settings: Settings| {
        settings
            .with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "600000")
            .with("HOTDEAL__HTTP__WORKERS", "1")
    };
    let mut app = App::start_with(patient).await;
    app.anyone().get("/api/openapi.json").send().await.with_status(200);
    leave_one_behind(&app).await;
    let post = "POST /api/auth/reissue HTTP/1.0\r\nconnection: keep-alive\r\n\
                content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let large = "GET /api/openapi.json HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let said = format!("{post}{}", large.repeat(2_000));
    let before = app.memory_kib();
    let mut unread = Vec::new();
    for _ in 0..50 {
        let address = app.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let sending = stream.write_all(said.as_bytes());
        _ = tokio::time::timeout(Duration::from_millis(200), sending).await;
        stream.readable().await.expect("an answer");
        unread.push(stream);
    }
    eventually("all that is taken in has been", PATIENCE, async || {
        let before = app.processor_time();
        tokio::time::sleep(Duration::from_secs(1)).await;
        (app.processor_time() - before < Duration::from_millis(100)).then_some(())
    })
    .await;
    let grown = app.memory_kib().saturating_sub(before);
    assert!(grown < 50 << 10, "{grown} KiB for 50 clients that send ahead and do not read");
    app.anyone().get("/livez").send().await.with_status(200);
}
