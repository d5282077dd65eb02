//! The link that a first start prints: it sets the first admin's password once.
//!
//! It stands for the password that the start has made up, and does what its holder could do: it sets another one.
//! So it is void as soon as that password is not the admin's any more, and the actor of the account decides
//! between two that use it at once. It is kept in memory alone: after a restart the password that was printed beside
//! it still opens the account.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::RngExt as _;
use rand::distr::Alphanumeric;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// How long the link holds.
pub(crate) const LINK_HOLDS: Duration = Duration::from_secs(30 * 60);
/// Letters of a link: 62^43 is above 2^256.
const LETTERS: usize = 43;

/// Whose password the link sets, and the password that it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

#[derive(Debug)]
struct Link {
    /// The link itself is not kept. Hashes are compared, so the time of a comparison tells nothing of it.
    hash: [u8; 32],
    holder: Holder,
    until: Instant,
}

/// The link, while it holds.
#[derive(Debug, Default)]
pub(crate) struct FirstPassword(Mutex<Option<Link>>);

impl FirstPassword {
    /// A link for this admin, and the token that opens it.
    pub(crate) fn open(holder: Holder, now: Instant) -> (Self, String) {
        let letters = rand::rng().sample_iter(&Alphanumeric).take(LETTERS);
        let token: String = letters.map(char::from).collect();
        let link = Link { hash: hash(&token), holder, until: now + LINK_HOLDS };
        (Self(Mutex::new(Some(link))), token)
    }

    /// Whose password the token sets; `None` for another token, or when it is over.
    pub(crate) fn holder(&self, token: &str, now: Instant) -> Option<Holder> {
        let mut link = self.0.lock();
        if link.as_ref().is_some_and(|link| now >= link.until) {
            *link = None;
        }
        let link = link.as_ref().filter(|link| link.hash == hash(token))?;
        Some(link.holder.clone())
    }

    /// Ends the link.
    pub(crate) fn end(&self) {
        *self.0.lock() = None;
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_link_holds_half_an_hour_and_until_it_is_ended() {
        let holder =
            Holder { email: "admin@example.org".to_owned(), password: "made up".to_owned().into() };
        let start = Instant::now();
        let (first, token) = FirstPassword::open(holder, start);
        assert!(first.holder("another", start).is_none());
        let last = start + LINK_HOLDS - Duration::from_millis(1);
        let found = first.holder(&token, last).expect("it holds");
        assert_eq!(found.password.expose_secret(), "made up");
        assert!(first.holder(&token, start + LINK_HOLDS).is_none());
        assert!(first.holder(&token, start).is_none(), "what is over stays over");

        let (first, token) = FirstPassword::open(found, start);
        first.end();
        assert!(first.holder(&token, start).is_none());
        assert!(FirstPassword::default().holder(&token, start).is_none());
    }
}
