//! Actors round the rules, and the ledger that makes their decisions durable.
//!
//! ```text
//! Mall -> a wing's handle -> Directory -> owner of a stream -> Ledger -> BatchActor -> database
//!   ^                        key to owner  decide, apply        a place   one transaction |
//!   +------------------------- the answer, once it is durable ---------------------------+
//! ```
//!
//! Floors, from the lowest to the highest; each imports only those before it:
//!
//! - `error`, `clock`, `lease`, `meter`: what everybody needs.
//! - `storage`: reading. It never writes.
//! - `ledger`: the only one that writes on behalf of a command. It names no table but its own.
//! - `host`: what actors live on: directory, shell, mailbox, numbers, requests under keys.
//! - the wings `account`, `shop`, `deal`, `coupon`, `order`, `notice`, in this order. A wing reaches the
//!   owners of streams by a trait of its own (`messages.rs`).
//! - `fanout`: open connections. It knows `account` alone.
//! - `desk`: the owners in which several wings meet, and their registration.
//! - `audit`.
//! - `mall`: gathers one handle a wing, and looks after all of them.

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
pub use error::{OpenError, RequestError};
pub use host::Answered;
pub use host::observe::{
    ActorDetail, ActorView, LatencyView, MailboxView, MessagesView, Percentiles, Totals,
};
pub use lease::Lease;
pub use ledger::{LedgerView, fault};
pub use mall::{Mall, MallSettings};
pub use seldom::Seldom;
pub use storage::JournalView;
