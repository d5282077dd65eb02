//! One process at a time has the database, because each decides in memory and two would decide
//! differently. The fence keeps a process that has lost the database from writing; this lock keeps
//! it from answering.
//!
//! A separate thread holds the lock and checks it each second, so that nothing else in the server
//! delays the check. If the lock is lost, the [`Lease`] ends at once. If no other process has taken
//! the lock, this one takes it again, the mall starts over from the tables, and the lease goes on.
//!
//! `serve`, `migrate` and `user` take the lock before anything else, wait five seconds for who has it, and
//! end with a sentence where it stays taken. `audit` only reads and takes none. The lease is good for five
//! seconds after a look that found the lock held, by a clock that runs on while the process or the machine
//! sleeps. While it is not known to be held the ledger writes nothing and HTTP answers nothing. Where another
//! process has taken the lock, this one ends.
//!
//! A start may find the ledger of the process before it still connected: that process may sleep, and have
//! lost its lock. The start waits for the connection to go. Where it stays, PostgreSQL may yet commit what it
//! was sent, and what that makes void is looked for as after an unknown outcome (`Mall::doubt_what_is_void`).

mod file;
mod session;

use std::time::Duration;

use hotdeal_actors::Lease;
use tokio::sync::{mpsc, oneshot};

use self::file::FileLock;
use self::session::SessionLock;
use super::DatabaseError;
use crate::clock::steady_ms;
use crate::settings::DatabaseSettings;

/// How long a start waits for the previous process to end.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Time between two attempts to take the lock.
const TRY_EVERY: Duration = Duration::from_millis(25);
/// Time between two checks that the lock is still held.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a successful check is valid: longer than a busy machine delays the thread, shorter than
/// PostgreSQL takes to give up a session that does not answer.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// How long PostgreSQL may keep a session whose other end is gone.
const LINGERS_MAX: Duration = Duration::from_secs(20);

/// A request that the mall starts over. The server answers it once the mall has.
pub(crate) type StartOver = oneshot::Sender<()>;

/// The lock, held until it is released.
pub(crate) struct DatabaseLock {
    lease: Lease,
    former_is_gone: bool,
    start_over: mpsc::Receiver<StartOver>,
    stop: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl DatabaseLock {
    /// Takes the lock. Waits for a process that has it to end, but not for long.
    ///
    /// # Errors
    /// [`DatabaseError::Taken`] where another process keeps it; others where the database cannot
    /// be reached.
    pub(crate) async fn take(settings: &DatabaseSettings) -> Result<Self, DatabaseError> {
        let lease = Lease::new(GOOD_FOR);
        let (taken, is_taken) = oneshot::channel();
        let (ask_to_start_over, start_over) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel();
        let keeper =
            Keeper { settings: settings.clone(), lease: lease.clone(), ask_to_start_over, stopped };
        let unusable = |cause: std::io::Error| DatabaseError::Lock {
            shown: settings.shown(),
            cause: cause.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(unusable)?;
        let thread = std::thread::Builder::new()
            .name("database lock".to_owned())
            .spawn(move || runtime.block_on(keeper.keep(taken)))
            .map_err(unusable)?;
        let ended = || Err(unusable(std::io::Error::other("its thread has ended")));
        let former_is_gone = is_taken.await.unwrap_or_else(|_| ended())?;
        Ok(Self { lease, former_is_gone, start_over, stop, thread })
    }

    /// Whether nothing that the previous process has sent can still reach the database.
    pub(crate) fn former_is_gone(&self) -> bool {
        self.former_is_gone
    }

    /// The lease that depends on this lock.
    pub(crate) fn lease(&self) -> Lease {
        self.lease.clone()
    }

    /// Waits until the lock was lost and taken again; `None` once another process has taken it.
    pub(crate) async fn taken_again(&mut self) -> Option<StartOver> {
        self.start_over.recv().await
    }

    /// Gives the lock up, so that the next process can begin.
    pub(crate) async fn release(self) {
        // The thread may have ended with the lock.
        _ = self.stop.send(());
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the thread that held the database's lock has panicked");
        }
    }
}

/// A lock of either kind.
enum Held {
    /// For a database that no other process can see.
    Alone,
    File(FileLock),
    Session(SessionLock),
}

/// How a lock was lost.
struct Lost {
    why: String,
    /// PostgreSQL may still keep the session with the lock, not knowing that its other end is gone.
    lingers: bool,
}

impl Lost {
    fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), lingers: false }
    }
}

