//! The body of a request: whole, within its bounds, or not at all.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, pin_mut, poll};

use super::code::Code;
use super::deadline::Deadline;
use super::intake;
use super::problem::Problem;
use super::state::State;

/// The body of a request that opens a connection: none. What follows its head belongs to the
/// protocol that it opens.
pub(super) fn no_body(request: &HttpRequest) -> Result<Bytes, Problem> {
    match is_announced(request) {
        true => Err(Problem::from(Code::BodyTooLarge).closing()),
        false => Ok(Bytes::new()),
    }
}

/// Whether the head announces a body.
pub(super) fn is_announced(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
        || headers.contains_key(TRANSFER_ENCODING)
}

/// Whether the client asks for another protocol from here on. A route that does not speak it
/// answers as usual, and its answer is the last on the connection.
pub(super) fn leaves_http(request: &HttpRequest) -> bool {
    request.head().upgrade() || request.method() == Method::CONNECT || asks_for_websocket(request)
}

/// Whether what follows the head is not a body, and so has no end to wait for.
pub(super) fn is_endless(request: &HttpRequest) -> bool {
    // The HTTP parser looks for chunks first, then for a WebSocket, then for a length.
    !request.headers().contains_key(TRANSFER_ENCODING)
        && (asks_for_websocket(request)
            || (request.method() == Method::CONNECT && !is_announced(request)))
}

fn asks_for_websocket(request: &HttpRequest) -> bool {
    let protocol = request.headers().get(UPGRADE).map(|name| name.as_bytes().trim_ascii());
    protocol.is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
}

/// The whole body, within its bounds of size and time, whether its length was announced or not.
pub(super) async fn read_body(
    state: &State,
    limit: usize,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Bytes, Problem> {
    let mut body = Gathered::default();
    take_in(state, limit, request, payload, |chunk| body.push(chunk)).await?;
    Ok(body.whole())
}

/// Reads a body that nobody needs, within the same bounds, and keeps nothing of it.
pub(super) async fn pass_over(
    state: &State,
    limit: usize,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(), Problem> {
    take_in(state, limit, request, payload, drop).await
}

async fn take_in(
    state: &State,
    limit: usize,
    request: &HttpRequest,
    payload: &mut Payload,
    sink: impl FnMut(Bytes),
) -> Result<(), Problem> {
    if matches!(payload, Payload::None) || is_endless(request) {
        return Ok(());
    }
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|n| n > limit as u64) {
        return Err(Problem::from(Code::BodyTooLarge).closing());
    }
    let whole = drain(payload, limit, sink);
    pin_mut!(whole);
    // The body usually comes with the head. A timer is set only if it did not.
    let outcome = match poll!(whole.as_mut()) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => within(state.body_deadline, whole).await,
    };
    if outcome.is_ok() {
        intake::has_come(request);
    }
    outcome
}

async fn within(
    deadline: Duration,
    mut whole: Pin<&mut impl Future<Output = Result<(), Problem>>>,
) -> Result<(), Problem> {
    let mut deadline = Deadline::after(deadline);
    poll_fn(|cx| match whole.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(outcome),
        Poll::Pending => {
            deadline.poll(cx).map(|()| Err(Problem::from(Code::BodyTimeout).closing()))
        }
    })
    .await
}

fn cut_short() -> Problem {
    let (ko, en) = ("본문이 끝까지 오지 않았습니다", "the body did not come to its end");
    Problem::from(Code::InvalidJson).saying(ko, en).closing()
}

async fn drain(
    payload: &mut Payload,
    limit: usize,
    mut sink: impl FnMut(Bytes),
) -> Result<(), Problem> {
    let mut so_far = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| cut_short())?;
        so_far += chunk.len();
        if so_far > limit {
            return Err(Problem::from(Code::BodyTooLarge).closing());
        }
        sink(chunk);
    }
    Ok(())
}

/// The received parts of a body. A body that came in one part is not copied.
#[derive(Default)]
struct Gathered {
    first: Option<Bytes>,
    joined: BytesMut,
}

impl Gathered {
    fn push(&mut self, chunk: Bytes) {
        if self.joined.is_empty() && self.first.is_none() {
            self.first = Some(chunk);
            return;
        }
        if let Some(first) = self.first.take() {
            self.joined.extend_from_slice(&first);
        }
        self.joined.extend_from_slice(&chunk);
    }

    fn whole(self) -> Bytes {
        self.first.unwrap_or_else(|| self.joined.freeze())
    }
}
