//! What a stream was at an earlier fact or time: its journal, folded up to there.
//!
//! The stock of a shop would have to be folded from its first fact. So it is written down now and then as
//! the tables have it ([`snapshots`]), and a fold begins at the last of those. They are a cache: without
//! them the answer is the same and takes longer. The audit does not read them.

mod journal;
mod rows;
mod snapshots;

use hotdeal_domain::coupon::CouponFact;
use hotdeal_domain::deal::{DealFact, DealState};
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::{Fact, ProductId, ShopId, StreamId, UnixMillis};
use journal::{Journal, Segment};
pub(crate) use snapshots::Snapshots;

use crate::error::RequestError;
use crate::order::audit::stock;
use crate::storage::Storage;

/// Points of a series at most.
const POINTS_MAX: i64 = 240;
/// A series of a longer stream is made of its snapshots.
const FOLDED_MAX: i64 = 65_536;
/// Segments looked through, from the asked one back, for the last coupon that was issued. Beside those
/// facts an event has three.
const BACK: u64 = 8;

/// A moment in the life of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After the fact with this number.
    Sequence(i64),
    /// At this time: after the last fact that was recorded by then.
    Time(UnixMillis),
    /// Now.
    Last,
}

/// A fact's place in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The number of the fact, from 1.
    pub sequence: i64,
    /// When it was recorded.
    pub at: UnixMillis,
}

/// A stream as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The stream.
    pub stream: StreamId,
    /// Its first fact.
    pub first: Recorded,
    /// Its last fact so far.
    pub last: Recorded,
    /// The last fact that counts here.
    pub at: Recorded,
    /// What it was after that fact.
    pub state: PastState,
}

/// What a stream was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastState {
    /// The stock of a product, or of all products together.
    Stock(PastStock),
    /// Coupons.
    Coupons {
        /// Coupons issued.
        issued: u32,
    },
    /// A deal.
    Deal(DealState),
}

/// Stock as it was. What is held for an order that is being made is no fact, so it is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PastStock {
    /// Pieces on hand, those sold among them.
    pub on_hand: i64,
    /// Pieces sold.
    pub sold: i64,
}

/// A point of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// After this fact.
    pub recorded: Recorded,
    /// The stock.
    pub stock: PastStock,
}

/// Looking back. Cheap to clone.
#[derive(Clone)]
pub struct History {
    storage: Storage,
}

impl History {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// A stream of a shop, of an event's coupons or of a deal as it was; `None` where there is no such
    /// stream, or it had no fact yet. `product` alone counts of a shop's stock; `None` for all.
    ///
    /// # Errors
    /// [`RequestError::Busy`] when too many look through much, [`RequestError::Unavailable`] when the journal
    /// cannot be read.
    pub async fn at(
        &self,
        stream: StreamId,
        product: Option<ProductId>,
        moment: Moment,
    ) -> Result<Option<Past>, RequestError> {
        let journal = Journal::of(self.storage.slow()?, stream);
        let Some((first, last)) = journal.ends().await? else { return Ok(None) };
        let found = match moment {
            Moment::Last => Some(last),
            Moment::Sequence(number) if number < first.sequence => None,
            Moment::Sequence(number) if number >= last.sequence => Some(last),
            Moment::Sequence(number) => {
                let at = journal.covering(number).await?.map(|segment| segment.recorded_at);
                at.map(|at| Recorded { sequence: number, at })
            }
            Moment::Time(time) => journal.last_until(time, first, last).await?,
        };
        let Some(at) = found else { return Ok(None) };
        let state = match stream {
            StreamId::Shop(shop) => {
                PastState::Stock(stock_at(&journal, shop, product, at.sequence).await?)
            }
            StreamId::Event(_) => {
                PastState::Coupons { issued: issued(&journal, at.sequence).await? }
            }
            StreamId::Deal(_) => PastState::Deal(deal(&journal, at.sequence).await?),
            StreamId::User(_) | StreamId::Notices(_) | StreamId::Admins | StreamId::Keys => {
                return Ok(None);
            }
        };
        Ok(Some(Past { stream, first, last, at, state }))
    }

