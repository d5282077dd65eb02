//! HTTP: from a request to a question the mall understands, and from its answer to a response.
//!
//! Every request goes one way: [`serve`] finds its line in the route table, [`Call::admit`]
//! checks the caller and takes in the body, a handler of a few lines asks the mall, and answer
//! or problem is written.

mod accounts;
mod answer;
mod asks;
mod body;
mod call;
mod code;
mod cors;
mod coupons;
mod crowd;
mod deadline;
mod deals;
mod docs;
mod events;
mod import;
pub(crate) mod intake;
mod json;
mod key;
mod log;
pub(crate) mod money;
mod notices;
pub(crate) mod openapi;
mod operations;
mod orders;
mod pages;
mod places;
mod problem;
mod products;
mod query;
mod routes;
mod shapes;
mod shops;
mod stocks;
mod subscriptions;
mod term;
mod times;
mod traffic;
mod unread;
mod users;
mod whole;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use hmac::{Hmac, KeyInit as _};
use hotdeal_actors::Mall;
use hotdeal_domain::{UnixMillis, UserId};
use sha2::Sha256;

pub(crate) use self::answer::Answer;
pub(crate) use self::call::{Call, authorization, token_of};
pub(crate) use self::code::{Code, Language};
use self::cors::Cors;
use self::crowd::{Crowd, Guest};
use self::intake::{Answering, Connection};
use self::pages::Pages;
pub(crate) use self::places::{Place, PlaceBounds, Places};
pub(crate) use self::problem::Problem;
pub(crate) use self::query::{Parameter, q};
pub(crate) use self::routes::Need;
use self::routes::{RESOURCES, Resource, Route, Way};
use self::term::Term;
use self::traffic::Traffic;
use crate::auth::{Allowance, Attempts, Bearer, CommonPasswords, Passwords, Tokens};
use crate::clock::Zone;
use crate::limits::{Group, Limits, Standing};
use crate::live::Live;
use crate::settings::Settings;
use crate::telemetry::LogFilter;

/// What every handler can reach.
pub(crate) struct State {
    mall: Mall,
    tokens: Tokens,
    passwords: Passwords,
    common_passwords: CommonPasswords,
    attempts: Attempts,
    limits: Limits,
    cors: Cors,
    /// How long a session may last, in milliseconds.
    session_ms: i64,
    /// Makes the fingerprints of requests that hold secrets; keyed with the server's own.
    secrets_mac: Hmac<Sha256>,
    zone: Zone,
    body_max_bytes: usize,
    body_deadline: Duration,
    traffic: Traffic,
    /// Pages of the catalogue, as of a moment ago.
    pages: Pages,
    live: Live,
    log: LogFilter,
    /// Where alone what admins do is to be found; everywhere, if nowhere.
    admins_at: Vec<SocketAddr>,
    stopping: AtomicBool,
    crowd: Crowd,
}

impl State {
    /// What the handlers need, from settings and the parts the server was built of.
    pub(crate) fn new(
        settings: &Settings,
        mall: Mall,
        secret: &str,
        passwords: Passwords,
        log: LogFilter,
    ) -> Self {
        let auth = &settings.auth;
        let live = Live::open(&settings.live, &mall, settings.zone);
        Self {
            live,
            traffic: Traffic::new(&mall),
            mall,
            tokens: Tokens::new(secret).lasting(auth.access_ttl_s, auth.refresh_ttl_s),
            passwords,
            common_passwords: auth.common_passwords,
            attempts: Attempts::new(Allowance {
                account: auth.wrong_per_account_max,
                address: auth.wrong_per_address_max,
                window: auth.wrong_window,
            }),
            limits: Limits::new(
                settings.limits.keys_max,
                settings.limits.quotas,
                settings.http.trusted_proxies.clone(),
            ),
            cors: Cors::new(&settings.http.cors_origins),
            session_ms: auth.session_ttl_s.saturating_mul(1_000),
            secrets_mac: Hmac::new_from_slice(format!("fingerprint:{secret}").as_bytes())
                .expect("HMAC takes a key of any length"),
            zone: settings.zone,
            body_max_bytes: settings.http.body_max_bytes,
            body_deadline: settings.http.body_deadline,
            pages: Pages::default(),
            log,
            admins_at: Vec::new(),
            stopping: AtomicBool::new(false),
            crowd: Crowd::new(settings.http.under_way_max, settings.http.trusted_proxies.clone()),
        }
    }

