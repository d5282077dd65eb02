//! One STOMP session.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::{Actor, ActorContext as _, AsyncContext as _, StreamHandler};
use actix_web::web::Data;
use actix_web_actors::ws::{
    CloseCode, CloseReason as CloseFrame, Message, ProtocolError, WebsocketContext,
};
use hotdeal_actors::fanout::{CloseReason, Fanout, Frame, Item, Subscription, Transport};
use hotdeal_actors::notice::NoticeBatchId;

use super::super::Live;
use super::super::enter::subscribe;
use super::super::sockjs;
use super::super::ws::{Delivered, Room, close_frame, fault};
use super::codec::{self, Heard, Malformed, Version};
use super::{FRAME_MAX, Wrapping};
use crate::clock;
use crate::http::kit::call::{Call, token_of};
use crate::http::kit::code::{Code, Language};
use crate::http::kit::problem::Problem;
use crate::http::kit::route::Need;
use crate::http::kit::state::State;

/// The one destination.
const NOTIFICATION: &str = "/topic/notification";
/// A client has to authenticate within this time.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Subscriptions of a session at most, and bytes of the name of one. Each gets every message, so
/// they multiply what waits for a connection.
const SUBSCRIPTIONS_MAX: usize = 4;
const NAME_MAX: usize = 128;
/// Milliseconds between heartbeats: what we can send, and what we want to get.
const BEAT_MS: u32 = 10_000;
/// A client may be late by this factor before it counts as gone: networks delay.
const PATIENCE: u32 = 3;

type Context = WebsocketContext<Session>;

pub(super) struct Session {
    state: Data<State>,
    fanout: Fanout,
    /// The token of the request that opened the session, for a CONNECT without one.
    token: Option<String>,
    wrapping: Wrapping,
    version: Version,
    subscription: Option<Rc<Subscription>>,
    subscription_ids: Vec<String>,
    room: Room,
    heard_at: Instant,
}

/// Why a frame is refused: a code for the client, and what is wrong.
struct Refusal(Code, String);

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self(Code::InvalidValue, malformed.0.to_owned())
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem.code(), problem.code().title(Language::En).to_owned())
    }
}

fn refuse<T>(code: Code, detail: &str) -> Result<T, Refusal> {
    Err(Refusal(code, detail.to_owned()))
}

/// Whether it subscribes to a topic that does not exist. Pages written for servers with more topics
/// do that, in addition to ours. Nothing comes of it, while an ERROR would end the session they
/// came for.
fn is_elsewhere(frame: &Heard) -> bool {
    frame.command == "SUBSCRIBE" && frame.header("destination") != Some(NOTIFICATION)
}

impl Session {
    pub(super) fn new(call: &Call, token: Option<String>, wrapping: Wrapping) -> Self {
        Self {
            state: call.state.clone(),
            fanout: call.part::<Live>().fanout.clone(),
            token,
            wrapping,
            version: Version::V12,
            subscription: None,
            subscription_ids: Vec::new(),
            room: Room::default(),
            heard_at: Instant::now(),
        }
    }

    /// Takes in a frame of SockJS. Anything else ends the connection, as the protocol requires.
    /// Each message counts as if it had come alone.
    fn unwrapped(&mut self, frame: &str, ctx: &mut Context) {
        let messages = sockjs::messages(frame);
        let Some(messages) = messages.filter(|all| all.iter().all(|one| one.len() <= FRAME_MAX))
        else {
            let description = Some("broken framing".to_owned());
            return self.end(CloseFrame { code: CloseCode::Protocol, description }, ctx);
        };
        for (place, message) in messages.iter().enumerate() {
            if place > 0 && !self.room.admits() {
                return self.end(close_frame(CloseReason::Misuse), ctx);
            }
            self.heard(message, ctx);
            // A message after one that has ended the session is ignored.
            if !ctx.state().alive() {
                return;
            }
        }
    }

    fn heard(&mut self, text: &str, ctx: &mut Context) {
        let frames = match codec::read(text, self.version) {
            Ok(frames) => frames,
            Err(malformed) => return self.refused(&malformed.into(), None, ctx),
        };
        for frame in frames {
            let receipt = frame.header("receipt").map(str::to_owned);
            if let Err(refusal) = self.obey(&frame, ctx) {
                return self.refused(&refusal, receipt.as_deref(), ctx);
            }
            if let Some(receipt) = receipt {
                let mut headers = vec![("receipt-id", receipt.as_str())];
                headers.extend(is_elsewhere(&frame).then(|| ("message", Code::NotFound.wire())));
                self.send("RECEIPT", &headers, "", ctx);
            }
            if frame.command == "DISCONNECT" {
                return self.end(CloseCode::Normal.into(), ctx);
            }
        }
    }

