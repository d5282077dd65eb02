//! Many connections that only read: one thread, one buffer, every message counted.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::MESSAGE;
use crate::world::Outcome;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    WebSocket,
    Sse,
    /// Server-sent events of any size: each counts.
    AnySse,
}

impl Protocol {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::Sse | Self::AnySse => "SSE",
        }
    }
}

struct Connection {
    stream: TcpStream,
    /// Bytes of the frame that are still to come.
    rest: usize,
    /// Bytes of a frame's head that came with the last read.
    head: Vec<u8>,
    /// The last byte read, for an event that ends between two reads.
    last: u8,
    messages: u64,
}

pub(crate) struct Receiver {
    poll: Poll,
    /// Bytes of a WebSocket frame that counts as a message, at least.
    least: usize,
    events: Events,
    connections: Vec<Connection>,
    protocol: Protocol,
    received: u64,
    buffer: Vec<u8>,
}

impl Receiver {
    /// Opens so many connections, one after the other, all with the same request.
    pub(crate) fn connect(
        address: &str,
        request: &str,
        count: usize,
        protocol: Protocol,
    ) -> Outcome<Self> {
        Self::connect_each(address, (0..count).map(|_| request.to_owned()), protocol, MESSAGE)
    }

    /// Opens a connection for each request. Only frames of at least so many bytes are messages.
    pub(crate) fn connect_each(
        address: &str,
        requests: impl Iterator<Item = String>,
        protocol: Protocol,
        least: usize,
    ) -> Outcome<Self> {
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        for (place, request) in requests.enumerate() {
            let mut stream = std::net::TcpStream::connect(address)?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(request.as_bytes())?;
            let rest = head(&mut stream)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(place), Interest::READABLE)?;
            let mut connection =
                Connection { stream, rest: 0, head: Vec::new(), last: 0, messages: 0 };
            connection.count(&rest, protocol, least);
            connections.push(connection);
        }
        let (events, buffer) = (Events::with_capacity(1_024), vec![0; 256 * 1_024]);
        Ok(Self { poll, least, events, connections, protocol, received: 0, buffer })
    }

    /// Messages received by all connections together.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Reads what has come, or comes within this time.
    pub(crate) fn receive(&mut self, within: Duration) -> Outcome<()> {
        if let Err(error) = self.poll.poll(&mut self.events, Some(within))
            && error.kind() != ErrorKind::Interrupted
        {
            return Err(error.into());
        }
        for event in &self.events {
            let connection = &mut self.connections[event.token().0];
            loop {
                match connection.stream.read(&mut self.buffer) {
                    Ok(0) => return Err("a connection was closed".into()),
                    Ok(read) => {
                        let read = &self.buffer[..read];
                        self.received += connection.count(read, self.protocol, self.least);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Waits until each connection has got just so many messages.
    pub(crate) fn all(&mut self, published: u64, within: Duration) -> Outcome<()> {
        let begun = Instant::now();
        while self.received < published * self.connections.len() as u64 {
            if begun.elapsed() > within {
                return Err(format!("messages are missing: {} came", self.received).into());
            }
            self.receive(Duration::from_millis(100))?;
        }
        let odd = self.connections.iter().find(|connection| connection.messages != published);
        match odd {
            None => Ok(()),
            Some(odd) => Err(format!("{} of {published} messages", odd.messages).into()),
        }
    }
}

/// Reads the head of a response; what came after it.
fn head(stream: &mut std::net::TcpStream) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut some = [0; 2_048];
    loop {
        let read = stream.read(&mut some)?;
        bytes.extend_from_slice(&some[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let good = bytes.starts_with(b"HTTP/1.1 101") || bytes.starts_with(b"HTTP/1.1 200");
            let told = String::from_utf8_lossy(&bytes);
            return if good { Ok(bytes.split_off(end + 4)) } else { Err(told.into()) };
        }
        if read == 0 {
            return Err("no response".into());
        }
    }
}

impl Connection {
    fn count(&mut self, bytes: &[u8], protocol: Protocol, least: usize) -> u64 {
        let messages = match protocol {
            Protocol::WebSocket => self.frames(bytes, least),
            Protocol::Sse => self.events(bytes),
            Protocol::AnySse => self.ends(bytes),
        };
        self.messages += messages;
        messages
    }

    /// Whole messages of the measured size; other frames are passed over.
    fn frames(&mut self, mut bytes: &[u8], least: usize) -> u64 {
        let mut messages = 0;
        loop {
            let passed = self.rest.min(bytes.len());
            self.rest -= passed;
            bytes = &bytes[passed..];
            if bytes.is_empty() {
                return messages;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            let length = match self.head.as_slice() {
                [_, length] if *length < 126 => usize::from(*length),
                [_, 126, high, low] => usize::from(*high) << 8 | usize::from(*low),
                _ => continue,
            };
            messages += u64::from(length >= least);
            self.rest = length;
            self.head.clear();
        }
    }

    /// Empty lines, which end an event.
    fn ends(&mut self, bytes: &[u8]) -> u64 {
        let mut events = 0;
        for &byte in bytes {
            events += u64::from(byte == b'\n' && self.last == b'\n');
            self.last = byte;
        }
        events
    }

    /// Events that carry a message: our own first events, and the empty lines of others, do not.
    fn events(&mut self, bytes: &[u8]) -> u64 {
        let mut messages = 0;
        for &byte in bytes {
            // The message is made of this letter, which nothing else has in a row.
            match (byte, self.last) {
                (b'x', b'x') => self.rest += 1,
                (b'x', _) => self.rest = 1,
                (_, b'x') if self.rest >= MESSAGE - 50 => messages += 1,
                _ => {}
            }
            self.last = byte;
        }
        messages
    }
}
