//! Idempotency keys: the caller's own name for one attempt, so that a repeat finds the first
//! answer (product rule E7; draft-ietf-httpapi-idempotency-key-header).

use std::sync::Arc;

use crate::UserId;

/// Characters of a key at most.
pub const KEY_MAX: usize = 255;
/// How long an answer is kept, in milliseconds: 24 hours.
pub const KEPT_MS: i64 = 86_400_000;

/// The scope of a key. Two requests are the same attempt when principal, operation and key are
/// equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyScope {
    /// Who asks.
    pub principal: UserId,
    /// The operation asked for, by its stable name.
    pub operation: &'static str,
    /// The key, as sent.
    pub key: Arc<str>,
}

/// A key with the fingerprint of what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClaim {
    /// Whose key it is.
    pub scope: KeyScope,
    /// A digest of the request; another request under the same key is refused.
    pub fingerprint: [u8; 16],
}

/// What a claim finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed<A> {
    /// Nobody used the key: go on.
    Fresh,
    /// The same request was answered before, with this answer.
    Replay(A),
    /// Another request was made under this key.
    Conflict,
}

impl KeyClaim {
    /// The fingerprint as two whole numbers.
    pub fn fingerprint_words(&self) -> [i64; 2] {
        let word = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&self.fingerprint[from..from + 8]);
            i64::from_be_bytes(bytes)
        };
        [word(0), word(8)]
    }

    /// Compares with what is remembered under the same scope.
    pub fn against<A>(&self, remembered: Option<(&[u8], A)>) -> Claimed<A> {
        match remembered {
            None => Claimed::Fresh,
            Some((fingerprint, _)) if fingerprint != self.fingerprint => Claimed::Conflict,
            Some((_, answer)) => Claimed::Replay(answer),
        }
    }
}
