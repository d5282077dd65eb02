//! What a client cannot do to the server, and to other clients.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::{connections, deal, ended, follower};
use crate::support::{App, Listener, Over, Role, eventually, mint, open, upgrade};

/// The code with which a socket is closed after it has said this.
async fn closed_after(app: &App, path: &str, messages: Vec<Message>) -> u16 {
    let token = mint(11, Role::User);
    let protocol = if path == "/ws" { "v12.stomp" } else { "hotdeal.v1+json" };
    let request = upgrade(app.url(), path, Some(&token), protocol);
    let mut socket = open(request).await.expect("let in");
    for message in messages {
        if socket.send(message).await.is_err() {
            break;
        }
    }
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return 1006,
        }
    }
}

#[tokio::test]
async fn broken_and_oversize_frames_close_the_connection_with_the_right_code() {
    let app = App::start().await;
    let long = "x".repeat(65_537);
    let pings = (0..500).map(|_| Message::Ping(Vec::new().into())).collect();
    for (what, path, messages, code) in [
        ("64 KiB and one", "/api/live", vec![Message::text(long.clone())], 1009),
        ("64 KiB and one", "/ws", vec![Message::text(long)], 1009),
        ("binary", "/api/live", vec![Message::binary(vec![1, 2, 3])], 1003),
        ("a flood of pings", "/api/live", pings, 1008),
    ] {
        assert_eq!(closed_after(&app, path, messages).await, code, "{what} at {path}");
    }
    for (what, frame, code) in [
        ("not masked", vec![0x81_u8, 0x02, b'h', b'i'], 1002),
        ("bad UTF-8", vec![0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007),
        ("a fragment", vec![0x01, 0x81, 0, 0, 0, 0, b'a'], 1009),
        ("a reserved opcode", vec![0x83, 0x80, 0, 0, 0, 0], 1002),
        ("a long ping", [vec![0x89, 0xfe, 0x00, 0x80], vec![0; 132]].concat(), 1002),
    ] {
        assert_eq!(raw(&app, &frame).await, Some(code), "{what}");
    }
    // The server is as well as before.
    let mut listener = Listener::connect(Over::WebSocket, app.url(), &mint(12, Role::User), None)
        .await
        .expect("in");
    listener.expect("ready").await;
    listener.say(&json!({"type": "ping"})).await;
    assert_eq!(listener.next().await.expect("an answer").kind, "pong");
    for nonsense in [json!("x"), json!({"type": "order"}), json!({"type": "follow"})] {
        listener.say(&nonsense).await;
        assert_eq!(listener.next().await.expect("an answer").kind, "error", "{nonsense}");
    }
}

/// Sends bytes over a WebSocket opened by hand: the code of the close that comes back.
async fn raw(app: &App, bytes: &[u8]) -> Option<u16> {
    let mut stream = by_hand(app, 11, "/api/live", "hotdeal.v1+json").await;
    stream.write_all(bytes).await.expect("it is open");
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.expect("the server closes");
    let head = read.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let mut frames = &read[head..];
    while let [first, length, rest @ ..] = frames {
        let (length, rest) = match (*length, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
            (length, rest) => (usize::from(length), rest),
        };
        if *first == 0x88 {
            return Some(u16::from_be_bytes([rest[0], rest[1]]));
        }
        frames = &rest[length..];
    }
    None
}

async fn by_hand(app: &App, user: i64, path: &str, protocol: &str) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n",
        mint(user, Role::User),
    );
    stream.write_all(head.as_bytes()).await.expect("it is open");
    stream
}

#[tokio::test]
async fn a_client_that_stops_reading_costs_bounded_memory_and_the_others_notice_nothing() {
    let mut app = App::start_with(|settings| {
        settings
            .with("HOTDEAL__LIVE__WAITING_MAX", "8")
            .with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "15000")
    })
    .await;
    // Names as long as they may be, so that events are large and sockets fill.
    let mut products = Vec::new();
    for number in 0..200 {
        let mut body =
            crate::support::product_body(&format!("{number}{}", "가".repeat(190)), 1_000);
        body["productCategory"] = json!("OTHER");
        let answer = app.admin().post_json("/api/products", &body).send().await;
        let created: serde_json::Value = answer.with_status(201).good();
        products.push(created["productId"].as_i64().expect("a number"));
    }
    let mut readers = Vec::new();
    let mut people = Vec::new();
    for name in ["kim", "lee", "park", "choi"] {
        people.push(follower(&app, name, &products).await);
    }
    for ((_, token), over) in people.iter().zip([Over::WebSocket, Over::Sse]) {
        let mut reader = Listener::connect(over, app.url(), token, None).await.expect("in");
        reader.expect("ready").await;
        readers.push(reader);
    }
    let stuck = [
        by_hand(&app, people[2].0, "/api/live", "hotdeal.v1+json").await,
        by_hand(&app, people[3].0, "/api/live/stream", "none").await,
    ];
    let admin = app.admin();
    eventually("all are in", Duration::from_secs(10), async || {
        (connections(&admin).await["people"] == json!(4)).then_some(())
    })
    .await;
    // Kernels buffer some megabytes for a connection: an event has some 250 kilobytes.
    let event = deal(&app, 10.0, &products).await;
    for reader in &mut readers {
        reader.expect("hot-deal").await;
    }
    // What is used once is kept by the allocator: only growth after the first events counts.
    let mut grown_from = 0;
    for turn in 0..100 {
        if turn == 40 {
            grown_from = app.memory_kib();
        }
        for (how, kind) in [("pause", "deal-paused"), ("resume", "deal-resumed")] {
            admin.post(&format!("/api/event/{event}/{how}")).send().await.with_status(200);
            for reader in &mut readers {
                assert_eq!(*reader.expect(kind).await.data("/eventId"), json!(event));
            }
        }
    }
    // Meanwhile some 30 MB went to each of those who read; 24,000 rows of notices fill some 22 MB
    // of the database's caches, with clients that do not read or without.
    let grown = app.memory_kib().saturating_sub(grown_from);
    assert!(grown < 38 << 10, "{grown} KiB with two clients that do not read");
    eventually("who does not read is gone", Duration::from_secs(60), async || {
        (connections(&admin).await["people"] == json!(2)).then_some(())
    })
    .await;
    assert_eq!(ended(&admin, "slow").await, 2);
    drop(stuck);
}

#[tokio::test]
async fn one_person_has_so_many_connections_and_no_more() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__PER_USER_MAX", "2")).await;
    let token = mint(11, Role::User);
    let mut open = Vec::new();
    for over in [Over::WebSocket, Over::Sse] {
        open.push(Listener::connect(over, app.url(), &token, None).await.expect("room"));
    }
    for over in super::BOTH {
        let refused = Listener::connect(over, app.url(), &token, None).await.err();
        assert!(refused.expect("no room").contains("429"));
    }
    let other = mint(12, Role::User);
    Listener::connect(Over::Sse, app.url(), &other, None).await.expect("room for others");
    open.clear();
    eventually("room again", Duration::from_secs(10), async || {
        Listener::connect(Over::Sse, app.url(), &token, None).await.ok().map(drop)
    })
    .await;
}
