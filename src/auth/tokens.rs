//! Access and refresh tokens: JWTs signed with HMAC-SHA-256, and with nothing else.

mod hs256;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hotdeal_actors::account::Pass;
use hotdeal_actors::account::{LoggedIn, Role, SessionView};
use hotdeal_domain::account::{SessionId, TokenId};
use hotdeal_domain::{UnixMillis, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Issuer and audience of our tokens.
const OURS: &str = "hotdeal";
/// A longer token is refused unread: ours have some 300 bytes.
const TOKEN_BYTES_MAX: usize = 4_096;
/// Clocks of servers may differ by this much.
const LEEWAY_S: i64 = 5;
/// An access token minted without a configured lifetime is good for this long.
const ACCESS_TTL_S: i64 = 1_800;
/// A refresh token minted without a configured lifetime is good for this long.
const REFRESH_TTL_S: i64 = 86_400;
/// The two spellings of our header that are accepted without parsing; any other is parsed.
const PLAIN_HEADERS: [&str; 2] = [
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9", // {"typ":"JWT","alg":"HS256"}
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", // {"alg":"HS256","typ":"JWT"}
];

/// Who holds a valid access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub user: UserId,
    /// What it may do.
    pub role: Role,
    /// The token's own number.
    pub token: TokenId,
    /// The session it came from.
    pub session: Option<SessionId>,
    /// The account's session epoch when it was made.
    pub epoch: u32,
    /// When it is no longer accepted.
    pub expires_at: UnixMillis,
    /// Whether it came from a log-in, at most one token lifetime ago, and not from a renewal.
    pub is_fresh: bool,
}

impl Bearer {
    /// What shows whether the token was made void before its time.
    pub fn pass(&self) -> Pass {
        Pass { user: self.user, token: self.token, session: self.session, epoch: self.epoch }
    }
}

/// What a refresh token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refresh {
    /// The account.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Its generation.
    pub generation: u32,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It is not one of ours, or not for this use.
    #[error("the token is not valid")]
    Invalid,
}

/// Mints and verifies tokens.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
    header: Header,
    mac: Hmac<Sha256>,
    access_ttl_s: i64,
    refresh_ttl_s: i64,
}

#[derive(Serialize)]
struct Minted<'a> {
    sub: &'a str,
    role: &'static str,
    jti: String,
    iat: i64,
    exp: i64,
    iss: &'static str,
    aud: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(skip_serializing_if = "is_first_epoch")]
    ep: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    fresh: bool,
}

/// A refresh token is made from its session alone, so making it twice gives the same token.
#[derive(Serialize)]
struct MintedRefresh<'a> {
    sub: &'a str,
    sid: SessionId,
    r#gen: u32,
    iat: i64,
    exp: i64,
    iss: &'static str,
    aud: &'static str,
    typ: &'static str,
}

fn is_first_epoch(epoch: &u32) -> bool {
    *epoch == 0
}

/// The claims that matter, borrowed from the decoded token if they are text.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    sub: std::borrow::Cow<'a, str>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(borrow, default)]
    jti: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    sid: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    ep: u32,
    #[serde(default)]
    fresh: bool,
    #[serde(default)]
    r#gen: Option<u32>,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(borrow)]
    iss: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    aud: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    typ: std::borrow::Cow<'a, str>,
}

