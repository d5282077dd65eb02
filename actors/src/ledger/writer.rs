//! Writing one batch: the order of steps, and what each way of failing means for whom.
//!
//! - Certainly not written: the activations in the batch are failed, and callers are told that nothing
//!   happened.
//! - Perhaps written: the same, and callers are told that the outcome is unknown.
//! - A stale stream: its activation is failed, and the rest of the batch is written again.
//! - A row in the way (a taken e-mail address): the batch is halved until that entry stands alone.

mod early;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use hotdeal_domain::{StreamId, UnixMillis};
use tokio::sync::oneshot;

use super::batch::{Position, WriteSet};
use super::dialect::{Dialect, StoreFuture, StreamRow};
use super::fault;
use super::queue::{Chore, Ledger, Next, Queued};
use super::statement::StatementOrder;
use super::store_error::StoreError;
use super::{Activation, WriteError, broken};
use crate::mutant::{self, Mutant};

/// A stream as this writer last saw it.
struct StreamState {
    activation: Arc<Activation>,
    position: Position,
}

/// The one who writes: a connection, and where each stream stands.
pub(super) struct Writer {
    database: Box<dyn Dialect>,
    order: Arc<StatementOrder>,
    streams: HashMap<StreamId, StreamState>,
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
pub(super) struct TurnReport {
    pub(super) transactions: u64,
    pub(super) entries: u64,
    /// The last failure of the database; a row in the way is none.
    pub(super) error: Option<String>,
}

impl Writer {
    pub(super) fn new(
        database: Box<dyn Dialect>,
        order: Arc<StatementOrder>,
        now: fn() -> UnixMillis,
        ledger: Ledger,
    ) -> Self {
        Self { database, order, streams: HashMap::new(), now, ledger }
    }

    /// Takes an activation for its own, for tests of what one writer leaves to another.
    #[cfg(test)]
    pub(super) fn adopt(&mut self, activation: &Arc<Activation>) {
        let state = StreamState { activation: activation.clone(), position: Position::default() };
        self.streams.insert(activation.stream, state);
    }

    pub(super) async fn turn(&mut self, next: Next) -> TurnReport {
        let mut turn = TurnReport::default();
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
                    self.apart(|database| database.reserve(count), reply, &mut turn).await;
                }
                Chore::Apart { work, reply } => {
                    self.apart(|database| work(database), reply, &mut turn).await;
                }
                Chore::CutLog { reply } => {
                    let cut = self.database.cut_log().map_err(|error| noted(&mut turn, &error));
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
        if let Err(error) = self.database.fold_when_due() {
            noted(&mut turn, &error);
        }
        turn
    }

    /// Work in a transaction of its own.
    async fn apart<T>(
        &mut self,
        work: impl for<'a> FnOnce(&'a mut dyn Dialect) -> StoreFuture<'a, T>,
        reply: oneshot::Sender<Result<T, WriteError>>,
        turn: &mut TurnReport,
    ) {
        let done = self.transaction(work).await;
        // The asker may have gone; the work is done all the same.
        _ = reply.send(done.map_err(|error| noted(turn, &error)));
    }

