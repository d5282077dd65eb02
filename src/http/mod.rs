//! HTTP: from a request to a question the mall understands, and from its answer to a response.
//!
//! Every request goes one way: [`serve`] finds its line in the route table, [`Call::admit`]
//! checks the caller and takes in the body, a handler of a few lines asks the mall, and answer
//! or problem is written.

mod accounts;
mod answer;
mod asks;
mod call;
mod code;
mod coupons;
mod deals;
mod import;
mod json;
mod money;
pub(crate) mod openapi;
mod operations;
mod orders;
mod problem;
mod products;
mod routes;
mod shapes;
mod shops;
mod stocks;
mod traffic;
mod users;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::Payload;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use hmac::{Hmac, KeyInit as _};
use hotdeal_actors::Mall;
use hotdeal_domain::UnixMillis;
use sha2::Sha256;

use self::answer::Answer;
use self::call::Call;
use self::code::Code;
use self::problem::Problem;
use self::routes::{RESOURCES, Resource, Route};
use self::traffic::Traffic;
use crate::auth::{Allowance, Attempts, Bearer, Passwords, Tokens};
use crate::clock::Zone;
use crate::settings::Settings;

/// What every handler can reach.
pub(crate) struct State {
    mall: Mall,
    tokens: Tokens,
    passwords: Passwords,
    attempts: Attempts,
    /// How long a session may last, in milliseconds.
    session_ms: i64,
    /// Makes the fingerprints of requests without a caller; keyed with the server's secret.
    strangers_mac: Hmac<Sha256>,
    zone: Zone,
    body_max_bytes: usize,
    body_deadline: Duration,
    traffic: Traffic,
    stopping: AtomicBool,
}

impl State {
    /// What the handlers need, from settings and the parts the server was built of.
    pub(crate) fn new(settings: &Settings, mall: Mall, secret: &str, passwords: Passwords) -> Self {
        let auth = &settings.auth;
        Self {
            mall,
            tokens: Tokens::new(secret).lasting(auth.access_ttl_s, auth.refresh_ttl_s),
            passwords,
            attempts: Attempts::new(Allowance {
                account: auth.wrong_per_account_max,
                address: auth.wrong_per_address_max,
                window: auth.wrong_window,
            }),
            session_ms: auth.session_ttl_s.saturating_mul(1_000),
            strangers_mac: Hmac::new_from_slice(format!("fingerprint:{secret}").as_bytes())
                .expect("HMAC takes a key of any length"),
            zone: settings.zone,
            body_max_bytes: settings.http.body_max_bytes,
            body_deadline: settings.http.body_deadline,
            traffic: Traffic::new(),
            stopping: AtomicBool::new(false),
        }
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

    /// From now on the server says that it is not ready.
    pub(crate) fn begin_stopping(&self) {
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
    let mut payload = payload.into_inner();
    let route = resource.and_then(|resource| resource.route(request.method()));
    let outcome = match route {
        Some(route) => attend(route, &state, &request, &mut payload).await,
        None => {
            let problem = match resource {
                Some(path) => Problem::from(Code::MethodNotAllowed).allowing(&path.allow),
                None => Code::NotFound.into(),
            };
            Err(call::turn_away(problem, &state, &request, &mut payload).await)
        }
    };
    let response = match outcome {
        Ok(answer) => answer.into_response(),
        Err(problem) => problem.into_response(call::language(&request), state.zone),
    };
    let place = route.map(|route| route.place);
    state.traffic.count(place, response.status().as_u16(), began.elapsed());
    response
}

/// Lets the request in and handles it. A handler that panics has a bug; its caller gets a
/// problem like any other, and the connection and its neighbours go on.
async fn attend(
    route: &'static Route,
    state: &Data<State>,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Answer, Problem> {
    let call = Call::admit(route, state, request, payload).await?;
    match AssertUnwindSafe((route.handler)(&call)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::error!(operation = route.id, "a handler panicked");
            Err(Code::Internal.into())
        }
    }
}
