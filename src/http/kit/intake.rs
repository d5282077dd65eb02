//! One request at a time on a connection.
//!
//! A client may send requests without waiting for the answers. The HTTP parser below actix-web
//! parses all input it is given, at about 7 KiB a request: 128 KiB of small requests in one piece
//! hold 30 MiB until they are answered, and input beyond that keeps it polling for a processor that
//! others need. It also mixes up the state of one request with the answer to another. So it is
//! given one head with its body, and nothing more until that request is answered and the answer is
//! written. Input that comes too early waits in the socket, which stops its sender.
//!
//! Here requests are taken apart with fewer rules than by that reader: only their ends are looked for
//! (`intake/ends.rs`). We know of no request head on whose end the two disagree, and `intake/fuzz.rs` looks for
//! one; such a connection would get nothing more until its client leaves. A bare LF in a head, or among chunks, ends the connection, because
//! that reader would take it for the end of a line.
//!
//! The head of the first request, and one that has begun, must end within `http.head_deadline_ms`. The clock
//! is held here, so that what came while the process stood still is read before it is called late
//! (`deadline.rs`). A head that cannot be read (400), is too large (431) or does not come (408) is answered
//! with the status alone, and the connection ends.

mod ends;
mod gate;

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpRequest;
use memchr::memchr;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::ends::{Chunk, Found, Line, announced, end_of_head};
pub(super) use self::gate::{Answering, has_come};
use self::gate::{Gate, IntakeTurn};
use super::crowd::Manners;
use super::deadline::Deadline;
use super::places::ConnectionPlace;
use crate::clock;

/// Bytes read from the socket at a time while the length of a request is unknown: a head with all
/// that browsers put into it, and its body if that is short.
const PIECE: usize = 8_192;
/// Bytes read ahead while the parser is given nothing.
const GLANCE: usize = 512;

/// A connection as its requests see it.
#[derive(Clone)]
pub(crate) struct Connection {
    gate: Rc<Gate>,
    /// The address at which it was accepted.
    pub(crate) local: SocketAddr,
    /// What is known of its client.
    pub(super) manners: Manners,
}

impl Connection {
    /// The connection on which `request` came; `None` in a test without a server.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Self> {
        request.conn_data()
    }
}

/// A stream that is read one request at a time.
pub(crate) struct Intake<S> {
    stream: S,
    connection: Connection,
    /// Bytes that were read from the socket too early: at most a piece.
    early: Vec<u8>,
    chunk: Chunk,
    /// The line just given may be the last of a body. The reader of the body has to see it before
    /// more is given.
    is_paused: bool,
    /// How long a head may take to arrive.
    head_deadline: Duration,
    /// Runs while a head is arriving, and before the first head of a connection.
    late: Option<Deadline>,
    /// No head has arrived yet, so nothing was answered.
    is_new: bool,
}

impl<S> Intake<S> {
    /// Holds back the input of `stream`, which was accepted at `local`. The connection ends if its
    /// first head, or any head that has begun, is not complete within `head_deadline`. `place`: its
    /// place among all connections.
    pub(crate) fn new(
        stream: S,
        local: SocketAddr,
        head_deadline: Duration,
        place: Option<ConnectionPlace>,
    ) -> Self {
        let turn = Cell::new(IntakeTurn::Head(Line::FIRST));
        let gate = Gate { turn, is_unread: Cell::new(false), reader: RefCell::default(), place };
        let connection = Connection { gate: Rc::new(gate), local, manners: Manners::default() };
        let (early, chunk) = (Vec::new(), Chunk::FIRST);
        let (late, is_new) = (Some(Deadline::after(head_deadline)), true);
        Self { stream, connection, early, chunk, is_paused: false, head_deadline, late, is_new }
    }

    /// What its requests may know of it.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Intake<S> {
    /// Reads ahead while the parser is given nothing, so that the end of the connection is still
    /// seen if no input comes before it.
    fn look_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            let mut room = [0; GLANCE];
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

    /// Gives at most `most` bytes; returns how many.
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

