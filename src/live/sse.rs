//! Server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use hotdeal_actors::fanout::{Item, Subscription, Transport};

use super::enter::{Since, enter};
use super::frames;
use crate::clock::{self, Zone};
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// Tells proxies not to collect the response before they pass it on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// A client that lost its connection waits this many milliseconds, up to four times as many, so
/// that clients do not all come back at once.
const RETRY_MS: u64 = 1_000;

/// Opens a stream of events.
pub(crate) async fn stream(call: &Call) -> Result<HttpResponse, Problem> {
    let header = call.request.headers().get("last-event-id");
    // A header that is not text is no id of ours, and is answered with a gap.
    let header = header.map(|id| id.to_str().unwrap_or("?").to_owned());
    // The header wins over the query: a browser sends it when it comes back, always to the address
    // it was first given.
    let since = match header.filter(|id| !id.is_empty()) {
        Some(id) => Some(id),
        None => call.text(&super::SINCE)?,
    };
    let entered = enter(call, Transport::EventStream, Since::read(since.as_deref())).await?;
    let retry = RETRY_MS + rand::random_range(0..RETRY_MS * 3);
    let mut first = VecDeque::from([Bytes::from(format!("retry: {retry}\n\n"))]);
    first.extend(entered.first.iter().map(|frame| frame.event().clone()));
    let body = Events { first, subscription: Some(entered.subscription), zone: call.state.zone };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((BUFFERING, "no"))
        .body(body))
}

/// The body of a response that has no end.
struct Events {
    first: VecDeque<Bytes>,
    subscription: Option<Subscription>,
    zone: Zone,
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = &mut *self;
        if let Some(first) = this.first.pop_front() {
            if this.first.is_empty() {
                this.first = VecDeque::new();
            }
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(subscription) = &this.subscription else { return Poll::Ready(None) };
        subscription.poll(cx).map(|item| {
            let text = match item? {
                Item::Frame(frame) => frame.event().clone(),
                Item::Beat => frames::heartbeat(clock::now(), this.zone),
                Item::Ended(reason) => {
                    this.subscription = None;
                    frames::goodbye(reason.name())
                }
            };
            Some(Ok(text))
        })
    }
}
