//! Passwords, hashed on a thread of their own so that log-ins never hold up the sale.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::oneshot;

/// Memory of one hash in KiB, passes and lanes: OWASP's second choice, some 20 ms.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Too many passwords wait to be hashed: ask again a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HashingBusy;

enum Work {
    Hash { password: String, done: oneshot::Sender<String> },
    Check { password: String, phc: Option<String>, done: oneshot::Sender<bool> },
}

/// Hashes and checks passwords, one at a time.
#[derive(Clone)]
pub(crate) struct Passwords {
    queue: SyncSender<Work>,
}

impl Passwords {
    /// Starts the hashing thread, which ends when the last handle is gone. `queue_max`: passwords
    /// that can wait.
    pub(crate) fn start(queue_max: usize) -> std::io::Result<Self> {
        let (queue, work) = sync_channel(queue_max);
        std::thread::Builder::new().name("hashing".to_owned()).spawn(move || hash_all(&work))?;
        Ok(Self { queue })
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// [`HashingBusy`] when too many wait.
    pub(crate) async fn hash(&self, password: String) -> Result<String, HashingBusy> {
        let (done, hashed) = oneshot::channel();
        self.enqueue(Work::Hash { password, done })?;
        hashed.await.map_err(|_| HashingBusy)
    }

    /// Whether `password` is the one that `phc` was made of. Without a hash, because the account
    /// is unknown, the same work is done against one that nothing matches: the time taken does
    /// not tell whether there is such an account.
    ///
    /// # Errors
    /// [`HashingBusy`] when too many wait.
    pub(crate) async fn check(
        &self,
        password: String,
        phc: Option<String>,
    ) -> Result<bool, HashingBusy> {
        let (done, checked) = oneshot::channel();
        self.enqueue(Work::Check { password, phc, done })?;
        checked.await.map_err(|_| HashingBusy)
    }

    fn enqueue(&self, work: Work) -> Result<(), HashingBusy> {
        match self.queue.try_send(work) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(HashingBusy),
        }
    }
}

fn hash_all(work: &Receiver<Work>) {
    give_way();
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants within bounds");
    let argon2 = Arc::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
    let nobodys = hash_one(&argon2, &uuid::Uuid::new_v4().to_string());
    while let Ok(work) = work.recv() {
        match work {
            // Nobody waits any more where a caller has gone: then the work is skipped.
            Work::Hash { done, .. } if done.is_closed() => {}
            Work::Check { done, .. } if done.is_closed() => {}
            Work::Hash { password, done } => {
                if let Some(phc) = hash_one(&argon2, &password) {
                    let _ = done.send(phc);
                }
            }
            Work::Check { password, phc, done } => {
                let known = phc.is_some();
                let matches = phc
                    .or_else(|| nobodys.clone())
                    .is_some_and(|phc| check_one(&argon2, &password, &phc));
                let _ = done.send(known && matches);
            }
        }
    }
}

/// While the cores are busy with a sale, hashing takes what it leaves: a tenth of an equal share.
/// Who logs in waits a little longer; the queue's bound says how long at most.
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

    #[actix_web::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::start(4).expect("a thread");
        let phc = passwords.hash("correct horse".to_owned()).await.expect("room");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let check =
            |given: &str, phc: Option<&String>| passwords.check(given.to_owned(), phc.cloned());
        assert_eq!(check("correct horse", Some(&phc)).await, Ok(true));
        assert_eq!(check("correct hors", Some(&phc)).await, Ok(false));
        assert_eq!(check("correct horse", None).await, Ok(false));
        assert_eq!(check("correct horse", Some(&"broken".to_owned())).await, Ok(false));
    }

    #[actix_web::test]
    async fn beyond_the_bound_callers_are_told_to_come_back() {
        let passwords = Passwords::start(1).expect("a thread");
        let mut waiting: Vec<_> = (0..12)
            .map(|_| tokio_test::task::spawn(passwords.hash("correct horse".to_owned())))
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
