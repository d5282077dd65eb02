//! Requests that two readers may understand in two ways (row 26).

use crate::support::{App, Role, Wire, mint};

/// A request that somebody hides in another.
const NEXT: &str = "GET /api/forged HTTP/1.1\r\nhost: x\r\n\r\n";

fn head(app: &App, start: &str, more: &str) -> String {
    let host = app.url().trim_start_matches("http://");
    let token = mint(900_000_001, Role::Admin);
    format!(
        "{start} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{more}\r\n"
    )
}

/// The statuses of all answers up to the end of the connection.
async fn statuses(app: &App, said: &str) -> Vec<u16> {
    let mut wire = Wire::open(app).await;
    wire.say(said).await;
    let (heard, _) = wire.rest().await;
    let answers = heard.split("HTTP/1.1 ").skip(1);
    answers.map(|answer| answer[..3].parse().expect("a status")).collect()
}

#[tokio::test]
async fn row_26_a_body_of_two_lengths_is_refused_and_the_connection_ends() {
    let app = App::start().await;
    for (what, lengths) in [
        ("a length and chunks", "content-length: 4\r\ntransfer-encoding: chunked\r\n"),
        ("chunks and a length", "transfer-encoding: chunked\r\ncontent-length: 4\r\n"),
        ("two lengths", "content-length: 4\r\ncontent-length: 5\r\n"),
        ("two lengths in one", "content-length: 4, 5\r\n"),
        ("a signed length", "content-length: +4\r\n"),
        ("a length that is none", "content-length: 4x\r\n"),
        ("unknown chunks", "transfer-encoding: xchunked\r\n"),
        ("chunks twice", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
        ("chunks not last", "transfer-encoding: chunked, identity\r\n"),
        ("a space before the colon", "transfer-encoding : chunked\r\n"),
        ("a folded line", "x: y\r\n transfer-encoding: chunked\r\n"),
    ] {
        let mut wire = Wire::open(&app).await;
        let head = head(&app, "POST /api/coupons/issue", lengths);
        wire.say(&format!("{head}0\r\n\r\n{NEXT}")).await;
        let (heard, _) = wire.rest().await;
        assert!(heard.starts_with("HTTP/1.1 400 "), "{what}: {heard:?}");
        assert_eq!(heard.matches("HTTP/1.1 ").count(), 1, "{what}: a second answer: {heard:?}");
    }
    // Chunks that are none end the connection, and what follows is no request.
    for (what, body) in [
        ("no size", format!("x\r\n\r\n{NEXT}")),
        ("a size of 2^64", format!("10000000000000000\r\n\r\n{NEXT}")),
        ("a negative size", format!("-1\r\n\r\n{NEXT}")),
        ("more than was announced", format!("1\r\nxyz\r\n0\r\n\r\n{NEXT}")),
    ] {
        let mut wire = Wire::open(&app).await;
        let head = head(&app, "POST /api/coupons/issue", "transfer-encoding: chunked\r\n");
        wire.say(&format!("{head}{body}")).await;
        let (heard, _) = wire.rest().await;
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 400 "), "{what}: {heard:?}");
        assert!(heard.matches("HTTP/1.1 ").count() <= 1, "{what}: a second answer: {heard:?}");
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn row_26_a_bare_line_feed_in_a_head_is_refused_and_the_connection_ends() {
    let app = App::start().await;
    let post = "POST /livez HTTP/1.1\r\nhost: x\r\n";
    for (what, said) in [
        ("no returns at all", "GET /livez HTTP/1.1\nhost: x\n\n".to_owned()),
        ("none in the first line", "GET /livez HTTP/1.1\nhost: x\r\n\r\n".to_owned()),
        ("none at the end", "GET /livez HTTP/1.1\r\nhost: x\r\n\n".to_owned()),
        ("one before the request", "\nGET /livez HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()),
        ("a return alone", "GET /livez HTTP/1.1\r\nhost: x\r\nx: a\rb: c\r\n\r\n".to_owned()),
        ("a hidden length", format!("{post}x: y\ncontent-length: {}\r\n\r\n", NEXT.len())),
        ("a hidden end", format!("{post}x: y\n\n")),
        (
            "chunks beside a length, hidden",
            format!("{post}x: y\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n"),
        ),
    ] {
        assert_eq!(statuses(&app, &format!("{said}{NEXT}")).await, [400], "{what}");
        // However it is cut: what comes later is judged as what came before.
        let (first, second) = said.split_at(said.find('\n').expect("there are line feeds"));
        let mut wire = Wire::open(&app).await;
        wire.say(first).await;
        wire.say(&format!("{second}{NEXT}")).await;
        let (heard, _) = wire.rest().await;
        assert!(heard.starts_with("HTTP/1.1 400 "), "{what}, cut: {heard:?}");
        assert_eq!(heard.matches("HTTP/1.1 ").count(), 1, "{what}, cut: {heard:?}");
    }
}

/// What follows the last chunk goes on to an empty line, however its lines end: a hidden request is
/// part of it for us, and there is no request in it for whoever goes by lines that are whole.
#[tokio::test]
async fn row_26_a_bare_line_feed_behind_the_last_chunk_begins_no_request() {
    let short =
        |settings: crate::support::Settings| settings.with("HOTDEAL__HTTP__KEEP_ALIVE_S", "1");
    let app = App::start_with(short).await;
    let post = "POST /livez HTTP/1.1\r\nhost: x\r\n";
    for behind in ["x: y\n\n", "\n"] {
        let said = format!("{post}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n{behind}{NEXT}");
        assert_eq!(statuses(&app, &said).await, [405], "{behind:?}");
    }
}

#[tokio::test]
async fn row_26_a_bare_line_feed_in_chunks_is_refused_and_the_connection_ends() {
    let app = App::start().await;
    let head = head(&app, "POST /api/coupons/issue", "transfer-encoding: chunked\r\n");
    for (what, body) in [
        ("behind a size", "1\nx\r\n0\r\n\r\n"),
        ("behind data", "1\r\nx\n0\r\n\r\n"),
        ("behind the last size", "1\r\nx\r\n0\n\r\n"),
        ("twice", "1\r\nx\r\n0\n\n"),
        ("in an extension", "1;a\nb\r\nx\r\n0\r\n\r\n"),
        ("in an extension that looks like a size", "1;\n40\r\nx\r\n0\r\n\r\n"),
        ("a return alone", "1\rx\r\n0\r\n\r\n"),
        ("a space before a size", " 1\r\nx\r\n0\r\n\r\n"),
        ("a size with a prefix", "0x1\r\nx\r\n0\r\n\r\n"),
    ] {
        let found = statuses(&app, &format!("{head}{body}{NEXT}")).await;
        assert_eq!(found, [400], "{what}");
    }
}
