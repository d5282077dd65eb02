//! Coupons of an event: prepared, then issued one to a person.

mod coupons;
mod events;
mod held;
mod open;
pub(crate) mod refusals;
pub(crate) mod routes;
mod shapes;
mod words;
