//! Key to owner: finds the live actor, rebuilds a dead one from the database, passivates an idle
//! one. An actor is never resumed: what it knew may have run ahead of the disk.

#[cfg(test)]
mod tests;
mod views;

use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::prelude::*;
use hotdeal_domain::StreamId;
use tokio::sync::{OnceCell, oneshot};

use crate::error::AskError;
use crate::ledger::{Activation, Ledger};
use crate::meter::Meter;
use crate::outbox;
use crate::shell::Ask;
use crate::storage::Storage;

/// How often an ask looks for a live owner before its caller is sent away: the actor it found
/// may be stopping, and the one rebuilt after it may fail with the database.
const ATTEMPTS: u32 = 3;
/// How long actors wait for each other's answer from memory.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Stop after what waits in the mailbox: the actor is passivated.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Halt;

/// Tell of your state, in counts: how an operator learns that the actor is alive.
#[derive(Message)]
#[rtype(result = "Result<serde_json::Value, AskError>")]
pub(crate) struct Observe;

/// An actor that owns a stream and can be rebuilt from the tables.
pub(crate) trait Owner:
    Actor<Context = Context<Self>> + Handler<Halt> + Handler<Observe> + Send
{
    /// The kind of actor, as the inspection endpoint calls it.
    const KIND: &'static str;
    /// What it counts for the list of actors.
    const GAUGES: &'static [&'static str];
    /// What is refused when there is no such thing.
    const MISSING: AskError;
    /// Its key.
    type Key: Copy + Eq + Hash + Display + Send + Sync + 'static;
    /// What callers read without asking the actor.
    type Card: Send + Sync;

    /// The stream it owns.
    fn stream(key: Self::Key) -> StreamId;

    /// Whether there is anything to own. Asked before an epoch is raised for it.
    fn exists(
        storage: &Storage,
        key: Self::Key,
    ) -> impl Future<Output = Result<bool, AskError>> + Send;

    /// Rebuilds it from the tables, as of its new epoch.
    fn rebuild(
        directory: &Directory<Self>,
        key: Self::Key,
        activation: Arc<Activation>,
        meter: Arc<Meter>,
    ) -> impl Future<Output = Result<(Self, Arc<Self::Card>), AskError>> + Send;
}

/// A live actor, with what is known of it from outside.
pub(crate) struct Live<A: Owner> {
    pub(crate) addr: Addr<A>,
    pub(crate) activation: Arc<Activation>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) card: Arc<A::Card>,
}

impl<A: Owner> Live<A> {
    /// Puts an ask into the mailbox; a full one answers it. An ask is given back by an actor that
    /// has gone.
    fn deliver<M, T>(&self, ask: Ask<M, T>, turned_away: &AtomicU64) -> Result<(), Ask<M, T>>
    where
        A: Handler<Ask<M, T>>,
        Context<A>: ToEnvelope<A, Ask<M, T>>,
        M: Send + 'static,
        T: Send + 'static,
    {
        self.meter.sending();
        let Err(refused) = self.addr.try_send(ask) else { return Ok(()) };
        self.meter.rejected();
        match refused {
            SendError::Full(ask) => {
                turned_away.fetch_add(1, Ordering::Relaxed);
                drop(ask.reply.send(Err(AskError::Busy)));
                Ok(())
            }
            SendError::Closed(ask) => Err(ask),
        }
    }

    fn is_usable(&self) -> bool {
        !self.activation.is_failed() && self.addr.connected()
    }
}

/// What came of an activation. A failed one is kept only for those who wait for it already: each
/// of them trying again by itself would make a queue of those who wait for a database that is away.
type Activated<A> = Result<Arc<Live<A>>, AskError>;

type Slot<A> = Arc<OnceCell<Activated<A>>>;

fn live_in<A: Owner>(slot: &Slot<A>) -> Option<&Arc<Live<A>>> {
    slot.get()?.as_ref().ok()
}

/// The live actors of one kind on this node.
pub(crate) struct Directory<A: Owner> {
    shared: Arc<Shared<A>>,
}

impl<A: Owner> Clone for Directory<A> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

