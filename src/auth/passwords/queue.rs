//! Passwords that wait to be hashed: one queue for checks and one for new passwords, so that
//! neither takes the room of the other. In both together, one address has few places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::Mutex;

use super::HashingBusy;
use crate::limits::ipv6_prefix;

/// How many passwords may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingBounds {
    /// Passwords to be checked.
    pub checks_max: usize,
    /// New passwords.
    pub new_max: usize,
    /// Those of one address, in both queues.
    pub per_address_max: usize,
}

/// In one turn of this many, a new password goes before a check. In the others a check goes first:
/// an account that exists has priority, and no new password waits for ever.
const TURNS: usize = 4;

/// The end at which passwords enter.
pub(super) struct Door<C, N> {
    checks: SyncSender<(C, Waiting)>,
    new: SyncSender<(N, Waiting)>,
    /// Has one entry for each password that entered.
    bell: SyncSender<()>,
    by_address: ByAddress,
    per_address_max: usize,
}

/// The end at which passwords are taken.
pub(super) struct Hall<C, N> {
    checks: Receiver<(C, Waiting)>,
    new: Receiver<(N, Waiting)>,
    bell: Receiver<()>,
    turn: usize,
}

/// How many passwords of each address wait.
type ByAddress = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The place of a password in the count of its address, until this is dropped.
pub(super) struct Waiting {
    address: Option<IpAddr>,
    by_address: ByAddress,
}

/// The next password, by its kind.
pub(super) enum Next<C, N> {
    Check(C),
    New(N),
}

/// The two ends of the queues. [`Hall::next`] gives `None` once the [`Door`] is gone.
pub(super) fn queues<C, N>(bounds: HashingBounds) -> (Door<C, N>, Hall<C, N>) {
    let (checks, checks_out) = sync_channel(bounds.checks_max);
    let (new, new_out) = sync_channel(bounds.new_max);
    let (bell, bell_out) = sync_channel(bounds.checks_max + bounds.new_max);
    let by_address = ByAddress::default();
    let per_address_max = bounds.per_address_max;
    let hall = Hall { checks: checks_out, new: new_out, bell: bell_out, turn: 0 };
    (Door { checks, new, bell, by_address, per_address_max }, hall)
}

impl<C, N> Door<C, N> {
    /// Lets a check enter.
    ///
    /// # Errors
    /// [`HashingBusy`] when too many wait, or too many of this address.
    pub(super) fn check(&self, check: C, from: Option<IpAddr>) -> Result<(), HashingBusy> {
        let place = self.place(from)?;
        self.checks.try_send((check, place)).map_err(|_| HashingBusy)?;
        self.ring()
    }

    /// Lets a new password enter.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(super) fn new_one(&self, new: N, from: Option<IpAddr>) -> Result<(), HashingBusy> {
        let place = self.place(from)?;
        self.new.try_send((new, place)).map_err(|_| HashingBusy)?;
        self.ring()
    }

    /// There is room for an entry for each password, so this fails only if the other end is gone.
    fn ring(&self) -> Result<(), HashingBusy> {
        self.bell.try_send(()).map_err(|_| HashingBusy)
    }

    fn place(&self, from: Option<IpAddr>) -> Result<Waiting, HashingBusy> {
        let address = from.map(ipv6_prefix);
        if let Some(address) = address {
            let mut by_address = self.by_address.lock();
            let waiting = by_address.entry(address).or_default();
            if *waiting >= self.per_address_max {
                return Err(HashingBusy);
            }
            *waiting += 1;
        }
        Ok(Waiting { address, by_address: self.by_address.clone() })
    }
}

impl<C, N> Hall<C, N> {
    /// The next password with its place, once there is one; `None` when none will come.
    pub(super) fn next(&mut self) -> Option<(Next<C, N>, Waiting)> {
        self.bell.recv().ok()?;
        self.turn = (self.turn + 1) % TURNS;
        let check = |hall: &Self| {
            hall.checks.try_recv().ok().map(|(check, place)| (Next::Check(check), place))
        };
        let new =
            |hall: &Self| hall.new.try_recv().ok().map(|(new, place)| (Next::New(new), place));
        match self.turn {
            0 => new(self).or_else(|| check(self)),
            _ => check(self).or_else(|| new(self)),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut by_address = self.by_address.lock();
        if let Some(waiting) = by_address.get_mut(&address) {
            *waiting -= 1;
            if *waiting == 0 {
                by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some([10, 0, 0, last].into())
    }

    #[test]
    fn checks_have_room_and_most_turns_whatever_else_waits() {
        let bounds = HashingBounds { checks_max: 8, new_max: 4, per_address_max: 20 };
        let (door, mut hall) = queues::<u8, u8>(bounds);
        let let_in = |count: u8, is_new: bool| {
            (0..count)
                .filter(|number| match is_new {
                    true => door.new_one(*number, address(1)).is_ok(),
                    false => door.check(*number, address(2)).is_ok(),
                })
                .count()
        };
        assert_eq!((let_in(20, true), let_in(20, false)), (4, 8));
        let mut order = String::new();
        drop(door);
        while let Some((next, _)) = hall.next() {
            order.push(match next {
                Next::Check(_) => 'c',
                Next::New(_) => 'n',
            });
        }
        assert_eq!(order, "cccncccnccnn");
    }

    #[test]
    fn few_of_an_address_wait_and_whoever_is_done_makes_room() {
        let bounds = HashingBounds { checks_max: 100, new_max: 100, per_address_max: 3 };
        let (door, mut hall) = queues::<(), ()>(bounds);
        assert_eq!(door.check((), address(1)), Ok(()));
        assert_eq!(door.new_one((), address(1)), Ok(()));
        assert_eq!(door.check((), address(1)), Ok(()));
        assert_eq!(door.check((), address(1)), Err(HashingBusy));
        assert_eq!(door.new_one((), address(1)), Err(HashingBusy));
        assert_eq!(door.check((), address(2)), Ok(()));
        assert_eq!(door.check((), None), Ok(()), "our own");
        let being_hashed = hall.next();
        assert_eq!(door.check((), address(1)), Err(HashingBusy), "it is not done");
        drop(being_hashed);
        assert_eq!(door.check((), address(1)), Ok(()));
        for _ in 0..5 {
            drop(hall.next());
        }
        assert!(door.by_address.lock().is_empty(), "nothing is kept of who has gone");
    }
}
