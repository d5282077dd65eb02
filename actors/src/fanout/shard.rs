//! The sessions of one thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hotdeal_domain::{EventId, SplitMix64, UnixMillis, UserId};
use slab::Slab;

use super::frame::{Delivery, Frame};
use super::send_queue::{CloseReason, SendQueue, Subscription};
use super::{Shared, Transport, Visitor};
use crate::account::{Pass, Revocation};
use crate::clock;

/// Events one connection follows at most: what a screen shows.
const FOLLOWED_MAX: usize = 16;

thread_local! {
    /// The shard of each fan-out on this thread; there is more than one in tests alone.
    static SHARDS: RefCell<Vec<(u64, Weak<Shard>)>> = const { RefCell::new(Vec::new()) };
}

struct Session {
    queue: Rc<SendQueue>,
    pass: Pass,
    transport: Transport,
    /// When its token is good no longer.
    expires_at: UnixMillis,
    /// When it is as old as a session gets, by the clock that nobody sets: all would leave at once
    /// when somebody sets the other.
    old_at_ms: Option<i64>,
    /// The beat in which the client last gave a sign of life.
    seen: Cell<u64>,
    follows: Vec<EventId>,
}

#[derive(Default)]
struct Sessions {
    all: Slab<Session>,
    of_user: HashMap<UserId, Vec<usize>, RandomState>,
    of_event: HashMap<EventId, Vec<usize>, RandomState>,
}

/// The sessions of one thread, and who they belong to.
pub(super) struct Shard {
    shared: Arc<Shared>,
    sessions: RefCell<Sessions>,
    /// Seconds since the thread began to serve.
    second: Cell<u64>,
    /// Sessions there have been.
    opened: Cell<u64>,
}

/// How long a session lasts at most: between nine tenths of `lasts_s` and all of it, by its number,
/// so that connections that came together, as after a restart, do not leave together.
pub(super) fn life_ms(lasts_s: i64, number: u64) -> i64 {
    let whole = lasts_s.saturating_mul(1_000);
    let spread = u32::try_from(whole / 10).unwrap_or(u32::MAX);
    whole - i64::from(SplitMix64::new(number).below(spread))
}

impl Shard {
    pub(super) fn new(shared: Arc<Shared>) -> Rc<Self> {
        let number = shared.number;
        let (second, opened) = (Cell::default(), Cell::default());
        let shard = Rc::new(Self { shared, sessions: RefCell::default(), second, opened });
        SHARDS.with_borrow_mut(|shards| {
            shards.retain(|(_, shard)| shard.strong_count() > 0);
            shards.push((number, Rc::downgrade(&shard)));
        });
        shard
    }

    pub(super) fn of_this_thread(number: u64) -> Option<Rc<Self>> {
        SHARDS.with_borrow(|shards| {
            shards.iter().find(|(known, _)| *known == number).and_then(|(_, s)| s.upgrade())
        })
    }

    /// News of what becomes void.
    pub(super) fn news(&self) -> tokio::sync::broadcast::Receiver<Revocation> {
        self.shared.revocations.listen()
    }

    pub(super) fn subscription(self: &Rc<Self>, visitor: Visitor) -> Subscription {
        let old_at_ms = self.old_at_ms(visitor.transport);
        let queue = Rc::new(SendQueue::default());
        let mut sessions = self.sessions.borrow_mut();
        let place = sessions.all.insert(Session {
            queue: queue.clone(),
            pass: visitor.pass,
            transport: visitor.transport,
            expires_at: visitor.until,
            old_at_ms,
            seen: Cell::new(self.second.get()),
            follows: Vec::new(),
        });
        sessions.of_user.entry(visitor.pass.user).or_default().push(place);
        drop(sessions);
        // It may have become void after it was looked at and before news of it reached us.
        if !self.shared.revocations.admits(&visitor.pass) {
            queue.end(CloseReason::Revoked);
        }
        Subscription::new(self.clone(), place, queue)
    }

    /// When a session has lasted long enough.
    fn old_at_ms(&self, transport: Transport) -> Option<i64> {
        let opened = self.opened.get();
        self.opened.set(opened + 1);
        let life_ms = life_ms(self.shared.settings.lasts_s, opened);
        // A STOMP client cannot say where it stopped: to end its session would lose what is told
        // until it is back.
        (transport != Transport::Stomp).then(|| clock::steady_ms().saturating_add(life_ms))
    }

    pub(super) fn leave(&self, place: usize) {
        let mut sessions = self.sessions.borrow_mut();
        let Some(session) = sessions.all.try_remove(place) else { return };
        let user = session.pass.user;
        forget(&mut sessions.of_user, user, place);
        for event in &session.follows {
            forget(&mut sessions.of_event, *event, place);
            self.shared.unfollow(*event);
        }
        drop(sessions);
        self.shared.left(user, session.transport, session.queue.close_reason());
    }

