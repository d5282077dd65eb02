//! Telling people: reads who is to be told, writes chunk after chunk, and hands each on once it is durable.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::notice::{NewsKind, NoticeFact, SUBSCRIPTIONS_MAX, Told};
use hotdeal_domain::stream::NoticeStream;
use hotdeal_domain::{EventId, Phase, UserId};

use super::api::{Addressed, NoticeBatch};
use super::hub::NoticeHub;
use super::page::{self, People};
use super::read::News;
use crate::clock;
use crate::deal::DealView;
use crate::error::RequestError;
use crate::ledger::{Ledger, Owned, Place, Work, Written};
use crate::meter::Meter;
use crate::mutant::{self, Mutant};
use crate::storage::{CORRUPT, Storage};

/// Rows of one entry, but for one person with more: some milliseconds in which an order has to
/// wait for them.
const CHUNK_ROWS: usize = 1_000;
/// Chunks on their way at the same time: one is written, one waits, one is being made.
const CHUNKS_IN_FLIGHT: usize = 3;
/// Pairs of person and product of one read: a few milliseconds of sorting, in which other actors
/// of the thread have to wait.
const PAIRS_A_READ: usize = 25_000;
/// News looked at, at once: how many are in flight is counted up to here.
const NEWS_LOOKED_AT: u64 = 100;
/// Before the ledger is asked again for a place: it has been full a moment ago.
const PLACE_AGAIN: Duration = Duration::from_millis(5);

// Or the next page would begin with the same person for ever.
const _: () = assert!(PAIRS_A_READ > SUBSCRIPTIONS_MAX);

/// What tells the news of one activation.
pub(crate) struct NoticeDelivery {
    pub(crate) activation: Owned<NoticeStream>,
    pub(crate) ledger: Ledger,
    pub(crate) storage: Storage,
    pub(crate) hub: Arc<NoticeHub>,
    pub(crate) meter: Arc<Meter>,
    /// The sequence of the next chunk: nobody else writes to the stream.
    pub(crate) next: i64,
    pub(crate) in_flight: VecDeque<(Arc<NoticeBatch>, Written)>,
}

impl NoticeDelivery {
    /// Tells all that is to be told now. After an error the activation may be worth nothing; news
    /// that cannot be read is left for the next time, and does not keep the rest from being told.
    pub(crate) async fn run(mut self) -> Result<(), RequestError> {
        self.catch_up().await?;
        let mut left: HashMap<EventId, RequestError> = HashMap::new();
        loop {
            let waiting = self.storage.news(NEWS_LOOKED_AT).await?;
            self.publish(waiting.len());
            let can_be_told =
                |deal: &EventId| !self.hub.is_posting(*deal) && !left.contains_key(deal);
            let Some(deal) = waiting.iter().map(|news| news.deal).find(can_be_told) else {
                return left.into_values().next().map_or(Ok(()), Err);
            };
            let Some(news) = self.storage.next_news_of(deal).await? else { continue };
            if let Err(error) = self.tell(news).await {
                if !self.is_whole() {
                    return Err(error);
                }
                left.insert(deal, error);
            }
        }
    }

    /// All that was written has been handed on, and more can be.
    fn is_whole(&self) -> bool {
        let pending = self.activation.pending() > 0 || !self.in_flight.is_empty();
        !pending && !self.activation.is_failed() && !self.ledger.is_closed()
    }

    /// Chunks whose outcome was unknown to the activation before may have been written: who
    /// listens has not heard of them.
    async fn catch_up(&self) -> Result<(), RequestError> {
        let (told, durable) = (self.hub.told_through(), self.activation.durable_sequence());
        if told < durable && !mutant::is_on(Mutant::DoubtfulNoticesLost) {
            let part = self.activation.key();
            for batch in self.storage.batches(part, told, durable).await? {
                self.hub.tell(&Arc::new(batch));
            }
        }
        Ok(())
    }

