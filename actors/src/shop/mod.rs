//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod catalogue;
mod deals;
mod durable;
mod messages;
mod recent;
pub(crate) mod rows;
mod waiting;

pub(crate) use actor::ShopActor;
pub(crate) use durable::GLANCE;
pub(crate) use messages::{
    AddMany, AddProduct, Cancel, Hold, OfferDeal, PlaceHere, PostDeal, Priced, Quote, Redescribe,
    Settle, StockMoved, TakeOff, TidyDeals, TurnDeal,
};
pub(crate) use recent::RecentProducts;
pub(crate) use waiting::HELD_WAIT;
