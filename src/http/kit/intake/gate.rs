//! The state that the reader of requests and the writer of answers share for one connection.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;

use super::ends::Line;
use super::{Connection, ConnectionPlace};

/// What the parser may be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntakeTurn {
    /// A head, up to its end; how far it has been scanned.
    Head(Line),
    /// Nothing while a head, given with this many bytes of its body, is parsed.
    Understood(u64),
    /// A body, of which this many bytes are still to come.
    Body(u64),
    /// A chunked body, until its reader has found the end.
    Chunks,
    /// Nothing while a complete request is being answered.
    Answer,
    /// Everything: another protocol follows.
    Free,
    /// What is left of a body whose request was refused; it is thrown away.
    Drain,
    /// Nothing: the last request was answered.
    Over,
}

/// The state that both sides of a connection share.
pub(super) struct Gate {
    pub(super) turn: Cell<IntakeTurn>,
    /// The last write found no room: the client has not read.
    pub(super) is_unread: Cell<bool>,
    /// The reader to wake, which was held back although there may be input.
    pub(super) reader: RefCell<Option<Waker>>,
    /// `None` in a test of a connection alone.
    pub(super) place: Option<ConnectionPlace>,
}

impl Gate {
    pub(super) fn pass(&self, turn: IntakeTurn) {
        self.turn.set(turn);
        self.wake_reader();
    }

    /// Notes that a request is being served.
    pub(super) fn is_served(&self) {
        if let Some(place) = &self.place {
            place.is_served();
        }
    }

    /// Notes that something was written: the connection is idle, unless it is still being served.
    pub(super) fn has_written(&self) {
        if let (Some(place), IntakeTurn::Head(_)) = (&self.place, self.turn.get()) {
            place.is_idle();
        }
    }

    /// Whether the connection has to end to make room, and may: nothing is being served.
    pub(super) fn makes_room(&self, cx: &Context<'_>) -> bool {
        matches!(self.turn.get(), IntakeTurn::Head(_))
            && self.place.as_ref().is_some_and(|place| place.is_to_end(cx.waker()))
    }

    pub(super) fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// A request being answered. Until it is dropped, nothing beyond its body is read.
pub(in crate::http) struct Answering(pub(super) Option<Rc<Gate>>);

impl Answering {
    /// Begins a request. Input that follows a request without an end is not held back.
    pub(in crate::http) fn begin(
        request: &HttpRequest,
        payload: &Payload,
        is_endless: bool,
    ) -> Self {
        let Some(Connection { gate, .. }) = Connection::of(request) else { return Self(None) };
        let IntakeTurn::Understood(given) = gate.turn.get() else { return Self(None) };
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        match (payload, length) {
            (Payload::None, _) => gate.turn.set(IntakeTurn::Answer),
            _ if is_endless => gate.pass(IntakeTurn::Free),
            (_, Some(length)) if length <= given => gate.turn.set(IntakeTurn::Answer),
            (_, Some(length)) => gate.pass(IntakeTurn::Body(length - given)),
            (_, None) => gate.pass(IntakeTurn::Chunks),
        }
        Self(Some(gate.clone()))
    }

    /// Notes that the answer is the last one. The rest of a body is read and thrown away.
    pub(in crate::http) fn is_last(&self, unread: &Payload) {
        let Some(gate) = &self.0 else { return };
        match unread {
            Payload::None => gate.turn.set(IntakeTurn::Over),
            _ => gate.pass(IntakeTurn::Drain),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if let Some(gate) = &self.0
            && !matches!(gate.turn.get(), IntakeTurn::Free | IntakeTurn::Drain | IntakeTurn::Over)
        {
            gate.pass(IntakeTurn::Head(Line::FIRST));
        }
    }
}

/// Notes that the body of `request` is complete.
pub(in crate::http) fn has_come(request: &HttpRequest) {
    if let Some(Connection { gate, .. }) = Connection::of(request)
        && gate.turn.get() == IntakeTurn::Chunks
    {
        gate.turn.set(IntakeTurn::Answer);
    }
}
