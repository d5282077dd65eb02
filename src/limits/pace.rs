//! The rule of every allowance here: a number of calls in a window, as a bucket that fills again
//! evenly (GCRA). The only state of a bucket is the instant at which it is whole again.

/// An allowance. Times are in whatever unit the caller counts in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    window: i64,
    /// The part of the window that one call uses up.
    cost: i64,
}

impl Pace {
    /// `calls` in a window of this length.
    pub(crate) fn new(calls: u32, window: i64) -> Self {
        Self { window, cost: (window / i64::from(calls.max(1))).max(1) }
    }

    /// The instant at which a bucket is whole again after one more call now. `whole_at`: that
    /// instant before the call.
    ///
    /// # Errors
    /// How long to wait until there is room for the call.
    pub(crate) fn charge(&self, whole_at: i64, now: i64) -> Result<i64, i64> {
        let after = whole_at.max(now) + self.cost;
        let wait = after - (now + self.window);
        if wait > 0 { Err(wait) } else { Ok(after) }
    }

    /// The same bucket with one call given back.
    pub(crate) fn give_back(&self, whole_at: i64) -> i64 {
        whole_at - self.cost
    }

    /// Calls that can be made at once.
    pub(crate) fn left(&self, whole_at: i64, now: i64) -> i64 {
        (now + self.window - whole_at.max(now)) / self.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_calls_and_fills_again_evenly() {
        let pace = Pace::new(4, 100);
        let mut whole_at = 0;
        for left in (0..4).rev() {
            whole_at = pace.charge(whole_at, 1_000).expect("room");
            assert_eq!(pace.left(whole_at, 1_000), left);
        }
        assert_eq!(pace.charge(whole_at, 1_000), Err(25), "until one call's worth is back");
        assert_eq!(pace.charge(whole_at, 1_010), Err(15));
        assert!(pace.charge(whole_at, 1_025).is_ok());
        assert_eq!(pace.left(whole_at, 1_099), 3);
        assert_eq!(pace.left(whole_at, 1_100), 4);
        assert_eq!(pace.left(whole_at, 9_000), 4, "never more than all");
        let back = pace.give_back(whole_at);
        assert!(pace.charge(back, 1_000).is_ok());
    }

    #[test]
    fn more_calls_than_units_of_time_are_still_bounded() {
        let pace = Pace::new(1_000, 10);
        let mut whole_at = 0;
        let let_through = (0..1_000).filter(|_| match pace.charge(whole_at, 50) {
            Ok(after) => {
                whole_at = after;
                true
            }
            Err(_) => false,
        });
        assert_eq!(let_through.count(), 10);
    }
}
