//! Which coupon carries which discount: shares made whole, then shuffled by a recorded seed.

use super::Policy;
use crate::SplitMix64;

/// The policy of every coupon, by ordinal. The same seed and policies give the same draw, so a
/// draw can be proved afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw(std::sync::Arc<[u8]>);

impl Draw {
    /// Lays out `total` coupons by the policies' shares (largest remainder) and shuffles them
    /// (Fisher–Yates) with `seed`.
    pub fn new(policies: &[Policy], total: u32, seed: u64) -> Self {
        let mut by_ordinal = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
        for (policy, count) in (0_u8..=u8::MAX).zip(Self::counts(policies, total)) {
            by_ordinal.extend((0..count).map(|_| policy));
        }
        let mut chance = SplitMix64::new(seed);
        for last in (1..total).rev() {
            let other = chance.below(last + 1);
            by_ordinal.swap(index(last), index(other));
        }
        Self(by_ordinal.into())
    }

    /// How many coupons each policy gets: exact shares, the left-over ones to the largest
    /// remainders, the earlier policy first among equals.
    pub fn counts(policies: &[Policy], total: u32) -> Vec<u32> {
        let share = |policy: &Policy| u64::from(total) * u64::from(policy.allocation_percentage);
        let mut counts: Vec<u32> = policies
            .iter()
            .map(|policy| u32::try_from(share(policy) / 100).unwrap_or(u32::MAX))
            .collect();
        let mut by_remainder: Vec<usize> = (0..policies.len()).collect();
        by_remainder.sort_by_key(|&i| std::cmp::Reverse(share(&policies[i]) % 100));
        let laid_out: u32 = counts.iter().sum();
        let left_over = index(total.saturating_sub(laid_out));
        for &i in by_remainder.iter().take(left_over) {
            counts[i] += 1;
        }
        counts
    }

    /// The index of the policy of the coupon at `ordinal`, or `None` past the end.
    pub fn policy(&self, ordinal: u32) -> Option<u8> {
        self.0.get(index(ordinal)).copied()
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
