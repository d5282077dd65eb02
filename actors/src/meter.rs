//! Counters an operator reads without asking the actor: relaxed atomics, a few nanoseconds each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::{LatencyView, MailboxView, MessagesView, Percentiles, clock};

/// Values up to this are told apart by an eighth of their size.
const BUCKETS: usize = 8 * 40;

/// Counts of values by size, three significant bits each: percentiles to within an eighth.
#[derive(Debug)]
pub(crate) struct Histogram(Box<[AtomicU64]>);

impl Default for Histogram {
    fn default() -> Self {
        Self((0..BUCKETS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Histogram {
    /// Counts one value.
    pub(crate) fn record(&self, value: u64) {
        if let Some(bucket) = self.0.get(bucket_of(value)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The value below which `share` (0 to 1) of all lie; 0 when nothing was counted.
    pub(crate) fn percentile(&self, share: f64) -> u64 {
        let counts: Vec<u64> = self.0.iter().map(|b| b.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let mut seen = 0;
        for (bucket, count) in counts.iter().enumerate() {
            seen += count;
            if *count > 0 && seen as f64 >= total as f64 * share {
                return ceiling_of(bucket);
            }
        }
        0
    }

    /// The median and the 99th percentile.
    pub(crate) fn percentiles(&self) -> Percentiles {
        Percentiles { p50: self.percentile(0.5), p99: self.percentile(0.99) }
    }
}

fn bucket_of(value: u64) -> usize {
    let bits = 64 - value.leading_zeros();
    let (exponent, mantissa) = if bits <= 3 { (0, value) } else { (bits - 3, value >> (bits - 4)) };
    let index = if exponent == 0 { mantissa } else { u64::from(exponent) * 8 + (mantissa & 7) };
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

fn ceiling_of(bucket: usize) -> u64 {
    let (exponent, mantissa) = (bucket / 8, (bucket % 8) as u64);
    if exponent == 0 { mantissa } else { (((mantissa | 8) + 1) << (exponent - 1)) - 1 }
}

/// What is counted of one actor.
#[derive(Debug)]
pub(crate) struct Meter {
    depth: AtomicI64,
    high_water: AtomicI64,
    rejected: AtomicU64,
    handled: AtomicU64,
    refused: AtomicU64,
    last_used_ms: AtomicI64,
    started_at: i64,
    wait_us: Histogram,
    handle_us: Histogram,
    gauge_names: &'static [&'static str],
    gauges: [AtomicI64; GAUGES_MAX],
}

/// Gauges of one actor at most.
const GAUGES_MAX: usize = 4;

impl Meter {
    /// Counters at zero, and gauges with these names.
    pub(crate) fn new(gauge_names: &'static [&'static str]) -> Self {
        debug_assert!(gauge_names.len() <= GAUGES_MAX, "an actor has few gauges");
        Self {
            depth: AtomicI64::new(0),
            high_water: AtomicI64::new(0),
            rejected: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            last_used_ms: AtomicI64::new(clock::coarse_ms()),
            started_at: clock::now().0,
            wait_us: Histogram::default(),
            handle_us: Histogram::default(),
            gauge_names,
            gauges: std::array::from_fn(|_| AtomicI64::new(0)),
        }
    }
}

/// One message in this many has its times measured: a clock read costs more than a counter.
const SAMPLED: u64 = 8;

impl Meter {
    /// A message is about to be sent: it counts as waiting until its turn, or its end.
    pub(crate) fn sending(self: &Arc<Self>) -> InMailbox {
        let depth = self.depth.fetch_add(1, Ordering::Relaxed) + 1;
        self.high_water.fetch_max(depth, Ordering::Relaxed);
        InMailbox(self.clone())
    }

    /// A message did not get in.
    pub(crate) fn rejected(&self) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the times of the message whose turn it is are measured.
    pub(crate) fn is_sampled(&self) -> bool {
        self.handled.load(Ordering::Relaxed) % SAMPLED == 1
    }

    /// A measured message waited and was handled for so many microseconds.
    pub(crate) fn measured(&self, waited_us: u64, handled_us: u64) {
        self.wait_us.record(waited_us);
        self.handle_us.record(handled_us);
    }

    /// A request was refused by a rule.
    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// The actor was used.
    pub(crate) fn used(&self) {
        self.last_used_ms.store(clock::coarse_ms(), Ordering::Relaxed);
    }

    /// Publishes what the actor holds, by count, in the order of the gauges' names.
    pub(crate) fn publish<const N: usize>(&self, counts: [i64; N]) {
        for (gauge, count) in self.gauges.iter().zip(counts) {
            gauge.store(count, Ordering::Relaxed);
        }
    }

    /// What was last published.
    pub(crate) fn size(&self) -> serde_json::Value {
        let counts = self.gauges.iter().map(|gauge| gauge.load(Ordering::Relaxed));
        self.gauge_names.iter().zip(counts).map(|(name, count)| (*name, count)).collect()
    }

    /// Messages waiting.
    pub(crate) fn depth(&self) -> i64 {
        self.depth.load(Ordering::Relaxed)
    }

    /// When the actor was activated, in milliseconds since 1970.
    pub(crate) fn started_at(&self) -> i64 {
        self.started_at
    }

    /// Milliseconds since it was last used, by the clock that nobody sets.
    pub(crate) fn idle_ms(&self) -> i64 {
        clock::coarse_ms().saturating_sub(self.last_used_ms.load(Ordering::Relaxed)).max(0)
    }

    /// The mailbox, with its bound.
    pub(crate) fn mailbox(&self, capacity: usize) -> MailboxView {
        MailboxView {
            depth: self.depth(),
            capacity,
            high_water: self.high_water.load(Ordering::Relaxed),
            rejected_total: self.rejected.load(Ordering::Relaxed),
        }
    }

    /// The messages handled and refused.
    pub(crate) fn messages(&self) -> MessagesView {
        MessagesView {
            handled_total: self.handled.load(Ordering::Relaxed),
            refused_total: self.refused.load(Ordering::Relaxed),
        }
    }

    /// The times in the mailbox and in the handler.
    pub(crate) fn latency(&self) -> LatencyView {
        LatencyView { wait_us: self.wait_us.percentiles(), handle_us: self.handle_us.percentiles() }
    }
}

/// A message that waits for its turn.
pub(crate) struct InMailbox(Arc<Meter>);

impl InMailbox {
    /// Its turn has come.
    pub(crate) fn begin(self) {
        self.0.handled.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for InMailbox {
    fn drop(&mut self) {
        self.0.depth.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use crate::meter::*;

    #[test]
    fn percentiles_are_right_to_within_an_eighth() {
        let histogram = Histogram::default();
        (1..=10_000).for_each(|value| histogram.record(value));
        for (share, expected) in [(0.5, 5_000_u64), (0.99, 9_900), (1.0, 10_000)] {
            let found = histogram.percentile(share);
            assert!(found.abs_diff(expected) * 8 <= expected, "{share}: {found} for {expected}");
        }
    }

    #[test]
    fn every_value_has_a_bucket_not_below_it() {
        for value in (0..64).map(|bit| 1_u64 << bit).take(40).chain(0..100) {
            assert!(ceiling_of(bucket_of(value)) >= value, "{value}");
        }
    }
}
