//! The pool of one event: who holds which coupon, and who may have the next.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CouponTerms, Draw};
use crate::invariant::{Broken, Invariant};
use crate::named::named;
use crate::{Discount, Phase, UnixMillis, UserId};

/// How far the preparation of a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStatus {
    /// Coupons are being written.
    Preparing,
    /// Every coupon is written; issuing follows the window.
    Ready,
    /// Preparation failed for good.
    Failed,
}

named! {
    BatchStatus as JSON { Preparing = "PREPARING", Ready = "READY", Failed = "FAILED" }
}

/// A coupon that a shopper holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its place in the batch, from 0.
    pub ordinal: u32,
    /// What it takes off.
    pub discount: Discount,
    /// When it was issued.
    pub issued_at: UnixMillis,
}

/// A coupon was issued: the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponIssued {
    /// To whom.
    pub user: UserId,
    /// Which one: its place in the batch, from 0.
    pub ordinal: u32,
    /// When.
    pub at: UnixMillis,
}

/// Why no coupon is issued: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssueRefusal {
    /// The coupons are still being prepared, or could not be.
    NotReady(BatchStatus),
    /// The shopper has one already: this one.
    Duplicate(Grant),
    /// The window opens later, at this instant.
    NotOpenYet(UnixMillis),
    /// The window has closed.
    Closed,
    /// Every coupon has been issued.
    SoldOut,
}

/// The coupons of one event. [`decide`](Self::decide) changes nothing; [`apply`](Self::apply)
/// cannot refuse, and also rebuilds the pool.
///
/// A clone shares the record of issued coupons. So clone only a pool that issues nothing more:
/// while a clone exists, applying a fact copies the whole record.
///
/// Memory: 17 bytes a slot of the map at a load of 7/16 to 7/8, 8 for the time of issue and 1
/// for the draw: at most 48 bytes a coupon.
#[derive(Debug, Clone)]
pub struct CouponPool {
    terms: CouponTerms,
    draw: Draw,
    status: BatchStatus,
    holders: Arc<HashMap<UserId, u32>>,
    /// By ordinal, so its length is the number of coupons issued.
    issued_at: Arc<Vec<UnixMillis>>,
}

impl CouponPool {
    /// A pool from which nothing was issued.
    pub fn new(terms: CouponTerms, seed: u64, status: BatchStatus) -> Self {
        let draw = Draw::new(&terms.policies, terms.total, seed);
        Self { terms, draw, status, holders: Arc::default(), issued_at: Arc::default() }
    }

    /// Makes room for `issued` holders at once, before a rebuild applies their facts.
    pub fn reserve(&mut self, issued: usize) {
        Arc::make_mut(&mut self.holders).reserve(issued);
        Arc::make_mut(&mut self.issued_at).reserve_exact(issued);
    }

    /// Decides whether `user` gets a coupon at `at`, and which.
    ///
    /// # Errors
    /// The first [`IssueRefusal`] that applies.
    pub fn decide(&self, user: UserId, at: UnixMillis) -> Result<CouponIssued, IssueRefusal> {
        if self.status != BatchStatus::Ready {
            return Err(IssueRefusal::NotReady(self.status));
        }
        if let Some(grant) = self.grant_of(user) {
            return Err(IssueRefusal::Duplicate(grant));
        }
        match self.terms.window.phase(at) {
            Phase::Before => return Err(IssueRefusal::NotOpenYet(self.terms.window.start)),
            Phase::After => return Err(IssueRefusal::Closed),
            Phase::Open => {}
        }
        let ordinal = self.issued();
        if ordinal >= self.terms.total {
            return Err(IssueRefusal::SoldOut);
        }
        Ok(CouponIssued { user, ordinal, at })
    }

    /// Applies a fact, fresh or replayed; facts come in the order of their ordinals.
    pub fn apply(&mut self, fact: CouponIssued) {
        debug_assert_eq!(fact.ordinal, self.issued(), "facts of a pool come in order");
        Arc::make_mut(&mut self.holders).insert(fact.user, fact.ordinal);
        Arc::make_mut(&mut self.issued_at).push(fact.at);
    }

    /// Records how far the preparation has come.
    pub fn set_status(&mut self, status: BatchStatus) {
        self.status = status;
    }

    /// The coupon `user` holds.
    pub fn grant_of(&self, user: UserId) -> Option<Grant> {
        let ordinal = *self.holders.get(&user)?;
        let issued_at = *self.issued_at.get(usize::try_from(ordinal).ok()?)?;
        Some(Grant { ordinal, discount: self.discount(ordinal)?, issued_at })
    }

    /// What the coupon at `ordinal` takes off; `None` past the end of the batch.
    pub fn discount(&self, ordinal: u32) -> Option<Discount> {
        let policy = self.draw.policy(ordinal)?;
        Some(self.terms.policies.get(usize::from(policy))?.discount)
    }

    /// The draw: which coupon carries which policy.
    pub fn draw(&self) -> &Draw {
        &self.draw
    }

    /// The terms of the event.
    pub fn terms(&self) -> &CouponTerms {
        &self.terms
    }

    /// How far the preparation has come.
    pub fn status(&self) -> BatchStatus {
        self.status
    }

    /// How many coupons have been issued.
    pub fn issued(&self) -> u32 {
        u32::try_from(self.issued_at.len()).unwrap_or(u32::MAX)
    }

    /// How many coupons are left.
    pub fn remaining(&self) -> u32 {
        self.terms.total.saturating_sub(self.issued())
    }

    /// Checks the catalogue of invariants.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        let holders = self.holders.len();
        let issued = self.issued_at.len();
        Invariant::CouponsWithinTotal.holds(self.issued() <= self.terms.total)?;
        Invariant::OneCouponAShopper.holds(holders == issued)?;
        let mut held: Vec<u32> = self.holders.values().copied().collect();
        held.sort_unstable();
        Invariant::EachCouponOnce.holds(held.iter().copied().eq(0..self.issued()))
    }
}
