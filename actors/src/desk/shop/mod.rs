//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod catalogue;
mod deals;
mod durable;
mod reached;
mod refusals;
mod waiting;

pub(crate) use actor::ShopActor;
