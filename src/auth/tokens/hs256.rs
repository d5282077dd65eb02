//! HMAC-SHA-256 for `jsonwebtoken`, which leaves the arithmetic to a provider. The providers that
//! come with it support every algorithm, and need thirty crates for those that our tokens never
//! use.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::Sha256;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key: &EncodingKey| Ok(Hs256::boxed(*algorithm, key.as_bytes())?),
    verifier_factory: |algorithm, key: &DecodingKey| {
        Ok(Hs256::boxed(*algorithm, key.try_get_as_bytes()?)?)
    },
    // For public keys. A shared secret is not published.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` use it in this process.
pub(super) fn install() {
    // Fails only if it is installed already.
    _ = PROVIDER.install_default();
}

/// A MAC with its key.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn boxed(algorithm: Algorithm, key: &[u8]) -> Result<Box<Self>> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
        Ok(Box::new(Self(mac)))
    }

    fn of(&self, message: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(message)
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        Ok(self.of(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), SignatureError> {
        self.of(message).verify_slice(signature).map_err(SignatureError::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_mac_is_as_the_standard_has_it() {
        let mac = Hs256::boxed(Algorithm::HS256, b"Jefe").expect("a key of any length");
        let signature = mac.try_sign(b"what do ya want for nothing?").expect("a MAC of anything");
        assert_eq!(&signature[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert!(mac.verify(b"what do ya want for nothing?", &signature).is_ok());
        assert!(mac.verify(b"what do you want for nothing?", &signature).is_err());
        assert!(mac.verify(b"what do ya want for nothing?", &signature[..31].to_vec()).is_err());
    }

    #[test]
    fn there_is_no_other_algorithm() {
        for other in [Algorithm::HS384, Algorithm::HS512, Algorithm::RS256, Algorithm::EdDSA] {
            assert!(Hs256::boxed(other, b"a secret").is_err(), "{other:?}");
        }
    }
}
