//! Passwords, hashed on a thread of their own so that log-ins never hold up the sale.

mod queue;

use std::net::IpAddr;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::oneshot;

pub use queue::HashingBounds;
use queue::{Door, Hall, Next, queues};

/// Lanes of a hash. Each lane is the work of one core, and hashing has one core.
const LANES: u32 = 1;

/// The cost of a hash, by argon2id. The minimum of OWASP for two passes is 19 MiB, which takes some
/// 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl HashingCost {
    /// Whether a hash was made at a lower cost, or by something else.
    fn exceeds(self, phc: &str) -> bool {
        let Ok(hash) = PasswordHash::new(phc) else { return false };
        let params = Params::try_from(&hash);
        hash.algorithm != Algorithm::Argon2id.ident()
            || params
                .is_ok_and(|made| made.m_cost() < self.memory_kib || made.t_cost() < self.passes)
    }
}

/// Too many passwords wait to be hashed: ask again a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HashingBusy;

struct Hash {
    password: String,
    done: oneshot::Sender<String>,
}

struct Check {
    password: String,
    phc: Option<String>,
    done: oneshot::Sender<bool>,
}

/// Hashes and checks passwords, one at a time.
#[derive(Clone)]
pub(crate) struct Passwords {
    door: Arc<Door<Check, Hash>>,
    cost: HashingCost,
}

impl Passwords {
    /// Starts the hashing thread, which ends when the last handle is gone.
    pub(crate) fn start(bounds: HashingBounds, cost: HashingCost) -> std::io::Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, LANES, None);
        let params = params.map_err(|error| std::io::Error::other(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (door, hall) = queues(bounds);
        let hashing = std::thread::Builder::new().name("hashing".to_owned());
        hashing.spawn(move || hash_all(&argon2, hall))?;
        Ok(Self { door: Arc::new(door), cost })
    }

    /// A new hash of a password that was right, if the stored one was made at a lower cost than
    /// today's. `None` also if too many wait, because the next log-in can do it.
    pub(crate) async fn renewed(
        &self,
        phc: &str,
        password: String,
        from: Option<IpAddr>,
    ) -> Option<String> {
        if !self.cost.exceeds(phc) {
            return None;
        }
        self.hash(password, from).await.ok()
    }

    /// The hash of a new password, as a PHC string. `from`: the address of the caller, if there is
    /// one.
    ///
    /// # Errors
    /// [`HashingBusy`] when too many wait, or too many of this address.
    pub(crate) async fn hash(
        &self,
        password: String,
        from: Option<IpAddr>,
    ) -> Result<String, HashingBusy> {
        let (done, hashed) = oneshot::channel();
        self.door.new_one(Hash { password, done }, from)?;
        hashed.await.map_err(|_| HashingBusy)
    }

    /// Whether `phc` was made of `password`. If the account is unknown and there is no hash, the
    /// same work is done against a hash that nothing matches. So the time taken does not show
    /// whether the account exists, unless its hash dates from when hashes cost less; its next
    /// log-in renews that.
    ///
    /// # Errors
    /// As [`hash`](Self::hash).
    pub(crate) async fn check(
        &self,
        password: String,
        phc: Option<String>,
        from: Option<IpAddr>,
    ) -> Result<bool, HashingBusy> {
        let (done, checked) = oneshot::channel();
        self.door.check(Check { password, phc, done }, from)?;
        checked.await.map_err(|_| HashingBusy)
    }
}

fn hash_all(argon2: &Argon2<'_>, mut hall: Hall<Check, Hash>) {
    give_way();
    let nobodys = hash_one(argon2, &uuid::Uuid::new_v4().to_string());
    while let Some((next, _place)) = hall.next() {
        match next {
            // A caller who has gone no longer waits, so the work is skipped.
            Next::New(Hash { done, .. }) if done.is_closed() => {}
            Next::Check(Check { done, .. }) if done.is_closed() => {}
            Next::New(Hash { password, done }) => {
                if let Some(phc) = hash_one(argon2, &password) {
                    let _ = done.send(phc);
                }
            }
            Next::Check(Check { password, phc, done }) => {
                let known = phc.is_some();
                let matches = phc
                    .or_else(|| nobodys.clone())
                    .is_some_and(|phc| check_one(argon2, &password, &phc));
                let _ = done.send(known && matches);
            }
        }
    }
}

/// While a sale keeps the cores busy, hashing takes what is left: a tenth of an equal share. A
/// log-in then waits a little longer; the bound of the queue says how long at most.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 10) {
        tracing::debug!(%error, "hashing keeps its full share of the cores");
    }
}

fn hash_one(argon2: &Argon2<'_>, password: &str) -> Option<String> {
    match argon2.hash_password(password.as_bytes()) {
        Ok(hash) => Some(hash.to_string()),
        Err(error) => {
            tracing::error!(%error, "a password could not be hashed");
            None
        }
    }
}

fn check_one(argon2: &Argon2<'_>, password: &str, phc: &str) -> bool {
    match PasswordHash::new(phc) {
        Ok(hash) => argon2.verify_password(password.as_bytes(), &hash).is_ok(),
        Err(error) => {
            tracing::error!(%error, "a stored password hash cannot be read");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: HashingCost = HashingCost { memory_kib: 19_456, passes: 2 };

    fn of(each: usize) -> HashingBounds {
        HashingBounds { checks_max: each, new_max: each, per_address_max: each }
    }

    #[test]
    fn a_hash_is_made_anew_where_it_cost_less_than_one_does_today() {
        let hash = "$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
        for (made, expected) in [
            ("$argon2id$v=19$m=19456,t=2,p=1", false),
            ("$argon2id$v=19$m=47104,t=3,p=1", false),
            ("$argon2id$v=19$m=19455,t=2,p=1", true),
            ("$argon2id$v=19$m=47104,t=1,p=1", true),
            ("$argon2i$v=19$m=19456,t=2,p=1", true),
        ] {
            assert_eq!(USUAL.exceeds(&format!("{made}{hash}")), expected, "{made}");
        }
        assert!(!USUAL.exceeds("broken"), "nobody's password is right by it");
    }

    #[actix::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::start(of(4), USUAL).expect("a thread");
        let phc = passwords.hash("correct horse".to_owned(), None).await.expect("room");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let check = |given: &str, phc: Option<&String>| {
            passwords.check(given.to_owned(), phc.cloned(), None)
        };
        assert_eq!(check("correct horse", Some(&phc)).await, Ok(true));
        assert_eq!(check("correct hors", Some(&phc)).await, Ok(false));
        assert_eq!(check("correct horse", None).await, Ok(false));
        assert_eq!(check("correct horse", Some(&"broken".to_owned())).await, Ok(false));
    }

    #[actix::test]
    async fn beyond_the_bound_callers_are_told_to_come_back() {
        let passwords = Passwords::start(of(1), USUAL).expect("a thread");
        let mut waiting: Vec<_> = (0..12)
            .map(|_| tokio_test::task::spawn(passwords.hash("correct horse".to_owned(), None)))
            .collect();
        let mut refused = 0;
        for task in &mut waiting {
            let outcome = task.poll();
            refused += usize::from(outcome == std::task::Poll::Ready(Err(HashingBusy)));
        }
        // One is being hashed, one waits; the thread may take a further one meanwhile.
        assert!(refused >= 9, "{refused}");
    }
}
