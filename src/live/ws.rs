//! WebSocket sessions: the only module, with `stomp::session`, that knows actix-web-actors.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix::prelude::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, StreamHandler,
    WrapFuture as _,
};
use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web_actors::ws::{
    CloseCode, CloseReason as CloseFrame, Message, ProtocolError, WebsocketContext,
    WsResponseBuilder,
};
use futures_util::Stream;
use hotdeal_actors::Mall;
use hotdeal_actors::fanout::{CloseReason, Frame, Item, Subscription, Transport};
use hotdeal_domain::EventId;
use serde::Deserialize;
use serde_json::json;

use super::bounded::Bounded;
use super::enter::{Entered, Since, enter, too_many_events};
use crate::clock::steady_ms;
use crate::http::kit::call::Call;
use crate::http::kit::code::{Code, Language};
use crate::http::kit::problem::Problem;

/// The sub-protocol. A client that offers only others is refused.
const PROTOCOL: &str = "hotdeal.v1+json";
/// The largest frame a client may send: its messages fit into a line.
pub(super) const FRAME_MAX: usize = 4_096;
/// Frames a client may send within [`BURST_MS`].
const BURST_MAX: u32 = 100;
const BURST_MS: i64 = 10_000;

/// Opens a session.
pub(crate) async fn session(call: &Call, payload: Payload) -> Result<HttpResponse, Problem> {
    let since = call.text(&super::SINCE)?;
    let protocols = offered(call, &[PROTOCOL])?;
    let Entered { first, subscription } =
        enter(call, Transport::WebSocket, Since::read(since.as_deref())).await?;
    let (mall, room) = (call.state.mall.clone(), Room::default());
    let (subscription, language) = (Rc::new(subscription), call.language());
    let session = Session { mall, language, first, subscription, room, wanted: Vec::new() };
    let said = Bounded::new(payload, FRAME_MAX);
    WsResponseBuilder::new(session, &call.request, said)
        .protocols(&protocols)
        .frame_size(FRAME_MAX)
        .start()
        .map_err(|_| Code::NoWebSocket.into())
}

/// Those of our protocols that a client offers; all of them if it offers none.
///
/// # Errors
/// [`Code::NoWebSocket`] if it offers only others.
pub(super) fn offered<'a>(call: &Call, ours: &[&'a str]) -> Result<Vec<&'a str>, Problem> {
    let headers = call.request.headers();
    let mut named = headers.get_all("sec-websocket-protocol").peekable();
    if named.peek().is_none() {
        return Ok(ours.to_vec());
    }
    let theirs: Vec<&str> = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let both: Vec<&str> = ours.iter().copied().filter(|known| theirs.contains(known)).collect();
    if both.is_empty() {
        let ours = ours.join(", ");
        let (ko, en) = (format!("하위 프로토콜: {ours}"), format!("this address speaks {ours}"));
        return Err(Problem::from(Code::NoWebSocket).saying(&ko, &en));
    }
    Ok(both)
}

/// The number of frames that a client may still send.
#[derive(Debug, Default)]
pub(super) struct Room {
    since_ms: i64,
    said: u32,
}

impl Room {
    /// Counts a frame; `false` when it is one too many.
    pub(super) fn admits(&mut self) -> bool {
        let now_ms = steady_ms();
        if now_ms - self.since_ms >= BURST_MS {
            *self = Self { since_ms: now_ms, said: 0 };
        }
        self.said += 1;
        self.said <= BURST_MAX
    }
}

/// What the codes of [`close_frame`] and [`fault`] mean, for those who write clients.
pub(super) const CLOSES: &str = "A close tells why in its reason, and in its code what to do. Come \
    back and name the last event: 1012 the server stops, 4501 too slow, 4502 as old as a \
    connection gets, 4503 the server was behind, 4504 no sign of life. Get another token first: \
    4401 revoked or expired. Do not come back with the same: 1002 no frame, 1003 not a text, 1007 \
    no UTF-8, 1008 too many frames, 1009 a frame too long or in parts, 4408 STOMP without CONNECT.";

/// The close frame for a reason. With a code from 4500 on, a client may come back and resume.
pub(super) fn close_frame(reason: CloseReason) -> CloseFrame {
    let code = match reason {
        CloseReason::Stopping => CloseCode::Restart,
        CloseReason::Misuse => CloseCode::Policy,
        CloseReason::Revoked | CloseReason::Expired => CloseCode::Other(4401),
        CloseReason::Slow => CloseCode::Other(4501),
        CloseReason::Old => CloseCode::Other(4502),
        CloseReason::Behind => CloseCode::Other(4503),
        CloseReason::Silent => CloseCode::Other(4504),
    };
    CloseFrame { code, description: Some(reason.name().to_owned()) }
}

