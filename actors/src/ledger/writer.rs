//! Writing one batch: the order of steps, and what each way of failing means for whom.

mod early;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hotdeal_domain::{StreamId, UnixMillis};
use tokio::sync::oneshot;

use super::broken;
use super::fault;
use super::queue::{Chore, Ledger, Next, Queued};
use super::rows::RowSet;
use super::steps::Stand;
use super::store::{Store, StoreError};
use super::{Activation, WriteError};
use crate::mutant::{self, Mutant};

/// A stream as this writer last saw it.
struct Standing {
    activation: Arc<Activation>,
    stand: Stand,
}

/// The one who writes: a connection, and where each stream stands.
pub(super) struct Writer {
    store: Store,
    streams: HashMap<StreamId, Standing>,
    now: fn() -> UnixMillis,
    ledger: Ledger,
}

/// Where the outcome of an activation goes.
type Activated = oneshot::Sender<Result<Arc<Activation>, WriteError>>;

/// Why a transaction came to nothing, or perhaps to something.
enum Failure {
    /// These streams have another owner.
    Stale(HashSet<StreamId>),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a turn has done, for the ledger's view.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) transactions: u64,
    pub(super) entries: u64,
    /// The last failure of the database; a row in the way is none.
    pub(super) error: Option<String>,
}

impl Writer {
    pub(super) fn new(store: Store, now: fn() -> UnixMillis, ledger: Ledger) -> Self {
        Self { store, streams: HashMap::new(), now, ledger }
    }

    /// Takes an activation for its own, for tests of what one writer leaves to another.
    #[cfg(test)]
    pub(super) fn adopt(&mut self, activation: &Arc<Activation>) {
        let standing = Standing { activation: activation.clone(), stand: Stand::default() };
        self.streams.insert(activation.stream, standing);
    }

    pub(super) async fn turn(&mut self, next: Next) -> Turn {
        let mut turn = Turn::default();
        if self.ledger.lease().term().is_none() {
            next.refuse();
            turn.error = Some("another process may have the database".to_owned());
            self.ledger.set_written();
            return turn;
        }
        let mut activations = Vec::new();
        for chore in next.chores {
            match chore {
                Chore::Activate { stream, reply } => activations.push((stream, reply)),
                Chore::Reserve { count, reply } => {
                    self.chore(async |store| store.reserve(count).await, reply, &mut turn).await;
                }
                Chore::Purge { what, before, reply } => {
                    let purge = async |store: &mut Store| store.purge(what, before.0).await;
                    self.chore(purge, reply, &mut turn).await;
                }
                Chore::Forget { forget, reply } => {
                    let work = async |store: &mut Store| store.forget(&forget).await;
                    self.chore(work, reply, &mut turn).await;
                }
                Chore::Merge { merge, reply } => {
                    let work = async |store: &mut Store| store.merge(&merge).await;
                    self.chore(work, reply, &mut turn).await;
                }
                Chore::CutLog { reply } => {
                    let cut = self.store.cut_log().map_err(|error| noted(&mut turn, &error));
                    _ = reply.send(cut);
                }
            }
        }
        if !activations.is_empty() {
            self.activate(activations, &mut turn).await;
        }
        if !next.entries.is_empty() {
            self.write(next.entries, &mut turn).await;
        }
        self.ledger.set_written();
        if let Err(error) = self.store.fold_when_due() {
            noted(&mut turn, &error);
        }
        turn
    }

