//! Finds where the parts of a request end in the bytes of a connection, and parses nothing else.

use actix_web::http::header::CONTENT_LENGTH;
use memchr::{memchr, memchr_iter};

/// The position of the next byte in a head, or before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    place: Position,
    /// The previous byte was a carriage return.
    is_returned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Before the first line: empty lines before a request are skipped (RFC 9112, 2.2).
    Before,
    /// In a line.
    Within,
    /// At the start of a line, which may be the empty line that ends the head.
    Begin,
}

impl Line {
    pub(super) const FIRST: Self = Self { place: Position::Before, is_returned: false };
}

/// What was found in a piece of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// No end: the head goes on from here.
    More(Line),
    /// The end of the head, after this many bytes.
    End(usize),
    /// A line feed without a carriage return, at this index.
    Bare(usize),
}

/// The position of the next byte in a chunked body (RFC 9112, 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In the line with a chunk's size: its value so far, and whether another digit may follow.
    Size { size: u64, is_open: bool },
    /// In the data or its line end: this many bytes are left.
    Data(u64),
    /// After the last chunk, where an empty line ends the body.
    Trailer,
}

impl Chunk {
    pub(super) const FIRST: Self = Self::Size { size: 0, is_open: true };

    /// The position after `bytes`, which contain no line end but at their end.
    pub(super) fn through(self, bytes: &[u8]) -> Self {
        match self {
            Self::Data(left) => match left.saturating_sub(bytes.len() as u64) {
                0 => Self::FIRST,
                left => Self::Data(left),
            },
            Self::Size { size, is_open } => {
                let digits = bytes.iter().map_while(|byte| char::from(*byte).to_digit(16));
                let (count, size) =
                    digits.filter(|_| is_open).fold((0, size), |(count, size), digit| {
                        (count + 1, size.saturating_mul(16).saturating_add(u64::from(digit)))
                    });
                match (bytes.last(), size) {
                    (Some(b'\n'), 0) => Self::Trailer,
                    (Some(b'\n'), size) => Self::Data(size.saturating_add(2)),
                    _ => Self::Size { size, is_open: is_open && count == bytes.len() },
                }
            }
            Self::Trailer => Self::Trailer,
        }
    }
}

/// Looks for the end of the head in `bytes`, which continue at `line`.
pub(super) fn end_of_head(line: Line, bytes: &[u8]) -> Found {
    let Line { mut place, mut is_returned } = line;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, place) {
            (b'\n', _) if !is_returned => return Found::Bare(at),
            (b'\n', Position::Begin) => return Found::End(at + 1),
            (b'\n', Position::Before) | (b'\r', _) => {}
            (b'\n', Position::Within) => place = Position::Begin,
            (_, _) => {
                // Skips to the end of the line.
                place = Position::Within;
                let left = &bytes[at..];
                at += memchr(b'\n', left).unwrap_or(left.len()) - 1;
            }
        }
        is_returned = bytes[at] == b'\r';
        at += 1;
    }
    Found::More(Line { place, is_returned })
}

/// The length that a head announces for its body; 0 if none is found. If the parser reads another
/// length, or refuses the head, the body is given later or not at all.
pub(super) fn announced(head: &[u8]) -> usize {
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
