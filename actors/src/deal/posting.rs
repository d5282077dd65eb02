//! Deals that are being written or told to their shops: whoever tells people of them waits for that.

use std::collections::HashMap;
use std::sync::Arc;

use hotdeal_domain::EventId;
use parking_lot::Mutex;

/// By deal, the number of such commands: as many as are under way.
#[derive(Default)]
pub(crate) struct Postings(Mutex<HashMap<EventId, u32>>);

/// While it lives, nobody is told of the deal: its shops do not make its price yet.
pub(crate) struct Posting {
    all: Arc<Postings>,
    deal: EventId,
}

impl Drop for Posting {
    fn drop(&mut self) {
        let mut posting = self.all.0.lock();
        if let Some(count) = posting.get_mut(&self.deal) {
            *count -= 1;
            if *count == 0 {
                posting.remove(&self.deal);
            }
        }
    }
}

impl Postings {
    /// Holds back the news of a deal.
    pub(crate) fn post(self: &Arc<Self>, deal: EventId) -> Posting {
        *self.0.lock().entry(deal).or_default() += 1;
        Posting { all: self.clone(), deal }
    }

    /// Whether the news of a deal is held back.
    pub(crate) fn is_posting(&self, deal: EventId) -> bool {
        self.0.lock().contains_key(&deal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_is_held_back_until_nobody_posts_it() {
        let (postings, deal) = (Arc::new(Postings::default()), EventId::try_from(7));
        let deal = deal.expect("an event of the test");
        let (one, other) = (postings.post(deal), postings.post(deal));
        drop(one);
        assert!(postings.is_posting(deal));
        drop(other);
        assert!(!postings.is_posting(deal));
    }
}