    /// Raises the epochs of all streams that are to be activated, in one transaction: after a
    /// start many shops are asked for at once.
    async fn activate(&mut self, asked: Vec<(StreamId, Activated)>, turn: &mut TurnReport) {
        let names: Vec<String> = asked.iter().map(|(stream, _)| stream.to_string()).collect();
        let raised = self.transaction(|database| raise_epochs(database, names).boxed_local()).await;
        match raised {
            Ok(raised) => {
                for ((stream, reply), row) in asked.into_iter().zip(raised) {
                    let StreamRow { epoch, last_sequence, recorded_at } = row;
                    let position = Position { last_sequence, recorded_at };
                    let activation = Activation::new(stream, epoch, position, false);
                    let state = StreamState { activation: activation.clone(), position };
                    if let Some(earlier) = self.streams.insert(stream, state) {
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
            self.streams.retain(|_, state| Arc::strong_count(&state.activation) > 1);
        }
    }

    async fn transaction<T>(
        &mut self,
        work: impl for<'a> FnOnce(&'a mut dyn Dialect) -> StoreFuture<'a, T>,
    ) -> Result<T, StoreError> {
        self.database.begin().await?;
        match work(&mut *self.database).await {
            Ok(value) => {
                self.database.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.database.rollback().await;
                Err(error)
            }
        }
    }

    /// Writes the entries in one transaction. Where a row stands in the way of one, each half goes
    /// alone, and so on: only that one fails, and the others do not wait for a commit each.
    async fn write(&mut self, entries: Vec<Queued>, turn: &mut TurnReport) {
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
                    .is_some_and(|state| state.activation.epoch == activation.epoch))
    }

    /// How far a stream has come; a new one has not begun.
    fn position(&self, stream: StreamId) -> Position {
        self.streams.get(&stream).map(|state| state.position).unwrap_or_default()
    }

    async fn transact(&mut self, entries: &[Queued], turn: &mut TurnReport) -> Result<(), Failure> {
        let mut batch = WriteSet::new(&self.order);
        for queued in entries {
            batch.add(queued.entry(), |stream| self.position(stream));
        }
        let Some(transaction) = batch.into_transaction((self.now)()) else {
            return Ok(()); // Barriers only: all that they wait for is written.
        };
        turn.transactions += 1;
        turn.entries += u64::try_from(entries.len()).unwrap_or(0);
        fault::pass_the_gate().await?;
        let written = {
            let _faults = fault::BatchGuard::begin();
            self.database.write(&transaction.in_order()).await
        };
        match written {
            Err(StoreError::Stale) => {
                return Err(Failure::Stale(self.stale(&transaction.ends).await?));
            }
            // Whoever has the log of answers now may have given this number away.
            Err(StoreError::Conflict(_)) if self.has_lost_the_log(&transaction.ends).await? => {
                return Err(Failure::Stale(HashSet::from([StreamId::Keys])));
            }
            written => written?,
        }
        self.advance(&transaction.ends);
        Ok(())
    }

    /// The streams whose epoch in the database is not the one of their activation here.
    async fn stale(
        &mut self,
        ends: &[(StreamId, Position)],
    ) -> Result<HashSet<StreamId>, StoreError> {
        let mut stale = HashSet::new();
        for &(stream, _) in ends {
            let own = self.streams.get(&stream).map(|state| state.activation.epoch);
            if own.is_some() && self.database.epoch(&stream.to_string()).await? != own {
                stale.insert(stream);
            }
        }
        if stale.is_empty() {
            // The fence broke and no epoch tells why: nobody in the batch can be trusted.
            stale.extend(ends.iter().map(|&(stream, _)| stream));
        }
        Ok(stale)
    }

    async fn has_lost_the_log(
        &mut self,
        ends: &[(StreamId, Position)],
    ) -> Result<bool, StoreError> {
        let own = self.streams.get(&StreamId::Keys).map(|state| state.activation.epoch);
        let is_in_it = ends.iter().any(|(stream, _)| *stream == StreamId::Keys);
        Ok(is_in_it
            && own.is_some()
            && self.database.epoch(&StreamId::Keys.to_string()).await? != own)
    }

    fn advance(&mut self, ends: &[(StreamId, Position)]) {
        for &(stream, position) in ends {
            if let Some(state) = self.streams.get_mut(&stream) {
                state.position = position;
                let sequence = position.last_sequence;
                state.activation.durable_sequence.store(sequence, Ordering::Release);
            }
        }
    }

    fn give_up(&mut self, stream: StreamId) {
        if let Some(state) = self.streams.remove(&stream) {
            state.activation.fail();
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

async fn raise_epochs(
    database: &mut dyn Dialect,
    names: Vec<String>,
) -> Result<Vec<StreamRow>, StoreError> {
    let mut raised = Vec::with_capacity(names.len());
    for name in names {
        raised.push(database.raise_epoch(&name).await?);
    }
    Ok(raised)
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
fn noted(turn: &mut TurnReport, error: &StoreError) -> WriteError {
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
