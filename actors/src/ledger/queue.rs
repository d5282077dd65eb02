//! The bounded queue between actors and the batching actor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hotdeal_domain::batch::{BatchEnd, BatchLimits, next_batch};
use hotdeal_domain::{Stream, StreamId, UnixMillis};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::delete::{Delete, PORTION};
use super::dialect::{Changes, StoreFuture};
use super::owned::{Owned, OwnerRegistry, Tenure};
use super::{Activation, Entry, KeyRecord, Work, WriteError};
use crate::lease::Lease;
use crate::mutant::{self, Mutant};

/// Work on the ledger's own connection, in a transaction of its own; answers how many rows it changed.
type Apart = Box<dyn for<'a> FnOnce(&'a mut dyn Changes) -> StoreFuture<'a, u64> + Send>;

/// What the ledger is asked for beside entries; each runs in a transaction of its own, before
/// the entries that wait with it.
pub(super) enum Chore {
    /// A new epoch of a stream.
    Activate { stream: StreamId, reply: oneshot::Sender<Result<Arc<Activation>, WriteError>> },
    /// This many numbers in a row, of which the answer is the first.
    Reserve { count: i64, reply: oneshot::Sender<Result<i64, WriteError>> },
    /// Something that no command asks for: a portion of what is deleted, or moved.
    Apart { work: Apart, reply: oneshot::Sender<Result<u64, WriteError>> },
    /// The database's log is made short.
    CutLog { reply: oneshot::Sender<Result<(), WriteError>> },
}

/// The ledger as actors see it: a queue with a bound.
#[derive(Clone)]
pub(crate) struct Ledger {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    entries: Mutex<VecDeque<Queued>>,
    /// Bounded by who asks: one for each actor being activated, one for ids, one for the sweep.
    chores: Mutex<Vec<Chore>>,
    wake: Notify,
    owners: OwnerRegistry,
    /// Places given out and not yet given back: entries queued, being written, or about to come.
    taken: AtomicUsize,
    capacity: usize,
    lease: Lease,
    closed: AtomicBool,
    /// A batch is being written.
    writing: AtomicBool,
    written: Notify,
}

/// A place in the queue, taken before anything happens. Dropped unused, it is free again.
pub(crate) struct Place {
    shared: Arc<Shared>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let before = self.shared.taken.fetch_sub(1, Ordering::SeqCst);
        if before == 1 && self.shared.closed.load(Ordering::SeqCst) {
            self.shared.wake.notify_one();
        }
    }
}

/// An entry in its place. Dropped without an outcome, as by a panic, it is completed as perhaps
/// written: nobody waits for ever.
pub(super) struct Queued {
    entry: Option<Entry>,
    /// Taken until then.
    _place: Place,
}

impl Queued {
    pub(super) fn entry(&self) -> &Entry {
        self.entry.as_ref().expect("an entry is there until it is completed")
    }

    /// It is durable: lets all know who read it.
    pub(super) fn tell(&self) {
        self.entry().tell();
    }

    /// Tells whoever waits; the place is free again.
    pub(super) fn complete(mut self, outcome: Result<(), WriteError>) {
        if let Some(entry) = self.entry.take() {
            if outcome == Err(WriteError::Unknown) {
                entry.doubt();
            }
            entry.complete(outcome);
        }
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.activations().for_each(|activation| activation.fail());
            entry.doubt();
            entry.complete(Err(WriteError::Unknown));
        }
    }
}

impl Place {
    /// Hands over the entry. The place stays taken until the entry is completed.
    pub(crate) fn push(self, entry: Entry) {
        for activation in entry.activations() {
            activation.pending.fetch_add(1, Ordering::AcqRel);
        }
        let shared = self.shared.clone();
        shared.entries.lock().push_back(Queued { entry: Some(entry), _place: self });
        shared.wake.notify_one();
    }

    /// Hands over work whose outcome is waited for by the one who hands it over.
    pub(crate) fn write(self, work: Work, key: Option<Box<KeyRecord>>) -> Written {
        let (done, outcome) = oneshot::channel();
        self.push(Entry { work, key, done: Box::new(move |known| _ = done.send(known)) });
        Written(outcome)
    }
}

/// Work on its way to the disk.
pub(crate) struct Written(oneshot::Receiver<Result<(), WriteError>>);

