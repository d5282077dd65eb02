//! A body that is not read to its end.
//!
//! The connection ends after the answer then: for a moment what still comes is taken in and thrown
//! away, so that the answer arrives, and then it is closed. The reader of HTTP below actix-web does
//! so only while somebody holds the rest of the body. A body in chunks that nobody holds it would
//! take in for as long as its sender likes, without a deadline.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::{ConnectionType, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::intake::Answering;

/// Lets an answer that ends its connection hold the rest of the body it does not wait for, and one
/// that goes on the turn of its request.
pub(super) fn held(
    request: &HttpRequest,
    mut response: HttpResponse,
    unread: Payload,
    turn: Answering,
) -> HttpResponse {
    if is_last(request, &mut response) {
        turn.is_last(&unread);
        return response.map_body(|_, body| BoxBody::new(Holding { body, _held: (unread, turn) }));
    }
    if response.body().size() == BodySize::Stream {
        return response.map_body(|_, body| BoxBody::new(Holding { body, _held: turn }));
    }
    response
}

/// Whether the connection ends with this answer: because its client wants that, in the words of its
/// version, or because we do.
fn is_last(request: &HttpRequest, response: &mut HttpResponse) -> bool {
    // Heads of responses are used again, and until one is written it has the version of its last use,
    // on somebody else's connection.
    response.head_mut().version = Version::HTTP_11;
    [request.head().connection_type(), response.head().connection_type()]
        .contains(&ConnectionType::Close)
}

/// The body of such an answer.
struct Holding<T> {
    body: BoxBody,
    _held: T,
}

impl<T: Unpin + 'static> MessageBody for Holding<T> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
