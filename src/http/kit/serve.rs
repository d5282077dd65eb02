//! The one way of every request: its line in the table, the caller, the handler, the answer.
//!
//! Whether a connection is kept is decided by its request, and not by what a response's head says: actix-web
//! uses the heads of responses again, and they carry the version of their last use. A caller who asks for
//! another protocol that the address does not speak is answered in this one, and the connection ends.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, HeaderValue, RETRY_AFTER, SET_COOKIE};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::answer::Answer;
use super::call::{self, Call};
use super::code::Code;
use super::crowd::Guest;
use super::intake::Answering;
use super::problem::Problem;
use super::route::{Resource, Route, Way};
use super::state::State;
use super::term::Term;
use super::{body, unread};
use crate::limits::Standing;

/// Answers one request.
pub(crate) async fn serve(
    resource: Option<&'static Resource>,
    state: Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let began = Instant::now();
    let mut standing = Standing::at(began);
    let mut payload = payload.into_inner();
    let turn = Answering::begin(&request, &payload, body::is_endless(&request));
    let resource = resource.filter(|resource| state.has(resource.path, &request));
    let route = resource.and_then(|resource| resource.route(request.method()));
    let term = Term::now(&state);
    let (mut come_back_s, mut cookie) = (None, None);
    let outcome = match route {
        Some(route) if term.admits(route) => {
            match state.crowd.enter(route, &request, began).await {
                Ok(guest) => {
                    let outcome = attend(
                        route,
                        guest,
                        &state,
                        &request,
                        &mut payload,
                        &mut standing,
                        &mut cookie,
                    );
                    let outcome = outcome.await;
                    term.outcome(route, &state, outcome)
                }
                Err(turned_away) => {
                    come_back_s = Some(turned_away.retry_after_s);
                    Err(call::turn_away(Code::Busy.into(), &state, &request, &mut payload).await)
                }
            }
        }
        Some(_) => {
            let problem = Code::Unavailable.into();
            Err(call::turn_away(problem, &state, &request, &mut payload).await)
        }
        None => unmet(resource, &state, &request, &mut payload, &mut standing).await,
    };
    let mut response = match outcome {
        Ok(response) => response,
        Err(problem) => refusal(route, &state, &request, problem),
    };
    if let Some(cookie) = cookie
        && !response.headers().contains_key(SET_COOKIE)
    {
        response.headers_mut().insert(SET_COOKIE, cookie);
        // What others may keep must not carry a session (RFC 9111, 7.3).
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if body::leaves_http(&request) && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    if let Some(seconds) = come_back_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    state.limits.tell(&standing, response.headers_mut());
    state.cors.tell(resource, &request, response.headers_mut());
    let place = route.map(|route| route.place);
    state.traffic.count(place, response.status().as_u16(), began.elapsed());
    unread::held(&request, response, payload, turn)
}

/// A refusal as its reader can read it: a page for people, problem details for programs.
fn refusal(
    route: Option<&'static Route>,
    state: &State,
    request: &HttpRequest,
    problem: Problem,
) -> HttpResponse {
    let is_for_people = route.map_or_else(|| asks_for_page(request), |route| route.page);
    match state.table.refusal_page.filter(|_| is_for_people) {
        Some(page) => page(state, request, route, problem),
        None => problem.into_response(call::language(request), state.zone),
    }
}

/// Whether a browser wants to show the answer.
fn asks_for_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Answers a request that met no route: a preflight, or else a refusal. Either is charged like a
/// read.
async fn unmet(
    resource: Option<&'static Resource>,
    state: &State,
    request: &HttpRequest,
    payload: &mut Payload,
    standing: &mut Standing,
) -> Result<HttpResponse, Problem> {
    if let Some(answer) = resource.and_then(|path| state.cors.preflight(path, request)) {
        call::charge_unmet(state, request, standing)?;
        return Ok(answer);
    }
    let problem = match resource {
        Some(path) => Problem::from(Code::MethodNotAllowed).allowing(&path.allow),
        None => Code::NotFound.into(),
    };
    let problem = call::charge_unmet(state, request, standing).err().unwrap_or(problem);
    Err(call::turn_away(problem, state, request, payload).await)
}

/// Lets the request in and handles it. A panic in a handler is a bug: its caller gets a problem,
/// and the connection and all others go on.
async fn attend(
    route: &'static Route,
    guest: Guest<'_>,
    state: &Data<State>,
    request: &HttpRequest,
    payload: &mut Payload,
    standing: &mut Standing,
    cookie: &mut Option<HeaderValue>,
) -> Result<HttpResponse, Problem> {
    let handling = async {
        match route.way {
            Way::Answers(handler) => {
                let call = Call::admit(route, state, request, payload, standing, cookie).await?;
                let _under_way = guest.begin().ok_or(Code::Busy)?;
                handler(&call).await.map(Answer::into_response)
            }
            Way::Opens(opener) => {
                let payload_of_none = &mut Payload::None;
                let call =
                    Call::admit(route, state, request, payload_of_none, standing, cookie).await;
                // A body that came nevertheless is not read, whatever the refusal is.
                let call = call.map_err(|problem| match body::is_announced(request) {
                    true => problem.closing(),
                    false => problem,
                })?;
                opener(&call, payload.take()).await
            }
        }
    };
    match AssertUnwindSafe(handling).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::error!(operation = route.id, "a handler panicked");
            Err(Code::Internal.into())
        }
    }
}
