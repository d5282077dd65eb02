//! The ledger: what "durable" means, and the only place that writes on behalf of a command.
//!
//! An actor takes a [`Place`] in the bounded queue *before* it applies a fact, so a full queue is
//! refused while nothing has happened. One [`BatchActor`] takes what has queued up while the last
//! transaction ran, writes it in one more (journal, table rows, answers to idempotency keys, and
//! the fence), and only then completes each entry. There is no timer: a lone entry goes at once.
//!
//! The fence: every activation of a stream raises its epoch, and a batch advances a stream only
//! where the epoch is still its own. A stale owner's rows therefore change nothing.
//!
//! A batch that fails is either certainly not written or perhaps written ([`WriteError`]). Either
//! way every activation in it is [failed](Activation::is_failed): its memory ran ahead of the
//! disk, so it is thrown away and rebuilt, and what it had queued behind is refused by its epoch.
//!
//! The journal is append only. A row of it is a *segment*: the facts that one stream had in one transaction,
//! as a JSON list, with the sequences `first_sequence..=sequence`. A row for each fact would cost the hot
//! path one more insert for each coupon and say the same. Each fact still has its own sequence.
//!
//! Rows of hot tables are only inserted. A counter that many facts touch is written once a transaction, as
//! the sum of what they change. A fact that comes from work over several streams (an order over several
//! shops) may stand in a stream in another order than the owner applied it. That is sound because such facts
//! commute: they carry the change of a number, and never its new value.

mod batch;
mod batch_actor;
mod broken;
mod codec;
mod delete;
mod dialect;
pub mod fault;
pub(crate) mod keys;
mod owned;
mod part;
mod postgres;
mod queue;
mod sqlite;
mod statement;
mod store_error;
mod tables;
#[cfg(test)]
mod tests;
mod wal;
mod writer;

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use batch::Position;
use hotdeal_domain::batch::EntrySize;
use hotdeal_domain::{StreamId, UnixMillis};
use keys::Key;

pub use batch_actor::LedgerView;
pub(crate) use batch_actor::{BatchActor, LedgerStats};
pub(crate) use delete::Delete;
pub(crate) use dialect::{Changes, StoreFuture};
pub(crate) use owned::{Owned, Tenure};
pub(crate) use part::{Decided, FactRows, Known, Part};
pub(crate) use queue::{Ledger, Place, Written};
pub(crate) use statement::{Cell, Kind, Merge, Rows, Statement, StatementOrder, statements};
pub(crate) use store_error::StoreError;

/// One activation of a stream: what its actor and the ledger both know of it.
pub(crate) struct Activation {
    /// The stream.
    pub(crate) stream: StreamId,
    /// The fencing epoch.
    pub(crate) epoch: i64,
    /// The time of the stream's last row when it was activated, which is no earlier than any before.
    pub(crate) recorded_at: UnixMillis,
    founding: bool,
    pending: AtomicI64,
    durable_sequence: AtomicI64,
    failed: AtomicBool,
    /// Who hears of its facts: a [`part::Listener`] of its kind of stream.
    listener: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for Activation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in epoch {}", self.stream, self.epoch)
    }
}

impl Activation {
    fn new(stream: StreamId, epoch: i64, from: Position, founding: bool) -> Arc<Self> {
        Arc::new(Self {
            stream,
            epoch,
            recorded_at: UnixMillis(from.recorded_at),
            founding,
            pending: AtomicI64::new(0),
            durable_sequence: AtomicI64::new(from.last_sequence),
            failed: AtomicBool::new(false),
            listener: OnceLock::new(),
        })
    }

    /// Facts handed to the ledger whose outcome is not known yet.
    pub(crate) fn pending(&self) -> i64 {
        self.pending.load(Ordering::Acquire)
    }

    /// The sequence of the last durable fact.
    pub(crate) fn durable_sequence(&self) -> i64 {
        self.durable_sequence.load(Ordering::Acquire)
    }

    /// A batch with a fact of this activation was not, or perhaps not, written, or another owner
    /// has taken over: its memory is worth nothing.
    pub(crate) fn is_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Gives the activation up, so that the next request rebuilds the actor.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// Whether its owner knows of facts before they are durable. The log of kept answers does not:
    /// what is certainly not written leaves it as it was.
    fn runs_ahead(&self) -> bool {
        self.stream != StreamId::Keys
    }
}

