//! Which pages of other origins a browser lets call us and read our answers: only those of the
//! origins in the settings. Credentials are never allowed where a cookie opens anything: pages elsewhere send a
//! token. They are allowed at `/ws/info` alone, which looks at no cookie: clients of SockJS send cookies
//! whether wanted or not, and a browser then hides every answer that does not allow credentials.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, EXPIRES, HeaderMap, HeaderValue, HttpDate,
    ORIGIN, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::route::Resource;
use crate::clock::now;

/// Request headers a page may send in addition to those every page may.
const SENT: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, last-event-id, accept-language, if-none-match",
);
/// Response headers a page may read in addition to those every page may.
const READ: HeaderValue = HeaderValue::from_static(
    "location, link, age, etag, retry-after, ratelimit, ratelimit-policy, idempotent-replayed, \
     content-language, www-authenticate",
);
/// For how many seconds a browser keeps the answer to a preflight.
const KEPT: HeaderValue = HeaderValue::from_static("600");
/// A year, as SockJS 0.3.3 asks for.
const KEPT_A_YEAR: HeaderValue = HeaderValue::from_static("31536000");
const CACHED_A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000");
const YEAR_MS: i64 = 31_536_000_000;
const WITH_CREDENTIALS: HeaderValue = HeaderValue::from_static("true");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");
const BY_QUESTION: HeaderValue =
    HeaderValue::from_static("access-control-request-method, access-control-request-headers");

/// The allowed origins.
pub(super) struct Cors(Vec<String>);

impl Cors {
    pub(super) fn new(origins: &[String]) -> Self {
        Self(origins.to_vec())
    }

    /// The answer to a preflight; `None` if the request is none, or its origin is not allowed.
    pub(super) fn preflight(
        &self,
        resource: &Resource,
        request: &HttpRequest,
    ) -> Option<HttpResponse> {
        let asks = request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            && !body::is_announced(request);
        if !asks || self.named(request.headers()).is_none() {
            return None;
        }
        let mut answer = HttpResponse::build(StatusCode::NO_CONTENT);
        answer
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, resource.allow.as_str()))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, SENT))
            .insert_header((ACCESS_CONTROL_MAX_AGE, KEPT))
            .insert_header((VARY, BY_QUESTION));
        if resource.with_credentials {
            answer
                .insert_header((
                    ACCESS_CONTROL_ALLOW_METHODS,
                    format!("OPTIONS, {}", resource.allow),
                ))
                .insert_header((ACCESS_CONTROL_MAX_AGE, KEPT_A_YEAR))
                .insert_header((CACHE_CONTROL, CACHED_A_YEAR))
                .insert_header((EXPIRES, in_a_year()));
        }
        Some(answer.finish())
    }

    /// Tells the browser whether the page may read the answer.
    pub(super) fn tell(
        &self,
        resource: Option<&Resource>,
        request: &HttpRequest,
        answer: &mut HeaderMap,
    ) {
        if self.0.is_empty() {
            return;
        }
        answer.append(VARY, BY_ORIGIN);
        if let Some(origin) = self.named(request.headers()) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
            if resource.is_some_and(|resource| resource.with_credentials) {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, WITH_CREDENTIALS);
            }
        }
    }

    /// The origin of the page that asks, if it is allowed.
    fn named<'a>(&self, asked: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let mut origins = asked.get_all(ORIGIN);
        let origin = origins.next().filter(|_| origins.next().is_none())?;
        self.0.iter().any(|named| origin == named.as_str()).then_some(origin)
    }
}

fn in_a_year() -> HttpDate {
    let at = u64::try_from(now().0.saturating_add(YEAR_MS)).unwrap_or_default();
    HttpDate::from(UNIX_EPOCH + Duration::from_millis(at))
}
