//! The owners in which the parts of several wings meet: a shop, with its catalogue, stock, orders and
//! deals; and a person, with the account and what it follows. Above the wings, which reach them by traits
//! of their own.

mod read;
mod rows;
pub(crate) mod shop;
pub(crate) mod user;