/// The answer to an idempotency key, made durable with what it answers.
pub(crate) struct KeyRecord {
    /// The key, which is the request's until its outcome is known.
    pub(crate) key: Key,
    /// The answer.
    pub(crate) answer: KeptAnswer,
    /// When it was given.
    pub(crate) at: UnixMillis,
    number: AtomicI64,
}

/// An answer as it is kept.
#[derive(Debug)]
pub(crate) enum KeptAnswer {
    /// A thing by its number: its rows tell what the answer was.
    Reference(i64),
    /// Anything else, as JSON.
    Text(Arc<str>),
}

impl KeyRecord {
    /// What is kept of a request under this key.
    pub(crate) fn new(key: Key, answer: KeptAnswer, at: UnixMillis) -> Self {
        Self { key, answer, at, number: AtomicI64::new(0) }
    }
}

/// Why an entry was not, or perhaps not, written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WriteError {
    /// Certainly not written: another row stands in the way (a taken e-mail).
    #[error("another row stands in the way")]
    Conflict,
    /// Certainly not written: the database failed, or the entry belongs to an activation that has
    /// been given up.
    #[error("certainly not written")]
    Aborted,
    /// Certainly not written: the disk is full.
    #[error("the disk is full")]
    NoRoom,
    /// Certainly not written: the queue had no place for it, or takes no more.
    #[error("the queue is full")]
    Full,
    /// The connection was lost during the commit: only the database can tell.
    #[error("perhaps written")]
    Unknown,
}

/// Called once the outcome is known. Runs on the ledger's thread: it only sends.
pub(crate) type Completion = Box<dyn FnOnce(Result<(), WriteError>) + Send>;

/// What an entry wants written.
pub(crate) enum Work {
    /// One fact.
    Fact(Part),
    /// Facts of several streams: all or nothing.
    Facts(Vec<Part>),
    /// Nothing but the answer to a key, if there is one: completes when all that this activation
    /// queued before is durable.
    Barrier(Arc<Activation>),
    /// Rows without a fact, which are the same whenever they are asked for.
    Rows {
        /// The activation that writes them.
        activation: Arc<Activation>,
        /// How many there are.
        count: usize,
        /// Hands them over.
        write: Box<dyn Fn(&mut Rows) + Send>,
    },
}

/// One thing to be written: all of it or nothing.
pub(crate) struct Entry {
    /// What.
    pub(crate) work: Work,
    /// The answer to the key it was asked under, if there was one.
    pub(crate) key: Option<Box<KeyRecord>>,
    /// Who waits for it.
    pub(crate) done: Completion,
}

impl Entry {
    /// What it will write, for the choice of the batch.
    fn size(&self) -> EntrySize {
        let rows = match &self.work {
            Work::Fact(part) => part.rows(),
            Work::Facts(parts) => parts.iter().map(Part::rows).sum(),
            Work::Barrier(_) => 0,
            Work::Rows { count, .. } => *count,
        };
        EntrySize { rows: rows + usize::from(self.key.is_some()) }
    }

    /// The activations it speaks for.
    fn activations(&self) -> impl Iterator<Item = &Arc<Activation>> {
        let (one, many) = match &self.work {
            Work::Fact(part) => (Some(&part.activation), [].as_slice()),
            Work::Facts(parts) => (None, parts.as_slice()),
            Work::Barrier(activation) | Work::Rows { activation, .. } => {
                (Some(activation), [].as_slice())
            }
        };
        let log = self.key.iter().map(|key| key.key.log().activation());
        one.into_iter().chain(many.iter().map(|part| &part.activation)).chain(log)
    }

    fn is_bulk(&self) -> bool {
        matches!(self.work, Work::Rows { .. })
    }

    fn parts(&self) -> &[Part] {
        match &self.work {
            Work::Fact(part) => std::slice::from_ref(part),
            Work::Facts(parts) => parts,
            Work::Barrier(_) | Work::Rows { .. } => &[],
        }
    }

    /// It is durable: lets everybody know who listens.
    fn tell(&self) {
        self.parts().iter().for_each(|part| part.tell(Known::Durable));
        if let Some(KeyRecord { key, number, .. }) = self.key.as_deref() {
            key.is_kept(number.load(Ordering::Relaxed));
        }
    }

    /// It is perhaps durable.
    fn doubt(&self) {
        self.parts().iter().for_each(|part| part.tell(Known::Perhaps));
    }

    fn complete(self, outcome: Result<(), WriteError>) {
        for activation in self.activations() {
            activation.pending.fetch_sub(1, Ordering::AcqRel);
        }
        (self.done)(outcome);
    }
}
