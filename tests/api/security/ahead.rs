//! Clients that send requests without waiting for answers (row 32).

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{App, PATIENCE, Role, Settings, Wire, eventually, mint};

/// Longer than any of these tests.
const NEVER: &str = "600000";
/// The smallest request with a large answer.
const DOCUMENT: &str = "GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
#[tokio::test]
async fn requests_sent_ahead_are_answered_in_their_order() {
    let app = App::start().await;
    let token = mint(1, Role::User);
    let ask = |start: &str, more: &str| {
        let host = app.url().trim_start_matches("http://");
        let media = "content-type: application/json";
        format!(
            "{start} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{media}\r\n{more}"
        )
    };
    let issue = |more: &str| ask("POST /api/coupons/issue", more);
    // Empty lines within bodies end nothing, and bodies longer than heads come whole.
    let unknown = format!("{{\"couponEventId\": 987654321{}}}", "\r\n\r\n".repeat(100));
    let long = " ".repeat(40_000);
    let each = [
        (200, ask("GET /livez", "\r\n")),
        (400, issue(&format!("content-length: {}\r\n\r\n{unknown}", unknown.len()))),
        (405, ask("GET /api/coupons/issue", "\r\n")),
        (400, issue("transfer-encoding: chunked\r\n\r\n3\r\n\r\n{\r\n2\r\n\r\n\r\n0\r\n\r\n")),
        (404, ask("GET /api/nowhere", "content-length: 4\r\n\r\n\r\n\r\n")),
        (400, issue(&format!("content-length: {}\r\n\r\n{long}", long.len()))),
    ];
    const ROUNDS: usize = 20;
    let mut said: String = each.iter().map(|(_, request)| request.as_str()).collect();
    said = said.repeat(ROUNDS);
    said.push_str(&ask("GET /livez", "connection: close\r\n\r\n"));
    let mut expected: Vec<u16> = each.iter().map(|(status, _)| *status).collect();
    expected = expected.repeat(ROUNDS);
    expected.push(200);
    for piece in [said.len(), 1_000, 77] {
        let mut wire = Wire::open(&app).await;
        for from in (0..said.len()).step_by(piece) {
            wire.say(&said[from..said.len().min(from + piece)]).await;
        }
        let (heard, _) = wire.rest().await;
        let answers = heard.split("HTTP/1.1 ").skip(1);
        let statuses: Vec<u16> = answers.map(|it| it[..3].parse().expect("a status")).collect();
        assert_eq!(statuses, expected, "in pieces of {piece}");
        let closing = heard.find("connection: close").expect("the last says that it is");
        let last = heard.rfind("HTTP/1.1 ").expect("they are many");
        assert!(closing > last, "in pieces of {piece}: an answer before the last ends it");
    }
}

#[tokio::test]
async fn row_32_who_sends_ahead_and_does_not_read_takes_no_memory() {
    let patient = |settings: Settings| settings.with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", NEVER);
    let mut app = App::start_with(patient).await;
    // A first answer, so that what it takes once is not counted below.
    app.anyone().get("/api/openapi.json").send().await.with_status(200);
    let before = app.memory_kib();
    let mut unread = Vec::new();
    for _ in 0..50 {
        unread.push(sent_ahead(&app, &DOCUMENT.repeat(2_000)).await);
    }
    let grown = app.memory_kib().saturating_sub(before);
    // Taken apart at once they were 12 MiB each.
    assert!(grown < 50 << 10, "{grown} KiB for 50 clients that do not read");
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn row_32_who_sends_ahead_and_does_not_read_takes_no_processor() {
    let patient = |settings: Settings| settings.with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", NEVER);
    let mut app = App::start_with(patient).await;
    let endless = format!(
        "GET /api/live/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n{}",
        mint(1, Role::User),
        DOCUMENT.repeat(20_000),
    );
    // Who asks for another protocol and does not get it is no exception.
    let upgrading = |said: &str| said.replace("\r\n\r\n", "\r\nconnection: upgrade\r\n\r\n");
    let unread = [
        sent_ahead(&app, &DOCUMENT.repeat(100_000)).await,
        sent_ahead(&app, &upgrading(DOCUMENT).repeat(100_000)).await,
        sent_ahead(&app, &endless).await,
        sent_ahead(&app, &upgrading(&endless)).await,
    ];
    eventually("the server rests", PATIENCE, async || {
        let before = app.processor_time();
        tokio::time::sleep(Duration::from_secs(2)).await;
        (app.processor_time() - before < Duration::from_millis(300)).then_some(())
    })
    .await;
    drop(unread);
}

/// A client that has sent as much of this as is taken in, and reads nothing.
async fn sent_ahead(app: &App, said: &str) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let sending = stream.write_all(said.as_bytes());
    _ = tokio::time::timeout(Duration::from_millis(200), sending).await;
    stream
}
