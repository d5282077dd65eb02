//! What clients send over a WebSocket, with a bound to each frame.
//!
//! The WebSocket parser checks the length of a frame only when the frame is complete, and keeps all
//! of it until then. Of a frame that announces a terabyte it would keep whatever arrives. So the
//! heads of frames are checked here first, as they pass by.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;

/// The most bytes of a head up to the end of the length: two, and a length of eight.
const HEAD_MAX: usize = 10;
const MASK: u64 = 4;

/// The bytes of a connection; fails with [`PayloadError::Overflow`] at the head of a frame that is
/// too long.
pub(super) struct Bounded {
    payload: Payload,
    heads: Heads,
    is_over: bool,
}

impl Bounded {
    /// No frame may have more bytes than `frame_max`.
    pub(super) fn new(payload: Payload, frame_max: usize) -> Self {
        Self { payload, heads: Heads::new(frame_max), is_over: false }
    }
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &next
            && !self.heads.admit(bytes)
        {
            self.is_over = true;
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        next
    }
}

/// The position of the stream within a frame.
struct Heads {
    frame_max: u64,
    head: [u8; HEAD_MAX],
    /// Bytes of the head that have arrived.
    come: usize,
    /// Bytes still to come that belong to no head.
    passing: u64,
}

impl Heads {
    fn new(frame_max: usize) -> Self {
        let frame_max = u64::try_from(frame_max).unwrap_or(u64::MAX);
        Self { frame_max, head: [0; HEAD_MAX], come: 0, passing: 0 }
    }

    /// Follows the bytes that arrive; `false` if a frame begins that is too long.
    fn admit(&mut self, mut bytes: &[u8]) -> bool {
        while let [first, rest @ ..] = bytes {
            if self.passing > 0 {
                let here = usize::try_from(self.passing).unwrap_or(usize::MAX).min(bytes.len());
                self.passing -= here as u64;
                bytes = &bytes[here..];
                continue;
            }
            self.head[self.come] = *first;
            self.come += 1;
            bytes = rest;
            if let Some(length) = announced(&self.head[..self.come]) {
                if length > self.frame_max {
                    return false;
                }
                let is_masked = self.head[1] & 0x80 != 0;
                self.passing = length + if is_masked { MASK } else { 0 };
                self.come = 0;
            }
        }
        true
    }
}

/// The length that a head announces (RFC 6455, section 5.2), once enough of the head has arrived.
fn announced(head: &[u8]) -> Option<u64> {
    let (_, length) = (head.first()?, head.get(1)? & 0x7f);
    match length {
        126 => Some(u16::from_be_bytes(head.get(2..4)?.try_into().ok()?).into()),
        127 => Some(u64::from_be_bytes(head.get(2..10)?.try_into().ok()?)),
        short => Some(short.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of these lengths, one behind the other.
    fn frames(lengths: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for length in lengths {
            match u8::try_from(*length) {
                Ok(short @ 0..126) => bytes.extend([0x81, 0x80 | short]),
                _ => bytes.extend([&[0x81, 0xfe], length.to_be_bytes().as_slice()].concat()),
            }
            // The contents of each frame look like the head of a long one.
            bytes.extend(vec![0xff; usize::from(*length) + 4]);
        }
        bytes
    }

    #[test]
    fn long_frames_are_seen_at_their_head_however_the_bytes_come() {
        for size in 1..300 {
            let admits = |bytes: &[u8]| {
                let mut heads = Heads::new(1_000);
                bytes.chunks(size).all(|chunk| heads.admit(chunk))
            };
            assert!(admits(&frames(&[0, 1, 125, 126, 1_000, 300, 0])));
            assert!(!admits(&frames(&[5, 1_001])[..15]));
            let mut endless = frames(&[7, 1_000]);
            endless.extend([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0]);
            assert!(!admits(&endless));
            assert!(admits(&endless[..endless.len() - 1]));
        }
    }
}
