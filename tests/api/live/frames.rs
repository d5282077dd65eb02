//! Frames that no well-behaved client sends (row 54 of the security checks).

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{App, Listener, Over, Role, mint};

/// A WebSocket opened by hand.
pub(super) async fn by_hand(app: &App, user: i64, path: &str, protocol: &str) -> TcpStream {
    by_hand_of(app, &mint(user, Role::User), path, protocol).await
}

/// The same with any token.
pub(super) async fn by_hand_of(app: &App, token: &str, path: &str, protocol: &str) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n",
    );
    stream.write_all(head.as_bytes()).await.expect("it is open");
    stream
}

/// A frame as a client sends it, with a mask that changes nothing.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = match u16::try_from(length) {
        Ok(length @ 0..126) => vec![first, 0x80 | length.to_be_bytes()[1]],
        Ok(length) => [[first, 0xfe], length.to_be_bytes()].concat(),
        Err(_) => [[first, 0xff].as_slice(), &length.to_be_bytes()].concat(),
    };
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The head of a frame that is longer than any may be.
fn frame_head(length: u64) -> Vec<u8> {
    [[0x81, 0xff].as_slice(), &length.to_be_bytes(), &[0; 4]].concat()
}

/// Where a client may be when it begins.
#[derive(Debug, Clone, Copy)]
enum Door {
    Live,
    /// Before anybody has said who it is.
    Stomp,
    /// After CONNECT and SUBSCRIBE.
    StompInside,
}

const DOORS: [Door; 3] = [Door::Live, Door::Stomp, Door::StompInside];

/// What a STOMP client says to get in.
pub(super) fn stomp_entry(user: i64) -> Vec<u8> {
    let connect = format!(
        "CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {}\n\n\0",
        mint(user, Role::User)
    );
    let subscribe = "SUBSCRIBE\nid:s-0\ndestination:/topic/notification\n\n\0";
    [frame(0x81, connect.as_bytes()), frame(0x81, subscribe.as_bytes())].concat()
}

/// Sends these bytes so many times, whether the server still listens or not: the code of the close
/// that comes back.
async fn closed_after(app: &App, door: Door, bytes: &[u8], times: usize) -> Option<u16> {
    static NEXT: AtomicI64 = AtomicI64::new(1_000);
    let user = NEXT.fetch_add(1, Ordering::Relaxed);
    let (path, protocol) = match door {
        Door::Live => ("/api/live", "hotdeal.v1+json"),
        Door::Stomp | Door::StompInside => ("/ws", "v12.stomp"),
    };
    let mut stream = by_hand(app, user, path, protocol).await;
    if let Door::StompInside = door {
        stream.write_all(&stomp_entry(user)).await.expect("it is open");
    }
    let (mut reading, mut writing) = stream.split();
    let saying = async {
        for _ in 0..times {
            // A server that has closed has heard enough.
            if writing.write_all(bytes).await.is_err() {
                break;
            }
        }
    };
    let hearing = async {
        let (mut read, mut buffer) = (Vec::new(), [0; 4_096]);
        loop {
            match reading.read(&mut buffer).await {
                Ok(count) if count > 0 => read.extend_from_slice(&buffer[..count]),
                _ => return close(&read).map(|(code, _)| code),
            }
            if let Some((code, _)) = close(&read) {
                return Some(code);
            }
        }
    };
    tokio::join!(saying, hearing).1
}

/// The code and the reason of the close among what a server sent, once it is there.
pub(super) fn close(read: &[u8]) -> Option<(u16, String)> {
    let head = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let mut frames = &read[head..];
    while let [first, length, rest @ ..] = frames {
        let (length, rest) = match (*length, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
            (127, [long @ .., _]) if long.len() >= 8 => {
                let length = u64::from_be_bytes(long[..8].try_into().ok()?);
                (usize::try_from(length).ok()?, &rest[8..])
            }
            (length, rest) => (usize::from(length), rest),
        };
        if *first == 0x88 {
            let reason = String::from_utf8_lossy(rest.get(2..length)?).into_owned();
            return Some((u16::from_be_bytes(rest.get(..2)?.try_into().ok()?), reason));
        }
        frames = rest.get(length..)?;
    }
    None
}

/// What is wrong, the bytes that say it, how often, and the code of the close.
fn wrongs() -> Vec<(&'static str, Vec<u8>, usize, u16)> {
    vec![
        ("64 KiB and one", frame(0x81, &vec![b'x'; 65_537]), 1, 1009),
        ("64 KiB and one, binary", frame(0x82, &vec![b'x'; 65_537]), 1, 1009),
        ("a terabyte, announced", frame_head(1 << 40), 1, 1009),
        ("a fragment", frame(0x01, b"a"), 1, 1009),
        ("a part of nothing", frame(0x80, b"a"), 1, 1002),
        ("not masked", vec![0x81, 0x02, b'h', b'i'], 1, 1002),
        ("bad UTF-8", frame(0x81, &[0xff, 0xfe]), 1, 1007),
        ("half a letter", frame(0x81, "한".as_bytes().split_at(2).0), 1, 1007),
        ("a reserved opcode", frame(0x83, b""), 1, 1002),
        ("a long ping", frame(0x89, &[0; 128]), 1, 1002),
        ("a flood of pings", frame(0x89, b"x"), 5_000, 1008),
        ("a flood of pongs", frame(0x8a, b"x"), 5_000, 1008),
    ]
}

async fn close_each(app: &App) {
    let mut all = Vec::new();
    for door in DOORS {
        for (what, bytes, times, code) in wrongs() {
            all.push(async move {
                let found = closed_after(app, door, &bytes, times).await;
                (format!("{what}, {door:?}: {found:?}"), found == Some(code))
            });
        }
    }
    let outcomes = join_all(all).await;
    let wrong: Vec<_> = outcomes.into_iter().filter(|(_, right)| !right).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn row_54_broken_and_oversize_frames_close_the_connection_and_take_no_memory() {
    let mut app = App::start().await;
    const MOST: u64 = 24 << 10;
    app.keeps_less_than(MOST, async |app| {
        for _ in 0..4 {
            close_each(app).await;
        }
    })
    .await;
    // A terabyte in one frame, of which 64 MiB come: nothing of it is kept.
    let endless = [frame_head(1 << 40), vec![b'x'; 64 << 20]].concat();
    for door in DOORS {
        app.keeps_less_than(MOST, async |app| {
            assert_eq!(closed_after(app, door, &endless, 1).await, Some(1009), "{door:?}");
        })
        .await;
    }
    // A million fragments of one message: the first is one too many, the rest is not kept.
    let fragments = [frame(0x01, b"a"), frame(0x00, b"a").repeat(999)].concat();
    app.keeps_less_than(MOST, async |app| {
        for door in DOORS {
            assert_eq!(closed_after(app, door, &fragments, 1_000).await, Some(1009), "{door:?}");
        }
    })
    .await;
    // The server is as well as before.
    let mut listener = Listener::connect(Over::WebSocket, app.url(), &mint(12, Role::User), None)
        .await
        .expect("in");
    listener.expect("ready").await;
    listener.say(&json!({"type": "ping"})).await;
    assert_eq!(listener.next().await.expect("an answer").kind, "pong");
}
