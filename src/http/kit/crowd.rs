//! Admission control: bounds the requests under way, and turns others away before their token, body
//! or limits are looked at.
//!
//! Without a bound, queues grow, every request waits longer, and work is wasted on clients that
//! have given up. So once requests are slow, only as many are let in as are served in a moment.
//! This bound stays until no request is turned away any more. While there is no such bound, a burst
//! is let in up to the limit of the settings.
//!
//! The bound depends on what is known of the connection. A client that was answered a moment ago
//! gets the bound itself; a client that was not gets a multiple of it. A client whose own last
//! request was slow gets the smallest bound at once, whatever the average says. A client that finds
//! no room and comes back before the time it was given gets its refusal only at that time.
//!
//! A request counts from when its body has arrived, so a slow sender takes nobody's room. Each kind
//! has its own count, so a sale keeps nobody from logging in or reading. Calls of probes, scrapers
//! and admins are not counted, nor are live connections. A connection of a trusted proxy carries
//! many clients, so none of them is known to come back.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use hotdeal_actors::mutant;
use hotdeal_actors::mutant::Mutant;

use super::intake::Connection;
use super::route::Route;
use crate::limits::{Group, TrustedProxies};

/// A client that was answered less than this ago counts as coming back at once.
const A_MOMENT: Duration = Duration::from_secs(1);
/// Requests are slow when they take longer than this on average. The bound is then the number of
/// requests served in this time.
const SERVED_WITHIN: Duration = Duration::from_millis(20);
/// The smallest bound: enough for many requests to share one commit.
const LEAST: usize = 512;
/// The bound for clients that were not here a moment ago is this many times as large.
const STRANGERS: usize = 3;
/// How often the bound is computed anew.
const LOOK: Duration = Duration::from_millis(100);
/// The longest wait asked of a client that is turned away, in seconds. The wait is random, so that
/// clients do not come back together.
const SPREAD_S: u64 = 3;

/// Requests that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Orders, coupons, and all else that changes something.
    Changes,
    /// What is looked up.
    Reads,
    /// Logging in and out.
    Accounts,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Changes, Self::Reads, Self::Accounts];

    /// The kind of a route's requests; `None` for a route that is always let in.
    pub(crate) fn of(route: &Route) -> Option<Self> {
        match route.group? {
            Group::Sale | Group::Write => Some(Self::Changes),
            Group::Read | Group::Public => Some(Self::Reads),
            Group::Auth | Group::SignUp => Some(Self::Accounts),
            Group::Live | Group::Admin => None,
        }
    }

    /// Its name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Reads => "reads",
            Self::Accounts => "accounts",
        }
    }
}

/// The requests being served, of all kinds.
#[derive(Debug)]
pub(crate) struct Crowd {
    /// The most requests of one kind under way, by the settings.
    most: usize,
    proxies: TrustedProxies,
    began: Instant,
    counts: [Count; 3],
}

/// The requests of one kind.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Count {
    under_way: AtomicUsize,
    turned_away: AtomicU64,
    /// Requests that found no room, including those whose refusal still waits.
    without_room: AtomicU64,
    /// The bound for clients that come back at once.
    few: AtomicUsize,
    /// When the bound was last computed, in milliseconds since the beginning.
    looked_at_ms: AtomicU64,
    /// Requests served since then; `took_us` is their time together, in microseconds.
    served: AtomicU64,
    took_us: AtomicU64,
    /// The value of `without_room` at that time.
    without_room_then: AtomicU64,
}

/// What the bound is computed from.
#[derive(Debug, Clone, Copy)]
struct Look {
    lasted_ms: u64,
    served: u64,
    took_us: u64,
    without_room: u64,
    under_way: usize,
}

