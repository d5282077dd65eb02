//! Runs of marks become few: eight of about a size, side by side, become one, and eight of those
//! again. A look-up asks each run, so it asks some thirty for as many keys as the filter has room for.
//!
//! The marks move to the last of the eight, a portion at a time. Each is in one run at any time, which
//! is called by no lower number than its own: who looks one up, or forgets the oldest, need not know
//! that they are on their way. Only who owns the log moves them, because who takes it over reads which
//! runs there are.
//!
//! For 32 million keys there are 28 runs at most, of up to four million marks each. While others write
//! without a pause, merging waits until there are 256.

use std::time::{Duration, Instant};

use super::Keys;
use super::log::RUN;
use super::rows::MarksMerge;
use crate::error::RequestError;
use crate::ledger::queue::Ledger;
use crate::storage::Storage;

/// So many become one.
const AT_ONCE: usize = 8;
/// A run of so many answers stays as it is: it is kept until the youngest of them is too old.
const LARGEST: u64 = SMALLEST * (AT_ONCE * AT_ONCE * AT_ONCE) as u64;
const SMALLEST: u64 = RUN as u64;
/// Marks moved in one transaction: some ten milliseconds in which nothing else is written.
const PORTION: u64 = 2_000;
/// After this long the rest is left for the next sweep: a tenth of the ledger's time.
const A_SWEEP: Duration = Duration::from_millis(100);

/// With so many runs a look-up takes a fraction of a millisecond: until there are more, merging waits
/// while others write.
const FEW: usize = 256;

/// What is being merged.
#[derive(Debug, Default)]
pub(crate) struct Merging(Option<Moves>);

impl Merging {
    /// Goes on where the last sweep has stopped.
    ///
    /// # Errors
    /// [`RequestError::Unavailable`] where the database does not take that: it is tried again.
    pub(crate) async fn go_on(
        &mut self,
        keys: &Keys,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<(), RequestError> {
        let (began, log) = (Instant::now(), keys.log());
        while began.elapsed() < A_SWEEP {
            if self.0.is_none() {
                self.0 = Moves::of(&log.runs());
            }
            let Some(moves) = &mut self.0 else { break };
            if ledger.depth() > 0 && log.runs().len() <= FEW {
                break;
            }
            let owner = log.owned(ledger, storage).await?;
            moves.portion(owner.epoch).run(ledger).await?;
            moves.done += 1;
            if moves.done == moves.portions {
                log.is_merged(&moves.from);
                self.0 = None;
            }
        }
        Ok(())
    }
}

/// Runs on their way into the last of them.
#[derive(Debug)]
struct Moves {
    from: Vec<i64>,
    into: i64,
    portions: u64,
    done: u64,
}

impl Moves {
    /// Of all runs, in order, the first eight of a size. How many answers one has, the number of the
    /// one before it says; of the first of all, that is perhaps gone, and it stays as it is then.
    fn of(runs: &[i64]) -> Option<Self> {
        let before = std::iter::once(&0).chain(runs);
        let sizes: Vec<u64> =
            runs.iter().zip(before).map(|(run, last)| run.abs_diff(*last)).collect();
        let level = |size: u64| (size / SMALLEST).max(1).ilog(AT_ONCE as u64);
        let at = sizes.windows(AT_ONCE).position(|sizes| {
            sizes.iter().all(|size| *size < LARGEST && level(*size) == level(sizes[0]))
        })?;
        let (into, from) = runs[at..at + AT_ONCE].split_last()?;
        let marks: u64 = sizes[at..at + from.len()].iter().sum();
        let portions = marks.div_ceil(PORTION).max(1);
        Some(Self { from: from.to_vec(), into: *into, portions, done: 0 })
    }

    /// The next of them: marks are digests, so each share of all numbers has as many.
    fn portion(&self, epoch: i64) -> MarksMerge {
        let end = (u128::from(self.done + 1) << 64) / u128::from(self.portions) - 1;
        let from_lowest = u64::try_from(end).unwrap_or(u64::MAX);
        let through = (from_lowest ^ (1 << 63)).cast_signed();
        MarksMerge { epoch, from: self.from.clone(), into: self.into, through }
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::keys::merge::*;

    /// What is left of so many runs once nothing is to be merged any more.
    fn merged(mut runs: Vec<i64>) -> Vec<i64> {
        while let Some(moves) = Moves::of(&runs) {
            assert!(moves.from.iter().all(|from| *from < moves.into));
            runs.retain(|run| !moves.from.contains(run));
        }
        runs
    }

    fn runs(numbers: std::ops::RangeInclusive<i64>) -> Vec<i64> {
        numbers.map(|number| number * 8_192).collect()
    }

    #[test]
    fn there_are_never_more_than_some_thirty_runs() {
        let mut kept = Vec::new();
        let mut most = 0;
        // As many keys as the filter has room for.
        for run in runs(1..=4_096) {
            kept.push(run);
            kept = merged(kept);
            most = most.max(kept.len());
        }
        assert_eq!((kept.len(), most), (8, 28));
    }

    #[test]
    fn the_first_run_stays_where_nobody_knows_how_long_it_is() {
        assert_eq!(merged(runs(600..=607)), runs(600..=607));
        assert_eq!(merged(runs(600..=608)), [600 * 8_192, 608 * 8_192]);
    }

    #[test]
    fn portions_have_all_marks_between_them() {
        let mut moves = Moves::of(&runs(1..=8)).expect("eight of a size");
        assert_eq!((moves.portions, moves.into), (29, 8 * 8_192));
        let mut last = i64::MIN;
        while moves.done < moves.portions {
            let through = moves.portion(1).through;
            assert!(through > last);
            last = through;
            moves.done += 1;
        }
        assert_eq!(last, i64::MAX);
    }
}
