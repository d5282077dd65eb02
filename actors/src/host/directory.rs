//! Key to owner: finds the live actor, rebuilds a dead one from the database, passivates an idle
//! one. An actor is never resumed: what it knew may have run ahead of the disk.

mod activating;
mod messages;
mod rebuilt;
mod running;
#[cfg(test)]
mod tests;
mod views;

use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use activating::Activating;
use actix::prelude::*;
use parking_lot::Mutex;
use rebuilt::Rebuilt;
use tokio::sync::oneshot;

use super::Host;
use super::timers::{Alarm, Timers};
use crate::error::RequestError;
use crate::ledger::{FactRows, Ledger, Owned};
use crate::meter::Meter;
use crate::storage::Storage;

#[cfg(test)]
pub(crate) use running::Observe;
pub(crate) use running::{Handles, OwnerContext, Running};
pub(crate) use views::Owners;

/// How often a request looks for a live owner before its caller is sent away: the actor it found
/// may be stopping, and the one rebuilt after it may fail with the database.
const ATTEMPTS: u32 = 3;

/// An actor that owns a stream and can be rebuilt from the tables.
pub(crate) trait Owner: Send + Sized + Unpin + 'static {
    /// The kind of actor, as the inspection endpoint calls it.
    const KIND: &'static str;
    /// What it counts for the list of actors.
    const GAUGES: &'static [&'static str];
    /// Whether one that nobody uses is let go.
    const IS_PASSIVATED: bool = true;
    /// Its key.
    type Key: Copy + Eq + Hash + Display + Send + Sync + 'static;
    /// The streams that actors of this kind own.
    type Stream: FactRows<Key = Self::Key>;
    /// What callers read without asking the actor.
    type Card: Send + Sync;
    /// What this node keeps for all actors of the kind: caches of durable truth, and who listens.
    type Node: Send + Sync;

    /// The key with this number; `None` where it is none.
    fn key(number: i64) -> Option<Self::Key>;

    /// Whether there is anything to own. Asked before an epoch is raised for it.
    fn exists(
        storage: &Storage,
        key: Self::Key,
    ) -> impl Future<Output = Result<bool, RequestError>> + Send;

    /// Rebuilds it from the tables, as of its new epoch.
    fn rebuild(
        directory: &Directory<Self>,
        key: Self::Key,
        activation: Owned<Self::Stream>,
        meter: Arc<Meter>,
    ) -> impl Future<Output = Result<(Self, Arc<Self::Card>), RequestError>> + Send;

    /// What an operator sees of its state: counts, and nobody's data.
    fn state(&self) -> serde_json::Value;

    /// What rings at the ends of its stream; `None` where streams of this kind have none.
    fn alarm(_: &Self::Card) -> Option<&Alarm> {
        None
    }

    /// It is about to receive its first message.
    fn started(&mut self, _: &mut OwnerContext<Self>) {}

    /// It receives no more.
    fn stopped(&mut self) {}
}

/// A live actor, with what is known of it from outside.
pub(crate) struct Live<A: Owner> {
    pub(crate) addr: Addr<Running<A>>,
    pub(crate) activation: Owned<A::Stream>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) card: Arc<A::Card>,
}

impl<A: Owner> Live<A> {
    fn is_usable(&self) -> bool {
        !self.activation.is_failed() && self.addr.connected()
    }
}

/// What came of an activation. A failed one is told to those who wait for it already: each of them
/// trying again by itself would make a queue of those who wait for a database that is away.
type Activated<A> = Result<Arc<Live<A>>, RequestError>;

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
    live: papaya::HashMap<A::Key, Arc<Live<A>>>,
    activating: Activating<A>,
    rebuilt: Mutex<Rebuilt<A::Key>>,
    rebuilt_total: AtomicU64,
    /// Messages turned away by full mailboxes since this node started.
    rejected_total: AtomicU64,
    /// An owner was lost, or could not be had: what it does unasked may have stopped.
    is_short: AtomicBool,
    node: A::Node,
    ledger: Ledger,
    storage: Storage,
    timers: Timers,
    arbiters: Arc<[ArbiterHandle]>,
    next_arbiter: AtomicUsize,
    mailbox_max: usize,
}

