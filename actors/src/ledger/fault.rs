//! Named places where a write can die, and a gate before all of them. Compiled for tests only
//! (feature `faults`); without it every question is answered "no" at compile time.

#[cfg(feature = "faults")]
use std::{ffi::OsString, sync::LazyLock, time::Duration};

use super::store::StoreError;

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
    /// The commit was done, and its answer lost with the connection.
    CommitLostAck,
    /// The commit was answered; nobody has been told.
    AfterCommitBeforeAnswers,
}

impl FaultPoint {
    /// Every place a test dies at.
    pub const ALL: [Self; 8] = [
        Self::BeforeBegin,
        Self::AfterJournalRows,
        Self::AfterTableRows,
        Self::AfterKeyRows,
        Self::AfterFence,
        Self::BeforeCommit,
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
            Self::CommitLostAck => "commit-lost-ack",
            Self::AfterCommitBeforeAnswers => "after-commit-before-answers",
        }
    }
}

/// The fault armed for this process, if any: `HOTDEAL_FAULT=name` or `name:N`, where N is the
/// number of the batch with facts in which it strikes, from 1.
#[derive(Debug, Default)]
pub(super) struct Faults {
    #[cfg(feature = "faults")]
    armed: Option<(FaultPoint, u64)>,
    #[cfg(feature = "faults")]
    batches: u64,
}

#[cfg(feature = "faults")]
impl Faults {
    pub(super) fn from_environment() -> Self {
        let armed = std::env::var("HOTDEAL_FAULT").ok().and_then(|text| {
            let (name, batch) = text.split_once(':').unwrap_or((&text, "1"));
            let point = FaultPoint::ALL.into_iter().find(|point| point.name() == name)?;
            Some((point, batch.parse().ok()?))
        });
        Self { armed, batches: 0 }
    }

    pub(super) fn next_batch(&mut self) {
        self.batches += 1;
    }

    /// Dies at once when `point` is armed for this batch, as if killed.
    pub(super) fn die_at(&self, point: FaultPoint) {
        if self.strikes(point) {
            std::process::abort();
        }
    }

    pub(super) fn strikes(&self, point: FaultPoint) -> bool {
        self.armed == Some((point, self.batches))
    }

    pub(super) fn are_armed(&self) -> bool {
        self.armed.is_some()
    }
}

#[cfg(not(feature = "faults"))]
impl Faults {
    pub(super) fn from_environment() -> Self {
        Self::default()
    }

    pub(super) fn next_batch(&mut self) {}

    pub(super) fn die_at(&self, _: FaultPoint) {}

    pub(super) fn strikes(&self, _: FaultPoint) -> bool {
        false
    }

    pub(super) fn are_armed(&self) -> bool {
        false
    }
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
