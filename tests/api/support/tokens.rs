//! Tokens made by the tests themselves, with the secret the server was given: a crowd of
//! thousands need not sign up and log in first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;

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
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).expect("plain claims can be signed")
}