impl Look {
    /// The bound for clients that come back at once; `most` when requests are fast and none found
    /// no room.
    fn few(self, most: usize) -> usize {
        let within_ms = u64::try_from(SERVED_WITHIN.as_millis()).unwrap_or(u64::MAX);
        let none_was_served = self.served == 0 && self.under_way > 0;
        let takes_long = none_was_served || self.took_us > self.served * within_ms * 1_000;
        if !takes_long && self.without_room == 0 {
            return most;
        }
        let few = usize::try_from(self.served * within_ms / self.lasted_ms).unwrap_or(usize::MAX);
        few.max(LEAST).min(most)
    }
}

/// What is known of the client on one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manners(Rc<ClientRecord>);

#[derive(Debug, Default)]
struct ClientRecord {
    answered_at: Cell<Option<Instant>>,
    /// The last request took long.
    took_long: Cell<bool>,
    /// The client was turned away, and asked not to come back before this.
    not_before: Cell<Option<Instant>>,
}

impl ClientRecord {
    /// The number of requests under way below which this client is let in. A client that waited as
    /// long as it was asked to gets only a quarter more, because all who waited may be more than
    /// can be served.
    fn bound(&self, now: Instant, few: usize) -> usize {
        let is_back = self.answered_at.get().is_some_and(|at| now < at + A_MOMENT);
        match self.not_before.get() {
            Some(not_before) if now >= not_before => few + few / 4,
            Some(_) => few,
            None if is_back && self.took_long.get() => few.min(LEAST),
            None if is_back => few,
            None => STRANGERS * few,
        }
    }
}

/// A request that may begin.
#[derive(Debug)]
pub(crate) struct Guest<'a>(Option<Counted<'a>>);

#[derive(Debug)]
struct Counted<'a> {
    count: &'a Count,
    most: usize,
    manners: Option<Manners>,
}

impl<'a> Guest<'a> {
    /// Begins the request, now that its body is there; it is under way until the result is dropped.
    /// `None` when there is no room any more, for many may have been let in by their heads alone.
    pub(crate) fn begin(self) -> Option<UnderWay<'a>> {
        if let Some(Counted { count, most, .. }) = &self.0
            && count.under_way.fetch_add(1, Ordering::Relaxed) >= *most
            && !mutant::is_on(Mutant::NobodyTurnedAway)
        {
            count.under_way.fetch_sub(1, Ordering::Relaxed);
            count.without_room.fetch_add(1, Ordering::Relaxed);
            count.turned_away.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(UnderWay { guest: self, since: Instant::now() })
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    guest: Guest<'a>,
    since: Instant,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let Some(Counted { count, manners, .. }) = &self.guest.0 else { return };
        let now = Instant::now();
        let took = now.saturating_duration_since(self.since);
        count.under_way.fetch_sub(1, Ordering::Relaxed);
        count.served.fetch_add(1, Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        count.took_us.fetch_add(took_us, Ordering::Relaxed);
        if let Some(Manners(known)) = manners {
            known.answered_at.set(Some(now));
            known.took_long.set(took > SERVED_WITHIN);
        }
    }
}

/// A request that is turned away.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    /// Seconds after which the client may come back.
    pub(crate) retry_after_s: u64,
}

/// A request for which there is no room.
#[derive(Debug)]
struct NoRoom<'a> {
    count: &'a Count,
    manners: Option<Manners>,
}

impl NoRoom<'_> {
    /// How much too early the client came back.
    fn early(&self, now: Instant) -> Duration {
        let not_before = self.manners.as_ref().and_then(|Manners(known)| known.not_before.get());
        not_before.map_or(Duration::ZERO, |not_before| not_before.saturating_duration_since(now))
    }

    /// Asks the client to come back later.
    fn turn_away(self, now: Instant) -> TurnedAway {
        self.count.turned_away.fetch_add(1, Ordering::Relaxed);
        let retry_after_s = rand::random_range(1..=SPREAD_S);
        if let Some(Manners(known)) = &self.manners {
            known.not_before.set(Some(now + Duration::from_secs(retry_after_s)));
        }
        TurnedAway { retry_after_s }
    }
}