/// The close code for a broken frame (RFC 6455, section 7.4.1).
pub(super) fn fault(error: &ProtocolError) -> CloseFrame {
    let code = match error {
        ProtocolError::Overflow => CloseCode::Size,
        // Of an error in the stream below, only the text is passed up.
        ProtocolError::Io(error) if error.to_string() == PayloadError::Overflow.to_string() => {
            CloseCode::Size
        }
        // A text that is not UTF-8 is reported as an error of reading.
        ProtocolError::Io(_) => CloseCode::Invalid,
        _ => CloseCode::Protocol,
    };
    code.into()
}

/// The frames that wait for a session, as a stream that shares the session's subscription.
pub(super) struct Delivered(pub(super) Rc<Subscription>);

impl Stream for Delivered {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        self.0.poll(cx)
    }
}

/// One WebSocket.
struct Session {
    mall: Mall,
    language: Language,
    first: Vec<Arc<Frame>>,
    subscription: Rc<Subscription>,
    room: Room,
    /// Events that are being looked up. Each is followed then, unless the client has changed its
    /// mind.
    wanted: Vec<EventId>,
}

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Said {
    /// Tell me the state of this event.
    Follow { event_id: EventId },
    /// No longer.
    Unfollow { event_id: EventId },
    /// Are you there?
    Ping,
}

impl Session {
    fn heard(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        match serde_json::from_str::<Said>(text) {
            Ok(Said::Ping) => ctx.text(json!({ "type": "pong" }).to_string()),
            Ok(Said::Unfollow { event_id }) => {
                self.wanted.retain(|wanted| *wanted != event_id);
                self.subscription.unfollow(event_id);
            }
            Ok(Said::Follow { event_id }) => self.follow(event_id, ctx),
            Err(_) => ctx.text(self.refusal(&Problem::from(Code::InvalidJson).saying(
                "follow, unfollow, ping으로 읽을 수 없습니다",
                "it cannot be read as follow, unfollow or ping",
            ))),
        }
    }

    /// Follows an event, once it is known to exist.
    fn follow(&mut self, event: EventId, ctx: &mut WebsocketContext<Self>) {
        self.wanted.push(event);
        let mall = self.mall.clone();
        let looking = async move { mall.coupons().is_event(event).await };
        ctx.spawn(looking.into_actor(self).map(move |is_event, session, ctx| {
            let place = session.wanted.iter().position(|wanted| *wanted == event);
            let is_wanted = place.map(|place| session.wanted.swap_remove(place)).is_some();
            match is_event {
                Ok(true) if !is_wanted || session.subscription.follow(event) => {}
                Ok(true) => ctx.text(session.refusal(&too_many_events("eventId"))),
                Ok(false) => ctx.text(session.refusal(&Code::EventNotFound.into())),
                Err(_) => ctx.text(session.refusal(&Code::Unavailable.into())),
            }
        }));
    }

    fn refusal(&self, problem: &Problem) -> String {
        let (code, detail) = (problem.code().wire(), problem.sentence(self.language));
        json!({ "type": "error", "code": code, "detail": detail }).to_string()
    }

    fn end(&mut self, frame: CloseFrame, ctx: &mut WebsocketContext<Self>) {
        ctx.close(Some(frame));
        ctx.stop();
    }
}

impl Actor for Session {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        for frame in std::mem::take(&mut self.first) {
            ctx.text(frame.text().clone());
        }
        ctx.add_stream(Delivered(self.subscription.clone()));
    }
}

impl StreamHandler<Item> for Session {
    fn handle(&mut self, item: Item, ctx: &mut Self::Context) {
        match item {
            Item::Frame(frame) => ctx.text(frame.text().clone()),
            Item::Beat => ctx.ping(b""),
            Item::Ended(reason) => self.end(close_frame(reason), ctx),
        }
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Session {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        if !self.room.admits() {
            self.subscription.end(CloseReason::Misuse);
            return;
        }
        self.subscription.seen();
        match message {
            Ok(Message::Text(text)) => self.heard(&text, ctx),
            Ok(Message::Ping(payload)) => ctx.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(frame)) => {
                ctx.close(frame);
                ctx.stop();
            }
            // Every message of a client fits into one frame.
            Ok(Message::Continuation(_)) => self.end(CloseCode::Size.into(), ctx),
            Ok(Message::Binary(_)) => self.end(CloseCode::Unsupported.into(), ctx),
            Err(error) => self.end(fault(&error), ctx),
        }
    }
}
