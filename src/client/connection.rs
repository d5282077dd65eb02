//! One keep-alive connection: a request out in one write, an answer back into one buffer.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Target;

/// Bytes of an answer the buffer holds at first: heads are some 300 bytes, most bodies fewer.
const INBOX_START: usize = 4 * 1024;
/// Bytes of an answer at most: an order of 10,000 lines is some 2 MB; more is not ours.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
/// Headers of an answer at most: our server sends about a dozen.
const HEADERS_MAX: usize = 48;

/// A connection to the server, used for one request at a time.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    inbox: Vec<u8>,
    reusable: bool,
}

/// An answer, as long as its connection is not used again.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    head: &'a [u8],
}

/// Where an answer ends, and what its head says about that.
struct Frame {
    status: u16,
    head: usize,
    body: usize,
    closes: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers at that address.
    pub async fn open(target: &Target) -> io::Result<Self> {
        let stream = TcpStream::connect(target.socket()).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, inbox: vec![0; INBOX_START], reusable: true })
    }

    /// Whether another request may follow: the server has neither closed nor said it would.
    pub fn is_open(&self) -> bool {
        // If anything can be read, the end or unexpected bytes, the connection is useless.
        let nothing = self.stream.try_read(&mut [0_u8]);
        let quiet = nothing.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        self.reusable && quiet
    }

    /// Sends a whole request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes back is not an HTTP/1.1 answer with a length.
    /// Afterwards the connection must not be used again.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let frame = loop {
            if filled == self.inbox.len() {
                if filled >= ANSWER_MAX {
                    return Err(malformed("the answer is larger than 16 MiB"));
                }
                self.inbox.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.inbox[filled..]).await?;
            if read == 0 {
                self.reusable = false;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            match frame(&self.inbox[..filled])? {
                Some(frame) if filled >= frame.head + frame.body => break frame,
                _ => {}
            }
        };
        self.reusable = !frame.closes;
        let end = frame.head + frame.body;
        if filled > end {
            return Err(malformed("bytes behind the answer"));
        }
        let (head, body) = (&self.inbox[..frame.head], &self.inbox[frame.head..end]);
        Ok(Reply { status: frame.status, body, head })
    }
}

impl<'a> Reply<'a> {
    /// The value of a header, if it was sent and is text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(self.head).ok()?;
        let found =
            response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    }

    /// The text of the first member `name` of a JSON body, as written. A search instead of a
    /// parse, because it runs once an answer in a benchmark; for members whose values are
    /// identifiers, where an escape would be wrong anyway.
    pub fn text_member(&self, name: &str) -> Option<&'a str> {
        let from = self.after_member(name)?.strip_prefix(b"\"")?;
        let end = from.iter().position(|&byte| byte == b'"' || byte == b'\\')?;
        std::str::from_utf8(&from[..end]).ok().filter(|_| from[end] == b'"')
    }

    /// The whole number in the first member `name` of a JSON body; found as
    /// [`text_member`](Self::text_member) does.
    pub fn number_member(&self, name: &str) -> Option<i64> {
        let from = self.after_member(name)?;
        let end = from.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(from.len());
        std::str::from_utf8(&from[..end]).ok()?.parse().ok()
    }

    fn after_member(&self, name: &str) -> Option<&'a [u8]> {
        let is_name = |at: &usize| {
            let rest = &self.body[at + 1..];
            rest.starts_with(name.as_bytes()) && rest[name.len()..].starts_with(b"\":")
        };
        let quotes = self.body.iter().enumerate().filter(|&(_, &byte)| byte == b'"');
        let at = quotes.map(|(at, _)| at).find(is_name)?;
        Some(self.body[at + name.len() + 3..].trim_ascii_start())
    }
}

fn malformed(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Reads the head; `None` while it is incomplete.
fn frame(bytes: &[u8]) -> io::Result<Option<Frame>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes).map_err(|_| malformed("not an HTTP/1.1 answer"))?;
    let httparse::Status::Complete(head) = parsed else { return Ok(None) };
    let status = response.code.ok_or_else(|| malformed("an answer without a status"))?;
    let mut length = matches!(status, 204 | 304).then_some(0);
    let mut closes = false;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).ok();
            length = text.and_then(|text| text.trim().parse().ok());
        } else if header.name.eq_ignore_ascii_case("connection") {
            closes = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    let body = length.ok_or_else(|| malformed("an answer without Content-Length"))?;
    if body > ANSWER_MAX {
        return Err(malformed("the answer is larger than 16 MiB"));
    }
    Ok(Some(Frame { status, head, body, closes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> Reply<'_> {
        Reply {
            status: 200,
            body: body.as_bytes(),
            head: b"HTTP/1.1 200 OK\r\nLocation: /x\r\n\r\n",
        }
    }

    #[test]
    fn members_are_found_where_they_are_names() {
        let ok = reply(r#"{"x":"code","couponKey": "AB-12","orderId":77}"#);
        assert_eq!(ok.text_member("couponKey"), Some("AB-12"));
        assert_eq!(ok.text_member("code"), None, "a value is no name");
        assert_eq!(ok.number_member("orderId"), Some(77));
        assert_eq!(ok.number_member("couponKey"), None);
        assert_eq!(ok.header("location"), Some("/x"));
        assert_eq!(reply(r#"{"code""#).text_member("code"), None);
        assert_eq!(reply(r#"{"code":"a\"b"}"#).text_member("code"), None);
    }

    #[test]
    fn a_frame_needs_a_length_and_waits_for_its_head() {
        let whole = b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\nConnection: Close\r\n\r\n{}";
        for end in 0..whole.len() - 2 {
            assert!(frame(&whole[..end]).expect("only incomplete").is_none(), "{end}");
        }
        let frame_of = frame(whole).expect("well formed").expect("complete");
        assert_eq!((frame_of.status, frame_of.body, frame_of.closes), (409, 2, true));
        assert!(frame(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(frame(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").is_err());
        assert!(frame(b"SSH-2.0-nothing\r\n").is_err());
    }
}
