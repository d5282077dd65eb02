//! How often actors were rebuilt after a failure, for those who look at them.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Keys remembered at most, those that failed first forgotten first: more than an operator looks at.
pub(super) const REMEMBERED: usize = 1_024;

/// Rebuilds since this node started, by key.
pub(super) struct Rebuilt<K> {
    counts: HashMap<K, u64>,
    /// The keys in the order in which they failed for the first time.
    order: VecDeque<K>,
}

impl<K> Default for Rebuilt<K> {
    fn default() -> Self {
        Self { counts: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash> Rebuilt<K> {
    /// One more of this key.
    pub(super) fn note(&mut self, key: K) {
        let count = self.counts.entry(key).or_default();
        *count += 1;
        if *count > 1 {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(first) = self.order.pop_front()
        {
            self.counts.remove(&first);
        }
    }

    /// How many of this key, as far as they are remembered.
    pub(super) fn count(&self, key: &K) -> u64 {
        self.counts.get(key).copied().unwrap_or(0)
    }

    /// The keys that are remembered, with how many of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, u64)> {
        self.counts.iter().map(|(key, count)| (key, *count))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }
}
