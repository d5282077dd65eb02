//! Named places where a write can die, and a gate before all of them. Compiled for tests only
//! (feature `faults`); without it every question is answered "no" at compile time.
//!
//! They lie on the very path that a write takes without them.

#[cfg(feature = "faults")]
use std::ffi::OsString;
use std::sync::LazyLock;
use std::time::Duration;

use crate::ledger::statement::{Bulk, Statement};
use crate::ledger::store_error::StoreError;
use crate::ledger::tables::{ANSWERS, FENCE, JOURNAL};

/// A place in the order of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// Nothing has been sent.
    BeforeBegin,
    /// The journal rows have been sent.
    AfterJournalRows,
    /// The rows of every table have been sent.
    AfterTableRows,
    /// The answers to idempotency keys have been sent.
    AfterKeyRows,
    /// The fence has been passed.
    AfterFence,
    /// All is sent but the commit.
    BeforeCommit,
    /// The whole transaction was sent in one call, and its answer is not awaited.
    SentNotAnswered,
    /// The commit was done, and its answer lost with the connection.
    CommitLostAck,
    /// The commit was answered; nobody has been told.
    AfterCommitBeforeAnswers,
}

impl FaultPoint {
    /// Every place a test dies at.
    pub const ALL: [Self; 9] = [
        Self::BeforeBegin,
        Self::AfterJournalRows,
        Self::AfterTableRows,
        Self::AfterKeyRows,
        Self::AfterFence,
        Self::BeforeCommit,
        Self::SentNotAnswered,
        Self::CommitLostAck,
        Self::AfterCommitBeforeAnswers,
    ];

    /// The name it is armed by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeBegin => "before-begin",
            Self::AfterJournalRows => "after-journal-rows",
            Self::AfterTableRows => "after-table-rows",
            Self::AfterKeyRows => "after-key-rows",
            Self::AfterFence => "after-fence",
            Self::BeforeCommit => "before-commit",
            Self::SentNotAnswered => "sent-not-answered",
            Self::CommitLostAck => "commit-lost-ack",
            Self::AfterCommitBeforeAnswers => "after-commit-before-answers",
        }
    }
}

impl FaultPoint {
    /// The place that is reached once so many of the statements of a transaction have been run.
    pub(super) fn reached(bulks: &[&Bulk], done: usize) -> Option<Self> {
        let own: [&Statement; 3] = [&JOURNAL, &ANSWERS, &FENCE];
        let is_of = |bulk: &Bulk| own.into_iter().find(|one| std::ptr::eq(bulk.statement, *one));
        let (last, next) = (is_of(bulks.get(done.checked_sub(1)?)?), bulks.get(done));
        match last {
            Some(one) if std::ptr::eq(one, &*JOURNAL) => Some(Self::AfterJournalRows),
            Some(one) if std::ptr::eq(one, &*ANSWERS) => Some(Self::AfterKeyRows),
            Some(_) => Some(Self::AfterFence),
            // Founding rows come before the journal's.
            None => match next.map(|next| is_of(next)) {
                Some(None) => None,
                Some(Some(one)) if std::ptr::eq(one, &*JOURNAL) => None,
                Some(Some(_)) | None => Some(Self::AfterTableRows),
            },
        }
    }

    /// Whether it lies between the statements of a transaction.
    fn is_between(self) -> bool {
        matches!(
            self,
            Self::AfterJournalRows
                | Self::AfterTableRows
                | Self::AfterKeyRows
                | Self::AfterFence
                | Self::BeforeCommit
        )
    }
}

