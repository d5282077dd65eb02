//! The rules of HotDeal.
//!
//! An aggregate *decides* (`decide_*(&self, ..) -> Result<Fact, Refusal>`, changing nothing) and
//! *applies* (`apply(&mut self, fact)`, which cannot fail and is also how state is rebuilt).
//! Time, ids and chance are arguments. Nothing here waits, logs, reads a clock or stores:
//! that is the shells' work, in `hotdeal-actors`.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod account;
pub mod batch;
mod chance;
pub mod coupon;
pub mod deal;
pub mod desk;
mod id;
pub mod idempotency;
pub mod invariant;
mod money;
mod named;
pub mod notice;
pub mod order;
pub mod shop;
pub mod stream;
mod time;

pub use chance::SplitMix64;
pub use id::{
    BatchId, EventId, HoldId, ID_MAX, IdHasher, IdMap, NotAnId, OrderId, ProductId, ShopId, UserId,
};
pub use money::{AMOUNT_MAX, Amount, AmountError, BasisPoints, Currency, Discount, DiscountType};
pub use stream::{Fact, Stream, StreamId, UserFact};
pub use time::{Phase, SaleWindow, UnixMillis};
