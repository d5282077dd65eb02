//! What can be asked about followed products and notices of deals, and what is told.

use std::sync::Arc;

use hotdeal_domain::deal::Deal;
use hotdeal_domain::{Amount, Currency, EventId, ProductId, UnixMillis, UserId};
use serde::Serialize;

pub use hotdeal_domain::notice::{NewsKind, NoticeId};

/// A product of a deal as it was when people were told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: Arc<str>,
    /// The price of one piece without the deal.
    pub list_price: Amount,
    /// The price of one piece by the deal.
    pub price: Amount,
    /// The currency of both.
    pub currency: Currency,
}

/// Somebody, with the products they are told of.
pub type Addressed = (UserId, Arc<[NoticeLine]>);

/// What some people were told of a deal by one entry of the ledger. It is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeBatch {
    /// Its sequence in the stream `notices:1`.
    pub sequence: i64,
    /// When they were told.
    pub at: UnixMillis,
    /// What.
    pub kind: NewsKind,
    /// The deal.
    pub deal: Arc<Deal>,
    /// Who, by number, with the products each of them follows, by number. People who follow just
    /// the same products of the deal share one list.
    pub to: Vec<Addressed>,
}

/// Follow products.
#[derive(Debug, Clone)]
pub struct Subscribe {
    /// Who.
    pub user: UserId,
    /// The products, each once.
    pub products: Vec<ProductId>,
}

/// Follow a product no longer.
#[derive(Debug, Clone, Copy)]
pub struct Unsubscribe {
    /// Who.
    pub user: UserId,
    /// The product.
    pub product: ProductId,
}

/// A person follows a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// Who.
    pub user: UserId,
    /// The product.
    pub product: ProductId,
}

/// The name of a batch, for who says how far they have heard: `notices:{sequence}`. Zero is
/// before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeBatchId(pub i64);

impl std::fmt::Display for NoticeBatchId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "notices:{}", self.0)
    }
}

impl std::str::FromStr for NoticeBatchId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected notices:{sequence}";
        let digits = text.strip_prefix("notices:").ok_or(EXPECTED)?;
        let id = Self(digits.parse().map_err(|_| EXPECTED)?);
        // One name each: `+1` and `007` are none.
        if id.0 >= 0 && id.to_string() == text { Ok(id) } else { Err(EXPECTED) }
    }
}

/// Look through one person's notices, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct NoticeSearch {
    /// Whose.
    pub user: UserId,
    /// Only those older than this one.
    pub before: Option<NoticeId>,
    /// Only those that were not read.
    pub unread: bool,
    /// At most so many.
    pub limit: u64,
}

/// A notice as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Its name.
    pub id: NoticeId,
    /// What it tells.
    pub kind: NewsKind,
    /// The deal.
    pub deal: Arc<Deal>,
    /// The product, as it was then.
    pub line: NoticeLine,
    /// When it was told.
    pub at: UnixMillis,
    /// When it was read.
    pub read_at: Option<UnixMillis>,
}

/// Mark notices as read.
#[derive(Debug, Clone)]
pub struct ReadNotices {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub which: NoticesRead,
}

/// Notices to be marked.
#[derive(Debug, Clone)]
pub enum NoticesRead {
    /// These, each once.
    Each(Vec<NoticeId>),
    /// All up to and with this sequence.
    UpTo(i64),
}

/// News of a deal that is being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsView {
    /// The deal.
    pub deal: EventId,
    /// What is told.
    pub kind: NewsKind,
    /// When it came about.
    pub since: UnixMillis,
    /// The number of the last person told; zero at the beginning.
    pub after: i64,
    /// People told so far.
    pub people: i64,
    /// Notices they got.
    pub notices: i64,
}

/// How fast notices are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticesPace {
    /// The last sequence of the stream of notices that was handed on here.
    pub told_through: i64,
    /// Notices told since this node started.
    pub notices_total: u64,
    /// People they were told to, each batch counted.
    pub people_total: u64,
    /// Notices a second, over the last ten whole seconds.
    pub per_second: u64,
}

#[cfg(test)]
mod tests {
    use crate::notice::api::*;

    #[test]
    fn only_our_own_ids_name_a_notice_batch() {
        for (text, expected) in [
            ("notices:0", Some(0)),
            ("notices:17", Some(17)),
            ("notices:9223372036854775807", Some(i64::MAX)),
            ("notices:017", None),
            ("notices:-1", None),
            ("notices:+1", None),
            ("notices: 1", None),
            ("notices:", None),
            ("notices:9223372036854775808", None),
            ("17", None),
            ("event:7:17", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected.map(NoticeBatchId), "{text}");
        }
    }
}
