//! One request at a time on a connection.
//!
//! A client may send requests without waiting for the answers. The reader of HTTP below actix-web
//! takes apart whatever it is given, at about 7 KiB a request: 128 KiB of little requests in one
//! piece hold 30 MiB until they are answered, and what comes beyond that keeps it asking for a
//! processor that others need. It also mixes up what it knows of one request with the answer to
//! another. So it is given a head and its body, and nothing more until that is answered and the
//! answer has found room. What comes too early waits in the socket, and stops its sender.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use memchr::{memchr, memchr_iter};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes taken from the socket at a time while it is not known how many belong together: an
/// ordinary head, and its body if that is short.
const PIECE: usize = 1_024;

/// A connection as its requests see it.
#[derive(Clone)]
pub(crate) struct Connection {
    gate: Rc<Gate>,
    /// Where it came in.
    pub(crate) local: SocketAddr,
}

impl Connection {
    /// The one on which `request` came; none in a test without a server.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Self> {
        request.conn_data()
    }
}

/// What may be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// A head, up to its end; what was seen of that.
    Head(Line),
    /// A head was given, and this many bytes of its body. It is being understood.
    Understood(u64),
    /// A body of which this many bytes are to come.
    Body(u64),
    /// A body in chunks. Others see where it ends, which is at the end of a line: so it is given
    /// line by line.
    Chunks,
    /// A request that came whole is being answered.
    Answer,
    /// What follows is no request.
    Free,
}

/// Where in a head, or before it, the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    place: Place,
    /// The byte before it was a carriage return.
    is_returned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In no line yet: empty lines before a request are passed over (RFC 9112, 2.2).
    Before,
    /// In a line.
    Within,
    /// At the begin of one, which may be the empty line that ends the head.
    Begin,
}

impl Line {
    const FIRST: Self = Self { place: Place::Before, is_returned: false };
}

/// What a piece of a head ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// No end: the head goes on from here.
    More(Line),
    /// The end of the head, after so many bytes.
    End(usize),
    /// A line feed without a carriage return, there.
    Bare(usize),
}

/// What both ends of a connection know of each other.
struct Gate {
    turn: Cell<Turn>,
    /// The last that was written did not find room.
    is_unread: Cell<bool>,
    /// Who wanted to read meanwhile, although there was something.
    reader: RefCell<Option<Waker>>,
}

impl Gate {
    fn pass(&self, turn: Turn) {
        self.turn.set(turn);
        self.wake_reader();
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// A request that is being answered: until it is dropped, no more than its body is read.
pub(super) struct Answering(Option<Rc<Gate>>);

impl Answering {
    /// A request begins. What is said in another protocol after it is not held up.
    pub(super) fn begin(request: &HttpRequest, payload: &Payload, is_endless: bool) -> Self {
        let Some(Connection { gate, .. }) = Connection::of(request) else { return Self(None) };
        let Turn::Understood(given) = gate.turn.get() else { return Self(None) };
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        match (payload, length) {
            _ if is_endless => gate.pass(Turn::Free),
            (Payload::None, _) => gate.turn.set(Turn::Answer),
            (_, Some(length)) if length <= given => gate.turn.set(Turn::Answer),
            (_, Some(length)) => gate.pass(Turn::Body(length - given)),
            (_, None) => gate.pass(Turn::Chunks),
        }
        Self(Some(gate.clone()))
    }

    /// The answer will be the last: what still comes is taken in and thrown away.
    pub(super) fn is_last(&self) {
        if let Some(gate) = &self.0 {
            gate.pass(Turn::Free);
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if let Some(gate) = &self.0
            && gate.turn.get() != Turn::Free
        {
            gate.pass(Turn::Head(Line::FIRST));
        }
    }
}

/// The body of `request` has come whole.
pub(super) fn has_come(request: &HttpRequest) {
    if let Some(Connection { gate, .. }) = Connection::of(request)
        && gate.turn.get() == Turn::Chunks
    {
        gate.turn.set(Turn::Answer);
    }
}

/// A stream that is read one request at a time.
pub(crate) struct Intake<S> {
    stream: S,
    connection: Connection,
    /// What was taken from the socket too early: at most a piece.
    early: Vec<u8>,
    /// A line of chunks was given: others must see whether it was the last.
    is_paused: bool,
}

impl<S> Intake<S> {
    /// Holds back what comes over `stream`, which was accepted at `local`.
    pub(crate) fn new(stream: S, local: SocketAddr) -> Self {
        let turn = Cell::new(Turn::Head(Line::FIRST));
        let gate = Gate { turn, is_unread: Cell::new(false), reader: RefCell::default() };
        let connection = Connection { gate: Rc::new(gate), local };
        Self { stream, connection, early: Vec::new(), is_paused: false }
    }

    /// What its requests are to know.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl<S: AsyncRead + Unpin> Intake<S> {
    /// While nothing is given, the end of the connection is still seen.
    fn look_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            let mut room = [0; PIECE];
            let mut early = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut early))?;
            if early.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.early.extend_from_slice(early.filled());
        }
        *self.connection.gate.reader.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Gives at most `most` bytes: how many they were.
    fn give(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let most = most.min(buffer.remaining());
        if !self.early.is_empty() {
            let count = most.min(self.early.len());
            buffer.put_slice(&self.early[..count]);
            self.early.drain(..count);
            return Poll::Ready(Ok(count));
        }
        let before = buffer.filled().len();
        if most == buffer.remaining() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
            return Poll::Ready(Ok(buffer.filled().len() - before));
        }
        let mut given = ReadBuf::new(buffer.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut given))?;
        let count = given.filled().len();
        buffer.advance(count);
        Poll::Ready(Ok(count))
    }

    /// Gives a head up to its end, and what came with it of its body.
    fn give_head(
        &mut self,
        cx: &mut Context<'_>,
        line: Line,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.give(cx, PIECE, buffer))?;
        let given = &buffer.filled()[before..];
        let end = match end_of_head(line, given) {
            Found::End(end) => end,
            Found::More(line) => {
                self.connection.gate.turn.set(Turn::Head(line));
                return Poll::Ready(Ok(()));
            }
            // What ends a line for one reader and not for another hides things between them. The
            // reader below takes it for an end; a byte that may stand nowhere it refuses.
            Found::Bare(at) => {
                buffer.filled_mut()[before + at] = 0;
                self.connection.gate.turn.set(Turn::Understood(0));
                return Poll::Ready(Ok(()));
            }
        };
        let is_whole = line == Line::FIRST;
        let more = given.len() - end;
        // Of a head that came in pieces the request itself tells the length.
        let body = if is_whole && more > 0 { announced(&given[..end]).min(more) } else { 0 };
        self.connection.gate.turn.set(Turn::Understood(body as u64));
        self.take_back(before + end + body, buffer);
        Poll::Ready(Ok(()))
    }

    /// Gives what came up to the end of a line.
    fn give_line(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.give(cx, PIECE, buffer))?;
        if let Some(end) = memchr(b'\n', &buffer.filled()[before..]) {
            self.take_back(before + end + 1, buffer);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes back what was given beyond the first `length` bytes.
    fn take_back(&mut self, length: usize, buffer: &mut ReadBuf<'_>) {
        self.early.splice(..0, buffer.filled()[length..].iter().copied());
        buffer.set_filled(length);
    }
}