impl Held {
    /// Takes the lock; tries for a while if another process has it.
    async fn take(settings: &DatabaseSettings, at_most: Duration) -> Result<Self, DatabaseError> {
        let failed = |cause: String| DatabaseError::Lock { shown: settings.shown(), cause };
        let held = if settings.is_in_memory() {
            Some(Self::Alone)
        } else if settings.is_sqlite() {
            super::make_folder(settings)?;
            let lock = FileLock::take(&settings.url, at_most).await;
            lock.map_err(|cause| failed(cause.to_string()))?.map(Self::File)
        } else {
            let lock = SessionLock::take(&settings.url, at_most).await;
            lock.map_err(|cause| failed(cause.to_string()))?.map(Self::Session)
        };
        held.ok_or_else(|| DatabaseError::Taken { shown: settings.shown() })
    }

    /// Waits a second, or until the lock is lost. Returns a time at which it was held, by
    /// [`steady_ms`].
    async fn looked_at(&mut self) -> Result<i64, Lost> {
        match self {
            Self::Session(lock) => lock.looked_at().await,
            Self::Alone => {
                tokio::time::sleep(LOOK_EVERY).await;
                Ok(steady_ms())
            }
            Self::File(lock) => {
                tokio::time::sleep(LOOK_EVERY).await;
                let now_ms = steady_ms();
                lock.is_held().then_some(now_ms).ok_or_else(|| Lost::because("its file is gone"))
            }
        }
    }

    async fn until_lost(&mut self, mut held_at: impl FnMut(i64)) -> Lost {
        loop {
            match self.looked_at().await {
                Ok(at) => held_at(at),
                Err(lost) => return lost,
            }
        }
    }

    async fn release(self) {
        if let Self::Session(lock) = self {
            lock.release().await;
        }
    }
}

/// The thread's work.
struct Keeper {
    settings: DatabaseSettings,
    lease: Lease,
    ask_to_start_over: mpsc::Sender<StartOver>,
    stopped: oneshot::Receiver<()>,
}

impl Keeper {
    async fn keep(mut self, taken: oneshot::Sender<Result<bool, DatabaseError>>) {
        let (mut held, former_is_gone) = match self.first().await {
            Ok(first) => first,
            Err(error) => {
                // The caller may have gone.
                _ = taken.send(Err(error));
                return;
            }
        };
        if taken.send(Ok(former_is_gone)).is_err() {
            return held.release().await;
        }
        loop {
            let lost = tokio::select! {
                _ = &mut self.stopped => return held.release().await,
                lost = held.until_lost(|at| self.lease.confirm(at)) => lost,
            };
            self.lease.lose();
            let why = &lost.why;
            tracing::warn!(
                why,
                "the lock on the database is lost: until it is taken again, nothing is decided"
            );
            held.release().await;
            let again = tokio::select! {
                _ = &mut self.stopped => return,
                again = again(&self.settings, &self.ask_to_start_over, lost) => again,
            };
            let Some(again) = again else { return };
            held = again;
        }
    }

    /// Takes the lock for the first time; also returns whether the previous process is gone.
    async fn first(&self) -> Result<(Held, bool), DatabaseError> {
        let mut held = Held::take(&self.settings, WAIT_MAX).await?;
        let mut former_is_gone = true;
        if let Held::Session(lock) = &mut held {
            let failed = |cause: sea_orm::sqlx::Error| DatabaseError::Lock {
                shown: self.settings.shown(),
                cause: cause.to_string(),
            };
            former_is_gone = lock.former_is_gone().await.map_err(failed)?;
        }
        self.lease.confirm(steady_ms());
        Ok((held, former_is_gone))
    }
}

/// Takes the lock again and has the mall start over; `None` if another process has the lock.
async fn again(
    settings: &DatabaseSettings,
    ask_to_start_over: &mpsc::Sender<StartOver>,
    mut lost: Lost,
) -> Option<Held> {
    loop {
        let wait = if lost.lingers { LINGERS_MAX } else { WAIT_MAX };
        match Held::take(settings, wait).await {
            Ok(mut held) => {
                let (done, is_done) = oneshot::channel();
                ask_to_start_over.send(done).await.ok()?;
                tokio::select! {
                    done = is_done => {
                        done.ok()?;
                        tracing::warn!("the lock on the database is taken again");
                        return Some(held);
                    }
                    again = held.until_lost(|_| ()) => lost = again,
                }
                held.release().await;
            }
            Err(DatabaseError::Taken { .. }) => return None,
            Err(error) => {
                hotdeal_actors::warn_seldom!(%error, "the lock on the database cannot be taken again yet");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}