    pub(super) fn seen(&self, place: usize) {
        if let Some(session) = self.sessions.borrow().all.get(place) {
            session.seen.set(self.second.get());
        }
    }

    pub(super) fn follow(&self, place: usize, event: EventId) -> bool {
        let sessions = &mut *self.sessions.borrow_mut();
        let Some(session) = sessions.all.get_mut(place) else { return true };
        if session.follows.contains(&event) {
            return true;
        }
        if session.follows.len() >= FOLLOWED_MAX {
            return false;
        }
        if !self.shared.follow(event) {
            return false;
        }
        session.follows.push(event);
        sessions.of_event.entry(event).or_default().push(place);
        true
    }

    pub(super) fn unfollow(&self, place: usize, event: EventId) {
        let sessions = &mut *self.sessions.borrow_mut();
        let Some(session) = sessions.all.get_mut(place) else { return };
        if let Some(at) = session.follows.iter().position(|followed| *followed == event) {
            session.follows.swap_remove(at);
            forget(&mut sessions.of_event, event, place);
            self.shared.unfollow(event);
        }
    }

    pub(super) fn hand(&self, queue: &SendQueue, frame: &Arc<Frame>) {
        let settings = &self.shared.settings;
        queue.push(frame, settings.waiting_max, settings.waiting_bytes_max);
    }

    /// Puts a delivery before everyone here whom it concerns.
    pub(super) fn deliver(&self, delivery: &Delivery) {
        let sessions = self.sessions.borrow();
        let mut delivered = 0;
        let mut give = |places: Option<&Vec<usize>>, frame: &Arc<Frame>| {
            for place in places.into_iter().flatten() {
                self.hand(&sessions.all[*place].queue, frame);
                delivered += 1;
            }
        };
        match delivery {
            Delivery::Personal { to } => {
                for (user, frame) in to {
                    give(sessions.of_user.get(user), frame);
                }
            }
            Delivery::Event { event, frame } => give(sessions.of_event.get(event), frame),
        }
        self.shared.counts.delivered(delivered);
    }

    /// Once a second: signs of life, and the end of what has lasted long enough.
    pub(super) fn beat(&self) {
        let second = self.second.get() + 1;
        self.second.set(second);
        let settings = &self.shared.settings;
        let (now, steady_ms) = (clock::now(), clock::steady_ms());
        for (place, session) in &self.sessions.borrow().all {
            // Spread over the period, so that ten thousand do not speak at once.
            if (place as u64).wrapping_add(second).is_multiple_of(settings.heartbeat_s) {
                session.queue.beat();
            }
            let silent = second.saturating_sub(session.seen.get()) > settings.silence_s;
            if now >= session.expires_at {
                session.queue.end(CloseReason::Expired);
            } else if session.old_at_ms.is_some_and(|old_at_ms| old_at_ms <= steady_ms) {
                session.queue.end(CloseReason::Old);
            } else if silent && session.transport != Transport::EventStream {
                session.queue.end(CloseReason::Silent);
            }
        }
    }

    /// Ends what has become void.
    pub(super) fn revoke(&self, revocation: Revocation) {
        let sessions = self.sessions.borrow();
        let end = |place: &usize, session: &Session| {
            tracing::debug!(place, ?revocation, "a live connection is ended");
            session.queue.end(CloseReason::Revoked);
        };
        match revocation {
            Revocation::Account(user, epoch) => {
                for place in sessions.of_user.get(&user).into_iter().flatten() {
                    let session = &sessions.all[*place];
                    if session.pass.epoch < epoch {
                        end(place, session);
                    }
                }
            }
            Revocation::Token(_) | Revocation::Session(_) | Revocation::Unknown => {
                let is_void = |session: &Session| match revocation {
                    Revocation::Token(token) => session.pass.token == token,
                    Revocation::Session(void) => session.pass.session == Some(void),
                    _ => !self.shared.revocations.admits(&session.pass),
                };
                for (place, session) in sessions.all.iter().filter(|(_, s)| is_void(s)) {
                    end(&place, session);
                }
            }
        }
    }

    /// Ends every session.
    pub(super) fn shut(&self, reason: CloseReason) {
        for (_, session) in &self.sessions.borrow().all {
            session.queue.end(reason);
        }
    }
}

fn forget<K: std::hash::Hash + Eq>(
    index: &mut HashMap<K, Vec<usize>, RandomState>,
    key: K,
    place: usize,
) {
    if let Some(places) = index.get_mut(&key) {
        places.retain(|known| *known != place);
        if places.is_empty() {
            index.remove(&key);
        }
    }
}