    async fn tell(&mut self, news: News) -> Result<(), RequestError> {
        let mut after = news.after;
        loop {
            let view = self.storage.deal(news.deal).await?.ok_or(CORRUPT)?;
            let people = self.next_people(&news, &view, after).await?;
            let deal = Arc::new(view.deal);
            let mut left = people.to.as_slice();
            while !left.is_empty() || people.is_last {
                let (now, later) = left.split_at(page::together(left, CHUNK_ROWS));
                left = later;
                let last = people.is_last && later.is_empty();
                let through = if later.is_empty() { people.through } else { last_of(now) };
                let through = through.map_or(after, UserId::get);
                self.write(&news, &deal, now, Range { after, through, last }).await?;
                after = through;
                if last {
                    break;
                }
            }
            after = people.through.map_or(after, UserId::get);
            if people.is_last {
                // The next look must not find this one.
                return self.hand_on_all().await;
            }
        }
    }

    /// The next people to be told. A deal that has ended is no news any more, and nobody needs
    /// to hear of the opening of one that was cancelled.
    async fn next_people(
        &self,
        news: &News,
        view: &DealView,
        after: i64,
    ) -> Result<People, RequestError> {
        let nobody = People { to: Vec::new(), through: None, is_last: true };
        let has_ended = view.deal.terms.window.phase(clock::now()) == Phase::After;
        if has_ended && clock::is_in_doubt() {
            return Err(RequestError::Unavailable("whether the deal has ended is in doubt"));
        }
        let told = match (news.kind, view.state) {
            _ if has_ended => return Ok(nobody),
            (NewsKind::Opened, DealState::Cancelled) => return Ok(nobody),
            (NewsKind::Opened, DealState::Open | DealState::Paused) => None,
            (NewsKind::Paused | NewsKind::Resumed | NewsKind::Cancelled, _) => {
                let told = self.storage.opening_told(news.deal).await?;
                // Nobody was told of it: there is nothing to add.
                if told.is_none() {
                    return Ok(nobody);
                }
                told
            }
        };
        let page = self.storage.followers(news.deal, after, told, PAIRS_A_READ).await?;
        Ok(page::people(&page, &view.deal.terms))
    }

    async fn write(
        &mut self,
        news: &News,
        deal: &Arc<Deal>,
        to: &[Addressed],
        range: Range,
    ) -> Result<(), RequestError> {
        while self.in_flight.len() >= CHUNKS_IN_FLIGHT {
            self.hand_on().await?;
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let told = Told {
            news: news.number,
            kind: news.kind,
            people: count(to.len()),
            notices: count(to.iter().map(|(_, lines)| lines.len()).sum()),
            after: range.after,
            through: range.through,
            last: range.last,
        };
        let (sequence, at) = (self.next, clock::now());
        let (kind, deal) = (news.kind, deal.clone());
        let fact = NoticeFact::DealTold { deal: deal.id, told, at };
        let batch = Arc::new(NoticeBatch { sequence, at, kind, deal, to: to.to_vec() });
        let place = self.place().await?;
        let part = self.activation.part_with(fact, Some(batch.clone()));
        let written = place.write(Work::Fact(part), None);
        self.next += 1;
        self.in_flight.push_back((batch, written));
        Ok(())
    }

    /// A place in the ledger's queue: people who are told wait where a shopper would be refused.
    async fn place(&self) -> Result<Place, RequestError> {
        loop {
            if let Some(place) = self.ledger.take() {
                return Ok(place);
            }
            if self.ledger.is_closed() || self.activation.is_failed() {
                return Err(RequestError::Unavailable("people are not told at the moment"));
            }
            tokio::time::sleep(PLACE_AGAIN).await;
        }
    }

    /// Hands on the oldest chunk on its way, once it is durable.
    async fn hand_on(&mut self) -> Result<(), RequestError> {
        let Some((batch, written)) = self.in_flight.pop_front() else { return Ok(()) };
        written.outcome().await?;
        self.hub.tell(&batch);
        Ok(())
    }

    async fn hand_on_all(&mut self) -> Result<(), RequestError> {
        while !self.in_flight.is_empty() {
            self.hand_on().await?;
        }
        Ok(())
    }

    fn publish(&self, in_flight: usize) {
        let told = i64::try_from(self.hub.notices()).unwrap_or(i64::MAX);
        let in_flight = i64::try_from(in_flight).unwrap_or(i64::MAX);
        self.meter.publish([in_flight, told, self.hub.told_through()]);
    }
}

/// The people a chunk is about, by number, and whether they are the last.
struct Range {
    after: i64,
    through: i64,
    last: bool,
}

fn last_of(to: &[Addressed]) -> Option<UserId> {
    to.last().map(|(user, _)| *user)
}
