//! The log of kept answers, as this node knows it: who may write to it, and where its rows are.
//!
//! An answer is a row at the end of a table, whosever key it is kept under. So it costs a share of a
//! page that others have a share of, too; a row at the place of its key would cost a page of its own,
//! several times the order. Where the row of a key is, is known in memory for the end of the log, and
//! written in runs for the rest of it: each time so many answers have come together, their marks, in
//! order.
//!
//! The log is a stream with an epoch ([`stream::KeyStream`]) that every batch with a key advances. Who
//! takes it over raises the epoch before anything is looked up. So nobody keeps an answer beside the
//! one who looks: neither an earlier process, nor a commit whose outcome was unknown.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hotdeal_domain::stream;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::rows;
use crate::error::RequestError;
use crate::ledger::WriteError;
use crate::ledger::owned::Owned;
use crate::ledger::queue::Ledger;
use crate::storage::Storage;

/// Answers of a run: so many that a look-up asks few runs, and so few that writing one keeps nobody
/// waiting.
pub(crate) const RUN: usize = 8_192;
/// How often a look-up tries to take the log over before its caller is sent away.
const ATTEMPTS: u32 = 3;

type Slot = Arc<OnceCell<Result<Owned<stream::KeyStream>, RequestError>>>;

/// What is known of the log.
#[derive(Debug, Default)]
pub(crate) struct AnswerLog {
    owner: Mutex<Slot>,
    tail: Mutex<Tail>,
}

/// The answers that are in no run yet, by their numbers; those of the same mark by the latest. And
/// where the others are.
#[derive(Debug, Default)]
struct Tail {
    rows: VecDeque<(i64, i64)>,
    numbers: HashMap<i64, i64, RandomState>,
    /// All runs with marks, and perhaps some that have none, in order.
    runs: Vec<i64>,
    /// The same as a text.
    listed: Arc<str>,
}

/// Where the answer with a mark is, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AnswerPlace {
    /// In no run.
    Number(i64),
    /// In one of these.
    Runs(Arc<str>),
}

impl AnswerLog {
    /// Who may write to the log: this node, which has taken it over if it had to.
    ///
    /// # Errors
    /// [`RequestError::Unavailable`] where the database does not take that.
    pub(crate) async fn owned(
        &self,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<Owned<stream::KeyStream>, RequestError> {
        for _ in 0..ATTEMPTS {
            let slot = self.owner.lock().clone();
            let owned = slot.get_or_init(|| self.take_over(ledger, storage)).await;
            match owned {
                Ok(owner) if !owner.is_failed() => return Ok(owner.clone()),
                Ok(_) => self.give_up(&slot),
                Err(error) => {
                    self.give_up(&slot);
                    return Err(error.clone());
                }
            }
        }
        Err(RequestError::Unavailable("the log of answers is being taken over"))
    }

    /// Has it taken over anew by whoever comes next: another process may have had it.
    pub(crate) fn fail(&self) {
        if let Some(Ok(owner)) = self.owner.lock().get() {
            owner.fail();
        }
    }

    fn give_up(&self, slot: &Slot) {
        let mut owner = self.owner.lock();
        if Arc::ptr_eq(&owner, slot) {
            *owner = Slot::default();
        }
    }

    async fn take_over(
        &self,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<Owned<stream::KeyStream>, RequestError> {
        let owner = ledger.activate::<stream::KeyStream>(()).await?;
        let storage = storage.rebuilding();
        let (rows, runs) = (storage.answers_in_no_run().await?, storage.runs().await?);
        *self.tail.lock() = Tail::of(rows, runs);
        Ok(owner)
    }

    /// An answer has been written.
    pub(super) fn learn(&self, mark: i64, number: i64) {
        self.tail.lock().push(mark, number);
    }

    /// Where the latest answer with this mark is.
    pub(crate) fn place(&self, mark: i64) -> AnswerPlace {
        let tail = self.tail.lock();
        let number = tail.numbers.get(&mark).copied();
        number.map_or_else(|| AnswerPlace::Runs(tail.listed.clone()), AnswerPlace::Number)
    }

    /// The runs of marks.
    pub(super) fn runs(&self) -> Vec<i64> {
        self.tail.lock().runs.clone()
    }

    /// All marks of these runs are in another one.
    pub(super) fn is_merged(&self, from: &[i64]) {
        self.tail.lock().keep_runs(|run| !from.contains(&run));
    }

    /// The runs before this one are gone.
    pub(crate) fn forget_runs(&self, first: i64) {
        self.tail.lock().keep_runs(|run| run >= first);
    }

    /// Writes runs of what has come together.
    ///
    /// # Errors
    /// [`RequestError::Unavailable`] where the database does not take that: it is tried again.
    pub(crate) async fn write_runs(
        &self,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<(), RequestError> {
        while self.tail.lock().rows.len() >= RUN {
            let activation = self.owned(ledger, storage).await?;
            let mut rows = self.tail.lock().oldest();
            let Some(&(_, last)) = rows.last() else { return Ok(()) };
            rows.sort_unstable();
            // It may be asked before it is there, not the other way round.
            self.tail.lock().add_run(last);
            match ledger.commit(rows::run(&activation, rows), None).await {
                // In the tables first: what is looked up meanwhile is found in one or the other.
                Ok(()) => self.tail.lock().forget(last),
                Err(WriteError::Full) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Tail {
    fn of(rows: Vec<(i64, i64)>, runs: Vec<i64>) -> Self {
        let mut tail = Self { runs, ..Self::default() };
        tail.keep_runs(|_| true);
        rows.into_iter().for_each(|(mark, number)| tail.push(mark, number));
        tail
    }

    fn add_run(&mut self, run: i64) {
        if self.runs.last() != Some(&run) {
            self.runs.push(run);
        }
        self.keep_runs(|_| true);
    }

    fn keep_runs(&mut self, is_kept: impl Fn(i64) -> bool) {
        self.runs.retain(|run| is_kept(*run));
        let listed: Vec<String> = self.runs.iter().map(i64::to_string).collect();
        self.listed = listed.join(",").into();
    }

    fn push(&mut self, mark: i64, number: i64) {
        self.rows.push_back((mark, number));
        self.numbers.insert(mark, number);
    }

    /// A run of the oldest, as they came.
    fn oldest(&self) -> Vec<(i64, i64)> {
        self.rows.iter().take(RUN).copied().collect()
    }

    /// The answers up to this number are in runs.
    fn forget(&mut self, last: i64) {
        while let Some((mark, number)) = self.rows.pop_front_if(|(_, number)| *number <= last) {
            if self.numbers.get(&mark) == Some(&number) {
                self.numbers.remove(&mark);
            }
        }
    }
}
