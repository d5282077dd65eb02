//! What people follow, and what they are told of deals.
//!
//! What happens to a deal is news: a row of `deal_news`, written in the transaction of its fact. One actor,
//! the `Notifier` (stream `notices:1`), is woken once the deal's shops make its price, and each second in any
//! case: a wake-up says only "look". It reads the oldest news, who follows the products, and writes what each
//! is told in chunks of about 1,000 rows, never half of a person (`delivery.rs`). Of an opened deal all
//! followers are told; of a later turn those who were told that it was opened.
//!
//! A chunk, how far the news has come with it, and its fact are one entry of the ledger: a kill at any moment
//! neither loses nor repeats a notice. A row's `sequence` is that of its fact, so `(user, sequence, product)`
//! is the order of a person's list and the place where an interrupted client goes on (`Notices::missed`). A
//! durable chunk goes to who listens (`Notices::on_batch`), in order. Where an outcome was unknown, the next
//! activation reads from the tables what they have not heard.
//!
//! News and its notices are kept for `notices.kept_days`, and as long as the deal runs (`forget.rs`).
//! `notices_forgotten` says how far that has come: who comes back from before it gets a gap, and the audit
//! knows by it what may be absent.

mod api;
pub(crate) mod audit;
mod delivery;
mod error;
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

use crate::error::RequestError;
use crate::host::Host;
use crate::host::directory::Directory;

pub use api::*;
pub use error::NoticeError;
pub(crate) use hub::NoticeHub;
pub(crate) use notifier::Notifier;
use notifier::Wake;

/// The one part of the notices there is so far. More would each have a stream and an actor of
/// their own, for a share of the people.
pub(crate) const PART: u16 = 1;

/// What can be asked of notices and subscriptions. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Notices {
    host: Host,
    owners: Arc<dyn FollowOwners>,
    notifiers: Directory<Notifier>,
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
        notifiers: Directory<Notifier>,
        hub: Arc<NoticeHub>,
        subscriptions_max: usize,
    ) -> Self {
        Self { host, owners, notifiers, hub, subscriptions_max }
    }

    /// Begins where the stream of notices ends: who listens has not missed what was told before.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn begin(&self) -> Result<(), RequestError> {
        let notifier = self.notifiers.live(PART).await?;
        self.hub.begin_at(notifier.activation.durable_sequence());
        Ok(())
    }

    /// News of a deal may have to be told.
    pub(crate) fn wake(&self) {
        let notifiers = self.notifiers.clone();
        // Who cannot be woken now is woken in a second.
        actix::spawn(async move { drop(notifiers.ask(PART, || Wake).await) });
    }
}

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, NoticeError>;
