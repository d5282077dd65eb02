//! What the notifier shares with the rest of this node: who listens, and how far it has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hotdeal_domain::{EventId, UnixMillis};
use parking_lot::Mutex;
use parking_lot::RwLock;

use super::api::{NoticeBatch, NoticesPace};
use crate::deal::Postings;

/// Who hears of batches.
type Sink = Arc<dyn Fn(Arc<NoticeBatch>) + Send + Sync>;

/// Seconds over which the pace is told, besides the one that is not over.
const PACE_SECONDS: i64 = 10;

/// One a mall.
#[derive(Default)]
pub(crate) struct NoticeHub {
    sinks: RwLock<Vec<Sink>>,
    told_through: AtomicI64,
    /// Batches go out one at a time.
    turn: Mutex<()>,
    postings: Arc<Postings>,
    notices: AtomicU64,
    people: AtomicU64,
    pace: Mutex<NoticeRate>,
}

impl NoticeHub {
    /// With the deals whose news is held back.
    pub(crate) fn new(postings: Arc<Postings>) -> Self {
        Self { postings, ..Self::default() }
    }

    /// Whether the news of a deal is held back.
    pub(super) fn is_posting(&self, deal: EventId) -> bool {
        self.postings.is_posting(deal)
    }

    pub(crate) fn listen(&self, sink: impl Fn(Arc<NoticeBatch>) + Send + Sync + 'static) {
        self.sinks.write().push(Arc::new(sink));
    }

    /// The sequence of the last batch anybody was told here.
    pub(crate) fn told_through(&self) -> i64 {
        self.told_through.load(Ordering::Acquire)
    }

    /// This node begins here: who listens has not missed what was told before.
    pub(crate) fn begin_at(&self, sequence: i64) {
        self.told_through.store(sequence, Ordering::Release);
    }

    /// A batch is durable, and those who listen hear of it. An activation that was given up may tell the
    /// same batch as the one after it: they hear of it once. The sequence is set first. So somebody who
    /// begins to listen and then reads it misses nothing that comes after it.
    pub(crate) fn tell(&self, batch: &Arc<NoticeBatch>) {
        let _turn = self.turn.lock();
        if batch.sequence <= self.told_through() {
            return;
        }
        self.told_through.store(batch.sequence, Ordering::Release);
        let notices = batch.to.iter().map(|(_, lines)| lines.len()).sum::<usize>();
        let notices = u64::try_from(notices).unwrap_or(u64::MAX);
        self.notices.fetch_add(notices, Ordering::Relaxed);
        let people = u64::try_from(batch.to.len()).unwrap_or(u64::MAX);
        self.people.fetch_add(people, Ordering::Relaxed);
        self.pace.lock().count(batch.at, notices);
        let sinks = self.sinks.read().clone();
        for sink in sinks {
            sink(batch.clone());
        }
    }

    /// Notices told here.
    pub(crate) fn notices(&self) -> u64 {
        self.notices.load(Ordering::Relaxed)
    }

    /// How fast notices are delivered: between two batches, never in the middle of one.
    pub(crate) fn pace(&self, now: UnixMillis) -> NoticesPace {
        let _turn = self.turn.lock();
        NoticesPace {
            told_through: self.told_through(),
            notices_total: self.notices(),
            people_total: self.people.load(Ordering::Relaxed),
            per_second: self.pace.lock().per_second(now),
        }
    }
}

/// Notices by second, of the last few.
#[derive(Default)]
struct NoticeRate([(i64, u64); PACE_SECONDS as usize + 1]);

impl NoticeRate {
    fn count(&mut self, at: UnixMillis, notices: u64) {
        let second = at.0 / 1_000;
        let place = second.rem_euclid(PACE_SECONDS + 1).unsigned_abs();
        let slot = usize::try_from(place).ok().and_then(|place| self.0.get_mut(place));
        let Some((of, count)) = slot else { return };
        if *of != second {
            (*of, *count) = (second, 0);
        }
        *count += notices;
    }

    fn per_second(&self, now: UnixMillis) -> u64 {
        let second = now.0 / 1_000;
        let recent = self.0.iter().filter(|(of, _)| (second - PACE_SECONDS..second).contains(of));
        recent.map(|(_, count)| count).sum::<u64>() / PACE_SECONDS.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::deal::{Deal, DealTerms};
    use hotdeal_domain::notice::NewsKind;
    use hotdeal_domain::{Amount, Discount, SaleWindow};

    use crate::notice::hub::*;

    #[test]
    fn the_pace_is_that_of_the_last_whole_seconds() {
        let mut pace = NoticeRate::default();
        for (at, notices) in [(500, 1_000), (1_200, 300), (1_900, 200), (9_999, 70), (10_000, 5)] {
            pace.count(UnixMillis(at), notices);
        }
        for (now, per_second) in [(10_500, 157), (11_500, 57), (12_000, 7), (25_000, 0)] {
            assert_eq!(pace.per_second(UnixMillis(now)), per_second, "{now}");
        }
    }

    #[test]
    fn who_listens_hears_a_notice_batch_once() {
        let (hub, heard) = (NoticeHub::default(), Arc::new(Mutex::new(Vec::new())));
        let hearing = heard.clone();
        hub.listen(move |batch| hearing.lock().push(batch.sequence));
        hub.begin_at(4);
        for sequence in [4, 5, 6, 5, 6, 7] {
            hub.tell(&Arc::new(batch(sequence)));
            assert!(hub.told_through() >= sequence);
        }
        assert_eq!(*heard.lock(), [5, 6, 7]);
    }

    fn batch(sequence: i64) -> NoticeBatch {
        let amount = Amount::try_from(5).expect("an amount");
        let window = SaleWindow { start: UnixMillis(0), end: UnixMillis(9) };
        let deal = Deal {
            id: EventId::try_from(7).expect("an event"),
            terms: DealTerms {
                discount: Discount::Fixed(amount),
                window,
                quota: None,
                person_limit: None,
            },
            currency: None,
            opened_at: UnixMillis(0),
        };
        let (at, kind) = (UnixMillis(1), NewsKind::Opened);
        NoticeBatch { sequence, at, kind, deal: Arc::new(deal), to: Vec::new() }
    }
}
