//! How often somebody may be wrong about a password.
//!
//! Three allowances, each a bucket that fills again over the window: one account from one address;
//! one address for all accounts; one account from all addresses from which it has never logged in.
//! The last one stops many machines that guess at one account, and does not hold up an owner at an
//! address that was used before. An attempt is charged before the password is checked, so that a
//! thousand requests at once are not a thousand guesses. It is given back if the password was
//! right.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;

use crate::limits::{Pace, ipv6_prefix};

/// Buckets at most, some 100 bytes each. Full buckets are dropped first. If a flood of addresses
/// leaves none that is full, all are dropped, and only the bound of the hashing queue remains.
const BUCKETS_MAX: usize = 100_000;
/// Pairs of an account and an address from which it logged in: how many are remembered.
const FAMILIAR_MAX: usize = 100_000;
/// From all unknown addresses together, an account may be wrong this many times as often as from
/// one.
const EVERYWHERE: u32 = 10;

/// How many wrong passwords are allowed within a window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// For one account from one address.
    pub(crate) account: u32,
    /// For one address.
    pub(crate) address: u32,
    /// The window.
    pub(crate) window: Duration,
}

/// Too many passwords were wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds until the next attempt may be made.
    pub(crate) retry_after_s: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Here(Box<str>, IpAddr),
    Address(IpAddr),
    Everywhere(Box<str>),
}

/// What is left of each allowance, as the instant at which it is whole again. The time is in
/// milliseconds of the monotonic clock: setting the wall clock must not lock everybody out.
#[derive(Debug, Default)]
struct Tables {
    whole_at: HashMap<Key, i64>,
    familiar: HashMap<(Box<str>, IpAddr), ()>,
}

/// Counts wrong passwords.
#[derive(Debug)]
pub(crate) struct Attempts {
    allowance: Allowance,
    tables: Mutex<Tables>,
}

/// An attempt that was charged. Dropping it gives it back, for example when the caller leaves
/// before the password is checked, unless the password [was wrong](Self::was_wrong).
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    attempts: &'a Attempts,
    account: &'a str,
    address: Option<IpAddr>,
    /// The buckets that were charged. When the attempt is given back, others may apply.
    charged: Vec<(Key, Pace)>,
}

impl Attempt<'_> {
    /// The password was wrong: the attempt counts.
    pub(crate) fn was_wrong(mut self) {
        self.charged.clear();
    }

    /// The password was right: the attempt is given back, and the address is familiar.
    pub(crate) fn was_right(self) {
        let Some(address) = self.address else { return };
        let mut tables = self.attempts.tables.lock();
        if tables.familiar.len() >= FAMILIAR_MAX {
            tables.familiar.clear();
        }
        tables.familiar.insert((self.account.into(), ipv6_prefix(address)), ());
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut tables = self.attempts.tables.lock();
        for (key, pace) in &self.charged {
            if let Some(whole_at) = tables.whole_at.get_mut(key) {
                *whole_at = pace.give_back(*whole_at);
            }
        }
    }
}

impl Attempts {
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self { allowance, tables: Mutex::default() }
    }

    /// Charges an attempt at `account` (an e-mail address, whether it has an account or not) at
    /// this instant of the monotonic clock.
    ///
    /// # Errors
    /// [`TooMany`] when an allowance is used up; then nothing is charged.
    pub(crate) fn charge<'a>(
        &'a self,
        account: &'a str,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<Attempt<'a>, TooMany> {
        let mut tables = self.tables.lock();
        let charged = self.charges(&tables, account, address);
        let mut after = Vec::with_capacity(charged.len());
        let mut wait = 0;
        for (key, pace) in &charged {
            let whole_at = tables.whole_at.get(key).copied().unwrap_or(now_ms);
            match pace.charge(whole_at, now_ms) {
                Ok(then) => after.push((key.clone(), then)),
                Err(longer) => wait = wait.max(longer),
            }
        }
        if wait > 0 {
            let seconds = u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
            return Err(TooMany { retry_after_s: seconds });
        }
        make_room(&mut tables.whole_at, now_ms);
        tables.whole_at.extend(after);
        Ok(Attempt { attempts: self, account, address, charged })
    }

    fn charges(&self, tables: &Tables, account: &str, address: Option<IpAddr>) -> Vec<(Key, Pace)> {
        let mut charges = Vec::with_capacity(3);
        let address = address.map(ipv6_prefix);
        if let Some(address) = address {
            charges.push((Key::Here(account.into(), address), self.pace(self.allowance.account)));
            charges.push((Key::Address(address), self.pace(self.allowance.address)));
        }
        let is_familiar =
            address.is_some_and(|at| tables.familiar.contains_key(&(account.into(), at)));
        if !is_familiar {
            let most = self.allowance.account.saturating_mul(EVERYWHERE);
            charges.push((Key::Everywhere(account.into()), self.pace(most)));
        }
        charges
    }

    /// `most` attempts in the window, in milliseconds.
    fn pace(&self, most: u32) -> Pace {
        let window = i64::try_from(self.allowance.window.as_millis()).unwrap_or(i64::MAX / 4);
        Pace::new(most, window)
    }
}

