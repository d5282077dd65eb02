//! How the server ends a connection: with a code and a reason that tell the client what to do.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::frames::{by_hand, close, frame, stomp_entry};
use super::limits::long_products;
use super::{connections, deal, ended, follower, not_reading};
use crate::support::{
    App, Listener, Over, PATIENCE, Role, Settings, Socket, eventually, mint, open, upgrade,
};

/// All that comes up to the close, over a connection that gives no sign of life itself.
async fn closed(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut read = Vec::new();
    let reading = async {
        while close(&read).is_none() {
            if stream.read_buf(&mut read).await.is_ok_and(|count| count == 0) {
                break;
            }
        }
        close(&read)
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("an end in time")
}

#[tokio::test]
async fn a_client_that_gives_no_sign_of_life_is_told_to_come_back() {
    let short = |settings: Settings| {
        settings.with("HOTDEAL__LIVE__HEARTBEAT_S", "1").with("HOTDEAL__LIVE__SILENCE_S", "6")
    };
    let app = App::start_with(short).await;
    let mut silent = by_hand(&app, 11, "/api/live", "hotdeal.v1+json").await;
    let mut over_stomp = by_hand(&app, 12, "/ws", "v12.stomp").await;
    over_stomp.write_all(&stomp_entry(12)).await.expect("it is open");
    // Who answers pings, as a real client does, stays: twice as long as who does not, who may be
    // silent long enough that a machine with much else to do makes nobody else so.
    let token = mint(13, Role::User);
    let mut alive = Listener::connect(Over::WebSocket, app.url(), &token, None).await.expect("in");
    let (silent, over_stomp, alive) = tokio::join!(
        closed(&mut silent),
        closed(&mut over_stomp),
        // Its answers go out as it listens; nothing else comes.
        tokio::time::timeout(Duration::from_secs(12), async {
            alive.expect("ready").await;
            alive.next().await
        }),
    );
    assert_eq!(silent, Some((4504, "silent".to_owned())));
    assert_eq!(over_stomp, Some((4504, "silent".to_owned())));
    assert!(alive.is_err(), "{alive:?}");
}

#[tokio::test]
async fn when_the_server_stops_clients_are_told_that_it_restarts() {
    let mut app = App::start().await;
    let token = mint(11, Role::User);
    let opened = Listener::connect(Over::WebSocket, app.url(), &token, None).await;
    let mut listener = opened.expect("in");
    listener.expect("ready").await;
    let mut over_stomp = by_hand(&app, 12, "/ws", "v12.stomp").await;
    over_stomp.write_all(&stomp_entry(12)).await.expect("it is open");
    let admin = app.admin();
    eventually("both are in", PATIENCE, async || {
        (connections(&admin).await["people"] == json!(2)).then_some(())
    })
    .await;
    let server = app.take_server();
    server.ask_to_stop();
    assert_eq!(listener.next().await.expect_err("it is closed"), "closed: 1012 stopping");
    assert_eq!(closed(&mut over_stomp).await, Some((1012, "stopping".to_owned())));
    assert!(server.ended().status.success());
}

/// Somebody over STOMP with four subscriptions, each of which gets every message.
async fn stomp_follower(app: &App, user: i64) -> TcpStream {
    let mut stream = by_hand(app, user, "/ws", "v12.stomp").await;
    stream.write_all(&stomp_entry(user)).await.expect("it is open");
    for number in 1..4 {
        let subscribe = format!("SUBSCRIBE\nid:s-{number}\ndestination:/topic/notification\n\n\0");
        stream.write_all(&frame(0x81, subscribe.as_bytes())).await.expect("it is open");
    }
    stream
}

/// A STOMP client that reads, with one subscription.
async fn stomp_reader(app: &App, token: &str) -> Socket {
    use futures_util::SinkExt as _;
    let mut socket = open(upgrade(app.url(), "/ws", None, "v12.stomp")).await.expect("open");
    let connect = format!("CONNECT\naccept-version:1.2\nAuthorization:Bearer {token}\n\n\0");
    let subscribe = "SUBSCRIBE\nid:1\ndestination:/topic/notification\nreceipt:1\n\n\0";
    for said in [connect.as_str(), subscribe] {
        socket.send(Message::text(said)).await.expect("it is open");
        socket.next().await.expect("an answer").expect("a text");
    }
    socket
}

/// The next text of a STOMP client that reads.
async fn next_messages(socket: &mut Socket) -> String {
    let next = async {
        loop {
            match socket.next().await.expect("it is open").expect("a frame") {
                Message::Text(text) => return text.to_string(),
                Message::Close(close) => panic!("closed: {close:?}"),
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, next).await.expect("messages in time")
}

/// Deals that come and go on large products, until no socket has room for what is told of them.
/// Those who read get all of it. Answers how much memory the second half took, in KiB.
async fn flood(app: &mut App, products: &[i64], ws: &mut Listener, stomp: &mut Socket) -> u64 {
    const DEALS: usize = 40;
    let mut grown_from = 0;
    for number in 0..DEALS {
        if number == DEALS / 2 {
            grown_from = app.memory_kib();
        }
        let event = deal(app, 10.0, products).await;
        assert_eq!(*ws.expect("hot-deal").await.data("/eventId"), json!(event));
        let messages = next_messages(stomp).await;
        assert_eq!(messages.matches("MESSAGE\n").count(), products.len());
        let path = format!("/api/event/{event}/cancel");
        app.admin().post(&path).send().await.with_status(200);
        assert_eq!(*ws.expect("deal-cancelled").await.data("/eventId"), json!(event));
    }
    app.memory_kib().saturating_sub(grown_from)
}

/// Two who read, one over each kind of WebSocket, and two numbers for those who do not.
async fn readers(app: &App, products: &[i64]) -> (Listener, Socket, [(i64, String); 2]) {
    let (_, token) = follower(app, "kim", products).await;
    let opened = Listener::connect(Over::WebSocket, app.url(), &token, None).await;
    let mut ws = opened.expect("in");
    ws.expect("ready").await;
    let (_, token) = follower(app, "lee", products).await;
    let stomp = stomp_reader(app, &token).await;
    (ws, stomp, [follower(app, "park", products).await, follower(app, "choi", products).await])
}

async fn all_are_in(app: &App, people: i64) {
    let admin = app.admin();
    eventually("all are in", PATIENCE, async || {
        (connections(&admin).await["people"] == json!(people)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_reads_too_late_is_told_to_come_back_and_then_misses_nothing() {
    let roomy = |settings: Settings| {
        settings
            .with("HOTDEAL__LIVE__WAITING_MAX", "8")
            .with("HOTDEAL__LIVE__WAITING_BYTES_MAX", "67108864")
            .with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "300000")
            .with("HOTDEAL__LIVE__SILENCE_S", "600")
    };
    let mut app = App::start_with(roomy).await;
    let products = long_products(&app).await;
    let (mut ws, mut stomp, [(_, token), (late_user, _)]) = readers(&app, &products).await;
    let mut late = Listener::connect(Over::WebSocket, app.url(), &token, None).await.expect("in");
    late.expect("ready").await;
    let mut late_stomp = stomp_follower(&app, late_user).await;
    all_are_in(&app, 4).await;
    flood(&mut app, &products, &mut ws, &mut stomp).await;
    let mut heard = Vec::new();
    let closed_with = loop {
        match late.next().await {
            Ok(told) => heard.push(told.id()),
            Err(closed) => break closed,
        }
    };
    assert_eq!(closed_with, "closed: 4501 slow", "after {} events", heard.len());
    assert_eq!(closed(&mut late_stomp).await, Some((4501, "slow".to_owned())));
    let last = heard.last().expect("something was heard").clone();
    let missed = 80 - heard.len();
    let back = Listener::connect(Over::WebSocket, app.url(), &token, Some(&last)).await;
    let mut back = back.expect("let in again");
    back.expect("ready").await;
    for _ in 0..missed {
        let told = back.next().await.expect("what was missed");
        assert!(!heard.contains(&told.id()), "{} came twice", told.id());
        heard.push(told.id());
    }
    let event = deal(&app, 10.0, &products[..1]).await;
    assert_eq!(*back.expect("hot-deal").await.data("/eventId"), json!(event), "nothing else");
    eventually("both are counted", PATIENCE, async || {
        (ended(&app.admin(), "slow").await == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stomp_client_that_stops_reading_costs_bounded_memory_and_is_ended() {
    let strict = |settings: Settings| {
        settings
            .with("HOTDEAL__LIVE__WAITING_MAX", "8")
            .with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "5000")
    };
    let mut app = App::start_with(strict).await;
    let products = long_products(&app).await;
    let (mut ws, mut stomp, [(one, _), (other, _)]) = readers(&app, &products).await;
    let mut stuck = vec![stomp_follower(&app, one).await, stomp_follower(&app, other).await];
    for name in ["jung", "kang"] {
        let (user, _) = follower(&app, name, &products).await;
        stuck.push(stomp_follower(&app, user).await);
    }
    all_are_in(&app, 6).await;
    let grown = flood(&mut app, &products, &mut ws, &mut stomp).await;
    println!("{grown} KiB");
    // Meanwhile some 12 MB of messages were made for each of them; rows of notices fill some 30 MB
    // of the database's caches besides.
    assert!(grown < 54 << 10, "{grown} KiB with four clients that do not read");
    eventually("who does not read is gone", PATIENCE, async || {
        (connections(&app.admin()).await["people"] == json!(2)).then_some(())
    })
    .await;
    assert_eq!(not_reading(&app.admin()).await, 4);
    drop(stuck);
    deal(&app, 10.0, &products[..1]).await;
    ws.expect("hot-deal").await;
    assert!(next_messages(&mut stomp).await.starts_with("MESSAGE\n"), "others notice nothing");
}
