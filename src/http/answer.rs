//! An answer that is no refusal.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use serde::Serialize;

/// What a client reads of a replayed answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// An answer of this size, as a coupon's, is written without growing its buffer.
const USUAL_BYTES: usize = 320;

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    media: &'static str,
    body: Vec<u8>,
    location: Option<String>,
    replayed: bool,
}

impl Answer {
    /// JSON with this status.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut body, value).expect("our shapes can always be written");
        Self { status, media: "application/json", body, location: None, replayed: false }
    }

    /// 200 with JSON.
    pub(crate) fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// 204: it is done, and there is nothing to tell.
    pub(crate) fn nothing() -> Self {
        let status = StatusCode::NO_CONTENT;
        Self { status, media: "", body: Vec::new(), location: None, replayed: false }
    }

    /// 200 with a text of this media type.
    pub(crate) fn text(media: &'static str, body: String) -> Self {
        let status = StatusCode::OK;
        Self { status, media, body: body.into_bytes(), location: None, replayed: false }
    }

    /// Says where what was made can be found.
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Says whether it was given before under the same key.
    pub(crate) fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
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
        if self.replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        response.body(self.body)
    }
}
