//! What actors of all kinds live on: finding and rebuilding them (`directory`), the order of steps of a
//! decision (`shell`), mailboxes, numbers (`ids`), requests under keys (`requests`), what was read of late
//! (`recent`), what is to happen at a time (`timers`), and what audits are made with. It knows no wing.

mod answered;
pub(crate) mod audit;
pub(crate) mod detached;
pub(crate) mod directory;
pub(crate) mod ids;
pub(crate) mod mailbox;
pub(crate) mod observe;
pub(crate) mod outbox;
pub(crate) mod recent;
mod requests;
pub(crate) mod shell;
pub(crate) mod timers;
mod wing_error;

use std::sync::Arc;

use actix::ArbiterHandle;
use ids::Ids;
use timers::Timers;

use crate::ledger::Ledger;
use crate::ledger::keys::Keys;
use crate::storage::Storage;

pub use answered::Answered;
pub(crate) use requests::send_request;
pub(crate) use wing_error::{WingError, wing_error};

/// What wings and actors live on. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub(crate) struct Host {
    /// Where facts go.
    pub(crate) ledger: Ledger,
    /// Where actors are rebuilt from, and readers read.
    pub(crate) storage: Storage,
    /// Idempotency keys.
    pub(crate) keys: Keys,
    /// Numbers that nobody else gets.
    pub(crate) ids: Arc<Ids>,
    /// What happens at a time by itself.
    pub(crate) timers: Timers,
    /// The threads that actors are spread over.
    pub(crate) arbiters: Arc<[ArbiterHandle]>,
    /// Messages a mailbox holds.
    pub(crate) mailbox_max: usize,
}

impl Host {
    /// On this ledger and these tables.
    pub(crate) fn new(
        ledger: Ledger,
        storage: Storage,
        arbiters: Arc<[ArbiterHandle]>,
        mailbox_max: usize,
    ) -> Self {
        let (keys, ids) = (Keys::default(), Arc::new(Ids::new(ledger.clone())));
        let timers = Timers::default();
        Self { ledger, storage, keys, ids, timers, arbiters, mailbox_max }
    }
}