struct Shared<A: Owner> {
    slots: papaya::HashMap<A::Key, Slot<A>>,
    /// Rebuilds after a failure, by key, since this node started: the keys of actors that ever
    /// failed, which are few.
    rebuilt: papaya::HashMap<A::Key, u64>,
    rebuilt_total: AtomicU64,
    /// Messages turned away by full mailboxes since this node started.
    rejected_total: AtomicU64,
    /// An owner was lost, or could not be had: what it does unasked may have stopped.
    is_short: AtomicBool,
    ledger: Ledger,
    storage: Storage,
    arbiters: Arc<[ArbiterHandle]>,
    next_arbiter: AtomicUsize,
    mailbox_max: usize,
}

impl<A: Owner> Directory<A> {
    pub(crate) fn new(
        ledger: Ledger,
        storage: Storage,
        arbiters: Arc<[ArbiterHandle]>,
        mailbox_max: usize,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                slots: papaya::HashMap::new(),
                rebuilt: papaya::HashMap::new(),
                rebuilt_total: AtomicU64::new(0),
                rejected_total: AtomicU64::new(0),
                is_short: AtomicBool::new(false),
                ledger,
                storage,
                arbiters,
                next_arbiter: AtomicUsize::new(0),
                mailbox_max,
            }),
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.shared.storage
    }

    /// The live owner of `key`, rebuilt first where it is not live.
    pub(crate) async fn live(&self, key: A::Key) -> Activated<A> {
        if let Some(live) = self.found(key) {
            return Ok(live);
        }
        for _ in 0..ATTEMPTS {
            let slot = self.shared.slots.pin().get_or_insert_with(key, Slot::default).clone();
            match slot.get_or_init(|| self.activate(key)).await {
                Ok(live) if live.is_usable() => return Ok(live.clone()),
                Ok(_) => self.bury(key, &slot),
                Err(error) => {
                    // Nothing to keep: the next ask tries again.
                    self.remove(key, &slot);
                    self.set_short(*error != A::MISSING);
                    return Err(error.clone());
                }
            }
        }
        Err(AskError::Unavailable("the owner is being rebuilt"))
    }

    /// The owner of `key`, if it is live.
    pub(crate) fn found(&self, key: A::Key) -> Option<Arc<Live<A>>> {
        let slots = self.shared.slots.pin();
        live_in(slots.get(&key)?).filter(|live| live.is_usable()).cloned()
    }

    async fn activate(&self, key: A::Key) -> Activated<A> {
        if !A::exists(&self.shared.storage, key).await? {
            return Err(A::MISSING);
        }
        let activation = self.shared.ledger.activate(A::stream(key)).await?;
        let meter = Arc::new(Meter::new(A::GAUGES));
        let (actor, card) = A::rebuild(self, key, activation.clone(), meter.clone()).await?;
        let mailbox_max = self.shared.mailbox_max;
        let (opened, is_open) = oneshot::channel();
        let addr = A::start_in_arbiter(self.arbiter(), move |ctx| {
            ctx.set_mailbox_capacity(mailbox_max);
            // Whoever activates it may have gone.
            let _ = opened.send(());
            actor
        });
        // Until then the mailbox has room for sixteen messages, and turns a burst away.
        is_open.await.map_err(|_| AskError::Unavailable("an actor could not be started"))?;
        Ok(Arc::new(Live { addr, activation, meter, card }))
    }

    fn arbiter(&self) -> &ArbiterHandle {
        let turn = self.shared.next_arbiter.fetch_add(1, Ordering::Relaxed);
        &self.shared.arbiters[turn % self.shared.arbiters.len()]
    }

    fn bury(&self, key: A::Key, slot: &Slot<A>) {
        if self.remove(key, slot) {
            self.set_short(true);
            self.shared.rebuilt_total.fetch_add(1, Ordering::Relaxed);
            self.shared.rebuilt.pin().update_or_insert(key, |count| count + 1, 1);
            crate::warn_seldom!(kind = A::KIND, key = %key, "an actor has failed and will be rebuilt");
        }
    }

    /// Whether an owner was lost since this was last asked: what owners do unasked is looked after.
    pub(crate) fn take_short(&self) -> bool {
        self.shared.is_short.swap(false, Ordering::Relaxed)
    }

    /// Has it looked after once more.
    pub(crate) fn set_short(&self, is_short: bool) {
        self.shared.is_short.fetch_or(is_short, Ordering::Relaxed);
    }

    fn remove(&self, key: A::Key, slot: &Slot<A>) -> bool {
        let slots = self.shared.slots.pin();
        matches!(slots.remove_if(&key, |_, current| Arc::ptr_eq(current, slot)), Ok(Some(_)))
    }

    /// Finds the owner and sends it the ask with all that this thread has to send; a full mailbox
    /// answers the ask with [`AskError::Busy`].
    pub(crate) async fn send<M, T>(
        &self,
        key: A::Key,
        ask: Ask<M, T>,
    ) -> Result<Arc<Live<A>>, AskError>
    where
        A: Handler<Ask<M, T>>,
        Context<A>: ToEnvelope<A, Ask<M, T>>,
        M: Send + 'static,
        T: Send + 'static,
    {
        let live = self.live(key).await?;
        // What waits in the outbox is not in the mailbox yet: it must not be passed by a halt.
        live.meter.used();
        let (owner, directory) = (live.clone(), self.clone());
        outbox::post(self.ledger(), move || {
            if let Err(returned) = owner.deliver(ask, &directory.shared.rejected_total) {
                // The owner has gone since it was found; the next one may take it.
                actix::spawn(async move { directory.send_again(key, returned).await });
            }
        });
        Ok(live)
    }

    async fn send_again<M, T>(&self, key: A::Key, mut ask: Ask<M, T>)
    where
        A: Handler<Ask<M, T>>,
        Context<A>: ToEnvelope<A, Ask<M, T>>,
        M: Send + 'static,
        T: Send + 'static,
    {
        let mut refusal = AskError::Unavailable("the owner is being rebuilt");
        for _ in 0..ATTEMPTS {
            match self.live(key).await {
                Err(error) => {
                    refusal = error;
                    break;
                }
                Ok(live) => match live.deliver(ask, &self.shared.rejected_total) {
                    Ok(()) => return,
                    Err(returned) => ask = returned,
                },
            }
        }
        drop(ask.reply.send(Err(refusal)));
    }

    /// Asks the owner for something it answers from memory.
    pub(crate) async fn ask<M>(
        &self,
        key: A::Key,
        message: impl Fn() -> M,
    ) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        Context<A>: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        for _ in 0..ATTEMPTS {
            let live = self.live(key).await?;
            live.meter.sending();
            match live.addr.send(message()).timeout(ANSWER_MAX).await {
                Ok(answer) => return Ok(answer),
                Err(MailboxError::Timeout) => return Err(AskError::Busy),
                Err(MailboxError::Closed) => live.meter.rejected(),
            }
        }
        Err(AskError::Unavailable("the owner is being rebuilt"))
    }

    /// Tells the owner something, if it is live: an owner rebuilt later knows it from the tables.
    /// One that does not take it in time is given up, so that nobody waits for it and the next one
    /// knows.
    pub(crate) async fn tell<M>(&self, key: A::Key, message: M) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        Context<A>: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let live = self.found(key).ok_or(AskError::Unavailable("not live"))?;
        live.meter.sending();
        let told = live.addr.send(message).timeout(ANSWER_MAX).await;
        told.map_err(|error| {
            if matches!(error, MailboxError::Timeout) {
                live.activation.fail();
            }
            AskError::Unavailable("not live")
        })
    }

    /// Passivates every actor nobody used for `idle_ms`.
    pub(crate) fn sweep(&self, idle_ms: i64) {
        for (key, slot) in &self.shared.slots.pin() {
            let Some(live) = live_in(slot) else { continue };
            let is_idle = live.meter.idle_ms() > idle_ms
                && live.meter.depth() <= 0
                && live.activation.pending() == 0;
            if !live.is_usable() {
                self.bury(*key, slot);
            } else if is_idle && self.remove(*key, slot) {
                live.meter.sending();
                drop(live.addr.try_send(Halt));
            }
        }
    }

    /// Gives every activation up: the next ask of each rebuilds its actor.
    pub(crate) fn fail_all(&self) {
        for (key, slot) in &self.shared.slots.pin() {
            match live_in(slot) {
                Some(live) => live.activation.fail(),
                // It is being activated, from tables as they were.
                None => _ = self.remove(*key, slot),
            }
        }
    }

    /// Sends a message to every live actor that has room for it; nobody waits for what it does.
    pub(crate) fn remind<M>(&self, message: impl Fn() -> M)
    where
        M: Message<Result = ()> + Send + 'static,
        A: Handler<M>,
    {
        for slot in self.shared.slots.pin().values() {
            let Some(live) = live_in(slot).filter(|live| live.is_usable()) else { continue };
            live.meter.sending();
            if live.addr.try_send(message()).is_err() {
                live.meter.rejected();
            }
        }
    }
}
