//! The owners in which the parts of several wings meet: a shop (`shop`), with its catalogue, stock, orders
//! and deals; and a person (`user`), with the account and what it follows.
//!
//! This stands above the wings. A wing's part is registered here in three places: the rows of its facts in
//! `rows.rs`, its messages in the owner's `actor.rs` or a file beside it, and its trait in the owner's
//! `reached.rs`.

mod read;
mod rows;
pub(crate) mod shop;
pub(crate) mod user;
