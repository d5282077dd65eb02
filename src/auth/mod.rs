//! STUB, replaced at the merge: access tokens.

use hotdeal_actors::api::Role;
use hotdeal_domain::{UnixMillis, UserId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};

/// Mints access tokens.
pub struct Tokens {
    key: EncodingKey,
}

#[derive(serde::Serialize)]
struct Claims {
    sub: String,
    role: &'static str,
    jti: String,
    iat: i64,
    exp: i64,
    iss: &'static str,
    aud: &'static str,
    typ: &'static str,
}

impl Tokens {
    /// With this secret.
    pub fn new(secret: &str) -> Self {
        Self { key: EncodingKey::from_secret(secret.as_bytes()) }
    }

    /// An access token.
    pub fn mint_access(&self, user: UserId, role: Role, now: UnixMillis) -> String {
        let claims = Claims {
            sub: user.to_string(),
            role: role.name(),
            jti: uuid::Uuid::new_v4().to_string(),
            iat: now.0 / 1_000,
            exp: now.0 / 1_000 + 1_800,
            iss: "hotdeal",
            aud: "hotdeal",
            typ: "access",
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .expect("plain claims can be signed")
    }
}
