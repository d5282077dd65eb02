//! SockJS 0.3.3 (<https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html>): what its
//! clients ask before they connect, and the frames of its WebSocket transport.
//!
//! The server sends `o` (open), `h` (heartbeat), `a["…"]` (messages) and `c[code,"reason"]` (closed).
//! A client sends lists of messages, `["…"]`. The transports over plain requests do not exist here:
//! they are for networks that let no WebSocket through, and for those there is `/api/live/stream`.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web_actors::ws::CloseReason;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// Messages in a frame at most. Clients put one in each.
const MESSAGES_MAX: usize = 16;
/// A client reads that the session is open.
pub(super) const OPEN: &str = "o";
/// A heartbeat, for proxies that end a connection on which nothing is sent.
pub(super) const HEARTBEAT: &str = "h";
/// Time between two heartbeats, as the protocol sets it.
pub(super) const HEARTBEAT_EVERY: Duration = Duration::from_secs(25);

/// The frames, for those who write clients.
pub(super) const FRAMES: &str = "Frames of the server: o (open), h (heartbeat, every 25 s), \
    a[\"…\"] (STOMP frames), c[code,\"reason\"] before it closes with the same code. Frames of a \
    client: lists of up to 16 texts, each of whole STOMP frames. Anything else, too long a text \
    included, ends the session with 1002; the codes are those of STOMP over a bare WebSocket.";

/// Each answer holds a random number, so it must not be stored.
static INFO_HEADERS: [(HeaderName, HeaderValue); 1] = [(
    CACHE_CONTROL,
    HeaderValue::from_static("no-store, no-cache, no-transform, must-revalidate, max-age=0"),
)];

/// What a SockJS client learns before it connects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SockJsInfo {
    /// Whether the WebSocket transport is there; it is the only one.
    websocket: bool,
    /// Always `*:*`; clients do not look at it. Which pages may connect the server checks itself.
    origins: [&'static str; 1],
    /// No cookie is needed.
    cookie_needed: bool,
    /// A random number, for clients that have no good ones.
    entropy: u32,
}

/// Tells a client how to connect.
pub(crate) async fn info(_: &Call) -> Result<Answer, Problem> {
    let (origins, entropy) = (["*:*"], rand::random());
    let info = SockJsInfo { websocket: true, origins, cookie_needed: false, entropy };
    Ok(Answer::json(StatusCode::OK, &info).with(&INFO_HEADERS))
}

/// The frame that carries a message to a client.
pub(super) fn message(text: &str) -> String {
    format!("a{}", json!([text]))
}

/// The frame that tells a client why the session ends.
pub(super) fn closed(reason: &CloseReason) -> String {
    let said = reason.description.as_deref().unwrap_or_default();
    format!("c{}", json!([u16::from(reason.code), said]))
}

/// The messages in a client's frame; `None` where it is no list of a few texts. An empty frame has
/// none.
pub(super) fn messages(frame: &str) -> Option<Vec<String>> {
    if frame.is_empty() {
        return Some(Vec::new());
    }
    serde_json::from_str(frame).ok().map(|Messages(texts)| texts)
}

/// A list of a few texts.
struct Messages(Vec<String>);

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Messages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of a few texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Messages, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    if texts.len() == MESSAGES_MAX {
                        return Err(A::Error::custom("too many"));
                    }
                    texts.push(text);
                }
                Ok(Messages(texts))
            }
        }

        deserializer.deserialize_seq(Texts)
    }
}

#[cfg(test)]
mod tests {
    use actix_web_actors::ws::CloseCode;

    use super::*;

    #[test]
    fn a_frame_holds_a_list_of_a_few_texts_and_nothing_else() {
        let list = |count| serde_json::to_string(&vec!["x"; count]).expect("texts");
        let texts = |frame: &str| messages(frame).map(|texts| texts.concat());
        assert_eq!(texts(""), Some(String::new()));
        assert_eq!(texts("[]"), Some(String::new()));
        assert_eq!(texts(" [\"a\\u0000\", \"\\ud83d\\udd25\"]\n"), Some("a\0🔥".to_owned()));
        assert_eq!(texts(&list(MESSAGES_MAX)), Some("x".repeat(MESSAGES_MAX)));
        let deep = "[".repeat(10_000);
        for frame in [
            &list(MESSAGES_MAX + 1),
            &deep,
            "[\"a\"",
            "[\"a\"],",
            "[\"a\"] [\"b\"]",
            "[1]",
            "[null]",
            "[[\"a\"]]",
            "{\"0\":\"a\"}",
            "\"a\"",
            "a[\"a\"]",
            "h",
            " ",
            "[\"\\ud83d\"]",
            "[\"\u{0}\"]",
        ] {
            assert_eq!(texts(frame), None, "{frame:.40}");
        }
    }

    #[test]
    fn what_is_sent_is_json_behind_a_letter() {
        assert_eq!(message("a\"\n\0🔥"), r#"a["a\"\n\u0000🔥"]"#);
        assert_eq!(closed(&CloseCode::Normal.into()), r#"c[1000,""]"#);
        let reason = CloseReason { code: CloseCode::Other(4401), description: Some("x".into()) };
        assert_eq!(closed(&reason), r#"c[4401,"x"]"#);
    }
}
