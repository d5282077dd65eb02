//! Access and refresh tokens: JWTs signed with HMAC-SHA-256, and with nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hotdeal_actors::api::Role;
use hotdeal_domain::{UnixMillis, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

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
/// The two ways to write the only header we accept at once; any other goes the long way.
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
}

/// The claims that matter, borrowed from the decoded token where they are text.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    sub: std::borrow::Cow<'a, str>,
    role: Role,
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

    /// An access token.
    pub fn mint_access(&self, user: UserId, role: Role, now: UnixMillis) -> String {
        self.mint(user, role, now, "access", self.access_ttl_s)
    }

    /// A refresh token.
    pub fn mint_refresh(&self, user: UserId, role: Role, now: UnixMillis) -> String {
        self.mint(user, role, now, "refresh", self.refresh_ttl_s)
    }

    fn mint(
        &self,
        user: UserId,
        role: Role,
        now: UnixMillis,
        typ: &'static str,
        ttl_s: i64,
    ) -> String {
        let iat = now.0.div_euclid(1_000);
        let claims = Minted {
            sub: &user.to_string(),
            role: role.name(),
            jti: uuid::Uuid::new_v4().simple().to_string(),
            iat,
            exp: iat.saturating_add(ttl_s),
            iss: OURS,
            aud: OURS,
            typ,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
            .expect("plain claims and an HMAC key can always be signed")
    }

    /// Who holds this access token, as of `now`.
    ///
    /// # Errors
    /// [`TokenFault`] for a token that has expired or is none of ours.
    pub fn verify_access(&self, token: &str, now: UnixMillis) -> Result<Bearer, TokenFault> {
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
        accept(&claims[..length], now)
    }

    /// With the header known, the signature is one MAC over the first two parts. This is what
    /// `jsonwebtoken` does too, without reading the header twice, without setting up the key
    /// anew and without allocating: it runs once for each request.
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
fn accept(claims: &[u8], now: UnixMillis) -> Result<Bearer, TokenFault> {
    let claims: Claims<'_> = serde_json::from_slice(claims).map_err(|_| TokenFault::Invalid)?;
    let now_s = now.0.div_euclid(1_000);
    let ours = claims.iss == OURS && claims.aud == OURS && claims.typ == "access";
    let begun = claims.nbf.is_none_or(|begin| begin <= now_s.saturating_add(LEEWAY_S));
    if !ours || !begun {
        return Err(TokenFault::Invalid);
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(TokenFault::Expired);
    }
    let user = claims.sub.parse::<i64>().ok().and_then(|number| UserId::try_from(number).ok());
    Ok(Bearer { user: user.ok_or(TokenFault::Invalid)?, role: claims.role })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "d7f0c36a1b9e48f25a6c0d9e7b3f4182";

    fn now() -> UnixMillis {
        crate::clock::now()
    }

    fn user() -> UserId {
        UserId::try_from(7).expect("an id")
    }

    fn forged(header: &serde_json::Value, claims: &serde_json::Value, secret: &str) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn claims() -> serde_json::Value {
        let iat = now().0 / 1_000;
        serde_json::json!({
            "sub": "7", "role": "USER", "jti": "x", "iat": iat, "exp": iat + 60,
            "iss": "hotdeal", "aud": "hotdeal", "typ": "access",
        })
    }

    fn with(member: &str, value: serde_json::Value) -> serde_json::Value {
        let mut claims = claims();
        claims[member] = value;
        claims
    }

    #[test]
    fn a_minted_token_goes_the_short_way_and_names_its_holder() {
        let tokens = Tokens::new(SECRET);
        let token = tokens.mint_access(user(), Role::Seller, now());
        assert!(PLAIN_HEADERS.contains(&token.split('.').next().expect("a header")));
        let bearer = tokens.verify_access(&token, now());
        assert_eq!(bearer, Ok(Bearer { user: user(), role: Role::Seller }));
        assert_eq!(tokens.check_the_long_way(&token), Ok(()));
    }

    #[test]
    fn both_ways_to_write_the_header_and_longer_ones_are_accepted() {
        let tokens = Tokens::new(SECRET);
        for header in [
            serde_json::json!({"alg": "HS256", "typ": "JWT"}),
            serde_json::json!({"alg": "HS256"}),
            serde_json::json!({"alg": "HS256", "typ": "JWT", "kid": "../../etc/passwd"}),
        ] {
            let token = forged(&header, &claims(), SECRET);
            assert!(tokens.verify_access(&token, now()).is_ok(), "{header}");
        }
    }

    #[test]
    fn other_algorithms_keys_and_forms_are_refused() {
        let tokens = Tokens::new(SECRET);
        let hs256 = serde_json::json!({"alg": "HS256", "typ": "JWT"});
        for algorithm in ["none", "None", "nOnE", "HS512", "RS256", "hs256", ""] {
            let header = serde_json::json!({"alg": algorithm, "typ": "JWT"});
            let token = forged(&header, &claims(), SECRET);
            assert_eq!(
                tokens.verify_access(&token, now()),
                Err(TokenFault::Invalid),
                "{algorithm}"
            );
        }
        let good = forged(&hs256, &claims(), SECRET);
        let unsigned = format!("{}.", good.rsplit_once('.').expect("three parts").0);
        let long = format!("{good}{}", "A".repeat(16_384));
        let other_key = forged(&hs256, &claims(), "another-one");
        for wrong in [&unsigned, &long, &other_key, "", ".", "..", "a.b.c", &".".repeat(4_000)] {
            assert_eq!(tokens.verify_access(wrong, now()), Err(TokenFault::Invalid));
        }
    }

    #[test]
    fn each_claim_is_checked() {
        let tokens = Tokens::new(SECRET);
        let soon = now().0 / 1_000 + 3_600;
        for (member, value) in [
            ("iss", "other".into()),
            ("aud", "other".into()),
            ("typ", "refresh".into()),
            ("role", "KING".into()),
            ("sub", "0".into()),
            ("sub", "kim".into()),
            ("nbf", soon.into()),
            ("exp", serde_json::Value::Null),
        ] {
            for header in ["JWT", "long way"] {
                let header = serde_json::json!({"alg": "HS256", "typ": header});
                let token = forged(&header, &with(member, value.clone()), SECRET);
                assert!(tokens.verify_access(&token, now()).is_err(), "{member} {header}");
            }
        }
        let old = forged(
            &serde_json::json!({"alg": "HS256", "typ": "JWT"}),
            &with("exp", (now().0 / 1_000 - 60).into()),
            SECRET,
        );
        assert_eq!(tokens.verify_access(&old, now()), Err(TokenFault::Expired));
        let refresh = tokens.mint_refresh(user(), Role::User, now());
        assert_eq!(tokens.verify_access(&refresh, now()), Err(TokenFault::Invalid));
    }
}