    /// The same, with what admins do to be found at these addresses alone.
    pub(crate) fn for_admins_at(self, admins_at: Vec<SocketAddr>) -> Self {
        Self { admins_at, ..self }
    }

    /// Whether there is such a path where this request came in.
    fn has(&self, path: &str, request: &HttpRequest) -> bool {
        self.admins_at.is_empty()
            || !path.starts_with("/api/admin/")
            || Connection::of(request).is_some_and(|to| self.admins_at.contains(&to.local))
    }

    /// The mall.
    pub(crate) fn mall(&self) -> &Mall {
        &self.mall
    }

    /// Who holds this access token: signed by us, in time, and not made void since.
    ///
    /// # Errors
    /// [`Code::TokenMismatch`] or [`Code::TokenExpired`].
    pub(crate) fn bearer(&self, token: &str, now: UnixMillis) -> Result<Bearer, Problem> {
        let bearer = self.tokens.verify_access(token, now)?;
        if self.mall.revocations().admits(&bearer.pass()) {
            Ok(bearer)
        } else {
            Err(Code::TokenMismatch.into())
        }
    }

    /// Counts the opening of a live connection by somebody who was not known before it was open.
    ///
    /// # Errors
    /// [`Code::RateLimited`].
    pub(crate) fn charge_live(&self, user: UserId) -> Result<(), Problem> {
        let mut standing = Standing::at(Instant::now());
        Ok(self.limits.charge_user(Group::Live, user, &mut standing)?)
    }

    /// The live connections.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The offset in which times leave.
    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    /// From now on the server says that it is not ready, and live connections end: they would
    /// otherwise keep it from stopping.
    pub(crate) fn begin_stopping(&self) {
        self.live.fanout.close();
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Puts every route of the table into the application; all else is answered 404.
pub(crate) fn configure(state: Data<State>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(state);
        for resource in RESOURCES.iter() {
            let handle = move |state: Data<State>, request: HttpRequest, payload: web::Payload| {
                serve(Some(resource), state, request, payload)
            };
            config.service(web::resource(resource.path).to(handle));
        }
        config.default_service(web::to(
            |state: Data<State>, request: HttpRequest, payload: web::Payload| {
                serve(None, state, request, payload)
            },
        ));
    }
}

/// Answers one request.
async fn serve(
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
    let mut come_back_s = None;
    let outcome = match route {
        Some(route) if term.admits(route) => {
            match state.crowd.enter(route, &request, began).await {
                Ok(guest) => {
                    let outcome =
                        attend(route, guest, &state, &request, &mut payload, &mut standing).await;
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
        Err(problem) => problem.into_response(call::language(&request), state.zone),
    };
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

/// Answers what met no route: a browser's question, or else a refusal. Either is charged like looking
/// something up.
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

/// Lets the request in and handles it. A handler that panics has a bug; its caller gets a
/// problem like any other, and the connection and its neighbours go on.
async fn attend(
    route: &'static Route,
    guest: Guest<'_>,
    state: &Data<State>,
    request: &HttpRequest,
    payload: &mut Payload,
    standing: &mut Standing,
) -> Result<HttpResponse, Problem> {
    let handling = async {
        match route.way {
            Way::Answers(handler) => {
                let call = Call::admit(route, state, request, payload, standing).await?;
                let _under_way = guest.begin().ok_or(Code::Busy)?;
                handler(&call).await.map(Answer::into_response)
            }
            Way::Opens(opener) => {
                let payload_of_none = &mut Payload::None;
                let call = Call::admit(route, state, request, payload_of_none, standing).await;
                // A body that came all the same is not read, whatever the refusal is.
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
