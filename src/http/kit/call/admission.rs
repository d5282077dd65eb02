//! Who is let in, and by what: a token, a ticket or a cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use hotdeal_domain::UnixMillis;

use super::super::code::Code;
use super::super::cookie::{self, CSRF_HEADER, Visit};
use super::super::form::Form;
use super::super::key;
use super::super::origin::{self, Nameless};
use super::super::problem::Problem;
use super::super::route::{Need, Route, Verb};
use super::super::state::State;
use super::{TICKET, authorization, query, token_of};
use crate::auth::Bearer;
use crate::clock::steady_ms;
use crate::limits::Standing;

/// A caller who was let in.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    pub(super) bearer: Bearer,
    pub(super) is_void: bool,
    pub(super) by_cookie: bool,
}

/// The caller, if the route lets them in. A route open to anyone does not look at tokens.
pub(super) async fn admission(
    route: &Route,
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
    standing: &mut Standing,
    cookie: &mut Option<HeaderValue>,
) -> Result<Option<Admitted>, Problem> {
    if let Some(group) = route.group {
        state.limits.charge_address(group, || super::origin(state, request), standing)?;
    }
    if !route.looks_at_cookie() {
        return Ok(None);
    }
    let Some(admitted) = caller(route, state, request, now, cookie).await? else {
        return Ok(None);
    };
    let bearer = admitted.bearer;
    if let Some(group) = route.group {
        state.limits.charge_user(group, bearer.user, standing)?;
    }
    if !route.need.admits(bearer.role) {
        return Err(Code::Forbidden.into());
    }
    if route.needs_login && !bearer.is_fresh {
        return Err(Code::LoginTooOld.into());
    }
    Ok(Some(admitted))
}

/// Who calls: by the token in the header, else by a ticket, else by the cookie; `None` where the route
/// does without.
async fn caller(
    route: &Route,
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
    cookie: &mut Option<HeaderValue>,
) -> Result<Option<Admitted>, Problem> {
    let is_void = false;
    if request.headers().contains_key(AUTHORIZATION) && route.need != Need::Anyone {
        let (bearer, is_void) = by_token(route, state, request, now)?;
        return Ok(Some(Admitted { bearer, is_void, by_cookie: false }));
    }
    let ticket = if route.takes_ticket { query(request, TICKET.name)? } else { None };
    if let Some(ticket) = ticket {
        let bearer = by_ticket(&ticket, state, request, now)?;
        return Ok(Some(Admitted { bearer, is_void, by_cookie: false }));
    }
    // Few callers have a cookie, and a renewal is large: it takes no room in the others' futures.
    let unknown = match cookie::is_there(request) {
        false => Code::TokenMissing,
        true => match Box::pin(cookie::visit(state, request, now)).await? {
            Visit::Stranger => Code::TokenMissing,
            Visit::Known(bearer, renewed) => {
                *cookie = renewed;
                return Ok(Some(Admitted { bearer, is_void, by_cookie: true }));
            }
            Visit::Over(empty) => {
                *cookie = Some(empty);
                Code::TokenMismatch
            }
        },
    };
    if route.need == Need::Anyone { Ok(None) } else { Err(unknown.into()) }
}

/// Whether what changes something comes from a page of our own, as far as a browser sends it.
pub(super) fn check_sender(
    route: &Route,
    state: &State,
    request: &HttpRequest,
    admitted: Option<Admitted>,
    form: &Form,
) -> Result<(), Problem> {
    if route.verb == Verb::Get {
        return Ok(());
    }
    if route.page {
        // Nobody else's page can send our forms, not even the one to log in.
        origin::check(request, &[], Nameless::OwnPage)?;
    }
    let Some(Admitted { bearer, by_cookie: true, .. }) = admitted else { return Ok(()) };
    let header = request.headers().get(CSRF_HEADER).map(|token| token.to_str().unwrap_or_default());
    let token = header.or_else(|| Some(form.field("csrf")).filter(|_| route.page));
    match state.admits_write(&bearer, token) {
        true => Ok(()),
        false => Err(Code::CsrfMismatch.into()),
    }
}

/// The holder of the token in the header, and whether the token is void and shown for a repeat.
fn by_token(
    route: &Route,
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
) -> Result<(Bearer, bool), Problem> {
    let header = authorization(request)?.ok_or(Code::TokenMissing)?;
    let token = token_of(header).ok_or(Code::TokenMismatch)?;
    match state.bearer(token, now) {
        Ok(bearer) => Ok((bearer, false)),
        // The token was made void, perhaps by the call that this one repeats.
        Err(problem) if route.ends_token && key::is_there(request) => {
            let bearer = state.tokens.verify_access(token, now).map_err(|_| problem)?;
            Ok((bearer, true))
        }
        Err(problem) => Err(problem),
    }
}

/// The buyer of the ticket in the query.
fn by_ticket(
    ticket: &str,
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
) -> Result<Bearer, Problem> {
    let address = super::origin(state, request);
    let bearer = state.tickets.redeem(ticket, address, steady_ms()).ok_or(Code::TokenMismatch)?;
    // Since the ticket was bought, the buyer may have logged out, or the token may have expired.
    let is_good =
        now < bearer.expires_at && state.mall.accounts().revocations().admits(&bearer.pass());
    if is_good { Ok(bearer) } else { Err(Code::TokenMismatch.into()) }
}
