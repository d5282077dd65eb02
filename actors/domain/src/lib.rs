//! The rules of HotDeal.
//!
//! An aggregate *decides* (`decide_*(&self, ..) -> Result<Fact, Refusal>`, changing nothing) and
//! *applies* (`apply(&mut self, fact)`, which cannot fail and is also how state is rebuilt).
//! Time, ids and chance are arguments. Nothing here waits, logs, reads a clock or stores:
//! that is the shells' work, in `hotdeal-actors`.
#![deny(clippy::wildcard_enum_match_arm)]

mod account;
pub mod admins;
pub mod batch;
mod cancel;
mod category;
mod chance;
pub mod coupon;
pub mod deal;
mod fact;
mod goods;
mod id;
pub mod idempotency;
pub mod invariant;
mod money;
pub mod notice;
mod order;
pub mod session;
pub mod shop;
mod stock;
mod time;

pub use account::{AccountFact, Role};
pub use cancel::{CancelRefusal, Cancellation, decide_cancel};
pub use category::Category;
pub use chance::SplitMix64;
pub use fact::{Fact, StreamId};
pub use goods::{Product, Shelf, ShopProfile};
pub use id::{
    BatchId, EventId, HoldId, ID_MAX, IdHasher, IdMap, NotAnId, OrderId, ProductId, ShopId, UserId,
};
pub use money::{AMOUNT_MAX, Amount, AmountError, BasisPoints, Currency};
pub use order::{
    Basket, BasketRefusal, LINES_MAX, Order, OrderEvent, OrderLine, OrderRefusal, OrderState,
};
pub use session::{AccountRefusal, Renewal, Session, SessionId, Sessions, TokenId};
pub use shop::{ShopDesk, ShopRefusal};
pub use stock::{
    AdjustReason, Movement, NotAQuantity, ON_HAND_MAX, QUANTITY_MAX, Quantity, Stock, StockRefusal,
};
pub use time::{Phase, SaleWindow, UnixMillis};