fn make_room(whole_at: &mut HashMap<Key, i64>, now_ms: i64) {
    if whole_at.len() >= BUCKETS_MAX {
        whole_at.retain(|_, at| *at > now_ms);
        if whole_at.len() >= BUCKETS_MAX {
            tracing::warn!("too many sources of wrong passwords to count; starting anew");
            whole_at.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn attempts() -> Attempts {
        let window = Duration::from_secs(100);
        Attempts::new(Allowance { account: 5, address: 20, window })
    }

    fn at(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, last]))
    }

    /// A wrong password.
    fn guess(
        attempts: &Attempts,
        account: &str,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<(), TooMany> {
        attempts.charge(account, address, now_ms).map(Attempt::was_wrong)
    }

    /// How many of a hundred attempts are let through.
    fn let_through(attempts: &Attempts, account: &str, address: Option<IpAddr>) -> usize {
        (0..100).filter(|_| guess(attempts, account, address, NOW).is_ok()).count()
    }

    #[test]
    fn an_account_from_one_address_is_bounded_and_others_are_not_held_up() {
        let attempts = attempts();
        assert_eq!(let_through(&attempts, "kim", at(1)), 5);
        assert_eq!(guess(&attempts, "kim", at(1), NOW), Err(TooMany { retry_after_s: 20 }));
        assert_eq!(let_through(&attempts, "kim", at(2)), 5, "kim elsewhere");
        assert_eq!(guess(&attempts, "kim", at(1), NOW + 20_000), Ok(()), "it fills again");
    }

    #[test]
    fn an_address_is_bounded_over_all_accounts() {
        let attempts = attempts();
        let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
        let through = names.iter().filter(|name| guess(&attempts, name, at(1), NOW).is_ok());
        assert_eq!(through.count(), 20);
    }

    #[test]
    fn a_crowd_that_guesses_at_one_account_does_not_lock_its_owner_out() {
        let attempts = attempts();
        attempts.charge("kim", at(200), NOW).expect("the first").was_right();
        let guesses: usize = (1..100).map(|last| let_through(&attempts, "kim", at(last))).sum();
        assert_eq!(guesses, 50, "ten times what one address may");
        assert!(guess(&attempts, "kim", at(201), NOW).is_err(), "a stranger");
        assert!(guess(&attempts, "kim", at(200), NOW).is_ok(), "the owner, where they were before");
    }

    #[test]
    fn who_is_right_is_charged_nothing() {
        let attempts = attempts();
        for _ in 0..1_000 {
            attempts.charge("kim", at(1), NOW).expect("never used up").was_right();
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let attempts = attempts();
        let of = |last| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]));
        let through = (0..100).filter(|last| guess(&attempts, "kim", of(*last), NOW).is_ok());
        assert_eq!(through.count(), 5);
    }

    #[test]
    fn an_attempt_nobody_looked_at_is_given_back_as_it_was_charged() {
        let attempts = attempts();
        for _ in 0..1_000 {
            drop(attempts.charge("kim", at(1), NOW).expect("never used up"));
        }
        // Charged as from an unknown address, which another call has made a known one since.
        let unknown = attempts.charge("kim", at(1), NOW).expect("the first");
        attempts.charge("kim", at(1), NOW).expect("the second").was_right();
        drop(unknown);
        let guesses: usize = (2..100).map(|last| let_through(&attempts, "kim", at(last))).sum();
        assert_eq!(guesses, 50, "all that strangers may");
        let known = attempts.charge("kim", at(1), NOW).expect("familiar");
        attempts.tables.lock().familiar.clear();
        drop(known);
        assert!(guess(&attempts, "kim", at(3), NOW).is_err(), "strangers got nothing back");
    }
}
