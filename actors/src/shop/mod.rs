//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod catalogue;
mod deals;
mod durable;
mod messages;

pub(crate) use actor::ShopActor;
pub(crate) use durable::GLANCE;
pub(crate) use messages::{
    AddMany, AddProduct, Cancel, Held, Hold, OfferDeal, PlaceHere, PostDeal, Redescribe, Settle,
    StockMoved, TakeOff, TidyDeals, TurnDeal,
};
