//! Logging in by cookie, as pages of this server do: for people whose browser runs no script, and for
//! scripts that never see a token.
//!
//! The cookie [`NAME`] holds both tokens of a session, so that they are replaced together. It begins with
//! `__Host-`: a browser takes it from this host alone, over HTTPS or from the machine itself, and shows it to
//! no script. It opens every route that a token opens, but `/ws`, which asks for a token inside the
//! connection. A request that carries an `Authorization` is decided by that alone.
//!
//! **Renewal** needs no script: a request whose access token is not good any more is let in by the refresh
//! token, and its answer carries the new cookie. The renewal stands under a key made of the session and its
//! generation. So a browser that lost the answer, or has sent two requests at once, gets the same tokens, as
//! long as they are unused.
//!
//! **Writes** by cookie carry a token that another site's page cannot know ([`State::csrf_token`]): in the
//! header [`CSRF_HEADER`], or in the field `csrf` of a form. It belongs to the session. Live connections by
//! cookie must come from a page of our own (`origin.rs`). CORS allows no credentials on any address
//! that looks at the cookie.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HOST, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use hotdeal_actors::account::{AccountError, LoggedIn, RenewSession};
use hotdeal_domain::UnixMillis;
use hotdeal_domain::account::SessionId;
use hotdeal_domain::idempotency::{KeyClaim, KeyScope};

use super::problem::Problem;
use super::state::State;
use crate::auth::{Bearer, Refresh};

/// The cookie of a session.
pub(crate) const NAME: &str = "__Host-session";
/// The header in which a script sends the token of its page.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";
/// Between the two tokens, neither of which can contain it.
const BETWEEN: char = '~';
/// What renewals by cookie are kept under.
const RENEWAL: &str = "renewByCookie";
/// What a browser lets no page see, and sends to no other site's request but a link's.
const GUARDED: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// What the cookie of a request comes to.
pub(super) enum Visit {
    /// There is none.
    Stranger,
    /// The session goes on. The cookie to keep from now on, if the tokens were renewed.
    Known(Bearer, Option<HeaderValue>),
    /// The session is over. The cookie that takes its place is empty.
    Over(HeaderValue),
}

/// A cookie of the request; the first, if there are several of this name.
pub(crate) fn read<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let lines = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut pairs = pairs;
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Whether a request has any cookie.
pub(super) fn is_there(request: &HttpRequest) -> bool {
    request.headers().contains_key(COOKIE)
}

/// The cookie of somebody who has logged in.
pub(crate) fn of(state: &State, who: &LoggedIn) -> HeaderValue {
    let (access, refresh) = state.tokens.mint_pair(who);
    let lasts_s = state.tokens.refresh_ttl_s();
    let cookie = format!("{NAME}={access}{BETWEEN}{refresh}; Max-Age={lasts_s}; {GUARDED}");
    HeaderValue::try_from(cookie).expect("tokens are letters and digits")
}

/// The cookie of somebody who has logged out.
pub(crate) fn none() -> HeaderValue {
    HeaderValue::try_from(format!("{NAME}=; Max-Age=0; {GUARDED}")).expect("plain letters")
}

/// Whether a browser keeps our cookie: over HTTPS, as a trusted proxy says, or on the machine itself.
pub(crate) fn is_kept(state: &State, request: &HttpRequest) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let proto = request.headers().get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    let is_https = proto.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
        && peer.is_some_and(|peer| state.trusts(peer));
    is_https
        || request.headers().get(HOST).and_then(|host| host.to_str().ok()).is_some_and(is_loopback)
}

/// Whether a browser on the machine itself asks for this host.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The holder of the cookie. A session that can be renewed is renewed.
///
/// # Errors
/// Those of the mall: then nothing is known of the session.
pub(super) async fn visit(
    state: &State,
    request: &HttpRequest,
    now: UnixMillis,
) -> Result<Visit, Problem> {
    let Some(cookie) = read(request, NAME).filter(|cookie| !cookie.is_empty()) else {
        return Ok(Visit::Stranger);
    };
    let Some((access, refresh)) = cookie.split_once(BETWEEN) else {
        return Ok(Visit::Over(none()));
    };
    if let Ok(bearer) = state.bearer(access, now) {
        return Ok(Visit::Known(bearer, None));
    }
    let Ok(refresh) = state.tokens.verify_refresh(refresh, now) else {
        return Ok(Visit::Over(none()));
    };
    match renewed(state, refresh).await {
        Ok(who) => {
            let (access, _) = state.tokens.mint_pair(&who);
            // A session whose renewal was answered before may have got another role since.
            Ok(match state.bearer(&access, now) {
                Ok(bearer) => Visit::Known(bearer, Some(of(state, &who))),
                Err(_) => Visit::Over(none()),
            })
        }
        Err(AccountError::Request(error)) => Err(error.into()),
        Err(_) => Ok(Visit::Over(none())),
    }
}

async fn renewed(state: &State, refresh: Refresh) -> Result<LoggedIn, AccountError> {
    let Refresh { user, session, generation } = refresh;
    let void_until = state.tokens.void_until(crate::clock::latest());
    let renew = RenewSession { user, session, generation, void_until };
    let key = format!("{:032x}-{generation}", session.0).into();
    let scope = KeyScope { principal: user, operation: RENEWAL, key };
    let claim = KeyClaim { scope, fingerprint: [0; 16] };
    Ok(state.mall.accounts().renew_session(renew, Some(claim)).await?.value)
}

impl State {
    /// What a write by the cookie of this session has to carry.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        let mut mac = self.secrets_mac.clone();
        mac.update(b"csrf");
        mac.update(&session.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
    }

    /// Whether a write by the cookie of this session carries its token.
    pub(super) fn admits_write(&self, bearer: &Bearer, token: Option<&str>) -> bool {
        let Some((session, token)) = bearer.session.zip(token) else { return false };
        let Ok(given) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let mut mac = self.secrets_mac.clone();
        mac.update(b"csrf");
        mac.update(&session.0.to_be_bytes());
        // Compares in constant time; a token of another length is none.
        given.len() == 16 && mac.verify_truncated_left(&given).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let request = TestRequest::default()
            .insert_header((COOKIE, "theme=dark; x__Host-session=1; __Host-session=a.b~c.d"))
            .to_http_request();
        assert_eq!(read(&request, NAME), Some("a.b~c.d"));
        assert_eq!(read(&request, "theme"), Some("dark"));
        assert_eq!(read(&request, "session"), None);
    }

    #[test]
    fn hosts_of_the_machine_itself_are_known() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:80",
            "a.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "10.0.0.1",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::2]:80",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