impl Written {
    /// Waits until it is known what became of it.
    ///
    /// # Errors
    /// [`WriteError`] when it was not, or perhaps not, written.
    pub(crate) async fn outcome(self) -> Result<(), WriteError> {
        self.0.await.unwrap_or(Err(WriteError::Unknown))
    }
}

impl Ledger {
    /// A queue of `capacity` places, written while the lease is held.
    pub(crate) fn new(capacity: usize, lease: Lease) -> Self {
        Self {
            shared: Arc::new(Shared {
                entries: Mutex::new(VecDeque::new()),
                chores: Mutex::new(Vec::new()),
                wake: Notify::new(),
                owners: OwnerRegistry::default(),
                taken: AtomicUsize::new(0),
                capacity,
                lease,
                closed: AtomicBool::new(false),
                writing: AtomicBool::new(false),
                written: Notify::new(),
            }),
        }
    }

    /// Takes a place, or `None` when the queue is full or the ledger is closed.
    pub(crate) fn take(&self) -> Option<Place> {
        let place = Place { shared: self.shared.clone() };
        // Taken before looking whether it is closed, so that the ledger, which looks the other way
        // round, does not end in between.
        let before = self.shared.taken.fetch_add(1, Ordering::SeqCst);
        // Above the bound, or once closed, the place is dropped here, which gives it back.
        let has_room = before < self.shared.capacity || mutant::is_on(Mutant::QueueWithoutBound);
        (has_room && !self.is_closed()).then_some(place)
    }

    /// Writes `work`, with the answer to a key, and waits until it is durable.
    ///
    /// # Errors
    /// [`WriteError::Full`] when the queue had no place for it; else as the ledger wrote it.
    pub(crate) async fn commit(
        &self,
        work: Work,
        key: Option<Box<KeyRecord>>,
    ) -> Result<(), WriteError> {
        let place = self.take().ok_or(WriteError::Full)?;
        place.write(work, key).outcome().await
    }

    /// Whether this process is the one that writes.
    pub(crate) fn lease(&self) -> &Lease {
        &self.shared.lease
    }

    /// Waits until all that `owner` has decided so far is durable.
    ///
    /// # Errors
    /// [`WriteError`] when some of it was not, or perhaps not, written.
    pub(crate) async fn settled<S: Stream>(&self, owner: &Owned<S>) -> Result<(), WriteError> {
        match (owner.pending(), owner.is_failed()) {
            (0, true) => Err(WriteError::Aborted),
            (0, false) => Ok(()),
            _ => self.commit(Work::Barrier(owner.activation().clone()), None).await,
        }
    }

    /// Entries waiting or being written.
    pub(crate) fn depth(&self) -> usize {
        self.shared.taken.load(Ordering::SeqCst)
    }

    /// How many entries it takes.
    pub(crate) fn capacity(&self) -> usize {
        self.shared.capacity
    }

    /// Raises the epoch of the stream with this key; every earlier activation of it is fenced off from then on.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it.
    pub(crate) async fn activate<S: Stream>(&self, key: S::Key) -> Result<Owned<S>, WriteError> {
        let stream = S::id(key);
        let activation = self.chore(|reply| Chore::Activate { stream, reply }).await?;
        let owner = Owned::new(key, activation);
        self.know(&owner);
        Ok(owner)
    }

    /// Lets others write with this owner.
    pub(crate) fn know<S: Stream>(&self, owner: &Owned<S>) {
        self.shared.owners.know(owner);
    }

    /// The owner with this tenure, to write with.
    ///
    /// # Errors
    /// [`WriteError::Aborted`] where it has gone, or been given up.
    pub(crate) fn owner<S: Stream>(&self, tenure: Tenure<S>) -> Result<Owned<S>, WriteError> {
        self.shared.owners.find(tenure).ok_or(WriteError::Aborted)
    }

    /// Gives up the owner with this tenure, so that the next request rebuilds it.
    pub(crate) fn give_up<S: Stream>(&self, tenure: Tenure<S>) {
        if let Some(owner) = self.shared.owners.find(tenure) {
            owner.fail();
        }
    }

    /// Reserves `count` identifiers nobody else gets; answers the first.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it; the numbers may be lost then.
    pub(crate) async fn reserve(&self, count: i64) -> Result<i64, WriteError> {
        self.chore(|reply| Chore::Reserve { count, reply }).await
    }

