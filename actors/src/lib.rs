//! Actors round the rules, and the ledger that makes their decisions durable.

pub mod api;
mod error;
mod mall;
mod observe;

pub use error::AskError;
pub use mall::{Mall, MallSettings};
pub use observe::{
    ActorDetail, ActorView, JournalView, LatencyView, MailboxView, MessagesView, Percentiles,
};
