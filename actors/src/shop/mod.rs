//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod catalogue;
mod messages;

pub(crate) use actor::ShopActor;
pub(crate) use messages::{
    AddMany, AddProduct, Cancel, Held, Hold, PlaceHere, Redescribe, Settle, StockMoved, TakeOff,
};
