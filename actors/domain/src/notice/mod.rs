//! Notices of deals: which products a person follows, and what people are told of a deal.

mod notice_id;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::deal::DealState;
use crate::named::named;
use crate::{EventId, ProductId, UnixMillis};

pub use notice_id::NoticeId;

/// Products one person can follow at most, whatever the settings say. All notices that one person
/// gets of one deal are in one entry of the ledger, so this bounds an entry.
pub const SUBSCRIPTIONS_MAX: usize = 10_000;

/// What happened to a deal, as a notice says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NewsKind {
    /// It was opened.
    Opened,
    /// It stops for a while.
    Paused,
    /// It goes on.
    Resumed,
    /// It stopped for good.
    Cancelled,
}

impl NewsKind {
    /// The news that a deal has come to `state`.
    pub const fn of_turn(state: DealState) -> Self {
        match state {
            DealState::Open => Self::Resumed,
            DealState::Paused => Self::Paused,
            DealState::Cancelled => Self::Cancelled,
        }
    }
}

named! {
    NewsKind { Opened = "OPENED", Paused = "PAUSED", Resumed = "RESUMED", Cancelled = "CANCELLED" }
}

/// Notices of one person that have been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadMarks {
    /// These, by sequence and product.
    Each(Vec<(i64, ProductId)>),
    /// All up to and including this sequence.
    Through(i64),
}

/// A change of what a person follows, or has read, in the person's own stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FollowFact {
    /// They follow further products.
    Subscribed {
        /// The products, each once, none of them followed before.
        products: Vec<ProductId>,
        /// When.
        at: UnixMillis,
    },
    /// They no longer follow a product.
    Unsubscribed {
        /// The product.
        product: ProductId,
        /// When.
        at: UnixMillis,
    },
    /// They have read notices.
    NoticesRead {
        /// Which.
        marks: ReadMarks,
        /// When.
        at: UnixMillis,
    },
}

/// Why a person does not follow, or cannot leave, a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionRefusal {
    /// They would follow more products than this.
    TooMany(usize),
    /// They do not follow it.
    NotSubscribed,
}

/// The products one person follows. `decide_*` methods change nothing; `apply` cannot refuse, and
/// is also how they are rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions {
    products: BTreeSet<ProductId>,
}

impl Subscriptions {
    /// The subscriptions that the tables store.
    pub fn restored(products: impl IntoIterator<Item = ProductId>) -> Self {
        Self { products: products.into_iter().collect() }
    }

    /// Decides to follow `products`; `None` when all of them are followed already. A person who
    /// follows more than `most`, because the bound was lowered, keeps them.
    ///
    /// # Errors
    /// [`SubscriptionRefusal::TooMany`].
    pub fn decide_subscribe(
        &self,
        products: &[ProductId],
        most: usize,
        at: UnixMillis,
    ) -> Result<Option<FollowFact>, SubscriptionRefusal> {
        let mut seen = BTreeSet::new();
        let is_new = |product: &ProductId| !self.products.contains(product);
        let products: Vec<ProductId> =
            products.iter().copied().filter(is_new).filter(|one| seen.insert(*one)).collect();
        if products.is_empty() {
            return Ok(None);
        }
        if self.products.len() + products.len() > most {
            return Err(SubscriptionRefusal::TooMany(most));
        }
        Ok(Some(FollowFact::Subscribed { products, at }))
    }

    /// Decides to stop following a product.
    ///
    /// # Errors
    /// [`SubscriptionRefusal::NotSubscribed`].
    pub fn decide_unsubscribe(
        &self,
        product: ProductId,
        at: UnixMillis,
    ) -> Result<FollowFact, SubscriptionRefusal> {
        if !self.products.contains(&product) {
            return Err(SubscriptionRefusal::NotSubscribed);
        }
        Ok(FollowFact::Unsubscribed { product, at })
    }

    /// Applies a fact of this person's stream, fresh or replayed.
    pub fn apply(&mut self, fact: &FollowFact) {
        match fact {
            FollowFact::Subscribed { products, .. } => self.products.extend(products),
            FollowFact::Unsubscribed { product, .. } => _ = self.products.remove(product),
            FollowFact::NoticesRead { .. } => {}
        }
    }

    /// The account was withdrawn: it follows nothing.
    pub fn end_all(&mut self) {
        self.products.clear();
    }

    /// The products, by number.
    pub fn products(&self) -> impl ExactSizeIterator<Item = ProductId> + '_ {
        self.products.iter().copied()
    }
}

/// How far one piece of news was sent: what one entry of the ledger adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The sequence of the news in the deal's own stream.
    pub news: i64,
    /// The kind of news.
    pub kind: NewsKind,
    /// People who get it by this entry.
    pub people: u32,
    /// Notices they get, one for each product.
    pub notices: u32,
    /// The number of the last person who had got it before; zero at the beginning.
    pub after: i64,
    /// The number of the last person who gets it by this entry.
    pub through: i64,
    /// Whether nobody is left to get it.
    pub last: bool,
}

/// What happened to the notices of deals, in a stream of their own. The tables hold who got which
/// notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeFact {
    /// People got notices of a deal.
    DealTold {
        /// The deal.
        deal: EventId,
        /// What they were told, and how far the sending is.
        told: Told,
        /// When.
        at: UnixMillis,
    },
}
