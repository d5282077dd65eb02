//! One request on its way to a handler: who calls, with what body, under which key.

mod admission;

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use actix_web::web::Data;
use bytes::Bytes;
use hotdeal_actors::account::Role;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::{ID_MAX, UnixMillis, UserId};
use serde::Deserialize;

use self::admission::{Admitted, admission, check_sender};
use super::body::{no_body, pass_over, read_body};
use super::code::{Code, Language};
use super::form::Form;
use super::key;
use super::problem::Problem;
use super::query::{Parameter, q};
use super::route::Route;
use super::state::State;
use crate::auth::Bearer;
use crate::limits::{Group, Standing};

/// The query parameter for a page, which cannot send headers with a live connection.
pub(crate) const TICKET: Parameter =
    q("ticket", false, "a ticket, where no Authorization header can be sent").text(64);

/// A request whose caller may make it.
pub(crate) struct Call {
    /// What the server has.
    pub(crate) state: Data<State>,
    /// The request line and headers.
    pub(crate) request: HttpRequest,
    /// When the request was taken up.
    pub(crate) now: UnixMillis,
    admitted: Option<Admitted>,
    body: Bytes,
    form: Form,
    key: Option<KeyClaim>,
}

impl Call {
    /// Checks the caller's allowances and rights, then reads the body, then the idempotency key.
    /// `cookie`: the cookie that the answer has to set, whatever it is.
    ///
    /// # Errors
    /// The [`Problem`] that keeps the request out.
    pub(crate) async fn admit(
        route: &'static Route,
        state: &Data<State>,
        request: &HttpRequest,
        payload: &mut Payload,
        standing: &mut Standing,
        cookie: &mut Option<HeaderValue>,
    ) -> Result<Self, Problem> {
        let now = crate::clock::now();
        let admitted = match admission(route, state, request, now, standing, cookie).await {
            Ok(admitted) => admitted,
            Err(problem) => return Err(turn_away(problem, state, request, payload).await),
        };
        let body_max = route.body_max.unwrap_or(0).max(state.body_max_bytes);
        let body = match route.opens() {
            true => no_body(request)?,
            false => read_body(state, body_max, request, payload).await?,
        };
        let is_form = route.page && route.takes.is_some();
        let form = if is_form { Form::read(&body)? } else { Form::default() };
        check_sender(route, state, request, admitted, &form)?;
        if route.takes.is_some() {
            check_media_type(request, route.media)?;
        }
        let key = match route.mutates {
            true => {
                let bearer = admitted.map(|admitted| admitted.bearer);
                let field = Some(form.field("key")).filter(|key| !key.is_empty());
                key::claim(route, state, request, bearer, &body, field)?
            }
            false => None,
        };
        let (state, request) = (state.clone(), request.clone());
        Ok(Self { state, request, now, admitted, body, form, key })
    }

    /// The caller.
    ///
    /// # Errors
    /// [`Code::TokenMissing`] on a route open to anyone.
    pub(crate) fn bearer(&self) -> Result<Bearer, Problem> {
        self.visitor().ok_or_else(|| Code::TokenMissing.into())
    }

    /// The caller, if they are known.
    pub(crate) fn visitor(&self) -> Option<Bearer> {
        self.admitted.map(|admitted| admitted.bearer)
    }

    /// Whether it is a cookie that let the caller in.
    pub(crate) fn is_by_cookie(&self) -> bool {
        self.admitted.is_some_and(|admitted| admitted.by_cookie)
    }

    /// The form that was sent.
    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// The time by which every access token made so far has expired, even if the clock was set back
    /// since.
    pub(crate) fn void_until(&self) -> UnixMillis {
        self.state.tokens.void_until(crate::clock::latest())
    }

    /// Whether the caller's token has been made void. Only routes that make tokens void take such a
    /// call, and only with an idempotency key, because it may be a repeat of the call that did so.
    pub(crate) fn comes_after_its_end(&self) -> bool {
        self.admitted.is_some_and(|admitted| admitted.is_void)
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
        self.visitor().is_some_and(|bearer| bearer.role == Role::Admin)
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
    pub(crate) fn address(&self) -> Option<IpAddr> {
        origin(&self.state, &self.request)
    }

    /// The claim on an idempotency key, where the request carries one.
    pub(crate) fn key(&self) -> Option<KeyClaim> {
        self.key.clone()
    }

    /// What a part of the server above the kit keeps for its own handlers.
    pub(crate) fn part<T: 'static>(&self) -> &T {
        let part = self.request.app_data::<Data<T>>();
        part.expect("every part is put into the application when that is made")
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
    /// [`Code::InvalidValue`] naming it if it is there twice: it is unclear which one was meant.
    pub(crate) fn query(&self, name: &'static str) -> Result<Option<String>, Problem> {
        query(&self.request, name)
    }
}

/// A parameter of the query.
fn query(request: &HttpRequest, name: &'static str) -> Result<Option<String>, Problem> {
    let query = request.query_string();
    let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Problem::value(name, "쿼리를 읽을 수 없습니다", "the query cannot be read"))?;
    let mut found = None;
    for (key, value) in pairs.into_inner() {
        if key == name && found.replace(value).is_some() {
            return Err(Problem::value(name, "한 번만 보낼 수 있습니다", "send it once"));
        }
    }
    Ok(found)
}

/// Refuses a request without using its body. The body is read all the same, which keeps the
/// connection usable for the next request. If the body is too large or too slow, the connection
/// ends.
pub(crate) async fn turn_away(
    problem: Problem,
    state: &State,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Problem {
    match pass_over(state, state.body_max_bytes, request, payload).await {
        Ok(()) => problem,
        Err(_) => problem.closing(),
    }
}

/// Charges a request that met no route to the caller's address, like a read.
///
/// # Errors
/// [`Code::RateLimited`].
pub(crate) fn charge_unmet(
    state: &State,
    request: &HttpRequest,
    standing: &mut Standing,
) -> Result<(), Problem> {
    Ok(state.limits.charge_address(Group::Read, || origin(state, request), standing)?)
}

/// The language the caller prefers.
pub(crate) fn language(request: &HttpRequest) -> Language {
    match request.headers().get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok()) {
        None => Language::Ko,
        Some(accept) => Language::preferred(accept),
    }
}

fn origin(state: &State, request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| state.limits.origin(peer.ip(), request.headers()))
}

/// The one `Authorization` header, if there is one.
///
/// # Errors
/// [`Code::TokenMismatch`] if there are several, or it is not text.
pub(crate) fn authorization(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Code::TokenMismatch.into());
    }
    let text = header.map(|header| header.to_str().map_err(|_| Code::TokenMismatch));
    Ok(text.transpose()?)
}

/// The token of an `Authorization`, whose scheme may be written in any case; `None` where it is
/// another scheme.
pub(crate) fn token_of(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
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
