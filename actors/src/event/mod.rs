//! One flash sale: the coupon pool of an event, and the preparation of its coupons.

mod actor;
pub(crate) mod codes;
mod prepare;

pub(crate) use actor::{CountLeft, EventActor};
