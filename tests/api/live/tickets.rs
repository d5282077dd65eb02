//! Tickets, which let pages in that cannot send headers (row 53 of the security checks).

use std::time::Duration;

use serde_json::{Value, json};

use super::doors::statuses;
use crate::support::{App, Role, Wire, mint};

/// Where other clients than the usual ones are.
const ELSEWHERE: &str = "127.0.0.2";

async fn ticket(app: &App, token: &str) -> (String, Value) {
    let client = app.anyone().with_token(Some(token.to_owned()));
    let answer = client.post("/api/live/ticket").send().await.with_status(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let sold: Value = answer.good();
    (sold["ticket"].as_str().expect("a ticket").to_owned(), sold["expiresIn"].clone())
}

/// The head of a request for `path`, and what a WebSocket needs besides.
fn head(app: &App, start: &str, more: &str) -> String {
    let own = app.url().trim_start_matches("http://");
    format!("{start} HTTP/1.1\r\nhost: {own}\r\norigin: http://{own}\r\n{more}\r\n")
}

const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: hotdeal.v1+json\r\n";

/// The statuses of a WebSocket and a stream of events that somebody elsewhere asks for.
async fn statuses_elsewhere(app: &App, tickets: [&str; 2]) -> [Option<u16>; 2] {
    let mut statuses = [None; 2];
    for (place, (path, more)) in
        [("/api/live", UPGRADE), ("/api/live/stream", "")].into_iter().enumerate()
    {
        let mut wire = Wire::open_from(app, ELSEWHERE).await;
        let start = format!("GET {path}?ticket={}", tickets[place]);
        wire.say(&head(app, &start, more)).await;
        statuses[place] = wire.status().await;
    }
    statuses
}

/// A ticket bought from elsewhere.
async fn ticket_elsewhere(app: &App, token: &str) -> String {
    let mut wire = Wire::open_from(app, ELSEWHERE).await;
    let more = format!("authorization: Bearer {token}\r\ncontent-length: 0\r\n");
    wire.say(&head(app, "POST /api/live/ticket", &more)).await;
    let answer = wire.answer().await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let sold: Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e} in {answer}"));
    sold["ticket"].as_str().expect("a ticket").to_owned()
}

#[tokio::test]
async fn row_53_a_ticket_lets_a_page_in_once() {
    let mut app = App::start_with(|s| s.with("HOTDEAL__LOG__FILTER", "trace")).await;
    let token = mint(11, Role::User);
    let own = app.url().to_owned();
    let page = [("origin", own.as_str())];
    let (one, lasts) = ticket(&app, &token).await;
    assert_eq!(lasts, json!(30));
    let (other, _) = ticket(&app, &token).await;
    assert_eq!(statuses(&app, &format!("?ticket={one}"), &page).await, [101, 401]);
    assert_eq!(statuses(&app, &format!("?ticket={one}"), &page).await, [401, 401]);
    // With a WebSocket browsers name an origin: without one it is no page, and a program can send a header.
    assert_eq!(statuses(&app, &format!("?ticket={other}"), &[]).await, [403, 401]);
    assert_eq!(statuses(&app, "?ticket=nonsense", &page).await, [401, 401]);
    // A browser names no origin where a page reads a stream from its own, but says whose page it is.
    for (site, expected) in [
        ("same-origin", 200),
        ("none", 200),
        ("cross-site", 403),
        ("same-site", 403),
        ("anything", 403),
    ] {
        let (ticket, _) = ticket(&app, &token).await;
        let asked = app.anyone().get(&format!("/api/live/stream?ticket={ticket}"));
        assert_eq!(asked.header("sec-fetch-site", site).begin().await, expected, "{site}");
    }
    // An old browser, or one that does not trust the address, says neither.
    let (silent, _) = ticket(&app, &token).await;
    let asked = app.anyone().get(&format!("/api/live/stream?ticket={silent}"));
    assert_eq!(asked.begin().await, 200);
    // A ticket is good for connections alone.
    let (third, _) = ticket(&app, &token).await;
    let answer = app.anyone().get(&format!("/api/users/me?ticket={third}")).send().await;
    answer.refused(401, "NOT_FOUND_TOKEN");
    let bearer = app.anyone().with_token(Some(third.clone()));
    bearer.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    let logged = app.server().logged();
    assert!(logged.contains("TRACE"), "it tells everything");
    for sold in [one, other, third] {
        assert!(!logged.contains(&sold), "a ticket stands in the log");
    }
}

#[tokio::test]
async fn row_53_a_ticket_is_worth_nothing_from_another_address() {
    let mut app = App::start_with(|s| s.with("HOTDEAL__LOG__FILTER", "trace")).await;
    let token = mint(11, Role::User);
    let [one, other] = [ticket(&app, &token).await.0, ticket(&app, &token).await.0];
    let theirs = statuses_elsewhere(&app, [&one, &other]).await;
    assert_eq!(theirs, [Some(401), Some(401)]);
    // Whoever stole it has used it up: the thief gains nothing, and the owner buys another.
    let own = app.url().to_owned();
    let page = [("origin", own.as_str())];
    assert_eq!(statuses(&app, &format!("?ticket={one}"), &page).await, [401, 401]);
    // It is the address that counts: from there one's own ticket lets one in.
    let mine = [ticket_elsewhere(&app, &token).await, ticket_elsewhere(&app, &token).await];
    let let_in = statuses_elsewhere(&app, [&mine[0], &mine[1]]).await;
    assert_eq!(let_in, [Some(101), Some(200)]);
    let logged = app.server().logged();
    for sold in [one, other].into_iter().chain(mine) {
        assert!(!logged.contains(&sold), "a ticket stands in the log");
    }
}

#[tokio::test]
async fn row_53_a_ticket_is_worth_nothing_after_its_time() {
    let app = App::start_with(|s| s.with("HOTDEAL__LIVE__TICKET_S", "1")).await;
    let token = mint(11, Role::User);
    let own = app.url().to_owned();
    let page = [("origin", own.as_str())];
    let mut sold = Vec::new();
    for _ in 0..2 {
        let (ticket, lasts) = ticket(&app, &token).await;
        assert_eq!(lasts, json!(1));
        sold.push(ticket);
    }
    // Nothing happens when it ends: its time alone passes.
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    for ticket in sold {
        assert_eq!(statuses(&app, &format!("?ticket={ticket}"), &page).await, [401, 401]);
    }
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_after_its_owner_has_logged_out() {
    let app = App::start().await;
    let (_, kim) = app.signed_up("kim").await;
    let token = kim.token().expect("logged in").to_owned();
    let [one, other] = [ticket(&app, &token).await.0, ticket(&app, &token).await.0];
    let password = json!({"password": "a long enough password"});
    kim.post_json("/api/auth/logout", &password).send().await.with_status(200);
    let own = app.url().to_owned();
    let page = [("origin", own.as_str())];
    for ticket in [one, other] {
        assert_eq!(statuses(&app, &format!("?ticket={ticket}"), &page).await, [401, 401]);
    }
}
