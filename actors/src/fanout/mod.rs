//! Fan-out: from what is durable to every open connection it concerns.
//!
//! ```text
//! Notifier, Ticker -> Fanout -> one message a thread -> NotificationActor -> SendQueue of a session
//!                               (bounded, try_send)     looks up who         (bounded) -> its task
//! ```
//! A [`Frame`] is written once and shared by all who get it. A thread that serves connections has
//! one [`NotificationActor`](actor::NotificationActor), which alone touches the sessions of that
//! thread: handing a frame to ten thousand of them takes no lock and wakes no other thread.
//!
//! Nothing is lost and nothing waits without a bound. A session that does not keep up is ended
//! with a reason that says: come back and name the last event you have. The same is done with
//! every session of a thread whose mailbox was full. What was missed is read from the tables.

mod actor;
mod counts;
mod frame;
mod send_queue;
mod shard;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use actix::prelude::*;
use actor::{Deliver, NotificationActor, Shut};
use counts::Counts;
use hotdeal_domain::{EventId, ShopId, UnixMillis, UserId};
use parking_lot::Mutex;
use parking_lot::RwLock;
use shard::Shard;

use crate::account::{Pass, Revocations};

pub use counts::{ConnectionsView, ThreadView};
pub use frame::{Delivery, Frame};
pub use send_queue::{CloseReason, Item, Subscription};

/// How a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// WebSocket, our own sub-protocol.
    WebSocket,
    /// Server-sent events.
    EventStream,
    /// STOMP over WebSocket.
    Stomp,
}

impl Transport {
    /// All of them, in the order they are counted.
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::EventStream, Self::Stomp];

    /// Its name for operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::EventStream => "sse",
            Self::Stomp => "stomp",
        }
    }
}

/// Bounds and times of live connections.
#[derive(Debug, Clone, Copy)]
pub struct FanoutSettings {
    /// Open connections of this node.
    pub connections_max: usize,
    /// Open connections of one person.
    pub per_user_max: usize,
    /// Frames that may wait for one connection: beyond it the connection is ended.
    pub waiting_max: usize,
    /// Bytes that may wait for one connection.
    pub waiting_bytes_max: usize,
    /// Seconds between signs of life on a connection.
    pub heartbeat_s: u64,
    /// Seconds without a sign of life from a client that has to give one.
    pub silence_s: u64,
    /// Seconds a connection lasts at most, and nine tenths of it at least; one over STOMP lasts as
    /// long as its token.
    pub lasts_s: i64,
}

/// Who wants a connection.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// What lets them in; the connection ends when it becomes void.
    pub pass: Pass,
    /// When the token they came with expires.
    pub until: UnixMillis,
    /// How they speak.
    pub transport: Transport,
}

/// Why a connection is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// This node has as many connections as it may have.
    #[error("no connection is free")]
    Full,
    /// This person has.
    #[error("one person has too many connections")]
    PersonFull,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

/// The one way to every connection of this node. Cheap to clone.
#[derive(Clone)]
pub struct Fanout {
    shared: Arc<Shared>,
}

struct Shared {
    number: u64,
    threads: RwLock<Vec<Thread>>,
    people: Mutex<HashMap<UserId, usize, foldhash::fast::RandomState>>,
    /// Events whose state somebody follows.
    followed: Mutex<HashMap<EventId, Following, foldhash::fast::RandomState>>,
    /// Shops that somebody watches, with the number of connections that do.
    watched: Mutex<HashMap<ShopId, usize, foldhash::fast::RandomState>>,
    begun: AtomicU64,
    closing: AtomicBool,
    counts: Counts,
    revocations: Arc<Revocations>,
    settings: FanoutSettings,
}

/// How an event is followed.
#[derive(Debug, Default)]
struct Following {
    /// Connections that do now.
    now: usize,
    /// Which beginning was the last.
    begun: u64,
}

#[derive(Clone)]
struct Thread {
    addr: Addr<NotificationActor>,
    /// A delivery did not fit into the mailbox: every session of the thread has to come back.
    behind: Arc<AtomicBool>,
    waiting: Arc<AtomicU64>,
}

/// Different events followed on this node at most: each is looked at with every tick.
const FOLLOWED_MAX: usize = 1_000;

/// Different shops watched on this node at most: each is looked at with every tick, in memory.
const WATCHED_MAX: usize = 10_000;

static NUMBERS: AtomicU64 = AtomicU64::new(0);

impl Fanout {
    /// A fan-out without connections, which ends them when `revocations` says so.
    pub fn new(revocations: Arc<Revocations>, settings: FanoutSettings) -> Self {
        Self {
            shared: Arc::new(Shared {
                number: NUMBERS.fetch_add(1, Ordering::Relaxed),
                threads: RwLock::default(),
                people: Mutex::default(),
                followed: Mutex::default(),
                watched: Mutex::default(),
                begun: AtomicU64::new(1),
                closing: AtomicBool::new(false),
                counts: Counts::default(),
                revocations,
                settings,
            }),
        }
    }

    /// A subscription for a connection that this thread serves. Everything published from now on that
    /// concerns it reaches the subscription. Called within an actix arbiter.
    ///
    /// # Errors
    /// [`Turned`] when there is no room.
    pub fn join(&self, visitor: Visitor) -> Result<Subscription, Turned> {
        self.admit(&visitor)?;
        let shard = Shard::of_this_thread(self.shared.number).unwrap_or_else(|| self.open_thread());
        let subscription = shard.subscription(visitor);
        // Whoever closes has perhaps not seen this thread.
        if self.shared.closing.load(Ordering::Acquire) {
            subscription.end(CloseReason::Stopping);
        }
        Ok(subscription)
    }