impl<A: Owner> Directory<A> {
    pub(crate) fn new(node: A::Node, host: &Host) -> Self {
        Self {
            shared: Arc::new(Shared {
                live: papaya::HashMap::new(),
                activating: Mutex::default(),
                rebuilt: Mutex::default(),
                rebuilt_total: AtomicU64::new(0),
                rejected_total: AtomicU64::new(0),
                is_short: AtomicBool::new(false),
                node,
                ledger: host.ledger.clone(),
                storage: host.storage.clone(),
                timers: host.timers.clone(),
                arbiters: host.arbiters.clone(),
                next_arbiter: AtomicUsize::new(0),
                mailbox_max: host.mailbox_max,
            }),
        }
    }

    /// What this node keeps for all of them.
    pub(crate) fn node(&self) -> &A::Node {
        &self.shared.node
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.shared.storage
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.shared.timers
    }

    /// The live owner of `key`, rebuilt first where it is not live.
    pub(crate) async fn live(&self, key: A::Key) -> Activated<A> {
        for _ in 0..ATTEMPTS {
            let found = self.shared.live.pin().get(&key).cloned();
            let live = match found {
                Some(live) => live,
                None => {
                    let activated = self.activated(key).await;
                    activated
                        .inspect_err(|error| self.set_short(*error != RequestError::Missing))?
                }
            };
            if live.is_usable() {
                return Ok(live);
            }
            self.bury(key, &live);
        }
        Err(RequestError::Unavailable("the owner is being rebuilt"))
    }

    /// The owner of `key`, if it is live.
    pub(crate) fn found(&self, key: A::Key) -> Option<Arc<Live<A>>> {
        self.shared.live.pin().get(&key).filter(|live| live.is_usable()).cloned()
    }

    async fn activate(&self, key: A::Key) -> Activated<A> {
        if !A::exists(&self.shared.storage, key).await? {
            return Err(RequestError::Missing);
        }
        let activation = self.shared.ledger.activate::<A::Stream>(key).await?;
        let meter = Arc::new(Meter::new(A::GAUGES));
        let (actor, card) = A::rebuild(self, key, activation.clone(), meter.clone()).await?;
        let mailbox_max = self.shared.mailbox_max;
        let (opened, is_open) = oneshot::channel();
        let addr = Running::start_in_arbiter(self.arbiter(), move |ctx: &mut OwnerContext<A>| {
            ctx.set_mailbox_capacity(mailbox_max);
            // Whoever activates it may have gone.
            let _ = opened.send(());
            Running::new(actor)
        });
        // Until then the mailbox has room for sixteen messages, and turns a burst away.
        is_open.await.map_err(|_| RequestError::Unavailable("an actor could not be started"))?;
        Ok(Arc::new(Live { addr, activation, meter, card }))
    }

    fn arbiter(&self) -> &ArbiterHandle {
        let turn = self.shared.next_arbiter.fetch_add(1, Ordering::Relaxed);
        &self.shared.arbiters[turn % self.shared.arbiters.len()]
    }

    fn bury(&self, key: A::Key, live: &Arc<Live<A>>) {
        if self.remove(key, live) {
            self.set_short(true);
            self.shared.rebuilt_total.fetch_add(1, Ordering::Relaxed);
            self.shared.rebuilt.lock().note(key);
            tracing::warn!(kind = A::KIND, key = %key, "an actor has failed and will be rebuilt");
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

    fn remove(&self, key: A::Key, live: &Arc<Live<A>>) -> bool {
        let all = self.shared.live.pin();
        matches!(all.remove_if(&key, |_, current| Arc::ptr_eq(current, live)), Ok(Some(_)))
    }

    /// Passivates every actor nobody used for `idle_ms`.
    pub(crate) fn sweep(&self, idle_ms: i64) {
        for (key, live) in &self.shared.live.pin() {
            let is_idle = live.meter.idle_ms() > idle_ms
                && live.meter.depth() <= 0
                && live.activation.pending() == 0;
            if !live.is_usable() {
                self.bury(*key, live);
            } else if is_idle && self.remove(*key, live) {
                drop(live.post(running::Halt));
            }
        }
    }

    /// Gives every activation up: the next request of each rebuilds its actor.
    pub(crate) fn fail_all(&self) {
        // What is being activated is so from tables as they were: only those who wait get it.
        self.shared.activating.lock().clear();
        self.shared.live.pin().values().for_each(|live| live.activation.fail());
    }
}
