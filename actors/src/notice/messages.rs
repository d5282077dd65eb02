//! What the owner of an account is asked about products and notices.

use hotdeal_domain::notice::ReadMarks;
use hotdeal_domain::{ProductId, UserId};
use serde::{Deserialize, Serialize};

use super::error::NoticeError;
use crate::host::shell::{Answer, Envelope, Request, SendFuture};

/// What an account's actor is asked about products and notices.
pub(crate) enum FollowRequest {
    /// Follow these products, of which `most` can be followed in all.
    Subscribe { products: Vec<ProductId>, most: usize },
    /// Follow a product no longer.
    Unsubscribe(ProductId),
    /// These notices, of which the person has `count` unread, have been read. `None`: they had
    /// been read before.
    Read { marks: Option<ReadMarks>, count: u32 },
}

/// What it answers, once that is durable.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum FollowAnswer {
    /// It is so.
    Done,
    /// So many notices were marked.
    Read(u32),
}

impl Answer for FollowAnswer {}

impl Request for FollowRequest {
    type Answer = FollowAnswer;
    type Error = NoticeError;
}

/// The owners of accounts, as notices need them.
pub(crate) trait FollowOwners: Send + Sync {
    /// Sends to the owner.
    fn send(&self, user: UserId, envelope: Envelope<FollowRequest>) -> SendFuture<'_>;
}