    /// How a product's stock came to be what it is, in at most 240 points; of all products together
    /// where none is named.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub async fn stock_series(
        &self,
        shop: ShopId,
        product: Option<ProductId>,
    ) -> Result<Vec<Point>, RequestError> {
        let journal = Journal::of(self.storage.slow()?, StreamId::Shop(shop));
        let Some((_, last)) = journal.ends().await? else { return Ok(Vec::new()) };
        if last.sequence <= FOLDED_MAX {
            return folded_series(&journal, shop, product, last.sequence).await;
        }
        let mut points = snapshots::series(&journal.storage, shop, product, POINTS_MAX).await?;
        let stock = stock_at(&journal, shop, product, last.sequence).await?;
        points.push(Point { recorded: last, stock });
        Ok(points)
    }
}

/// The stock after a fact, from the last snapshot before it.
async fn stock_at(
    journal: &Journal,
    shop: ShopId,
    product: Option<ProductId>,
    sequence: i64,
) -> Result<PastStock, RequestError> {
    let (from, mut fold) = snapshots::before(&journal.storage, shop, sequence).await?;
    journal
        .each(from, sequence, |_, fact| {
            apply(&mut fold, shop, fact);
        })
        .await?;
    Ok(stock(&fold, product))
}

fn apply(fold: &mut stock::Fold, shop: ShopId, fact: &Fact) {
    match fact {
        Fact::Shop(_, DeskFact::Shop(fact)) => fold.apply(fact),
        Fact::Shop(_, DeskFact::Order(fact)) => fold.order(shop, fact),
        _ => {}
    }
}

fn stock(fold: &stock::Fold, product: Option<ProductId>) -> PastStock {
    let sum = |sum: PastStock, (_, (on_hand, sold)): (ProductId, (i64, i64))| PastStock {
        on_hand: sum.on_hand + on_hand,
        sold: sum.sold + sold,
    };
    let counts = |(known, _): &(ProductId, (i64, i64))| product.is_none_or(|one| one == *known);
    fold.stocks().filter(counts).fold(PastStock::default(), sum)
}

async fn folded_series(
    journal: &Journal,
    shop: ShopId,
    product: Option<ProductId>,
    last: i64,
) -> Result<Vec<Point>, RequestError> {
    let (mut fold, mut points) = (stock::Fold::default(), Vec::new());
    let step = (last + POINTS_MAX - 1) / POINTS_MAX;
    journal
        .each(0, last, |recorded, fact| {
            apply(&mut fold, shop, fact);
            if recorded.sequence % step == 0 || recorded.sequence == last {
                points.push(Point { recorded, stock: stock(&fold, product) });
            }
        })
        .await?;
    Ok(points)
}

/// Coupons issued after a fact: they are issued in order.
async fn issued(journal: &Journal, sequence: i64) -> Result<u32, RequestError> {
    for Segment { first_sequence, facts, .. } in journal.back_from(sequence, BACK).await? {
        let counted = (first_sequence..=sequence).zip(&facts);
        let issued = counted.filter_map(|(_, fact)| match fact {
            Fact::Event(_, CouponFact::CouponIssued(issued)) => Some(issued.ordinal + 1),
            _ => None,
        });
        if let Some(issued) = issued.last() {
            return Ok(issued);
        }
    }
    Ok(0)
}

/// What had become of a deal after a fact.
async fn deal(journal: &Journal, sequence: i64) -> Result<DealState, RequestError> {
    let mut state = DealState::Open;
    journal
        .each(0, sequence, |_, fact| {
            if let Fact::Deal(_, DealFact::DealTurned { state: next, .. }) = fact {
                state = *next;
            }
        })
        .await?;
    Ok(state)
}
