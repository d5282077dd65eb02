//! Deals: what an event takes off the price of products, when, for how many pieces, and which of
//! several is the best.
//!
//! Whether a deal holds is decided at each use, by comparing the time: no job opens or closes it.
//! Quota and limit count pieces of *each product* of the deal, so the shop that sells a product
//! decides alone, in memory.

mod board;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use board::{DealBoard, Offered, Wanted};

use crate::named::named;
use crate::shop::{ON_HAND_MAX, QUANTITY_MAX, Quantity};
use crate::{
    Amount, Currency, Discount, EventId, Phase, ProductId, SaleWindow, UnixMillis, UserId,
};

/// Products of one deal at most: its entry in the ledger stays some megabytes.
pub const DEAL_PRODUCTS_MAX: usize = 100_000;
/// Deals of one product that have not ended at most: finding the best looks at each.
pub const DEALS_A_PRODUCT_MAX: usize = 32;
/// Days a deal can last at most: ten years.
pub const DEAL_DAYS_MAX: i64 = 3_650;
/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// What a deal promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealTerms {
    /// What it takes off the price of a piece.
    pub discount: Discount,
    /// When it holds.
    pub window: SaleWindow,
    /// The most pieces of each product sold at its price; `None` for no quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// The most pieces of each product that one person gets at its price, over all of their orders;
    /// `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_limit: Option<u32>,
}

/// Why terms are refused: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DealRefusal {
    /// A percentage is not below 100, or nothing is taken off.
    DiscountOutOfRange,
    /// The end does not lie after the start.
    WindowEmpty,
    /// The end has passed.
    WindowPast,
    /// It would last longer than [`DEAL_DAYS_MAX`].
    WindowTooLong,
    /// The quota is zero or more than a product can have pieces.
    QuotaOutOfRange,
    /// The limit of a person is zero or more than a line can have pieces.
    PersonLimitOutOfRange,
    /// It has no product, or more than [`DEAL_PRODUCTS_MAX`].
    ProductCount,
}

impl DealTerms {
    /// Checks the terms as of `now`.
    ///
    /// # Errors
    /// The first [`DealRefusal`] that applies.
    pub fn check(&self, now: UnixMillis) -> Result<(), DealRefusal> {
        let takes_off = match self.discount {
            Discount::Fixed(amount) => amount > Amount::ZERO,
            Discount::Rate(points) => points.get() < 10_000,
        };
        let SaleWindow { start, end } = self.window;
        if !takes_off {
            return Err(DealRefusal::DiscountOutOfRange);
        }
        if end <= start {
            return Err(DealRefusal::WindowEmpty);
        }
        if end <= now {
            return Err(DealRefusal::WindowPast);
        }
        if end > start.plus(DEAL_DAYS_MAX * DAY_MS) {
            return Err(DealRefusal::WindowTooLong);
        }
        if self.quota.is_some_and(|pieces| !(1..=ON_HAND_MAX).contains(&pieces)) {
            return Err(DealRefusal::QuotaOutOfRange);
        }
        if self.person_limit.is_some_and(|pieces| !(1..=QUANTITY_MAX).contains(&pieces)) {
            return Err(DealRefusal::PersonLimitOutOfRange);
        }
        Ok(())
    }

    /// The price of a piece whose list price is `list`; a percentage is rounded half up to the
    /// minor unit. `None` if nothing would be left to pay: the deal does not hold for such a
    /// product.
    pub fn price_of(&self, list: Amount) -> Option<Amount> {
        let price = match self.discount {
            Discount::Rate(points) => Some(list.discounted(points)),
            Discount::Fixed(off) => Amount::try_from(list.minor() - off.minor()).ok(),
        };
        price.filter(|price| *price > Amount::ZERO)
    }

    /// The exact discount on `list`, unrounded, in ten thousandths of the minor unit. It decides
    /// which of two discounts is larger if both give the same price.
    pub fn weight(&self, list: Amount) -> i128 {
        match self.discount {
            Discount::Rate(points) => i128::from(list.minor()) * i128::from(points.get()),
            Discount::Fixed(off) => i128::from(off.minor()) * 10_000,
        }
    }

    /// Days it lasts; a part of a day counts as a whole one.
    pub fn days(&self) -> i64 {
        let ms = self.window.end.0.saturating_sub(self.window.start.0);
        ms.saturating_add(DAY_MS - 1) / DAY_MS
    }

