//! Coupons of an event: prepared, then issued one to a person.

mod coupons;
mod events;
pub(crate) mod refusals;
pub(crate) mod routes;
mod shapes;
mod words;
