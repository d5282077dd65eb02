//! Orders that have changed after they were made, for whoever tells their buyers.
//!
//! What a buyer is told is how the order stands, so one that changes twice before anybody looks is told once. What
//! is not told, because nobody was connected or too much happened, is read by the next page.

use std::collections::HashSet;

use hotdeal_domain::OrderId;
use hotdeal_domain::order::OrderFact;
use parking_lot::Mutex;

/// Orders that may wait to be told: more than change in a minute. Beyond that a buyer reads of it by themselves.
const WAITING_MAX: usize = 100_000;

/// Learns of each durable fact of the shops on this node.
#[derive(Debug, Default)]
pub(crate) struct ChangedOrders(Mutex<HashSet<OrderId, foldhash::fast::RandomState>>);

impl ChangedOrders {
    /// Learns of a durable fact. That an order was made is the buyer's own doing.
    pub(crate) fn learn(&self, fact: &OrderFact) {
        if matches!(fact, OrderFact::OrderPlaced(_) | OrderFact::StockSold { .. }) {
            return;
        }
        let mut waiting = self.0.lock();
        if waiting.len() < WAITING_MAX {
            waiting.insert(fact.order());
        }
    }

    /// Takes at most so many out.
    pub(super) fn take(&self, most: usize) -> Vec<OrderId> {
        let mut waiting = self.0.lock();
        let taken: Vec<OrderId> = waiting.iter().take(most).copied().collect();
        for order in &taken {
            waiting.remove(order);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::UnixMillis;

    use super::*;

    fn cancelled(order: i64) -> OrderFact {
        let order = order.try_into().expect("a number");
        OrderFact::OrderEmptied { order, at: UnixMillis(0) }
    }

    #[test]
    fn an_order_that_changes_twice_is_told_once_and_no_more_wait_than_the_bound() {
        let changed = ChangedOrders::default();
        changed.learn(&cancelled(1));
        changed.learn(&cancelled(1));
        changed.learn(&cancelled(2));
        assert_eq!(changed.take(1).len(), 1);
        assert_eq!(changed.take(10).len(), 1);
        assert!(changed.take(10).is_empty());
        for order in 1..=(WAITING_MAX as i64 + 1) {
            changed.learn(&cancelled(order));
        }
        assert_eq!(changed.take(usize::MAX).len(), WAITING_MAX);
    }
}
