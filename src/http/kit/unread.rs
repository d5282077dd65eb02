//! A body that is not read to its end.
//!
//! After such an answer the connection ends. For a moment the input is read and thrown away, so
//! that the answer arrives; then the connection is closed. The HTTP parser below actix-web does
//! this only while the rest of the body is held. It would read a chunked body that nobody holds for
//! as long as its sender likes, without a deadline.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::{ConnectionType, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::intake::Answering;

/// Makes an answer that ends its connection hold the unread rest of the body, and a streamed answer
/// hold the turn of its request.
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

/// Whether the connection ends with this answer, because we end it, or because the client asked in
/// the way of its HTTP version.
fn is_last(request: &HttpRequest, response: &mut HttpResponse) -> bool {
    // Heads of responses are pooled. Until one is written, it has the version of its last use, on
    // another connection.
    response.head_mut().version = Version::HTTP_11;
    [request.head().connection_type(), response.head().connection_type()]
        .contains(&ConnectionType::Close)
}

/// A body that holds something else until it is sent.
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
