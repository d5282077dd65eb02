//! Idempotency keys as they come in (draft-ietf-httpapi-idempotency-key-header).

use std::sync::Arc;

use actix_web::HttpRequest;
use hmac::Mac as _;
use hotdeal_domain::idempotency::{KEY_MAX, KeyClaim, KeyScope};
use hotdeal_domain::{ID_MAX, UserId};
use sha2::{Digest as _, Sha256};

use super::code::Code;
use super::problem::Problem;
use super::route::Route;
use super::state::State;
use crate::auth::Bearer;

const HEADER: &str = "idempotency-key";

/// Whether a request carries a key, valid or not.
pub(super) fn is_there(request: &HttpRequest) -> bool {
    request.headers().contains_key(HEADER)
}

/// The claim that an `Idempotency-Key` header makes, or the field `key` of a form.
///
/// Sign-up, log-in and renewal have no caller yet, so their keys belong to a number that no account
/// ever gets. Two strangers who choose the same key there share a scope, and the second is told
/// that the key was used. A fingerprint that covers a password is made with the server's secret, so
/// that a reader of the table cannot try passwords against it.
///
/// # Errors
/// [`Code::InvalidIdempotencyKey`].
pub(super) fn claim(
    route: &'static Route,
    state: &State,
    request: &HttpRequest,
    bearer: Option<Bearer>,
    body: &[u8],
    field: Option<&str>,
) -> Result<Option<KeyClaim>, Problem> {
    let mut headers = request.headers().get_all(HEADER);
    let header = headers.next();
    if header.is_none() && field.is_none() {
        return Ok(None);
    }
    let unusable = || {
        Problem::from(Code::InvalidIdempotencyKey).saying(
            "한 개의 1~255자 문자열이어야 하며 공백과 제어 문자는 쓸 수 없습니다",
            "one key of 1 to 255 visible ASCII characters, quoted or not",
        )
    };
    let text = header.map_or(Some(field.unwrap_or_default()), |header| header.to_str().ok());
    let key = text.and_then(key_text).ok_or_else(unusable)?;
    if headers.next().is_some() {
        return Err(unusable());
    }
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let parts = [request.method().as_str().as_bytes(), b"\n", target.as_bytes(), b"\n", body];
    let digest: [u8; 32] = if route.secret {
        let mut mac = state.secrets_mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    } else {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    };
    let principal = bearer.map_or_else(nobody, |bearer| bearer.user);
    let mut fingerprint = [0_u8; 16];
    fingerprint.copy_from_slice(&digest[..16]);
    let scope = KeyScope { principal, operation: route.id, key };
    Ok(Some(KeyClaim { scope, fingerprint }))
}

fn nobody() -> UserId {
    UserId::try_from(ID_MAX).expect("the largest id is one")
}

/// The key in a header: bare, or a quoted string of structured fields (RFC 9651).
fn key_text(header: &str) -> Option<Arc<str>> {
    let trimmed = header.trim();
    let visible = |text: &str| text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    let key: String = match trimmed.strip_prefix('"') {
        None => trimmed.to_owned(),
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut plain = String::with_capacity(inner.len());
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                match character {
                    '"' => return None,
                    '\\' => plain.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
                    other => plain.push(other),
                }
            }
            plain
        }
    };
    (visible(&key) && (1..=KEY_MAX).contains(&key.len())).then(|| Arc::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_bare_and_quoted() {
        for (header, key) in [
            ("order-1", Some("order-1")),
            ("\"order-1\"", Some("order-1")),
            (" \"a\\\"b\\\\c\" ", Some("a\"b\\c")),
            ("", None),
            ("\"\"", None),
            ("\"open", None),
            ("\"a\"b\"", None),
            ("\"a\\b\"", None),
            ("two words", None),
            ("\"two words\"", None),
            ("tab\tbed", None),
            ("한글", None),
        ] {
            assert_eq!(key_text(header).as_deref(), key, "{header}");
        }
        assert!(key_text(&"k".repeat(KEY_MAX)).is_some());
        assert!(key_text(&"k".repeat(KEY_MAX + 1)).is_none());
        assert!(key_text(&format!("\"{}\"", "k".repeat(KEY_MAX))).is_some());
    }
}