/// The batches with facts since the start, and the fault armed for this process, if any:
/// `HOTDEAL_FAULT=name` or `name:N`. It strikes once: in batch N, from 1, or in the first after it
/// that comes to the place. What else is written, epochs and what is purged, it lets pass.
#[cfg(feature = "faults")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use crate::ledger::fault::FaultPoint;

    static BATCHES: AtomicU64 = AtomicU64::new(0);
    static IS_IN_BATCH: AtomicBool = AtomicBool::new(false);
    static HAS_STRUCK: AtomicBool = AtomicBool::new(false);
    static ARMED: LazyLock<Option<(FaultPoint, u64)>> = LazyLock::new(|| {
        let text = std::env::var("HOTDEAL_FAULT").ok()?;
        let (name, batch) = text.split_once(':').unwrap_or((&text, "1"));
        let point = FaultPoint::ALL.into_iter().find(|point| point.name() == name);
        // A test that misspells it would wait for it for ever.
        let point = point.unwrap_or_else(|| panic!("HOTDEAL_FAULT: there is no `{name}`"));
        Some((point, batch.parse().expect("HOTDEAL_FAULT: a whole number")))
    });

    /// The facts of a batch are written while it lives.
    pub(in crate::ledger) struct BatchGuard;

    impl BatchGuard {
        pub(in crate::ledger) fn begin() -> Self {
            BATCHES.fetch_add(1, Ordering::Relaxed);
            IS_IN_BATCH.store(true, Ordering::Relaxed);
            Self
        }
    }

    impl Drop for BatchGuard {
        fn drop(&mut self) {
            IS_IN_BATCH.store(false, Ordering::Relaxed);
        }
    }

    /// The fault that strikes in this batch, if its place is reached.
    pub(super) fn now() -> Option<FaultPoint> {
        let (point, batch) = (*ARMED)?;
        let is_due =
            IS_IN_BATCH.load(Ordering::Relaxed) && BATCHES.load(Ordering::Relaxed) >= batch;
        (is_due && !HAS_STRUCK.load(Ordering::Relaxed)).then_some(point)
    }

    pub(super) fn strikes(point: FaultPoint) -> bool {
        now() == Some(point) && !HAS_STRUCK.swap(true, Ordering::Relaxed)
    }
}

#[cfg(not(feature = "faults"))]
mod armed {
    use crate::ledger::fault::FaultPoint;

    pub(in crate::ledger) struct BatchGuard;

    impl BatchGuard {
        pub(in crate::ledger) fn begin() -> Self {
            Self
        }
    }

    pub(super) fn now() -> Option<FaultPoint> {
        None
    }

    pub(super) fn strikes(_: FaultPoint) -> bool {
        false
    }
}

pub(super) use armed::BatchGuard;

/// Dies at once when `point` is armed for this batch, as if killed.
pub(super) fn die_at(point: FaultPoint) {
    if armed::strikes(point) {
        std::process::abort();
    }
}

/// Dies where that is armed for after so many of the statements.
pub(super) fn die_after(bulks: &[&Bulk], done: usize) {
    if armed::now().is_some()
        && let Some(point) = FaultPoint::reached(bulks, done)
    {
        die_at(point);
    }
}

/// Whether a fault waits between the statements, which then have to be sent one by one.
pub(super) fn is_between() -> bool {
    armed::now().is_some_and(FaultPoint::is_between)
}

/// Whether a call is to be sent and its answer not awaited.
pub(super) fn is_sent_only() -> bool {
    armed::now() == Some(FaultPoint::SentNotAnswered)
}

/// The commit was answered: dies here, or loses that answer. `how` says which way it was sent.
///
/// # Errors
/// [`StoreError::Lost`] where the answer is to be lost, with the connection.
pub(super) fn after_commit(how: &str) -> Result<(), StoreError> {
    if armed::strikes(FaultPoint::CommitLostAck) {
        return Err(StoreError::Lost(format!("the armed fault, {how}")));
    }
    die_at(FaultPoint::AfterCommitBeforeAnswers);
    Ok(())
}

/// A gate before each write, of which a test has the key: while the file that `HOTDEAL_GATE` names
/// says `shut`, what is to be written waits, and while it says `fail`, it fails.
#[cfg(feature = "faults")]
pub(super) async fn pass_the_gate() -> Result<(), StoreError> {
    static FILE: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("HOTDEAL_GATE"));
    let Some(file) = FILE.as_ref() else { return Ok(()) };
    loop {
        match std::fs::read_to_string(file).as_deref() {
            Ok("shut") => tokio::time::sleep(Duration::from_millis(2)).await,
            Ok(_) => return Err(StoreError::Failed("the gate was shut".to_owned())),
            Err(_) => return Ok(()),
        }
    }
}

/// A gate that is always open.
#[cfg(not(feature = "faults"))]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
pub(super) async fn pass_the_gate() -> Result<(), StoreError> {
    Ok(())
}
