//! Coupon codes: unguessable without the event's key, and always the same with it.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Characters of a code: 20 of five bits, 100 bits together.
const CODE_CHARS: usize = 20;
/// Crockford's base 32: no letter that is mistaken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Derives the code of each coupon: HMAC-SHA-256 (RFC 2104) of its ordinal, cut to 100 bits.
#[derive(Clone)]
pub(crate) struct CodeKey {
    mac: Hmac<Sha256>,
}

impl CodeKey {
    /// A key of at least 32 random bytes.
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { mac: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length") }
    }

    /// The code of the coupon at `ordinal`.
    pub(crate) fn code(&self, ordinal: u32) -> Arc<str> {
        let mut mac = self.mac.clone();
        mac.update(&ordinal.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let mut bits =
            digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut code = [0_u8; CODE_CHARS];
        for character in &mut code {
            *character = ALPHABET[usize::try_from(bits >> 123).unwrap_or(0)];
            bits <<= 5;
        }
        str::from_utf8(&code).expect("the alphabet is ASCII").into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_repeat_only_under_the_same_key() {
        let key = CodeKey::new(&[7; 32]);
        let codes: HashSet<_> = (0..100_000).map(|ordinal| key.code(ordinal)).collect();
        assert_eq!(codes.len(), 100_000);
        assert_eq!(CodeKey::new(&[7; 32]).code(5), key.code(5));
        assert_ne!(CodeKey::new(&[8; 32]).code(5), key.code(5));
        assert!(codes.iter().all(|code| code.len() == CODE_CHARS));
    }
}