    fn admit(&self, visitor: &Visitor) -> Result<(), Turned> {
        let shared = &self.shared;
        if shared.closing.load(Ordering::Acquire) {
            return Err(Turned::Stopping);
        }
        if !shared.counts.open(visitor.transport, shared.settings.connections_max) {
            return Err(Turned::Full);
        }
        let mut people = shared.people.lock();
        let subscriptions = people.entry(visitor.pass.user).or_default();
        if *subscriptions >= shared.settings.per_user_max {
            drop(people);
            shared.counts.turned_away(visitor.transport);
            return Err(Turned::PersonFull);
        }
        *subscriptions += 1;
        Ok(())
    }

    fn open_thread(&self) -> std::rc::Rc<Shard> {
        let shard = Shard::new(self.shared.clone());
        let thread = NotificationActor::open(shard.clone());
        self.shared.threads.write().push(thread);
        shard
    }

    /// Hands a delivery to every thread. Deliveries of one caller arrive in order.
    pub fn publish(&self, delivery: Delivery) {
        let delivery = Arc::new(delivery);
        for thread in self.shared.threads.read().iter() {
            thread.waiting.fetch_add(1, Ordering::Relaxed);
            let full = thread.addr.try_send(Deliver(delivery.clone())).is_err();
            if full {
                thread.waiting.fetch_sub(1, Ordering::Relaxed);
                // A tick is made pointless by the next one; anything else must not be missed.
                let must_arrive = !matches!(*delivery, Delivery::Event { .. });
                thread.behind.fetch_or(must_arrive, Ordering::AcqRel);
            }
        }
    }

    /// Those of the people who are connected, with what they are to be told. Who connects later
    /// finds in the tables what was durable before.
    pub fn connected<'a, T>(&self, people: &'a [(UserId, T)]) -> Vec<&'a (UserId, T)> {
        let connected = self.shared.people.lock();
        people.iter().filter(|(user, _)| connected.contains_key(user)).collect()
    }

    /// Whether anybody is connected.
    pub fn is_anybody_connected(&self) -> bool {
        !self.shared.people.lock().is_empty()
    }

    /// Events whose state somebody follows, each with a number that changes when somebody begins
    /// to: who has just begun was told nothing yet.
    pub fn followed(&self) -> Vec<(EventId, u64)> {
        let followed = self.shared.followed.lock();
        followed.iter().map(|(event, following)| (*event, following.begun)).collect()
    }

    /// Shops that somebody watches.
    pub fn watched(&self) -> Vec<ShopId> {
        self.shared.watched.lock().keys().copied().collect()
    }

    /// Whether somebody watches a shop.
    pub fn is_watched(&self, shop: ShopId) -> bool {
        self.shared.watched.lock().contains_key(&shop)
    }

    /// Ends every connection, as the server stops; no new one is opened.
    pub fn close(&self) {
        self.shared.closing.store(true, Ordering::Release);
        for thread in self.shared.threads.read().iter() {
            if thread.addr.try_send(Shut(CloseReason::Stopping)).is_err() {
                thread.behind.store(true, Ordering::Release);
            }
        }
    }

    /// What there is now, for operators.
    pub fn view(&self) -> ConnectionsView {
        let threads = self.shared.threads.read().iter().map(Thread::view).collect();
        self.shared.counts.view(self.shared.people.lock().len(), threads)
    }
}

impl Thread {
    fn view(&self) -> ThreadView {
        ThreadView {
            mailbox_depth: self.waiting.load(Ordering::Relaxed),
            mailbox_capacity: actor::MAILBOX_MAX,
            alive: self.addr.connected(),
        }
    }
}

impl Shared {
    /// `false` when so many events are followed that one more is too many.
    fn follow(&self, event: EventId) -> bool {
        let mut followed = self.followed.lock();
        if followed.len() >= FOLLOWED_MAX && !followed.contains_key(&event) {
            return false;
        }
        let following = followed.entry(event).or_default();
        following.now += 1;
        // Counted over all events: one that was left and is followed again is new, too.
        following.begun = self.begun.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn unfollow(&self, event: EventId) {
        let mut followed = self.followed.lock();
        if let Some(following) = followed.get_mut(&event) {
            following.now -= 1;
            if following.now == 0 {
                followed.remove(&event);
            }
        }
    }

    /// `false` when so many shops are watched that one more is too many.
    fn watch(&self, shop: ShopId) -> bool {
        let mut watched = self.watched.lock();
        if watched.len() >= WATCHED_MAX && !watched.contains_key(&shop) {
            return false;
        }
        *watched.entry(shop).or_default() += 1;
        true
    }

    fn unwatch(&self, shop: ShopId) {
        let mut watched = self.watched.lock();
        if let Some(connections) = watched.get_mut(&shop) {
            *connections -= 1;
            if *connections == 0 {
                watched.remove(&shop);
            }
        }
    }

    fn left(&self, user: UserId, transport: Transport, reason: Option<CloseReason>) {
        self.counts.closed(transport, reason);
        let mut people = self.people.lock();
        if let Some(subscriptions) = people.get_mut(&user) {
            *subscriptions -= 1;
            if *subscriptions == 0 {
                people.remove(&user);
            }
        }
    }
}
