//! SockJS 0.3.3 with STOMP in it: by its own client (`sockjs-client` from npm), and frame by frame.

mod frames;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::commands::{next, say, stomp, told};
use super::stomp::Stompjs;
use super::{connections, deal, ended, follower};
use crate::support::{
    Answer, App, PATIENCE, Role, Settings, Socket, eventually, mint, open, upgrade,
};

const SHOP: &str = "https://shop.example";
const ADDRESS: &str = "/ws/000/abcdefgh/websocket";

/// A session that has been told that it is open.
async fn opened(app: &App) -> Socket {
    let mut socket = open(sockjs(app, ADDRESS)).await.expect("anyone may open it");
    assert_eq!(next(&mut socket).await, "o");
    socket
}

/// A request to open a session. SockJS' clients name no sub-protocol.
fn sockjs(app: &App, path: &str) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let mut request = upgrade(app.url(), path, None, "-");
    request.headers_mut().remove("sec-websocket-protocol");
    request
}

/// Says STOMP frames in one frame of SockJS.
async fn say_all(socket: &mut Socket, frames: &[String]) {
    say(socket, &json!(frames).to_string()).await;
}

fn connect(token: &str) -> String {
    let bearer = format!("Bearer {token}");
    stomp("CONNECT", &[("accept-version", "1.2"), ("Authorization", &bearer)])
}

/// The command of a STOMP frame that comes within a frame of SockJS, and what it names; another
/// frame as it is.
async fn heard(socket: &mut Socket) -> String {
    let frame = next(socket).await;
    let messages = frame.strip_prefix('a').map(serde_json::from_str::<Vec<String>>);
    match messages {
        None => frame,
        Some(messages) => told(&messages.expect("a list of texts").concat()),
    }
}

#[tokio::test]
async fn sockjs_client_gets_the_notices_of_subscribed_products_and_of_no_others() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let other = app.product(None, 30_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let in_connect = json!({"Authorization": format!("Bearer {token}")});
    let in_address = format!("/ws?access_token={token}");
    for (path, headers) in [("/ws", in_connect), (in_address.as_str(), json!({}))] {
        let mut client = Stompjs::connect_over_sockjs(&app, path, headers);
        client.expect("connected");
        client.subscribe();
        deal(&app, 15.0, &[other]).await;
        deal(&app, 10.0, &[lamp]).await;
        let told = client.expect("message");
        assert_eq!(told["body"], "🔥 핫딜 등장! 'Desk lamp' 지금 바로 11,610원! (10% 할인)");
        assert_eq!(told["headers"]["destination"], "/topic/notification");
        client.tell(&json!({"do": "disconnect"}));
        client.expect("disconnected");
    }
}

