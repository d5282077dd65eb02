//! One shop: its catalogue, its stock, its orders.

mod actor;
mod catalogue;
mod changes;
mod changing;
mod deals;
mod durable;
mod lapses;
mod reached;
mod refusals;
mod waiting;

pub(crate) use actor::{Listeners, ShopActor};
