//! One request on its way to a handler: who calls, with what body, under which key.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Data;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, pin_mut, poll};
use hmac::Mac as _;
use hotdeal_actors::api::Role;
use hotdeal_domain::idempotency::{KEY_MAX, KeyClaim, KeyScope};
use hotdeal_domain::{ID_MAX, UnixMillis, UserId};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::State;
use super::code::{Code, Language};
use super::problem::Problem;
use super::routes::{Need, Route};
use crate::auth::Bearer;

/// A request whose caller may make it.
pub(crate) struct Call {
    /// What the server has.
    pub(crate) state: Data<State>,
    /// The request line and headers.
    pub(crate) request: HttpRequest,
    /// When the request was taken up.
    pub(crate) now: UnixMillis,
    bearer: Option<Bearer>,
    body: Bytes,
    key: Option<KeyClaim>,
}

impl Call {
    /// Checks the caller's right, then takes in the body, then the idempotency key.
    ///
    /// # Errors
    /// The [`Problem`] that keeps the request out.
    pub(crate) async fn admit(
        route: &'static Route,
        state: &Data<State>,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<Self, Problem> {
        let now = crate::clock::now();
        let bearer = match admission(route.need, state, request, now) {
            Ok(bearer) => bearer,
            Err(problem) => return Err(turn_away(problem, state, request, payload).await),
        };
        let body_max = route.body_max.unwrap_or(0).max(state.body_max_bytes);
        let body = read_body(state, body_max, request, payload).await?;
        if route.takes.is_some() {
            check_media_type(request, route.media)?;
        }
        let key = if route.mutates { claim(route, state, request, bearer, &body)? } else { None };
        Ok(Self { state: state.clone(), request: request.clone(), now, bearer, body, key })
    }

    /// The caller.
    ///
    /// # Errors
    /// [`Code::TokenMissing`] on a route open to anyone.
    pub(crate) fn bearer(&self) -> Result<Bearer, Problem> {
        self.bearer.ok_or_else(|| Code::TokenMissing.into())
    }

    /// The language of the answer.
    pub(crate) fn language(&self) -> Language {
        language(&self.request)
    }

    /// The caller's account.
    ///
    /// # Errors
    /// As [`bearer`](Self::bearer).
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        self.bearer().map(|bearer| bearer.user)
    }

    /// Whether the caller runs the mall.
    pub(crate) fn is_admin(&self) -> bool {
        self.bearer.is_some_and(|bearer| bearer.role == Role::Admin)
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// A problem that names the member.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        super::json::read(&self.body)
    }

    /// The body as it came.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The media type of the body, without its parameters.
    pub(crate) fn media(&self) -> &str {
        media_type(&self.request)
    }

    /// Where the request comes from.
    pub(crate) fn address(&self) -> Option<std::net::IpAddr> {
        self.request.peer_addr().map(|peer| peer.ip())
    }

    /// The claim on an idempotency key, where the request carries one.
    pub(crate) fn key(&self) -> Option<KeyClaim> {
        self.key.clone()
    }

    /// A part of the path as text.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// A part of the path as an id.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming the part.
    pub(crate) fn path_id<Id: TryFrom<i64>>(&self, name: &'static str) -> Result<Id, Problem> {
        let number = self.path(name).parse::<i64>().ok();
        number
            .and_then(|number| Id::try_from(number).ok())
            .ok_or_else(|| Problem::out_of_range(name, 1, ID_MAX))
    }

    /// A whole number of the query, within bounds, or `default` where it is absent.
    ///
    /// # Errors
    /// [`Code::MissingValue`] or [`Code::InvalidValue`] naming it.
    pub(crate) fn query_number(
        &self,
        name: &'static str,
        allowed: std::ops::RangeInclusive<i64>,
        default: Option<i64>,
    ) -> Result<i64, Problem> {
        let Some(text) = self.query(name)? else {
            return default.ok_or_else(|| Problem::missing(name));
        };
        match text.parse::<i64>() {
            Ok(number) if allowed.contains(&number) => Ok(number),
            Ok(_) | Err(_) => Err(Problem::out_of_range(name, allowed.start(), allowed.end())),
        }
    }