impl Crowd {
    /// Lets in at most `most` requests of a kind at a time.
    pub(crate) fn new(most: usize, proxies: TrustedProxies) -> Self {
        let count = || Count { few: AtomicUsize::new(most), ..Count::default() };
        Self { most, proxies, began: Instant::now(), counts: std::array::from_fn(|_| count()) }
    }

    /// Lets a request in, or turns it away. A client that came back too early gets its refusal only
    /// when it should have come.
    ///
    /// # Errors
    /// [`TurnedAway`], with when to come back.
    pub(crate) async fn enter(
        &self,
        route: &Route,
        request: &HttpRequest,
        now: Instant,
    ) -> Result<Guest<'_>, TurnedAway> {
        let Some(kind) = Kind::of(route) else { return Ok(Guest(None)) };
        let is_proxy = request.peer_addr().is_some_and(|peer| self.proxies.trusts(peer.ip()));
        let connection = Connection::of(request).filter(|_| !is_proxy);
        let manners = connection.map(|connection| connection.manners.clone());
        self.enter_in_time(kind, manners, now).await
    }

    async fn enter_in_time(
        &self,
        kind: Kind,
        manners: Option<Manners>,
        now: Instant,
    ) -> Result<Guest<'_>, TurnedAway> {
        let no_room = match self.enter_now(kind, manners, now) {
            Err(no_room) => no_room,
            Ok(guest) => return Ok(guest),
        };
        let early = no_room.early(now);
        if !early.is_zero() {
            tokio::time::sleep(early).await;
        }
        Err(no_room.turn_away(now + early))
    }

    fn enter_now(
        &self,
        kind: Kind,
        manners: Option<Manners>,
        now: Instant,
    ) -> Result<Guest<'_>, NoRoom<'_>> {
        let count = &self.counts[kind as usize];
        self.look_at(count, now);
        let known = manners.as_ref().map(|Manners(known)| known);
        let few = count.few.load(Ordering::Relaxed);
        // Of the clients behind a proxy it is unknown which have waited and which come back at
        // once.
        let bound = known.map_or(few + few / 4, |known| known.bound(now, few));
        let has_room = count.under_way.load(Ordering::Relaxed) < bound.min(self.most);
        if has_room || mutant::is_on(Mutant::NobodyTurnedAway) {
            if let Some(known) = known {
                known.not_before.set(None);
            }
            return Ok(Guest(Some(Counted { count, most: self.most, manners })));
        }
        count.without_room.fetch_add(1, Ordering::Relaxed);
        Err(NoRoom { count, manners })
    }

    /// Computes the bound anew from time to time.
    fn look_at(&self, count: &Count, now: Instant) {
        let now_ms = now.saturating_duration_since(self.began).as_millis();
        let now_ms = u64::try_from(now_ms).unwrap_or(u64::MAX);
        let then_ms = count.looked_at_ms.load(Ordering::Relaxed);
        let lasted_ms = now_ms.saturating_sub(then_ms);
        if u128::from(lasted_ms) < LOOK.as_millis() {
            return;
        }
        // Only one of the concurrent requests computes it.
        let (this, relaxed) = (&count.looked_at_ms, Ordering::Relaxed);
        if this.compare_exchange(then_ms, now_ms, relaxed, relaxed).is_err() {
            return;
        }
        let without_room = count.without_room.load(relaxed);
        let look = Look {
            lasted_ms,
            served: count.served.swap(0, relaxed),
            took_us: count.took_us.swap(0, relaxed),
            // An earlier computation may store its lower number only now.
            without_room: without_room
                .saturating_sub(count.without_room_then.swap(without_room, relaxed)),
            under_way: count.under_way.load(relaxed),
        };
        count.few.store(look.few(self.most), relaxed);
    }

    /// How many of a kind are under way.
    pub(crate) fn under_way(&self, kind: Kind) -> usize {
        self.counts[kind as usize].under_way.load(Ordering::Relaxed)
    }

    /// How many of a kind were turned away since the start.
    pub(crate) fn turned_away(&self, kind: Kind) -> u64 {
        self.counts[kind as usize].turned_away.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
