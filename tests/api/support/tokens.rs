//! Tokens made by the tests themselves, with the secret the server was given: a crowd of
//! thousands need not sign up and log in first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

/// The secret the servers of the tests sign with. Not one of the samples that servers refuse.
pub(crate) const SECRET: &str = "u7Yq2mWc9ZtR4xKp8VbN3sLd6HfJ1gQe-black-box-tests";

/// What an account may do, as the token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    User,
    Seller,
    Counsellor,
    Partner,
    Admin,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::User, Self::Seller, Self::Counsellor, Self::Partner, Self::Admin];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Seller => "SELLER",
            Self::Counsellor => "COUNSELLOR",
            Self::Partner => "PARTNER",
            Self::Admin => "ADMIN",
        }
    }
}

/// The claims of an access token.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
    pub(crate) role: String,
    pub(crate) jti: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) typ: String,
}

impl Claims {
    /// Good claims, to be spoilt by the test that needs bad ones.
    pub(crate) fn of(user: i64, role: Role) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let now = now_s();
        Self {
            sub: user.to_string(),
            role: role.name().to_owned(),
            jti: format!("test-{now}-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            iat: now,
            exp: now + 1_800,
            iss: "hotdeal".to_owned(),
            aud: "hotdeal".to_owned(),
            typ: "access".to_owned(),
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now_s() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("later than 1970").as_secs()
}

/// A good token.
pub(crate) fn mint(user: i64, role: Role) -> String {
    mint_claims(&Claims::of(user, role), SECRET)
}

/// A token with these claims, signed with `secret`.
pub(crate) fn mint_claims(claims: &Claims, secret: &str) -> String {
    let claims = serde_json::to_string(claims).expect("plain claims");
    signed::<Hmac<Sha256>>(r#"{"typ":"JWT","alg":"HS256"}"#, &claims, secret.as_bytes())
}

/// A token of these two parts, whatever they say, and the MAC of both under `key`.
pub(crate) fn signed<M: Mac + KeyInit>(header: &str, claims: &str, key: &[u8]) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message.as_bytes());
    format!("{message}.{}", BASE64.encode(mac.finalize().into_bytes()))
}
