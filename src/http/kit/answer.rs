//! An answer that is not a refusal.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    AGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LINK,
    LOCATION, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::Serialize;

use super::code::Language;
use super::etag;

/// The media type of most answers.
pub(crate) const JSON: &str = "application/json";
/// The header that marks a replayed answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The initial size of a buffer: an answer as large as a coupon's is written without growing it.
const USUAL_BYTES: usize = 320;
/// Bytes of a body that are copied into a connection's buffer at a time: half of the size at which
/// the buffer is written.
const PORTION: usize = 16 << 10;

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    media: &'static str,
    body: Bytes,
    location: Option<String>,
    next: Option<String>,
    language: Option<Language>,
    replayed: bool,
    cached: Option<&'static str>,
    tag: Option<String>,
    age: Option<u64>,
    more: &'static [(HeaderName, HeaderValue)],
    own: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    fn new(status: StatusCode, media: &'static str, body: Bytes) -> Self {
        let (location, next, language, more) = (None, None, None, [].as_slice());
        let (replayed, cached, tag, age, own) = (false, None, None, None, Vec::new());
        Self {
            status,
            media,
            body,
            location,
            next,
            language,
            replayed,
            cached,
            tag,
            age,
            more,
            own,
        }
    }

    /// JSON with this status.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut body, value).expect("our shapes can always be written");
        Self::new(status, JSON, body.into())
    }

    /// 200 with JSON.
    pub(crate) fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// 204: it is done, and there is nothing to tell.
    pub(crate) fn nothing() -> Self {
        Self::new(StatusCode::NO_CONTENT, "", Bytes::new())
    }

    /// Forbids caches to store it, because it holds a secret.
    pub(crate) fn unstored(mut self) -> Self {
        self.cached = Some("no-store");
        self
    }

    /// Lets caches keep it for everybody until it is a second old.
    pub(crate) fn public(mut self) -> Self {
        self.cached = Some("public, max-age=1");
        self
    }

    /// Only whoever gets it may keep it, and has to ask each time whether it is still so.
    pub(crate) fn private(mut self) -> Self {
        self.cached = Some("private, no-cache");
        self
    }

    /// Names its entity tag. A client that has the answer with this tag is told so, and no more.
    pub(crate) fn tagged(mut self, request: &HttpRequest, tag: impl Into<String>) -> Self {
        let tag = tag.into();
        if etag::is_known(request, &tag) {
            (self.status, self.media, self.body) = (StatusCode::NOT_MODIFIED, "", Bytes::new());
        }
        self.tag = Some(tag);
        self
    }

    /// 200 with something of this media type.
    pub(crate) fn bytes(media: &'static str, body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, media, body.into())
    }

    /// Says how old the data is, in seconds, rounded up.
    pub(crate) fn aged(mut self, seconds: u64) -> Self {
        self.age = Some(seconds);
        self
    }

    /// What it says.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Says where the new resource is found.
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Links to the next page of a list (RFC 8288), if there is one.
    pub(crate) fn followed_by(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }

    /// Says which language its sentences are in.
    pub(crate) fn spoken(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Says whether it was given before under the same key.
    pub(crate) fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }

    /// Says more in headers.
    pub(crate) fn with(mut self, headers: &'static [(HeaderName, HeaderValue)]) -> Self {
        self.more = headers;
        self
    }

    /// 303: what comes next is found there.
    pub(crate) fn see_other(location: String) -> Self {
        Self::new(StatusCode::SEE_OTHER, "", Bytes::new()).at(location)
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Says more in a header whose value this answer alone has.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.own.push((name, value));
        self
    }

    /// The response.
    pub(crate) fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if !self.media.is_empty() {
            response.insert_header((CONTENT_TYPE, HeaderValue::from_static(self.media)));
        }
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if let Some(next) = self.next {
            response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
        }
        if let Some(seconds) = self.age {
            response.insert_header((AGE, HeaderValue::from(seconds)));
        }
        if let Some(cached) = self.cached {
            response.insert_header((CACHE_CONTROL, HeaderValue::from_static(cached)));
        }
        if let Some(tag) = self.tag {
            response.insert_header((ETAG, tag));
        }
        if let Some(language) = self.language {
            response
                .insert_header((CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())))
                .insert_header((VARY, HeaderValue::from_static("accept-language")));
        }
        if self.replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        for (name, value) in self.more {
            response.insert_header((name.clone(), value.clone()));
        }
        for header in self.own {
            response.append_header(header);
        }
        if self.body.len() <= PORTION {
            return response.body(self.body);
        }
        response.body(BoxBody::new(Portions(self.body)))
    }
}

/// A long body, copied into its connection's buffer only as fast as that is sent. A client that
/// does not read costs a few portions besides the body, and the body of the document is shared by
/// all.
struct Portions(Bytes);

impl MessageBody for Portions {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let portion = PORTION.min(self.0.len());
        Poll::Ready((portion > 0).then(|| Ok(self.0.split_to(portion))))
    }
}
