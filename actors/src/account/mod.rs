//! Accounts: who has one, what it may do, who is logged in with it.

mod api;
pub(crate) mod audit;
pub(crate) mod messages;
mod open;
pub(crate) mod read;
pub(crate) mod recent;
mod revocations;
mod roles;
pub(crate) mod rows;
mod sessions;

use std::sync::Arc;

use messages::AccountOwners;
use recent::AccountCaches;
use tokio::sync::Mutex as TurnMutex;

use crate::host::Host;

pub use api::*;
pub use revocations::{Pass, Revocation, Revocations};

/// What can be asked of accounts. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Accounts {
    host: Host,
    owners: Arc<dyn AccountOwners>,
    pub(crate) caches: AccountCaches,
    /// One command at a time changes a role. This turn holds for one node: between nodes the epoch of
    /// the stream of the admins decides.
    pub(crate) role_turn: Arc<TurnMutex<()>>,
}

impl Accounts {
    pub(crate) fn new(host: Host, owners: Arc<dyn AccountOwners>, caches: AccountCaches) -> Self {
        Self { host, owners, caches, role_turn: Arc::default() }
    }
}