    /// Whether pieces at its price have to be counted.
    pub const fn is_counted(&self) -> bool {
        self.quota.is_some() || self.person_limit.is_some()
    }
}

/// A deal, as it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Its event.
    pub id: EventId,
    /// What it promises.
    pub terms: DealTerms,
    /// The currency of a fixed discount, and so of every product it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// When it was opened.
    pub opened_at: UnixMillis,
}

/// Whether a deal holds within its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DealState {
    /// It holds.
    Open,
    /// It does not hold until it is resumed.
    Paused,
    /// It does not hold any more.
    Cancelled,
}

/// A change of state that can be asked of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealMove {
    /// It stops for a while.
    Pause,
    /// It goes on.
    Resume,
    /// It stops for good. Orders that were made keep their prices.
    Cancel,
}

/// Why a deal does not change its state: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealMoveRefusal {
    /// It was cancelled.
    Cancelled,
    /// Its time is over.
    Ended,
}

impl DealState {
    /// The state after `asked`, or `None` where the move is illegal.
    pub const fn after(self, asked: DealMove) -> Option<Self> {
        match (self, asked) {
            (Self::Open | Self::Paused, DealMove::Pause) => Some(Self::Paused),
            (Self::Open | Self::Paused, DealMove::Resume) => Some(Self::Open),
            (Self::Open | Self::Paused | Self::Cancelled, DealMove::Cancel) => {
                Some(Self::Cancelled)
            }
            (Self::Cancelled, DealMove::Pause | DealMove::Resume) => None,
        }
    }
}

named! {
    DealState { Open = "OPEN", Paused = "PAUSED", Cancelled = "CANCELLED" }
}

/// How far a deal has come, by its state and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealStage {
    /// Its time has not come.
    Scheduled,
    /// It holds.
    Running,
    /// It does not hold until it is resumed.
    Paused,
    /// Its time is over.
    Ended,
    /// It was cancelled.
    Cancelled,
}

impl DealStage {
    /// The stage of a deal in this state at this time.
    pub fn at(terms: &DealTerms, state: DealState, at: UnixMillis) -> Self {
        match (state, terms.window.phase(at)) {
            (DealState::Cancelled, _) => Self::Cancelled,
            (_, Phase::After) => Self::Ended,
            (DealState::Paused, _) => Self::Paused,
            (DealState::Open, Phase::Before) => Self::Scheduled,
            (DealState::Open, Phase::Open) => Self::Running,
        }
    }
}

named! {
    DealStage {
        Scheduled = "SCHEDULED",
        Running = "RUNNING",
        Paused = "PAUSED",
        Ended = "ENDED",
        Cancelled = "CANCELLED",
    }
}

/// The new state of a deal after `asked`; `None` when it is in that state already.
///
/// # Errors
/// The first [`DealMoveRefusal`] that applies.
pub fn decide_move(
    terms: &DealTerms,
    state: DealState,
    asked: DealMove,
    at: UnixMillis,
) -> Result<Option<DealState>, DealMoveRefusal> {
    let next = state.after(asked).ok_or(DealMoveRefusal::Cancelled)?;
    if next == state {
        return Ok(None);
    }
    match terms.window.phase(at) {
        Phase::After => Err(DealMoveRefusal::Ended),
        Phase::Before | Phase::Open => Ok(Some(next)),
    }
}

/// The pieces of one order that were sold, or came back, at the prices of deals in one shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealShare {
    /// Who ordered.
    pub user: UserId,
    /// Pieces, each line by its deal.
    pub lines: Vec<(EventId, ProductId, Quantity)>,
}

/// What happened to a deal, in a stream of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DealFact {
    /// It was opened.
    DealOpened {
        /// The deal.
        deal: Box<Deal>,
        /// Who opened it.
        by: UserId,
        /// How many products it has, over all shops.
        products: u32,
    },
    /// It was paused, resumed or cancelled.
    DealTurned {
        /// The deal.
        deal: EventId,
        /// What it came to.
        state: DealState,
        /// When.
        at: UnixMillis,
    },
}

/// What happened to a deal, in the stream of each shop that sells products of the deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceFact {
    /// A deal holds for these products of the shop.
    DealPosted {
        /// The deal.
        deal: Arc<Deal>,
        /// The products, by number.
        products: Arc<[ProductId]>,
    },
    /// A deal was paused, resumed or cancelled.
    DealTurned {
        /// The deal.
        deal: EventId,
        /// What it came to.
        state: DealState,
        /// When.
        at: UnixMillis,
    },
}