    /// Deletes a portion of what is older than `before`; answers whether there may be more of it.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it.
    pub(crate) async fn delete(
        &self,
        what: &'static Delete,
        before: UnixMillis,
    ) -> Result<bool, WriteError> {
        let rows = self.apart(move |database| database.delete(what, before.0)).await?;
        Ok(rows >= PORTION)
    }

    /// Does `work` on the ledger's connection, in a transaction of its own; answers how many rows it
    /// changed. Nothing else is written meanwhile, so it is a portion of something: of some ten
    /// milliseconds.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it.
    pub(crate) async fn apart(
        &self,
        work: impl for<'a> FnOnce(&'a mut dyn Changes) -> StoreFuture<'a, u64> + Send + 'static,
    ) -> Result<u64, WriteError> {
        let work: Apart = Box::new(work);
        self.chore(|reply| Chore::Apart { work, reply }).await
    }

    /// Makes the database's log short, where nobody who reads stands in the way.
    ///
    /// # Errors
    /// [`WriteError`] when the ledger has closed.
    pub(crate) async fn cut_log(&self) -> Result<(), WriteError> {
        self.chore(|reply| Chore::CutLog { reply }).await
    }

    async fn chore<T>(
        &self,
        chore: impl FnOnce(oneshot::Sender<Result<T, WriteError>>) -> Chore,
    ) -> Result<T, WriteError> {
        let (reply, answer) = oneshot::channel();
        {
            // Under the lock: a chore that lies here before the ledger closes is still done.
            let mut chores = self.shared.chores.lock();
            if self.is_closed() {
                return Err(WriteError::Aborted);
            }
            chores.push(chore(reply));
        }
        self.shared.wake.notify_one();
        answer.await.unwrap_or(Err(WriteError::Aborted))
    }

    /// Whether it takes no more.
    pub(crate) fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::SeqCst)
    }

    /// Takes no more; what is queued is still written.
    pub(crate) fn close(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.wake.notify_one();
    }

    /// Waits until the batch being written now, if one is, has been written.
    pub(crate) async fn idle(&self) {
        let written = self.shared.written.notified();
        tokio::pin!(written);
        // In this order a batch that ends in between is not missed.
        written.as_mut().enable();
        if self.shared.writing.load(Ordering::Acquire) {
            written.await;
        }
    }

    /// The batch has been written, or given up: what waits for that may come.
    pub(super) fn set_written(&self) {
        if self.shared.writing.swap(false, Ordering::AcqRel) {
            self.shared.written.notify_waiters();
        }
    }

    /// What the next transaction takes, in order, and why it stopped. Waits while there is
    /// nothing; `None` once closed and empty.
    pub(super) async fn next(&self, limits: BatchLimits) -> Option<Next> {
        loop {
            let chores = std::mem::take(&mut *self.shared.chores.lock());
            let (entries, end) = self.pop(limits);
            if !chores.is_empty() || !entries.is_empty() {
                self.shared.writing.store(true, Ordering::Release);
                return Some(Next { chores, entries, end });
            }
            if self.is_over() {
                return None;
            }
            self.shared.wake.notified().await;
        }
    }

    /// Closed and empty. Under the lock under which a chore is put in only while it is open.
    fn is_over(&self) -> bool {
        let chores = self.shared.chores.lock();
        chores.is_empty() && self.is_closed() && self.depth() == 0
    }

    fn pop(&self, limits: BatchLimits) -> (Vec<Queued>, BatchEnd) {
        let mut queue = self.shared.entries.lock();
        let (count, end) = next_batch(queue.iter().map(|queued| queued.entry().size()), limits);
        (queue.drain(..count).collect(), end)
    }
}

/// What one turn of the batching actor has to do.
pub(super) struct Next {
    pub(super) chores: Vec<Chore>,
    pub(super) entries: Vec<Queued>,
    pub(super) end: BatchEnd,
}

impl Next {
    /// Nothing of it is written.
    pub(super) fn refuse(self) {
        // Whoever asked for one hears from its end that it is not done.
        drop(self.chores);
        for queued in self.entries {
            queued.entry().activations().for_each(|activation| activation.fail());
            queued.complete(Err(WriteError::Aborted));
        }
    }
}