/// Goes on from `line` through `bytes`: where the head ends in them, if it does.
fn end_of_head(line: Line, bytes: &[u8]) -> Found {
    let Line { mut place, mut is_returned } = line;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, place) {
            (b'\n', _) if !is_returned => return Found::Bare(at),
            (b'\n', Place::Begin) => return Found::End(at + 1),
            (b'\n', Place::Before) | (b'\r', _) => {}
            (b'\n', Place::Within) => place = Place::Begin,
            (_, _) => {
                // To the end of the line.
                place = Place::Within;
                let left = &bytes[at..];
                at += memchr(b'\n', left).unwrap_or(left.len()) - 1;
            }
        }
        is_returned = bytes[at] == b'\r';
        at += 1;
    }
    Found::More(Line { place, is_returned })
}

/// The length that a head announces for its body. Where others read another one, or refuse it,
/// the body is given later or not at all.
fn announced(head: &[u8]) -> usize {
    let name = CONTENT_LENGTH.as_str().as_bytes();
    let value = memchr_iter(b'\n', head).find_map(|at| {
        let line = &head[at + 1..];
        let is_named = line.len() > name.len()
            && line[name.len()] == b':'
            && line[..name.len()].eq_ignore_ascii_case(name);
        let value = is_named.then(|| &line[name.len() + 1..])?;
        Some(&value[..memchr(b'\r', value)?])
    });
    value.and_then(|value| str::from_utf8(value.trim_ascii()).ok()?.parse().ok()).unwrap_or(0)
}

impl<S: AsyncRead + Unpin> AsyncRead for Intake<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let gate = &this.connection.gate;
        match gate.turn.get() {
            Turn::Free => this.give(cx, usize::MAX, buffer).map_ok(drop),
            _ if gate.is_unread.get() => this.look_ahead(cx),
            Turn::Understood(_) | Turn::Answer => this.look_ahead(cx),
            Turn::Head(line) => this.give_head(cx, line, buffer),
            Turn::Body(left) => {
                let most = usize::try_from(left).unwrap_or(usize::MAX);
                let left = left.saturating_sub(ready!(this.give(cx, most, buffer))? as u64);
                let turn = if left == 0 { Turn::Answer } else { Turn::Body(left) };
                this.connection.gate.turn.set(turn);
                Poll::Ready(Ok(()))
            }
            Turn::Chunks if this.is_paused => {
                this.is_paused = false;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Turn::Chunks => {
                ready!(this.give_line(cx, buffer))?;
                this.is_paused = true;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Intake<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        let gate = &this.connection.gate;
        let was_unread = gate.is_unread.replace(written.is_pending());
        if was_unread && !written.is_pending() {
            gate.wake_reader();
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