impl Tokens {
    /// Tokens signed with `secret`, good for 30 minutes (access) and 24 hours (refresh).
    pub fn new(secret: &str) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = u64::try_from(LEEWAY_S).unwrap_or(0);
        validation.validate_nbf = true;
        validation.set_issuer(&[OURS]);
        validation.set_audience(&[OURS]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            signing: EncodingKey::from_secret(secret.as_bytes()),
            checking: DecodingKey::from_secret(secret.as_bytes()),
            validation,
            header: Header::new(Algorithm::HS256),
            mac: Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"),
            access_ttl_s: ACCESS_TTL_S,
            refresh_ttl_s: REFRESH_TTL_S,
        }
    }

    /// The same with other lifetimes, in seconds.
    #[must_use]
    pub fn lasting(self, access_ttl_s: i64, refresh_ttl_s: i64) -> Self {
        Self { access_ttl_s, refresh_ttl_s, ..self }
    }

    /// The tokens of a logged-in account. They are made from the session alone, and are the same
    /// each time they are made from the same generation. So a repeated answer holds the same
    /// tokens, although no token is ever kept.
    pub fn mint_pair(&self, who: &LoggedIn) -> (String, String) {
        let LoggedIn { account, session } = who;
        let (user, role) = (account.user, account.role);
        let (at, number) = (session.renewed_at, self.number_of(session));
        let access = self.mint(user, role, at, number, Some(session));
        (access, self.mint_refresh(user, session))
    }

    /// The number of the access token that comes with a session's refresh token. Nobody else can
    /// foresee it, so it is as good as a random one.
    fn number_of(&self, session: &SessionView) -> String {
        let mut mac = self.mac.clone();
        mac.update(b"access token of session");
        mac.update(&session.session.0.to_be_bytes());
        mac.update(&session.generation.to_be_bytes());
        mac.update(&session.epoch.to_be_bytes());
        let mut number = [0_u8; 16];
        number.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        uuid::Uuid::from_bytes(number).simple().to_string()
    }

    /// How long a refresh token is good for, in seconds.
    pub(crate) fn refresh_ttl_s(&self) -> i64 {
        self.refresh_ttl_s
    }

    /// The time by which every access token made up to `latest` has expired, with a minute to spare
    /// for one that is just being made. `latest`: the latest time that the clock ever showed.
    pub fn void_until(&self, latest: UnixMillis) -> UnixMillis {
        latest.plus((self.access_ttl_s + LEEWAY_S + 60).saturating_mul(1_000))
    }

    /// An access token without a session.
    pub fn mint_access(&self, user: UserId, role: Role, now: UnixMillis) -> String {
        self.mint(user, role, now, uuid::Uuid::new_v4().simple().to_string(), None)
    }

    fn mint_refresh(&self, user: UserId, session: &SessionView) -> String {
        let iat = session.renewed_at.0.div_euclid(1_000);
        let ends = session.ends_at.0.div_euclid(1_000);
        self.sign(&MintedRefresh {
            sub: &user.to_string(),
            sid: session.session,
            r#gen: session.generation,
            iat,
            exp: iat.saturating_add(self.refresh_ttl_s).min(ends),
            iss: OURS,
            aud: OURS,
            typ: "refresh",
        })
    }

    fn mint(
        &self,
        user: UserId,
        role: Role,
        now: UnixMillis,
        jti: String,
        session: Option<&SessionView>,
    ) -> String {
        let iat = now.0.div_euclid(1_000);
        self.sign(&Minted {
            sub: &user.to_string(),
            role: role.name(),
            jti,
            iat,
            exp: iat.saturating_add(self.access_ttl_s),
            iss: OURS,
            aud: OURS,
            typ: "access",
            sid: session.map(|session| session.session),
            ep: session.map_or(0, |session| session.epoch),
            fresh: session.is_some_and(|session| session.generation == 1),
        })
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .expect("plain claims and an HMAC key can always be signed")
    }

    /// Who holds this access token, as of `now`.
    ///
    /// # Errors
    /// [`TokenFault`] for a token that has expired or is none of ours.
    pub fn verify_access(&self, token: &str, now: UnixMillis) -> Result<Bearer, TokenFault> {
        self.verify(token, now, "access", |claims| claims.bearer())
    }

    /// What this refresh token says, as of `now`.
    ///
    /// # Errors
    /// [`TokenFault`] for a token that has expired or is none of ours.
    pub fn verify_refresh(&self, token: &str, now: UnixMillis) -> Result<Refresh, TokenFault> {
        self.verify(token, now, "refresh", |claims| claims.refresh())
    }

    fn verify<T>(
        &self,
        token: &str,
        now: UnixMillis,
        typ: &str,
        take: impl FnOnce(&Claims<'_>) -> Option<T>,
    ) -> Result<T, TokenFault> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenFault::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Invalid)?;
        if PLAIN_HEADERS.contains(&header) {
            self.check_signature(message, signature)?;
        } else {
            self.check_the_long_way(token)?;
        }
        let mut claims = [0_u8; TOKEN_BYTES_MAX];
        let length =
            URL_SAFE_NO_PAD.decode_slice(payload, &mut claims).map_err(|_| TokenFault::Invalid)?;
        accept(&claims[..length], now, typ, take)
    }

    /// If the header is known, checking the signature is one MAC over the first two parts.
    /// `jsonwebtoken` does the same, but reads the header twice, sets up the key each time and
    /// allocates: 3.5 microseconds where this takes 2, for each request (`tests/bench/run by-hand`).
    fn check_signature(&self, message: &str, signature: &str) -> Result<(), TokenFault> {
        let mut given = [0_u8; 48];
        let length =
            URL_SAFE_NO_PAD.decode_slice(signature, &mut given).map_err(|_| TokenFault::Invalid)?;
        let mut mac = self.mac.clone();
        mac.update(message.as_bytes());
        mac.verify_slice(&given[..length]).map_err(|_| TokenFault::Invalid)
    }

    fn check_the_long_way(&self, token: &str) -> Result<(), TokenFault> {
        use jsonwebtoken::errors::ErrorKind;
        match jsonwebtoken::decode::<serde::de::IgnoredAny>(token, &self.checking, &self.validation)
        {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                Err(TokenFault::Expired)
            }
            Err(_) => Err(TokenFault::Invalid),
        }
    }
}

