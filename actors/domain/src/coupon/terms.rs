//! What a seller promises with a coupon event.

use serde::{Deserialize, Serialize};

use crate::{Amount, Discount, SaleWindow, UnixMillis};

/// Coupons in one batch at most: a preload of this size takes seconds, and ordinals stay 32 bits.
pub const COUPONS_MAX: u32 = 10_000_000;
/// Policies in one batch at most: the draw keeps one byte a coupon.
pub const POLICIES_MAX: usize = 100;
/// Characters of an event's name at most.
pub const NAME_MAX: usize = 200;
/// Days a coupon can stay valid after its issue at most: ten years.
const VALID_DAYS_MAX: u32 = 3_650;
const DAY_MS: i64 = 86_400_000;

/// A share of the batch and what its coupons are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What each of these coupons takes off.
    pub discount: Discount,
    /// Their share of the batch in percent.
    pub allocation_percentage: u8,
}

/// How long an issued coupon can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Validity {
    /// This many days from its issue.
    DaysFromIssue(u32),
    /// Until this instant.
    Until(UnixMillis),
}

/// The terms of a coupon event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponTerms {
    /// What the event is called.
    pub name: String,
    /// How many coupons there are.
    pub total: u32,
    /// The shares; their percentages add up to 100.
    pub policies: Vec<Policy>,
    /// When coupons are issued.
    pub window: SaleWindow,
    /// How long an issued coupon can be used.
    pub validity: Validity,
    /// The least an order must cost for a coupon to be used.
    pub minimum_price: Amount,
}

/// Why terms are refused: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TermsRefusal {
    /// The name is empty or longer than [`NAME_MAX`].
    NameLength,
    /// The total is zero or above [`COUPONS_MAX`].
    TotalOutOfRange,
    /// No policy, or more than [`POLICIES_MAX`].
    PolicyCount,
    /// A policy has no share, or takes nothing off.
    EmptyPolicy,
    /// The shares do not add up to 100.
    SharesNotWhole,
    /// The end does not lie after the start.
    WindowEmpty,
    /// The end has passed.
    WindowPast,
    /// A coupon could be invalid as soon as issued, or valid for longer than ten years.
    ValidityOutOfRange,
}

impl CouponTerms {
    /// Checks the terms as of `now`.
    ///
    /// # Errors
    /// The first [`TermsRefusal`] that applies.
    pub fn check(&self, now: UnixMillis) -> Result<(), TermsRefusal> {
        if self.name.trim().is_empty() || self.name.chars().count() > NAME_MAX {
            return Err(TermsRefusal::NameLength);
        }
        if !(1..=COUPONS_MAX).contains(&self.total) {
            return Err(TermsRefusal::TotalOutOfRange);
        }
        if !(1..=POLICIES_MAX).contains(&self.policies.len()) {
            return Err(TermsRefusal::PolicyCount);
        }
        if self.policies.iter().any(Policy::is_empty) {
            return Err(TermsRefusal::EmptyPolicy);
        }
        if self.policies.iter().map(|p| u32::from(p.allocation_percentage)).sum::<u32>() != 100 {
            return Err(TermsRefusal::SharesNotWhole);
        }
        if self.window.end <= self.window.start {
            return Err(TermsRefusal::WindowEmpty);
        }
        if self.window.end <= now {
            return Err(TermsRefusal::WindowPast);
        }
        match self.validity {
            Validity::DaysFromIssue(days) if (1..=VALID_DAYS_MAX).contains(&days) => Ok(()),
            Validity::Until(end) if end >= self.window.end && end <= self.latest_validity() => {
                Ok(())
            }
            Validity::DaysFromIssue(_) | Validity::Until(_) => {
                Err(TermsRefusal::ValidityOutOfRange)
            }
        }
    }

    fn latest_validity(&self) -> UnixMillis {
        self.window.end.plus(i64::from(VALID_DAYS_MAX) * DAY_MS)
    }

    /// When a coupon issued at `at` can last be used (exclusive). No coupon outlives
    /// [`UnixMillis::LATEST`].
    pub fn valid_until(&self, at: UnixMillis) -> UnixMillis {
        match self.validity {
            Validity::DaysFromIssue(days) => {
                at.plus(i64::from(days) * DAY_MS).min(UnixMillis::LATEST)
            }
            Validity::Until(end) => end,
        }
    }
}

impl Policy {
    fn is_empty(&self) -> bool {
        self.allocation_percentage == 0 || matches!(self.discount, Discount::Fixed(Amount::ZERO))
    }
}
