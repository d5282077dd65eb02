//! Frames of SockJS, good and bad.

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::super::commands::{next, say, stomp};
use super::super::{deal, follower};
use super::{connect, heard, opened, say_all};
use crate::support::{App, Role, mint};

const NOTIFICATION: (&str, &str) = ("destination", "/topic/notification");

#[tokio::test]
async fn stomp_goes_both_ways_within_the_frames_of_sockjs() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut socket = opened(&app).await;
    // The same names again: they stand for nothing.
    let mut other = opened(&app).await;
    for nothing in ["", "[]"] {
        say(&mut socket, nothing).await;
    }
    let subscribe = stomp("SUBSCRIBE", &[("id", "1"), NOTIFICATION, ("receipt", "r-1")]);
    say_all(&mut socket, &[connect(&token), subscribe]).await;
    assert_eq!(heard(&mut socket).await, "CONNECTED");
    assert_eq!(heard(&mut socket).await, "RECEIPT r-1");
    deal(&app, 10.0, &[lamp]).await;
    let frame = next(&mut socket).await;
    let messages: Vec<String> = serde_json::from_str(frame.strip_prefix('a').expect(&frame))
        .unwrap_or_else(|error| panic!("{error} in {frame}"));
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert!(message.ends_with("11,610원! (10% 할인)\0"), "{message}");
    // What follows behind the end is not obeyed.
    let again = stomp("SUBSCRIBE", &[("id", "2"), NOTIFICATION, ("receipt", "r-3")]);
    let disconnect = stomp("DISCONNECT", &[("receipt", "r-2")]);
    say_all(&mut socket, &[disconnect, again]).await;
    for told in ["RECEIPT r-2", "c[1000,\"\"]", "closed 1000 "] {
        assert_eq!(heard(&mut socket).await, told);
    }
    say_all(&mut other, &[connect(&token)]).await;
    assert_eq!(heard(&mut other).await, "CONNECTED");
}

/// What ends a session with this code.
fn no_frames() -> Vec<(Message, u16)> {
    let long = json!(["x".repeat(16 * 1_024 + 1)]).to_string();
    let many = json!(vec![""; 17]).to_string();
    let texts = [
        "[\"a",
        "[\"a\"]x",
        "{}",
        "\"a\"",
        "[1]",
        "[null]",
        "[[\"a\"]]",
        "a[\"a\"]",
        "o",
        "CONNECT\n\n\0",
        "[\"\\ud800\"]",
        &long,
        &many,
    ];
    let texts = texts.into_iter().map(|text| (Message::text(text), 1002));
    let longer = Message::text(format!("[\"{}\"]", "x".repeat(32 * 1_024)));
    texts.chain([(Message::binary(b"[\"a\"]".to_vec()), 1003), (longer, 1009)]).collect()
}

#[tokio::test]
async fn what_is_no_frame_of_sockjs_ends_the_session() {
    let app = App::start().await;
    for (message, code) in no_frames() {
        let told = format!("{message:.60}");
        for is_inside in [false, true] {
            let mut socket = opened(&app).await;
            if is_inside {
                say_all(&mut socket, &[connect(&mint(7, Role::User))]).await;
                assert_eq!(heard(&mut socket).await, "CONNECTED");
            }
            socket.send(message.clone()).await.expect("it is open");
            let closed = next(&mut socket).await;
            assert!(closed.starts_with(&format!("c[{code},")), "{told}: {closed}");
            let closed = next(&mut socket).await;
            assert!(closed.starts_with(&format!("closed {code} ")), "{told}: {closed}");
        }
    }
}

#[tokio::test]
async fn each_message_counts_however_many_come_in_one_frame() {
    let app = App::start().await;
    let mut socket = opened(&app).await;
    let beats = vec!["\n".to_owned(); 16];
    for _ in 0..7 {
        // It may have ended already.
        _ = socket.send(Message::text(json!(beats).to_string())).await;
    }
    assert_eq!(next(&mut socket).await, "c[1008,\"misuse\"]");
}
