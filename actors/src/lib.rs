//! Actors round the rules, and the ledger that makes their decisions durable.
//!
//! ```text
//! Mall  ->  Directory  ->  ShopActor | EventActor  ->  Ledger  ->  BatchActor  ->  database
//!   ^       key to owner     stamp, decide, apply      a place      one transaction   |
//!   +------------------------- the answer, once it is durable ------------------------+
//! ```
//! Reads go through `storage`, which never writes.

mod account;
mod accounts;
pub mod api;
mod asks;
pub mod audit;
mod catalogue;
mod clock;
mod coupon;
mod deal;
mod desk;
mod detached;
mod directory;
mod error;
mod event;
pub mod fanout;
#[cfg(test)]
mod hang_up;
mod hex;
mod ids;
mod inspect;
mod keys;
mod lease;
mod ledger;
mod mailbox;
mod mall;
mod meter;
pub mod mutant;
mod notice;
mod notices;
mod notify;
mod observe;
mod order;
mod outbox;
mod preload;
mod purge;
mod recent;
mod revocations;
mod roles;
mod seldom;
mod shell;
mod shop;
mod storage;
mod sweep;
mod user;

pub use clock::{latest, now, steady_ms};
pub use error::AskError;
pub use lease::Lease;
pub use ledger::{LedgerView, fault};
pub use mall::{Mall, MallSettings, OpenError};
pub use observe::{
    ActorDetail, ActorView, JournalView, LatencyView, MailboxView, MessagesView, Percentiles,
    Totals,
};
pub use revocations::{Pass, Revocation, Revocations};
pub use seldom::Seldom;
