//! What people follow, and what they are told of deals.
//!
//! What is to be told waits in `deal_news`, written with the fact that made it; one actor reads who
//! follows the products, and writes what each is told, chunk by chunk. A chunk, how far the news has
//! come with it, and its fact are one entry of the ledger: a kill at any moment neither loses nor
//! repeats a notice.

mod api;
pub(crate) mod audit;
mod delivery;
pub(crate) mod forget;
mod hub;
pub(crate) mod messages;
mod notices;
mod notifier;
mod page;
pub(crate) mod read;
pub(crate) mod rows;

use std::sync::Arc;

use messages::FollowOwners;

use crate::host::Host;

pub use api::*;
pub(crate) use hub::NoticeHub;
pub(crate) use notifier::{Notifier, Wake};

/// The one part of the notices there is so far. More would each have a stream and an actor of
/// their own, for a share of the people.
pub(crate) const PART: u16 = 1;

/// What can be asked of notices and subscriptions. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Notices {
    host: Host,
    owners: Arc<dyn FollowOwners>,
    /// Who hears of notices, and how far they have come. A cache of the stream of notices: a new owner
    /// reads from the tables what its listeners have not heard.
    pub(crate) hub: Arc<NoticeHub>,
    /// Products one person can follow.
    subscriptions_max: usize,
}

impl Notices {
    pub(crate) fn new(
        host: Host,
        owners: Arc<dyn FollowOwners>,
        hub: Arc<NoticeHub>,
        subscriptions_max: usize,
    ) -> Self {
        Self { host, owners, hub, subscriptions_max }
    }
}