    fn obey(&mut self, frame: &Heard, ctx: &mut Context) -> Result<(), Refusal> {
        match (frame.command.as_str(), &self.subscription) {
            ("CONNECT" | "STOMP", None) => self.connect(frame, ctx),
            ("CONNECT" | "STOMP", Some(_)) => refuse(Code::IllegalState, "already connected"),
            ("DISCONNECT", _) => Ok(()),
            (_, None) => refuse(Code::TokenMissing, "send CONNECT with a token first"),
            ("SUBSCRIBE", Some(_)) => self.subscribe(frame),
            ("UNSUBSCRIBE", Some(_)) => self.unsubscribe(frame),
            ("SEND", Some(_)) => refuse(Code::Forbidden, "there is nothing to send to"),
            _ => refuse(Code::InvalidValue, "this command has no use here"),
        }
    }

    fn connect(&mut self, frame: &Heard, ctx: &mut Context) -> Result<(), Refusal> {
        let accepted = frame.header("accept-version").unwrap_or_default();
        let Some(version) = Version::negotiated(accepted) else {
            return refuse(Code::InvalidValue, "this server speaks 1.2 and 1.1");
        };
        let (can, wants) = codec::heart_beat(frame.header("heart-beat"))?;
        let header = frame.header_of_any_case("authorization");
        let token = header.map(|header| token_of(header).unwrap_or(header.trim()));
        let Some(token) = token.or(self.token.as_deref()) else {
            return refuse(Code::TokenMissing, "no token");
        };
        let bearer = self.state.bearer(token, clock::now())?;
        if !Need::User.admits(bearer.role) {
            return refuse(Code::Forbidden, "this is for people, not for servers of partners");
        }
        self.state.charge_live(bearer.user)?;
        let subscription = Rc::new(subscribe(&self.fanout, &bearer, Transport::Stomp)?);
        self.version = version;
        ctx.add_stream(Delivered(subscription.clone()));
        self.subscription = Some(subscription);
        let ours = format!("{BEAT_MS},{BEAT_MS}");
        let headers = [("version", version.name()), ("heart-beat", &ours), ("server", "hotdeal")];
        self.send("CONNECTED", &headers, "", ctx);
        Self::keep_beating(can, wants, ctx);
        Ok(())
    }

    /// Starts the heartbeats as negotiated; none is sent that was not asked for.
    fn keep_beating(can: u32, wants: u32, ctx: &mut Context) {
        let every = |theirs: u32| Duration::from_millis(u64::from(theirs.max(BEAT_MS)));
        if wants > 0 {
            ctx.run_interval(every(wants), |session, ctx| session.say("\n".to_owned(), ctx));
        }
        if can > 0 {
            ctx.run_interval(every(can), move |session, _| {
                let silent = session.heard_at.elapsed() > every(can) * PATIENCE;
                if let Some(subscription) = session.subscription.as_ref().filter(|_| silent) {
                    subscription.end(CloseReason::Silent);
                }
            });
        }
    }

    fn subscribe(&mut self, frame: &Heard) -> Result<(), Refusal> {
        let Some(id) = frame.header("id").filter(|id| (1..=NAME_MAX).contains(&id.len())) else {
            return refuse(Code::MissingValue, "a subscription needs an id of up to 128 bytes");
        };
        if frame.header("destination").is_none() {
            return refuse(Code::MissingValue, "a subscription needs a destination");
        }
        if is_elsewhere(frame) {
            return Ok(());
        }
        if frame.header("ack").is_some_and(|ack| ack != "auto") {
            return refuse(Code::InvalidValue, "acknowledgements are automatic");
        }
        if self.subscription_ids.iter().any(|known| known == id) {
            return refuse(Code::IllegalState, "this id is in use");
        }
        if self.subscription_ids.len() == SUBSCRIPTIONS_MAX {
            return refuse(Code::InvalidValue, "too many subscriptions");
        }
        self.subscription_ids.push(id.to_owned());
        Ok(())
    }