#[tokio::test]
async fn sockjs_client_is_told_why_its_session_ends() {
    let app = App::start().await;
    let none = Stompjs::connect_over_sockjs(&app, "/ws", json!({}));
    assert_eq!(none.expect("error")["message"], "NOT_FOUND_TOKEN");
    assert_eq!(none.expect("closed")["code"], 4401);
    let (_, kim) = app.signed_up("kim").await;
    let headers = json!({"Authorization": format!("Bearer {}", kim.token().expect("logged in"))});
    let client = Stompjs::connect_over_sockjs(&app, "/ws", headers);
    client.expect("connected");
    let password = json!({"password": "a long enough password"});
    kim.post_json("/api/auth/logout", &password).send().await.with_status(200);
    assert_eq!(client.expect("error")["message"], "revoked");
    let closed = client.expect("closed");
    assert_eq!((&closed["code"], &closed["reason"]), (&json!(4401), &json!("revoked")));
    eventually("it is counted", PATIENCE, async || {
        (ended(&app.admin(), "revoked").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_sockjs_client_asks_first_is_answered_as_the_protocol_has_it() {
    let app = App::start().await;
    let mut numbers = Vec::new();
    for path in ["/ws/info", "/ws/info?t=1764000000000", "/ws/info?access_token=x&t=1"] {
        let answer = app.anyone().get(path).send().await.with_status(200);
        let kept = answer.header("cache-control").expect("how long it is kept");
        assert_eq!(kept, "no-store, no-cache, no-transform, must-revalidate, max-age=0");
        assert_eq!(answer.header("set-cookie"), None, "{answer}");
        let mut info: Value = answer.good();
        let entropy = info["entropy"].as_u64().expect("a whole number");
        assert!(entropy < 1 << 32, "{entropy}");
        numbers.push(entropy);
        info["entropy"].take();
        let wanted = json!({
            "websocket": true, "origins": ["*:*"], "cookie_needed": false, "entropy": null,
        });
        assert_eq!(info, wanted);
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 3, "chance tells them apart: {numbers:?}");
}

/// What a browser asks before it asks what a client of SockJS wants to know.
async fn preflight(app: &App, origin: &str) -> Answer {
    let asked = app.anyone().ask(Method::OPTIONS, "/ws/info").header("origin", origin);
    asked.header("access-control-request-method", "GET").send().await
}

#[tokio::test]
async fn pages_of_named_origins_read_what_sockjs_asks_and_others_do_not() {
    let named = |settings: Settings| settings.with("HOTDEAL__HTTP__CORS_ORIGINS", SHOP);
    let app = App::start_with(named).await;
    let credentials = "access-control-allow-credentials";
    let answer = preflight(&app, SHOP).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert!(answer.body.is_empty() && answer.header("expires").is_some(), "{answer}");
    for (name, value) in [
        ("access-control-allow-origin", SHOP),
        (credentials, "true"),
        ("access-control-allow-methods", "OPTIONS, GET, HEAD"),
        ("access-control-max-age", "31536000"),
        ("cache-control", "public, max-age=31536000"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer}");
    }
    let answer = app.anyone().get("/ws/info").header("origin", SHOP).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP), "{answer}");
    assert_eq!(answer.header(credentials), Some("true"), "{answer}");
    // Others are answered as everywhere, and read nothing.
    for origin in ["https://evil.example", "null"] {
        let refused = preflight(&app, origin).await;
        let read = app.anyone().get("/ws/info").header("origin", origin).send().await;
        assert_eq!((refused.status.as_u16(), read.status.as_u16()), (405, 200), "{refused}");
        for answer in [refused, read] {
            assert_eq!(answer.header("access-control-allow-origin"), None, "{answer}");
            assert_eq!(answer.header(credentials), None, "{answer}");
        }
    }
    // Nobody is told more than at every other address of what else may be sent.
    let elsewhere = app.anyone().get("/livez").header("origin", SHOP).send().await;
    assert_eq!(elsewhere.header(credentials), None, "{elsewhere}");
    let status = |origin: &'static str| {
        let mut request = sockjs(&app, ADDRESS);
        request.headers_mut().insert("origin", origin.parse().expect("visible"));
        async move { open(request).await.err() }
    };
    assert_eq!(status(SHOP).await, None);
    assert_eq!(status("https://evil.example").await, Some(403));
}

#[tokio::test]
async fn only_addresses_of_its_websocket_transport_open_a_session() {
    let app = App::start().await;
    for path in
        ["/ws/_/_/websocket", "/ws/1/abcdefgh_i-j%20/websocket", "/ws/9/%ED%95%AB/websocket"]
    {
        let mut socket = open(sockjs(&app, path)).await.expect(path);
        assert_eq!(next(&mut socket).await, "o", "{path}");
    }
    for path in [
        "/ws//a/websocket",
        "/ws/a//websocket",
        "/ws/a./a/websocket",
        "/ws/a/a.b/websocket",
        "/ws/a/a%2Eb/websocket",
        "/ws/a/websocket",
        "/ws/a/b/c/websocket",
        "/ws/a/b/websocket/",
        "/ws/a/b/xhr_streaming",
        "/ws/other",
        "/ws/",
    ] {
        assert_eq!(open(sockjs(&app, path)).await.err(), Some(404), "{path}");
    }
    let plain = app.anyone().get(ADDRESS).send().await;
    plain.refused(400, "NO_WEBSOCKET");
    let posted = app.anyone().post("/ws/a/b/xhr").send().await;
    posted.refused(404, "NOT_FOUND");
    let posted = app.anyone().post(ADDRESS).send().await;
    assert_eq!(posted.header("allow"), Some("GET"), "{posted}");
    posted.refused(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn the_same_tokens_let_in_as_at_the_bare_address() {
    let app = App::start().await;
    let good = mint(7, Role::User);
    let mut request = sockjs(&app, ADDRESS);
    request.headers_mut().insert("authorization", format!("bearer {good}").parse().expect("text"));
    let by_header = open(request).await.expect("let in");
    let path = format!("{ADDRESS}?access_token={good}");
    let by_address = open(sockjs(&app, &path)).await.expect("let in");
    for mut socket in [by_header, by_address] {
        assert_eq!(next(&mut socket).await, "o");
        say_all(&mut socket, &[stomp("CONNECT", &[("accept-version", "1.2")])]).await;
        assert_eq!(heard(&mut socket).await, "CONNECTED");
    }
    let bad = format!("{ADDRESS}?access_token=x");
    assert_eq!(open(sockjs(&app, &bad)).await.err(), Some(401));
    for (token, error, closed) in [
        ("x".to_owned(), "ERROR TOKEN_MISMATCH", 4401),
        (mint(8, Role::Partner), "ERROR FORBIDDEN", 1002),
    ] {
        let mut socket = opened(&app).await;
        say_all(&mut socket, &[connect(&token)]).await;
        assert_eq!(heard(&mut socket).await, error);
        assert_eq!(heard(&mut socket).await, format!("c[{closed},\"\"]"));
        assert_eq!(heard(&mut socket).await, format!("closed {closed} "));
    }
}

#[tokio::test]
async fn sessions_of_both_addresses_are_counted_together() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__PER_USER_MAX", "2")).await;
    let token = mint(7, Role::User);
    let bare = Stompjs::subscribed(&app, "/ws", &token, &["1.2"]);
    let mut open = Vec::new();
    for answer in ["CONNECTED", "ERROR TOO_MANY_CONNECTIONS"] {
        let mut socket = opened(&app).await;
        say_all(&mut socket, &[connect(&token)]).await;
        assert_eq!(heard(&mut socket).await, answer);
        open.push(socket);
    }
    let view = connections(&app.admin()).await;
    assert_eq!(view["transports"][2]["open"], json!(2), "{view}");
    drop((bare, open));
}

#[tokio::test]
async fn a_heartbeat_comes_every_25_seconds() {
    let app = App::start().await;
    let mut socket = opened(&app).await;
    let begun = Instant::now();
    say_all(&mut socket, &[connect(&mint(7, Role::User))]).await;
    assert_eq!(heard(&mut socket).await, "CONNECTED");
    assert_eq!(heard(&mut socket).await, "h");
    // A busy machine may be late, and is never early.
    assert!(begun.elapsed() > Duration::from_secs(20), "{:?}", begun.elapsed());
}