    /// Work in a transaction of its own.
    async fn chore<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Store) -> Result<T, StoreError>,
        reply: oneshot::Sender<Result<T, WriteError>>,
        turn: &mut Turn,
    ) {
        let done = self.transaction(work).await;
        // The asker may have gone; the work is done all the same.
        _ = reply.send(done.map_err(|error| noted(turn, &error)));
    }

    /// Raises the epochs of all streams that are to be activated, in one transaction: after a
    /// start many shops are asked for at once.
    async fn activate(&mut self, asked: Vec<(StreamId, Activated)>, turn: &mut Turn) {
        let streams: Vec<StreamId> = asked.iter().map(|(stream, _)| *stream).collect();
        let raised = self
            .transaction(async |store| {
                let mut raised = Vec::with_capacity(streams.len());
                for stream in streams {
                    raised.push(store.raise_epoch(stream).await?);
                }
                Ok(raised)
            })
            .await;
        match raised {
            Ok(raised) => {
                for ((stream, reply), (epoch, stand)) in asked.into_iter().zip(raised) {
                    let activation = Activation::new(stream, epoch, stand, false);
                    let standing = Standing { activation: activation.clone(), stand };
                    if let Some(earlier) = self.streams.insert(stream, standing) {
                        earlier.activation.fail();
                    }
                    // The asker may have gone; the epoch is raised all the same.
                    _ = reply.send(Ok(activation));
                }
            }
            Err(error) => {
                let outcome = noted(turn, &error);
                asked.into_iter().for_each(|(_, reply)| _ = reply.send(Err(outcome)));
            }
        }
        self.forget_the_passivated();
    }

    /// Lets go of streams whose actor has gone, each time their number has doubled.
    fn forget_the_passivated(&mut self) {
        if self.streams.len() == self.streams.capacity() {
            self.streams.retain(|_, standing| Arc::strong_count(&standing.activation) > 1);
        }
    }

    async fn transaction<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.store.begin().await?;
        match work(&mut self.store).await {
            Ok(value) => {
                self.store.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.store.rollback().await;
                Err(error)
            }
        }
    }

    /// Writes the entries in one transaction. Where a row stands in the way of one, each half goes
    /// alone, and so on: only that one fails, and the others do not wait for a commit each.
    async fn write(&mut self, entries: Vec<Queued>, turn: &mut Turn) {
        // What is still to be written, the next part last.
        let mut parts = vec![entries];
        while let Some(part) = parts.pop() {
            let mut batch = self.admit(part);
            if batch.is_empty() {
                continue;
            }
            if mutant::is_on(Mutant::AnswerBeforeCommit) {
                self.answer_early(batch).await;
                continue;
            }
            match self.transact(&batch, turn).await {
                Ok(()) => {
                    if parts.is_empty() {
                        // First, so that what waits for it is decided while these are told.
                        self.ledger.set_written();
                    }
                    complete(batch, Ok(()));
                }
                Err(Failure::Stale(streams)) => {
                    streams.iter().for_each(|stream| self.give_up(*stream));
                    parts.push(batch);
                }
                Err(Failure::Store(StoreError::Conflict(_))) if batch.len() > 1 => {
                    let later = batch.split_off(batch.len() / 2);
                    parts.extend([later, batch]);
                }
                Err(Failure::Store(StoreError::Conflict(_))) => {
                    self.abandon(batch, WriteError::Conflict);
                }
                Err(Failure::Store(error)) => {
                    let outcome = noted(turn, &error);
                    self.abandon(batch, outcome);
                    // The database is not well: what has not been sent is certainly not written.
                    while let Some(rest) = parts.pop() {
                        self.abandon(rest, WriteError::Aborted);
                    }
                }
            }
        }
    }

    /// Refuses entries of activations that have been given up; the rest may be written.
    fn admit(&mut self, entries: Vec<Queued>) -> Vec<Queued> {
        let mut admitted = Vec::with_capacity(entries.len());
        for queued in entries {
            let current =
                queued.entry().activations().all(|activation| self.is_current(activation));
            if current {
                admitted.push(queued);
            } else {
                for activation in queued.entry().activations() {
                    // One that does not run ahead loses nothing by this entry, but its owner has to
                    // hear that it is not current any more, as after a writer that died.
                    if activation.runs_ahead() || !self.is_current(activation) {
                        activation.fail();
                    }
                }
                queued.complete(Err(WriteError::Aborted));
            }
        }
        admitted
    }

    fn is_current(&self, activation: &Activation) -> bool {
        !activation.is_failed()
            && (activation.founding
                || self
                    .streams
                    .get(&activation.stream)
                    .is_some_and(|standing| standing.activation.epoch == activation.epoch))
    }

    /// How far a stream has come; a new one has not begun.
    fn stand(&self, stream: StreamId) -> Stand {
        self.streams.get(&stream).map(|standing| standing.stand).unwrap_or_default()
    }

    async fn transact(&mut self, batch: &[Queued], turn: &mut Turn) -> Result<(), Failure> {
        let mut rows = RowSet::new();
        for queued in batch {
            rows.add(queued.entry(), |stream| self.stand(stream));
        }
        let Some(steps) = rows.into_steps((self.now)()) else {
            return Ok(()); // Barriers only: all that they wait for is written.
        };
        turn.transactions += 1;
        turn.entries += u64::try_from(batch.len()).unwrap_or(0);
        fault::pass_the_gate().await?;
        let written = {
            let _faults = fault::Batch::begin();
            self.store.write(&steps.in_order()).await
        };
        match written {
            Err(StoreError::Stale) => return Err(Failure::Stale(self.stale(&steps.ends).await?)),
            // Whoever has the log of answers now may have given this number away.
            Err(StoreError::Conflict(_)) if self.has_lost_the_log(&steps.ends).await? => {
                return Err(Failure::Stale(HashSet::from([StreamId::Keys])));
            }
            written => written?,
        }
        self.advance(&steps.ends);
        Ok(())
    }

    /// The streams whose epoch in the database is not the one of their activation here.
    async fn stale(&mut self, ends: &[(StreamId, Stand)]) -> Result<HashSet<StreamId>, StoreError> {
        let mut stale = HashSet::new();
        for &(stream, _) in ends {
            let own = self.streams.get(&stream).map(|standing| standing.activation.epoch);
            if own.is_some() && self.store.epoch(stream).await? != own {
                stale.insert(stream);
            }
        }
        if stale.is_empty() {
            // The fence broke and no epoch tells why: nobody in the batch can be trusted.
            stale.extend(ends.iter().map(|&(stream, _)| stream));
        }
        Ok(stale)
    }

    async fn has_lost_the_log(&mut self, ends: &[(StreamId, Stand)]) -> Result<bool, StoreError> {
        let own = self.streams.get(&StreamId::Keys).map(|standing| standing.activation.epoch);
        let is_in_it = ends.iter().any(|(stream, _)| *stream == StreamId::Keys);
        Ok(is_in_it && own.is_some() && self.store.epoch(StreamId::Keys).await? != own)
    }

    fn advance(&mut self, ends: &[(StreamId, Stand)]) {
        for &(stream, stand) in ends {
            if let Some(standing) = self.streams.get_mut(&stream) {
                standing.stand = stand;
                let sequence = stand.last_sequence;
                standing.activation.durable_sequence.store(sequence, Ordering::Release);
            }
        }
    }

    fn give_up(&mut self, stream: StreamId) {
        if let Some(standing) = self.streams.remove(&stream) {
            standing.activation.fail();
        }
    }

    /// The batch is not, or perhaps not, written: its actors forget, its callers are told.
    fn abandon(&mut self, batch: Vec<Queued>, outcome: WriteError) {
        for queued in &batch {
            if queued.entry().is_bulk() && outcome == WriteError::Conflict {
                continue; // Nobody's memory ran ahead of rows that are only being prepared.
            }
            for activation in queued.entry().activations() {
                let is_as_it_was = !activation.runs_ahead() && outcome != WriteError::Unknown;
                if is_as_it_was || mutant::is_on(Mutant::MemoryRunsAhead) {
                    continue;
                }
                activation.fail();
                if !activation.founding {
                    self.streams.remove(&activation.stream);
                }
            }
        }
        complete(batch, Err(outcome));
    }
}

fn complete(batch: Vec<Queued>, outcome: Result<(), WriteError>) {
    if outcome.is_ok() {
        // All before the first answer: what somebody reads next is not older than any of it.
        batch.iter().for_each(|queued| queued.tell());
    }
    for queued in batch {
        queued.complete(outcome);
    }
}

/// What a store's error means for who asked; a failure is kept for the operator.
fn noted(turn: &mut Turn, error: &StoreError) -> WriteError {
    let outcome = match error {
        StoreError::Conflict(_) => return WriteError::Conflict,
        StoreError::Failed(_) | StoreError::Stale => WriteError::Aborted,
        StoreError::NoRoom(_) => WriteError::NoRoom,
        StoreError::Lost(_) => WriteError::Unknown,
        StoreError::Broken(_) => broken::end(error),
    };
    crate::warn_seldom!(%error, "the ledger could not write");
    turn.error = Some(error.to_string());
    outcome
}
