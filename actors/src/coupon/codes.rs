//! Coupon codes: unguessable without the event's key, and always the same with it.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Characters that tell the coupon's place: 25 bits, more than a batch has coupons. They make
/// codes of one event unique and their index grow at its end, not all over; and they let the
/// holder check the draw.
const PLACE_CHARS: usize = 5;
/// Characters of a code; those after its place carry 80 bits nobody can guess.
const CODE_CHARS: usize = PLACE_CHARS + 16;
/// Crockford's base 32: no letter that is mistaken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Derives the code of each coupon: its place, then HMAC-SHA-256 (RFC 2104) of its ordinal, cut
/// to 80 bits.
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
        let character = |five: u128| ALPHABET[usize::try_from(five & 31).unwrap_or(0)];
        let mut code = [0_u8; CODE_CHARS];
        let (place, secret) = code.split_at_mut(PLACE_CHARS);
        let mut ordinal = u128::from(ordinal);
        for digit in place.iter_mut().rev() {
            *digit = character(ordinal);
            ordinal >>= 5;
        }
        for digit in secret {
            *digit = character(bits >> 123);
            bits <<= 5;
        }
        str::from_utf8(&code).expect("the alphabet is ASCII").into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::coupon::codes::*;

    #[test]
    fn codes_are_unique_and_repeat_only_under_the_same_key() {
        let key = CodeKey::new(&[7; 32]);
        let codes: HashSet<_> = (0..100_000).map(|ordinal| key.code(ordinal)).collect();
        assert_eq!(codes.len(), 100_000);
        assert_eq!(CodeKey::new(&[7; 32]).code(5), key.code(5));
        assert_ne!(CodeKey::new(&[8; 32]).code(5), key.code(5));
        assert!(codes.iter().all(|code| code.len() == CODE_CHARS));
        let in_order: Vec<_> = (0..2_000).map(|ordinal| key.code(ordinal)).collect();
        assert!(in_order.is_sorted(), "an index of codes grows at its end");
    }
}