    /// Gives a head up to its end, and as much of its body as came with it.
    fn give_head(
        &mut self,
        cx: &mut Context<'_>,
        line: Line,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let Poll::Ready(count) = self.give(cx, PIECE, buffer)? else {
            return match &mut self.late {
                None => Poll::Pending,
                Some(late) => {
                    ready!(late.poll(cx));
                    self.tell_late(cx);
                    Poll::Ready(Err(ErrorKind::TimedOut.into()))
                }
            };
        };
        if count == 0 {
            return Poll::Ready(Ok(()));
        }
        let given = &buffer.filled()[before..];
        let end = match end_of_head(line, given) {
            Found::End(end) => end,
            Found::More(line) => {
                let deadline = self.head_deadline;
                self.late.get_or_insert_with(|| Deadline::after(deadline));
                self.connection.gate.turn.set(IntakeTurn::Head(line));
                return Poll::Ready(Ok(()));
            }
            // Parsers differ on whether a bare line feed ends a line, and a request can hide in
            // that difference. The parser below accepts it as an end. So it gets a zero byte
            // instead, which is allowed nowhere and which it refuses.
            Found::Bare(at) => {
                buffer.filled_mut()[before + at] = 0;
                self.connection.gate.turn.set(IntakeTurn::Understood(0));
                return Poll::Ready(Ok(()));
            }
        };
        let is_whole = line == Line::FIRST;
        (self.late, self.is_new, self.chunk) = (None, false, Chunk::FIRST);
        self.connection.gate.is_served();
        let more = given.len() - end;
        // If the head came in pieces, the length is read from the parsed request instead.
        let body = if is_whole && more > 0 { announced(&given[..end]).min(more) } else { 0 };
        self.connection.gate.turn.set(IntakeTurn::Understood(body as u64));
        self.take_back(before + end + body, buffer);
        Poll::Ready(Ok(()))
    }

    /// Tells the client why the connection ends, unless something was answered before. The HTTP
    /// parser has a timer for this too, but that one also runs during a stall of our own.
    fn tell_late(&mut self, cx: &mut Context<'_>) {
        if self.is_new {
            let now = chrono::DateTime::from_timestamp_millis(clock::now().0).unwrap_or_default();
            let date = now.format("%a, %d %b %Y %H:%M:%S GMT");
            let told = format!(
                "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\
                 date: {date}\r\n\r\n"
            );
            // A few bytes into an empty buffer; a client that misses them sees the end.
            _ = Pin::new(&mut self.stream).poll_write(cx, told.as_bytes());
            _ = Pin::new(&mut self.stream).poll_shutdown(cx);
        }
    }

    /// Gives a chunked body: data as it comes, and lines one by one, because the last line ends it.
    fn give_chunk(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let most = match self.chunk {
            Chunk::Data(left) => usize::try_from(left).unwrap_or(usize::MAX),
            Chunk::Size { .. } | Chunk::Trailer => PIECE,
        };
        ready!(self.give(cx, most, buffer))?;
        if !matches!(self.chunk, Chunk::Data(_))
            && let Some(end) = memchr(b'\n', &buffer.filled()[before..])
        {
            self.take_back(before + end + 1, buffer);
        }
        self.is_paused = self.chunk == Chunk::Trailer;
        self.chunk = self.chunk.through(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }

    /// Takes back the bytes given beyond the first `length`.
    fn take_back(&mut self, length: usize, buffer: &mut ReadBuf<'_>) {
        self.early.splice(..0, buffer.filled()[length..].iter().copied());
        buffer.set_filled(length);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Intake<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = this.read_in_turn(cx, buffer);
        match read {
            // Reports the end of the input, as if the client had gone.
            Poll::Pending if this.connection.gate.makes_room(cx) => Poll::Ready(Ok(())),
            read => read,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Intake<S> {
    fn read_in_turn(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self;
        let gate = &this.connection.gate;
        match gate.turn.get() {
            IntakeTurn::Free => this.give(cx, usize::MAX, buffer).map_ok(drop),
            _ if gate.is_unread.get() => this.look_ahead(cx),
            IntakeTurn::Understood(_) | IntakeTurn::Answer | IntakeTurn::Over => {
                this.look_ahead(cx)
            }
            IntakeTurn::Drain => this.give(cx, usize::MAX, buffer).map_ok(drop),
            IntakeTurn::Head(line) => this.give_head(cx, line, buffer),
            IntakeTurn::Body(left) => {
                let most = usize::try_from(left).unwrap_or(usize::MAX);
                let left = left.saturating_sub(ready!(this.give(cx, most, buffer))? as u64);
                let turn = if left == 0 { IntakeTurn::Answer } else { IntakeTurn::Body(left) };
                this.connection.gate.turn.set(turn);
                Poll::Ready(Ok(()))
            }
            IntakeTurn::Chunks if this.is_paused => {
                this.is_paused = false;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            IntakeTurn::Chunks => this.give_chunk(cx, buffer),
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
        if written.is_ready() {
            gate.has_written();
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
mod fuzz;
#[cfg(test)]
mod tests;
