//! What the two ends of a connection know of each other: who reads requests, and who answers them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;

use super::ends::Line;
use super::{Connection, ConnectionPlace};

/// What may be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntakeTurn {
    /// A head, up to its end; what was seen of that.
    Head(Line),
    /// A head was given, and this many bytes of its body. It is being understood.
    Understood(u64),
    /// A body of which this many bytes are to come.
    Body(u64),
    /// A body in chunks, up to the end that others see.
    Chunks,
    /// A request that came whole is being answered.
    Answer,
    /// What follows is another protocol.
    Free,
    /// The last request was refused before its body had come: the rest is thrown away.
    Drain,
    /// The last request was answered.
    Over,
}

/// What both ends of a connection know of each other.
pub(super) struct Gate {
    pub(super) turn: Cell<IntakeTurn>,
    /// The last that was written did not find room.
    pub(super) is_unread: Cell<bool>,
    /// Who wanted to read meanwhile, although there was something.
    pub(super) reader: RefCell<Option<Waker>>,
    /// None in a test of a connection alone.
    pub(super) place: Option<ConnectionPlace>,
}

impl Gate {
    pub(super) fn pass(&self, turn: IntakeTurn) {
        self.turn.set(turn);
        self.wake_reader();
    }

    /// A request is served.
    pub(super) fn is_served(&self) {
        if let Some(place) = &self.place {
            place.is_served();
        }
    }

    /// Something was written: who has not been served to the end is not idle yet.
    pub(super) fn has_written(&self) {
        if let (Some(place), IntakeTurn::Head(_)) = (&self.place, self.turn.get()) {
            place.is_idle();
        }
    }

    /// Whether the connection has to make room, and may: nothing is being served.
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

/// A request that is being answered: until it is dropped, no more than its body is read.
pub(in crate::http) struct Answering(pub(super) Option<Rc<Gate>>);

impl Answering {
    /// A request begins. What follows one that is endless is not held up.
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

    /// The answer will be the last. What still comes of a body is taken in and thrown away.
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

/// The body of `request` has come whole.
pub(in crate::http) fn has_come(request: &HttpRequest) {
    if let Some(Connection { gate, .. }) = Connection::of(request)
        && gate.turn.get() == IntakeTurn::Chunks
    {
        gate.turn.set(IntakeTurn::Answer);
    }
}
