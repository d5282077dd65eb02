//! Accounts: who has one, what it may do, who is logged in with it.
//!
//! An account's owner decides about its sessions (`hotdeal_domain::account`). A role change or a withdrawal
//! raises the account's epoch, which makes its access tokens void (`revocations.rs`). A role change keeps the
//! sessions: the next renewal carries the new role, which is read after the owner has answered, so it is
//! never older than the epoch it is signed with. Who is given a first shop becomes a seller in the same way,
//! before the shop is opened. Changes of roles take turns, and admins are counted (`roles.rs`).
//!
//! The profile of a withdrawn account goes to `kept_profiles` in the same transaction, and back when the
//! account is restored; nothing reads there. It is deleted after `auth.profile_kept_days`. Who comes back
//! later is called by the part of their address before the `@`.
//!
//! A log-in or renewal under a key keeps the numbers of the session, and no token. Both tokens are made of
//! the session alone, so the same answer can be made again, as long as it is unused (`sessions.rs`).

mod api;
pub(crate) mod audit;
mod error;
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
pub use error::AccountError;
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

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, AccountError>;
