//! One request at a time on a connection.
//!
//! A client may send requests without waiting for the answers. The reader of HTTP below actix-web
//! takes apart whatever it is given, at about 7 KiB a request: 128 KiB of little requests in one
//! piece hold 30 MiB until they are answered, and what comes beyond that keeps it asking for a
//! processor that others need. It also mixes up what it knows of one request with the answer to
//! another. So it is given a head and its body, and nothing more until that is answered and the
//! answer has found room. What comes too early waits in the socket, and stops its sender.
//!
//! Here requests are taken apart with fewer rules than by that reader: only their ends are looked for
//! (`intake/ends.rs`). We know of no request head on whose end the two disagree; such a connection would get
//! nothing more until its client leaves. A bare LF in a head, or among chunks, ends the connection, because
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

/// Bytes taken from the socket at a time while it is not known how many belong together: a head
/// with all that browsers put into it, and its body if that is short.
const PIECE: usize = 8_192;
/// Bytes taken from it while nothing is given.
const GLANCE: usize = 512;

/// A connection as its requests see it.
#[derive(Clone)]
pub(crate) struct Connection {
    gate: Rc<Gate>,
    /// Where it came in.
    pub(crate) local: SocketAddr,
    /// What is known of who asks over it.
    pub(super) manners: Manners,
}

impl Connection {
    /// The one on which `request` came; none in a test without a server.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Self> {
        request.conn_data()
    }
}

/// A stream that is read one request at a time.
pub(crate) struct Intake<S> {
    stream: S,
    connection: Connection,
    /// What was taken from the socket too early: at most a piece.
    early: Vec<u8>,
    chunk: Chunk,
    /// A line was given that may be the last of a body: others must see it first.
    is_paused: bool,
    /// For how long a head may come.
    head_deadline: Duration,
    /// Runs while a head is coming, and before the first of a connection.
    late: Option<Deadline>,
    /// No head has come yet: nothing was answered.
    is_new: bool,
}

impl<S> Intake<S> {
    /// Holds back what comes over `stream`, which was accepted at `local`. The first head, or one that
    /// has begun, that has not ended for `head_deadline` ends the connection.
    /// `place`: what it takes among all connections.
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

    /// What its requests are to know.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Intake<S> {
    /// While nothing is given, the end of the connection is still seen, if nothing comes before it.
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
            // What ends a line for one reader and not for another hides things between them. The
            // reader below takes it for an end; a byte that may stand nowhere it refuses.
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
        // Of a head that came in pieces the request itself tells the length.
        let body = if is_whole && more > 0 { announced(&given[..end]).min(more) } else { 0 };
        self.connection.gate.turn.set(IntakeTurn::Understood(body as u64));
        self.take_back(before + end + body, buffer);
        Poll::Ready(Ok(()))
    }

    /// Says why the connection ends, where nothing else is on its way out. The reader of HTTP has a
    /// clock for that, too, which however runs on while nobody listens.
    fn tell_late(&mut self, cx: &mut Context<'_>) {
        if self.is_new {
            let now = chrono::DateTime::from_timestamp_millis(clock::now().0).unwrap_or_default();
            let date = now.format("%a, %d %b %Y %H:%M:%S GMT");
            let told = format!(
                "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\
                 date: {date}\r\n\r\n"
            );
            // A few bytes into an empty buffer; who does not get them sees the end.
            _ = Pin::new(&mut self.stream).poll_write(cx, told.as_bytes());
            _ = Pin::new(&mut self.stream).poll_shutdown(cx);
        }
    }

    /// Gives of a body in chunks the data as it comes, and the lines one by one: the last is one.
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

    /// Takes back what was given beyond the first `length` bytes.
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
            // The end, as if its client had gone.
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
mod tests;