    /// A parameter of the query.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming it where it is there twice: which one was meant?
    pub(crate) fn query(&self, name: &'static str) -> Result<Option<String>, Problem> {
        let query = self.request.query_string();
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|error| Problem::from(Code::InvalidValue).because(error.to_string()))?;
        let mut found = None;
        for (key, value) in pairs.into_inner() {
            if key == name && found.replace(value).is_some() {
                return Err(Problem::value(name, "한 번만 보낼 수 있습니다", "send it once"));
            }
        }
        Ok(found)
    }
}

/// Refuses a request without looking at its body. Taking the body in keeps the connection usable
/// for the next request; where it is too large or too slow, the connection ends.
pub(crate) async fn turn_away(
    problem: Problem,
    state: &State,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Problem {
    match read_body(state, state.body_max_bytes, request, payload).await {
        Ok(_) => problem,
        Err(_) => problem.closing(),
    }
}

/// The language the caller prefers.
pub(crate) fn language(request: &HttpRequest) -> Language {
    match request.headers().get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok()) {
        None => Language::Ko,
        Some(accept) => Language::preferred(accept),
    }
}

/// Who calls, if the route lets them. A route open to anyone does not look at tokens.
fn admission(
    need: Need,
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
) -> Result<Option<Bearer>, Problem> {
    if need == Need::Anyone {
        return Ok(None);
    }
    let header = request.headers().get(AUTHORIZATION).ok_or(Code::TokenMissing)?;
    let text = header.to_str().map_err(|_| Code::TokenMismatch)?;
    let (scheme, token) = text.split_once(' ').ok_or(Code::TokenMismatch)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenMismatch.into());
    }
    let bearer = state.bearer(token.trim(), now)?;
    if need.admits(bearer.role) { Ok(Some(bearer)) } else { Err(Code::Forbidden.into()) }
}

/// The media type of the body, without its parameters.
fn media_type(request: &HttpRequest) -> &str {
    let media = request.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    media.and_then(|media| media.split(';').next()).unwrap_or_default().trim()
}

fn check_media_type(request: &HttpRequest, others: &[&str]) -> Result<(), Problem> {
    let essence = media_type(request);
    if !others.is_empty() {
        let known = others.iter().any(|media| essence.eq_ignore_ascii_case(media));
        let (ko, en) = (format!("{} 형식만 받습니다", others.join(", ")), others.join(" or "));
        let refused =
            || Problem::from(Code::UnsupportedMediaType).saying(&ko, &format!("send {en}"));
        return known.then_some(()).ok_or_else(refused);
    }
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
}

/// The whole body, within its bounds of size and time, whether its length was announced or not.
async fn read_body(
    state: &State,
    limit: usize,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Bytes, Problem> {
    if matches!(payload, Payload::None) {
        return Ok(Bytes::new());
    }
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|n| n > limit as u64) {
        return Err(Problem::from(Code::BodyTooLarge).closing());
    }
    let whole = collect(payload, limit);
    pin_mut!(whole);
    // The body mostly came with the head: only where it did not is a timer set.
    match poll!(whole.as_mut()) {
        std::task::Poll::Ready(body) => body,
        std::task::Poll::Pending => within(state.body_deadline, whole).await,
    }
}

async fn within(
    deadline: Duration,
    whole: impl Future<Output = Result<Bytes, Problem>>,
) -> Result<Bytes, Problem> {
    match actix_web::rt::time::timeout(deadline, whole).await {
        Ok(body) => body,
        Err(_) => Err(Problem::from(Code::BodyTimeout).closing()),
    }
}