/// Checks the claims of a token whose signature is ours.
fn accept<T>(
    claims: &[u8],
    now: UnixMillis,
    typ: &str,
    take: impl FnOnce(&Claims<'_>) -> Option<T>,
) -> Result<T, TokenFault> {
    let claims: Claims<'_> = serde_json::from_slice(claims).map_err(|_| TokenFault::Invalid)?;
    let now_s = now.0.div_euclid(1_000);
    let ours = claims.iss == OURS && claims.aud == OURS && claims.typ == typ;
    let begun = claims.nbf.is_none_or(|begin| begin <= now_s.saturating_add(LEEWAY_S));
    if !ours || !begun {
        return Err(TokenFault::Invalid);
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(TokenFault::Expired);
    }
    take(&claims).ok_or(TokenFault::Invalid)
}

impl Claims<'_> {
    fn user(&self) -> Option<UserId> {
        self.sub.parse::<i64>().ok().and_then(|number| UserId::try_from(number).ok())
    }

    fn session(&self) -> Option<SessionId> {
        self.sid.as_deref().and_then(|sid| sid.parse().ok())
    }

    fn bearer(&self) -> Option<Bearer> {
        Some(Bearer {
            user: self.user()?,
            role: self.role?,
            token: token_id(self.jti.as_deref()?),
            session: self.session(),
            epoch: self.ep,
            expires_at: UnixMillis(self.exp.saturating_add(LEEWAY_S).saturating_mul(1_000)),
            // A token without a session cannot come from a renewal.
            is_fresh: self.fresh || self.sid.is_none(),
        })
    }

    fn refresh(&self) -> Option<Refresh> {
        let (session, generation) = (self.session()?, self.r#gen?);
        Some(Refresh { user: self.user()?, session, generation })
    }
}

/// The number of an access token. Ours have one in `jti`; for another `jti` a digest of it is
/// taken.
fn token_id(jti: &str) -> TokenId {
    jti.parse().unwrap_or_else(|_| {
        let digest = Sha256::digest(jti.as_bytes());
        let mut number = [0_u8; 16];
        number.copy_from_slice(&digest[..16]);
        TokenId(u128::from_be_bytes(number))
    })
}

#[cfg(test)]
mod tests;
