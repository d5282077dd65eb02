//! A walk through the pool of one event after another.

use std::collections::HashMap;

use hotdeal_domain::coupon::{BatchStatus, CouponIssued, CouponPool, CouponTerms, IssueRefusal};
use hotdeal_domain::{SaleWindow, SplitMix64, UnixMillis, UserId};

use super::{World, walk_all};
use crate::coupon_table::terms;
use crate::table::user;

/// Shoppers about: more than coupons, few enough that they come back.
const SHOPPERS: u32 = 60;

#[derive(Debug)]
enum Command {
    Issue { user: UserId, at: UnixMillis },
    SetStatus(BatchStatus),
    Rebuild,
    NextEvent { total: u32, seed: u64 },
}

struct Event {
    pool: CouponPool,
    seed: u64,
    facts: Vec<CouponIssued>,
    /// The model: who holds which ordinal since when.
    holders: HashMap<UserId, (u32, UnixMillis)>,
}

fn open(total: u32, seed: u64) -> Event {
    Event {
        pool: CouponPool::new(walk_terms(total), seed, BatchStatus::Preparing),
        seed,
        facts: Vec::new(),
        holders: HashMap::new(),
    }
}

fn walk_terms(total: u32) -> CouponTerms {
    let window = SaleWindow { start: UnixMillis(100), end: UnixMillis(900) };
    CouponTerms { window, ..terms(total) }
}

impl Event {
    /// What the model says must happen, in words.
    fn expected(&self, user: UserId, at: UnixMillis) -> String {
        let terms = self.pool.terms();
        if self.pool.status() != BatchStatus::Ready {
            "not ready".to_owned()
        } else if let Some((ordinal, since)) = self.holders.get(&user) {
            format!("holds {ordinal} since {}", since.0)
        } else if at.0 < terms.window.start.0 {
            "not open yet".to_owned()
        } else if at.0 >= terms.window.end.0 {
            "closed".to_owned()
        } else if self.holders.len() as u64 >= u64::from(terms.total) {
            "sold out".to_owned()
        } else {
            format!("gets {}", self.holders.len())
        }
    }

    fn issue(&mut self, user: UserId, at: UnixMillis) -> Result<(), String> {
        let expected = self.expected(user, at);
        let got = match self.pool.decide(user, at) {
            Ok(fact) => {
                self.pool.apply(fact);
                self.facts.push(fact);
                self.holders.insert(user, (fact.ordinal, at));
                format!("gets {}", fact.ordinal)
            }
            Err(IssueRefusal::NotReady(_)) => "not ready".to_owned(),
            Err(IssueRefusal::Duplicate(grant)) => {
                format!("holds {} since {}", grant.ordinal, grant.issued_at.0)
            }
            Err(IssueRefusal::NotOpenYet(_)) => "not open yet".to_owned(),
            Err(IssueRefusal::Closed) => "closed".to_owned(),
            Err(IssueRefusal::SoldOut) => "sold out".to_owned(),
        };
        if got == expected { Ok(()) } else { Err(format!("expected `{expected}`, got `{got}`")) }
    }

    fn rebuild(&mut self) {
        let status = self.pool.status();
        self.pool = CouponPool::new(self.pool.terms().clone(), self.seed, status);
        self.pool.reserve(self.facts.len());
        self.facts.iter().for_each(|&fact| self.pool.apply(fact));
    }
}

impl World for Event {
    type Command = Command;

    fn begin(chance: &mut SplitMix64) -> Self {
        open(1 + chance.below(40), chance.next_u64())
    }

    fn next(&self, chance: &mut SplitMix64) -> Command {
        match chance.below(100) {
            0..90 => Command::Issue {
                user: user(i64::from(1 + chance.below(SHOPPERS))),
                at: UnixMillis(90 + i64::from(chance.below(820))),
            },
            90..96 => Command::SetStatus(match chance.below(8) {
                0 => BatchStatus::Preparing,
                1 => BatchStatus::Failed,
                _ => BatchStatus::Ready,
            }),
            96..99 => Command::Rebuild,
            _ => Command::NextEvent { total: 1 + chance.below(80), seed: chance.next_u64() },
        }
    }

    fn run(&mut self, command: &Command) -> Result<(), String> {
        match *command {
            Command::Issue { user, at } => self.issue(user, at)?,
            Command::SetStatus(status) => self.pool.set_status(status),
            Command::Rebuild => self.rebuild(),
            Command::NextEvent { total, seed } => *self = open(total, seed),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        self.pool.check().map_err(|broken| broken.to_string())?;
        let issued = self.pool.issued() as usize;
        if issued != self.holders.len() {
            return Err(format!("{issued} issued, {} held", self.holders.len()));
        }
        for (&user, &(ordinal, since)) in &self.holders {
            let grant = self.pool.grant_of(user);
            let is_same = grant.is_some_and(|g| g.ordinal == ordinal && g.issued_at == since);
            if !is_same {
                return Err(format!("{user} holds {ordinal} since {since:?}, got {grant:?}"));
            }
        }
        if self.pool.remaining() != self.pool.terms().total - self.pool.issued() {
            return Err(format!("{} remain", self.pool.remaining()));
        }
        Ok(())
    }
}

#[test]
fn no_walk_through_an_event_breaks_an_invariant() {
    walk_all::<Event>();
}
