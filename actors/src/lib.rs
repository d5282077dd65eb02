//! Actors round the rules, and the ledger that makes their decisions durable.
//!
//! ```text
//! Mall  ->  Directory  ->  ShopActor | EventActor  ->  Ledger  ->  BatchActor  ->  database
//!   ^       key to owner     stamp, decide, apply      a place      one transaction   |
//!   +------------------------- the answer, once it is durable ------------------------+
//! ```
//! Reads go through `storage`, which never writes.

pub mod account;
pub mod audit;
mod clock;
pub mod coupon;
pub mod deal;
mod desk;
mod error;
pub mod fanout;
#[cfg(test)]
mod hang_up;
mod hex;
mod host;
mod lease;
mod ledger;
mod mall;
mod meter;
pub mod mutant;
pub mod notice;
pub mod order;
mod seldom;
pub mod shop;
mod storage;

pub use clock::{latest, now, steady_ms};
pub use error::{AskError, OpenError};
pub use host::Answered;
pub use host::observe::{
    ActorDetail, ActorView, LatencyView, MailboxView, MessagesView, Percentiles, Totals,
};
pub use lease::Lease;
pub use ledger::{LedgerView, fault};
pub use mall::{Mall, MallSettings};
pub use seldom::Seldom;
pub use storage::JournalView;
