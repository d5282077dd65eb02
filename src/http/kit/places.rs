//! Places for connections: a number in all, and a number of one address. If none is left, a new
//! connection gets the place of the one that has been idle for longest. A connection that is being
//! served keeps its place.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use slab::Slab;
use tokio::time::sleep;

use crate::limits::{TrustedProxies, ipv6_prefix};

/// Of the places in question, one in this many is freed at a time, because finding the longest idle
/// means looking at all of them.
const PORTION: usize = 64;
/// The states of a slot that are not a time since which it is idle.
const BUSY: u64 = u64::MAX;
const ENDING: u64 = u64::MAX - 1;

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlaceBounds {
    /// In all.
    pub(crate) total: usize,
    /// Those of one address.
    pub(crate) per_address: usize,
    /// Those that are ending, in addition to the total.
    pub(crate) ending: usize,
}

/// The places of all connections.
pub(crate) struct Places {
    bounds: PlaceBounds,
    /// Proxies carry many people, so the bound of one address does not hold for them.
    proxies: TrustedProxies,
    began: Instant,
    taken: Mutex<Taken>,
    /// Places that were told to end and have not ended.
    ending: AtomicUsize,
    /// Connections that wait for those.
    waiting: AtomicUsize,
}

/// A connection that waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Taken {
    count: usize,
    by_address: HashMap<IpAddr, Slab<Arc<Slot>>>,
}

/// What others see of a connection.
struct Slot {
    state: AtomicU64,
    reader: AtomicWaker,
}

/// A connection's place, until it is dropped.
pub(crate) struct ConnectionPlace {
    places: Arc<Places>,
    address: IpAddr,
    key: usize,
    slot: Arc<Slot>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// All are taken by connections that are being served.
    Served,
    /// Enough connections were told to end, and have not ended yet.
    Ending,
}

/// How long a connection waits for others to end; `LOOK`: how often it looks.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(5);

impl Places {
    pub(crate) fn new(bounds: PlaceBounds, proxies: TrustedProxies) -> Arc<Self> {
        let (ending, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let taken = Mutex::default();
        Arc::new(Self { bounds, proxies, began: Instant::now(), taken, ending, waiting })
    }

    /// A place for a connection from this address, idle until its first request. If others have to
    /// end for it, this waits until they have.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub(crate) async fn wait(self: &Arc<Self>, from: IpAddr) -> Result<ConnectionPlace, NoPlace> {
        let first = self.take(from);
        if !matches!(first, Err(NoPlace::Ending)) {
            return first;
        }
        let (began, _waiting) = (tokio::time::Instant::now(), self.begin_to_wait()?);
        loop {
            sleep(LOOK).await;
            match self.take(from) {
                Err(NoPlace::Ending) if began.elapsed() < PATIENCE => {}
                outcome => return outcome,
            }
        }
    }

    /// At most twice as many wait as may be ending, because each holds an open file.
    fn begin_to_wait(&self) -> Result<Waiting<'_>, NoPlace> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before < 2 * self.bounds.ending { Ok(waiting) } else { Err(NoPlace::Ending) }
    }

    fn take(self: &Arc<Self>, from: IpAddr) -> Result<ConnectionPlace, NoPlace> {
        let address = ipv6_prefix(from);
        let mut taken = self.taken.lock();
        let of_address = taken.by_address.get(&address);
        if let Some(places) = of_address.filter(|_| !self.proxies.trusts(from)) {
            self.make_room(places.len(), self.bounds.per_address, || places.iter())?;
        }
        let all = || taken.by_address.values().flatten();
        self.make_room(taken.count, self.bounds.total, all)?;
        if taken.count >= self.bounds.total + self.bounds.ending {
            return Err(NoPlace::Ending);
        }
        taken.count += 1;
        let (state, reader) = (AtomicU64::new(self.now()), AtomicWaker::new());
        let slot = Arc::new(Slot { state, reader });
        let key = taken.by_address.entry(address).or_default().insert(slot.clone());
        Ok(ConnectionPlace { places: self.clone(), address, key, slot })
    }

    /// If as many of these places are taken as allowed, tells the longest idle of them to end.
    ///
    /// # Errors
    /// [`NoPlace::Served`] where none is idle.
    fn make_room<'a, I: Iterator<Item = (usize, &'a Arc<Slot>)>>(
        &self,
        count: usize,
        most: usize,
        places: impl FnOnce() -> I,
    ) -> Result<(), NoPlace> {
        if count.saturating_sub(self.ending.load(Ordering::Relaxed)) < most {
            return Ok(());
        }
        let (mut idle, mut ending) = (Vec::new(), 0);
        for (_, slot) in places() {
            match slot.state.load(Ordering::Relaxed) {
                BUSY => {}
                ENDING => ending += 1,
                since => idle.push((since, slot)),
            }
        }
        if count - ending < most {
            return Ok(());
        }
        let portion = (most / PORTION).max(1).min(idle.len());
        if portion == 0 {
            return Err(NoPlace::Served);
        }
        idle.select_nth_unstable_by_key(portion - 1, |(since, _)| *since);
        for (since, slot) in &idle[..portion] {
            // Unless a request has just come.
            let told =
                slot.state.compare_exchange(*since, ENDING, Ordering::Relaxed, Ordering::Relaxed);
            if told.is_ok() {
                self.ending.fetch_add(1, Ordering::Relaxed);
                slot.reader.wake();
            }
        }
        Ok(())
    }

    /// Milliseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(0)
    }
}

impl ConnectionPlace {
    /// Notes that a request has come and is served: from here on the place is not taken away.
    pub(super) fn is_served(&self) {
        if self.slot.state.swap(BUSY, Ordering::Relaxed) == ENDING {
            self.places.ending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Notes that nothing is under way any more.
    pub(super) fn is_idle(&self) {
        let state = &self.slot.state;
        let before = state.load(Ordering::Relaxed);
        if before != ENDING {
            // A connection that is told to end meanwhile ends.
            _ = state.compare_exchange(
                before,
                self.places.now(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
    }

    /// Whether the connection is to end now; if it is not, `reader` is woken when it is.
    pub(super) fn is_to_end(&self, reader: &Waker) -> bool {
        self.slot.reader.register(reader);
        self.slot.state.load(Ordering::Relaxed) == ENDING
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        // While this is locked, nobody tells it to end.
        let mut taken = self.places.taken.lock();
        self.is_served();
        taken.count -= 1;
        if let Some(places) = taken.by_address.get_mut(&self.address) {
            places.remove(self.key);
            if places.is_empty() {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
