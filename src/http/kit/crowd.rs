//! How many requests are under way, and who is turned away before anything is done for them: before
//! the token is looked at, the body, or the limits.
//!
//! Where more come than can be served, all would wait longer and longer, and what is done for those
//! who have given up is done for nothing. So once requests take long, no more are let in than are
//! served in a moment, until nobody has to be turned away. Until then a burst is let in as long as there
//! is room at all. Who comes back at once finds room only while few are under way, and whoever has not
//! been here a moment ago while they are some times as many. Whose own request took long need not be
//! told by the others: for them it is so at once. Who does not even wait as long as they were asked to is
//! made to: their answer waits instead.
//!
//! A request is under way from when its body is there: who sends slowly takes nobody's room. Each kind
//! has a count of its own, so that a sale keeps nobody from logging in or looking at things. What probes,
//! scrapers and admins ask is not counted, nor are live connections. Over the connections of a trusted
//! proxy come many: nobody of them is known to come back.

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

/// Who was answered less than this ago comes back at once.
const A_MOMENT: Duration = Duration::from_secs(1);
/// Requests that take longer than this on average take long. Then so many are let in as are served in
/// this time.
const SERVED_WITHIN: Duration = Duration::from_millis(20);
/// And so many in any case: enough for one commit to be shared by many.
const LEAST: usize = 512;
/// So many times as many are let in of those who were not here a moment ago.
const STRANGERS: usize = 3;
/// How often is looked at how many were served, and how long that took.
const LOOK: Duration = Duration::from_millis(100);
/// Who is turned away is told to come back after one to so many seconds, so that they do not come
/// together.
const SPREAD_S: u64 = 3;

/// What is counted together.
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

    /// The kind of what a route asks; none of what is always let in.
    pub(crate) fn of(route: &Route) -> Option<Self> {
        match route.group? {
            Group::Sale | Group::Write => Some(Self::Changes),
            Group::Read => Some(Self::Reads),
            Group::Auth | Group::SignUp => Some(Self::Accounts),
            Group::Live | Group::Admin => None,
        }
    }

    /// What it is called where it is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Reads => "reads",
            Self::Accounts => "accounts",
        }
    }
}

/// All who are being served.
#[derive(Debug)]
pub(crate) struct Crowd {
    /// Requests of a kind under way at most.
    most: usize,
    proxies: TrustedProxies,
    began: Instant,
    counts: [Count; 3],
}

/// Those of one kind.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Count {
    under_way: AtomicUsize,
    turned_away: AtomicU64,
    /// Those who found no room, also while their answer waits.
    without_room: AtomicU64,
    /// Of those who come back at once so many are let in.
    few: AtomicUsize,
    /// When it was looked at last, in milliseconds since the beginning.
    looked_at_ms: AtomicU64,
    /// Since then so many were served, and that took so many microseconds together.
    served: AtomicU64,
    took_us: AtomicU64,
    /// Until then so many had found no room.
    without_room_then: AtomicU64,
}

/// What a look finds.
#[derive(Debug, Clone, Copy)]
struct Look {
    lasted_ms: u64,
    served: u64,
    took_us: u64,
    without_room: u64,
    under_way: usize,
}

impl Look {
    /// How many of those who come back at once may be under way now; `most` where all are served soon.
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

/// What is known of who asks over one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manners(Rc<Regulars>);

#[derive(Debug, Default)]
struct Regulars {
    answered_at: Cell<Option<Instant>>,
    /// Their last request took long.
    took_long: Cell<bool>,
    /// They were turned away, and asked not to come before this.
    not_before: Cell<Option<Instant>>,
}

impl Regulars {
    /// While how many are under way there is room for them: a quarter more than few for who has
    /// waited as long as they were asked to. All who wait may be more than can be served.
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

/// Somebody who may come in.
#[derive(Debug)]
pub(crate) struct Guest<'a>(Option<Counted<'a>>);

#[derive(Debug)]
struct Counted<'a> {
    count: &'a Count,
    most: usize,
    manners: Option<Manners>,
}

impl<'a> Guest<'a> {
    /// Their request is there, and is under way until this is dropped. `None` where there is no room
    /// any more: many may have sent only their heads until now.
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

/// Somebody who is turned away.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    /// After how many seconds they may come back.
    pub(crate) retry_after_s: u64,
}

/// Somebody for whom there is no room.
#[derive(Debug)]
struct NoRoom<'a> {
    count: &'a Count,
    manners: Option<Manners>,
}

impl NoRoom<'_> {
    /// How much later they were asked to come.
    fn early(&self, now: Instant) -> Duration {
        let not_before = self.manners.as_ref().and_then(|Manners(known)| known.not_before.get());
        not_before.map_or(Duration::ZERO, |not_before| not_before.saturating_duration_since(now))
    }

    /// Asks them to come back later.
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
    /// At most so many requests of a kind are under way.
    pub(crate) fn new(most: usize, proxies: TrustedProxies) -> Self {
        let count = || Count { few: AtomicUsize::new(most), ..Count::default() };
        Self { most, proxies, began: Instant::now(), counts: std::array::from_fn(|_| count()) }
    }

    /// Lets a request in, or turns it away. Who came too early is told so when they should have come.
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
        // Of those behind a proxy nobody knows who waits, and who comes back at once.
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

    /// Learns now and then how many are served, and how long that takes.
    fn look_at(&self, count: &Count, now: Instant) {
        let now_ms = now.saturating_duration_since(self.began).as_millis();
        let now_ms = u64::try_from(now_ms).unwrap_or(u64::MAX);
        let then_ms = count.looked_at_ms.load(Ordering::Relaxed);
        let lasted_ms = now_ms.saturating_sub(then_ms);
        if u128::from(lasted_ms) < LOOK.as_millis() {
            return;
        }
        // One of those who come now looks.
        let (this, relaxed) = (&count.looked_at_ms, Ordering::Relaxed);
        if this.compare_exchange(then_ms, now_ms, relaxed, relaxed).is_err() {
            return;
        }
        let without_room = count.without_room.load(relaxed);
        let look = Look {
            lasted_ms,
            served: count.served.swap(0, relaxed),
            took_us: count.took_us.swap(0, relaxed),
            // Who looked before may only now come to this, with a lower number.
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