async fn collect(payload: &mut Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut first: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::from(Code::InvalidJson).because(error.to_string()).closing()
        })?;
        let so_far = first.as_ref().map_or(joined.len(), Bytes::len);
        if so_far + chunk.len() > limit {
            return Err(Problem::from(Code::BodyTooLarge).closing());
        }
        if joined.is_empty() && first.is_none() {
            first = Some(chunk);
        } else {
            if let Some(first) = first.take() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&chunk);
        }
    }
    Ok(first.unwrap_or_else(|| joined.freeze()))
}

/// The claim that an `Idempotency-Key` header makes.
///
/// Signing up has no caller yet: its keys belong to nobody's number, which no account ever gets.
/// Two strangers who choose the same key there meet in one scope, and the second is told that
/// the key was used. The fingerprint of a sign-up covers a password, so it is made with the
/// server's secret: whoever reads the table cannot try passwords against it.
fn claim(
    route: &'static Route,
    state: &State,
    request: &HttpRequest,
    bearer: Option<Bearer>,
    body: &[u8],
) -> Result<Option<KeyClaim>, Problem> {
    let mut headers = request.headers().get_all("idempotency-key");
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    let unusable = || {
        Problem::from(Code::InvalidIdempotencyKey).saying(
            "한 개의 1~255자 문자열이어야 하며 공백과 제어 문자는 쓸 수 없습니다",
            "one key of 1 to 255 visible ASCII characters, quoted or not",
        )
    };
    let key = header.to_str().ok().and_then(key_text).ok_or_else(unusable)?;
    if headers.next().is_some() {
        return Err(unusable());
    }
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let parts = [request.method().as_str().as_bytes(), b"\n", target.as_bytes(), b"\n", body];
    let (principal, digest): (UserId, [u8; 32]) = match bearer {
        Some(bearer) => {
            let mut hash = Sha256::new();
            parts.iter().for_each(|part| hash.update(part));
            (bearer.user, hash.finalize().into())
        }
        None => {
            let mut mac = state.strangers_mac.clone();
            parts.iter().for_each(|part| mac.update(part));
            (nobody(), mac.finalize().into_bytes().into())
        }
    };
    let mut fingerprint = [0_u8; 16];
    fingerprint.copy_from_slice(&digest[..16]);
    let scope = KeyScope { principal, operation: route.id, key };
    Ok(Some(KeyClaim { scope, fingerprint }))
}

fn nobody() -> UserId {
    UserId::try_from(ID_MAX).expect("the largest id is one")
}

/// The key in a header: bare, or a quoted string of structured fields (RFC 9651).
fn key_text(header: &str) -> Option<Arc<str>> {
    let trimmed = header.trim();
    let visible = |text: &str| text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    let key: String = match trimmed.strip_prefix('"') {
        None => trimmed.to_owned(),
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut plain = String::with_capacity(inner.len());
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                match character {
                    '"' => return None,
                    '\\' => plain.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
                    other => plain.push(other),
                }
            }
            plain
        }
    };
    (visible(&key) && (1..=KEY_MAX).contains(&key.len())).then(|| Arc::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_bare_and_quoted() {
        for (header, key) in [
            ("order-1", Some("order-1")),
            ("\"order-1\"", Some("order-1")),
            (" \"a\\\"b\\\\c\" ", Some("a\"b\\c")),
            ("", None),
            ("\"\"", None),
            ("\"open", None),
            ("\"a\"b\"", None),
            ("\"a\\b\"", None),
            ("two words", None),
            ("\"two words\"", None),
            ("tab\tbed", None),
            ("한글", None),
        ] {
            assert_eq!(key_text(header).as_deref(), key, "{header}");
        }
        assert!(key_text(&"k".repeat(KEY_MAX)).is_some());
        assert!(key_text(&"k".repeat(KEY_MAX + 1)).is_none());
        assert!(key_text(&format!("\"{}\"", "k".repeat(KEY_MAX))).is_some());
    }
}
