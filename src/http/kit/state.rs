//! What every handler can reach.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use hmac::{Hmac, KeyInit as _};
use hotdeal_actors::Mall;
use hotdeal_domain::{UnixMillis, UserId};
use sha2::Sha256;

use super::code::Code;
use super::cors::Cors;
use super::crowd::Crowd;
use super::intake::Connection;
use super::problem::Problem;
use super::route::Table;
use super::traffic::Traffic;
use crate::auth::first_password::FirstPassword;
use crate::auth::{Allowance, Attempts, Bearer, CommonPasswords, Passwords, Tickets, Tokens};
use crate::clock::Zone;
use crate::limits::{Group, Limits, Standing};
use crate::settings::Settings;
use crate::telemetry::LogFilter;

/// What every handler can reach.
pub(crate) struct State {
    pub(crate) mall: Mall,
    /// The offset in which times are written.
    pub(crate) zone: Zone,
    pub(crate) tokens: Tokens,
    pub(crate) passwords: Passwords,
    pub(crate) common_passwords: CommonPasswords,
    pub(crate) attempts: Attempts,
    pub(crate) tickets: Tickets,
    /// The link of a first start.
    pub(crate) first_password: FirstPassword,
    /// How long a session may last, in milliseconds.
    pub(crate) session_ms: i64,
    pub(crate) log: LogFilter,
    /// Every route, with its description.
    pub(crate) table: &'static Table,
    pub(crate) traffic: Traffic,
    pub(crate) crowd: Crowd,
    pub(super) limits: Limits,
    pub(super) cors: Cors,
    /// Makes the fingerprints of requests that hold secrets; keyed with the server's own.
    pub(super) secrets_mac: Hmac<Sha256>,
    pub(super) body_max_bytes: usize,
    pub(super) body_deadline: Duration,
    /// The only addresses where admins are served; if there are none, they are served everywhere.
    admins_at: Vec<SocketAddr>,
    stopping: AtomicBool,
}

impl State {
    /// What the handlers need, from settings and the parts the server was built of.
    pub(crate) fn new(
        settings: &Settings,
        mall: Mall,
        secret: &str,
        passwords: Passwords,
        log: LogFilter,
        table: &'static Table,
    ) -> Self {
        let auth = &settings.auth;
        Self {
            traffic: Traffic::new(&mall, table.routes),
            table,
            mall,
            tokens: Tokens::new(secret).lasting(auth.access_ttl_s, auth.refresh_ttl_s),
            passwords,
            common_passwords: auth.common_passwords,
            attempts: Attempts::new(Allowance {
                account: auth.wrong_per_account_max,
                address: auth.wrong_per_address_max,
                window: auth.wrong_window,
            }),
            first_password: FirstPassword::default(),
            tickets: Tickets::good_for(settings.live.ticket_s),
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
            log,
            admins_at: Vec::new(),
            stopping: AtomicBool::new(false),
            crowd: Crowd::new(settings.http.under_way_max, settings.http.trusted_proxies.clone()),
        }
    }

    /// The same, with the link that a first start has printed.
    pub(crate) fn with_first_password(self, first_password: FirstPassword) -> Self {
        Self { first_password, ..self }
    }

    /// The same, with admins served at these addresses only.
    pub(crate) fn for_admins_at(self, admins_at: Vec<SocketAddr>) -> Self {
        Self { admins_at, ..self }
    }

    /// Whether this path exists at the address where the request came in.
    pub(super) fn has(&self, path: &str, request: &HttpRequest) -> bool {
        let is_admins = path == "/admin"
            || ["/admin/", "/api/admin/"].iter().any(|of_admins| path.starts_with(of_admins));
        self.admins_at.is_empty()
            || !is_admins
            || Connection::of(request).is_some_and(|to| self.admins_at.contains(&to.local))
    }

    /// Whether this is the address of a proxy whose headers are believed.
    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        self.limits.trusts(peer)
    }

    /// Who holds this access token: signed by us, in time, and not made void since.
    ///
    /// # Errors
    /// [`Code::TokenMismatch`] or [`Code::TokenExpired`].
    pub(crate) fn bearer(&self, token: &str, now: UnixMillis) -> Result<Bearer, Problem> {
        let bearer = self.tokens.verify_access(token, now)?;
        if self.mall.accounts().revocations().admits(&bearer.pass()) {
            Ok(bearer)
        } else {
            Err(Code::TokenMismatch.into())
        }
    }

    /// Charges the opening of a live connection to a user who became known only after it was open.
    ///
    /// # Errors
    /// [`Code::RateLimited`].
    pub(crate) fn charge_live(&self, user: UserId) -> Result<(), Problem> {
        let mut standing = Standing::at(Instant::now());
        Ok(self.limits.charge_user(Group::Live, user, &mut standing)?)
    }

    /// Makes the server say from now on that it is not ready.
    pub(crate) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether it said so.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