    fn unsubscribe(&mut self, frame: &Heard) -> Result<(), Refusal> {
        let Some(id) = frame.header("id") else {
            return refuse(Code::MissingValue, "say which subscription, by its id");
        };
        self.subscription_ids.retain(|known| known != id);
        Ok(())
    }

    /// Sends all messages of a frame as one WebSocket text.
    fn tell(&self, frame: &Frame, ctx: &mut Context) {
        let batch = NoticeBatchId(frame.sequence.unwrap_or(0));
        let mut text = String::new();
        for subscription in &self.subscription_ids {
            for (place, message) in frame.messages().iter().enumerate() {
                let id = format!("{batch}-{place}");
                let headers = [
                    ("subscription", subscription.as_str()),
                    ("message-id", &id),
                    ("destination", NOTIFICATION),
                    ("content-type", "text/plain;charset=utf-8"),
                ];
                text.push_str(&codec::written("MESSAGE", &headers, message, self.version));
            }
        }
        if !text.is_empty() {
            self.say(text, ctx);
        }
    }

    fn say(&self, text: String, ctx: &mut Context) {
        ctx.text(match self.wrapping {
            Wrapping::Bare => text,
            Wrapping::SockJs => sockjs::message(&text),
        });
    }

    fn send(&self, command: &str, headers: &[(&str, &str)], body: &str, ctx: &mut Context) {
        self.say(codec::written(command, headers, body, self.version), ctx);
    }

    /// Sends an ERROR, which ends the session, as the protocol requires.
    fn refused(&mut self, refusal: &Refusal, receipt: Option<&str>, ctx: &mut Context) {
        let Refusal(code, detail) = refusal;
        let mut headers = vec![("message", code.wire()), ("content-type", "text/plain")];
        headers.extend(receipt.map(|receipt| ("receipt-id", receipt)));
        self.send("ERROR", &headers, detail, ctx);
        let code = if code.status().as_u16() == 401 { 4401 } else { 1002 };
        self.end(CloseFrame::from(CloseCode::from(code)), ctx);
    }

    fn end(&mut self, frame: CloseFrame, ctx: &mut Context) {
        if self.wrapping == Wrapping::SockJs {
            ctx.text(sockjs::closed(&frame));
        }
        ctx.close(Some(frame));
        ctx.stop();
    }
}

impl Actor for Session {
    type Context = Context;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.wrapping == Wrapping::SockJs {
            ctx.text(sockjs::OPEN);
            ctx.run_interval(sockjs::HEARTBEAT_EVERY, |_, ctx| ctx.text(sockjs::HEARTBEAT));
        }
        ctx.run_later(CONNECT_WITHIN, |session, ctx| {
            if session.subscription.is_none() {
                session.end(CloseFrame::from(CloseCode::from(4408)), ctx);
            }
        });
    }
}

impl StreamHandler<Item> for Session {
    fn handle(&mut self, item: Item, ctx: &mut Self::Context) {
        match item {
            Item::Frame(frame) => self.tell(&frame, ctx),
            // The heartbeat of the WebSocket, in addition to those of STOMP that were agreed on.
            Item::Beat => ctx.ping(b""),
            Item::Ended(reason) => {
                self.send("ERROR", &[("message", reason.name())], "", ctx);
                self.end(close_frame(reason), ctx);
            }
        }
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Session {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        if !self.room.admits() {
            return self.end(close_frame(CloseReason::Misuse), ctx);
        }
        self.heard_at = Instant::now();
        self.subscription.iter().for_each(|subscription| subscription.seen());
        match message {
            Ok(Message::Text(text)) => match self.wrapping {
                Wrapping::Bare => self.heard(&text, ctx),
                Wrapping::SockJs => self.unwrapped(&text, ctx),
            },
            Ok(Message::Binary(_)) if self.wrapping == Wrapping::SockJs => {
                self.end(CloseCode::Unsupported.into(), ctx);
            }
            Ok(Message::Binary(bytes)) => match std::str::from_utf8(&bytes) {
                Ok(text) => self.heard(text, ctx),
                Err(_) => self.end(CloseCode::Invalid.into(), ctx),
            },
            Ok(Message::Ping(payload)) => ctx.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(frame)) => {
                ctx.close(frame);
                ctx.stop();
            }
            Ok(Message::Continuation(_)) => self.end(CloseCode::Size.into(), ctx),
            Err(error) => self.end(fault(&error), ctx),
        }
    }
}
