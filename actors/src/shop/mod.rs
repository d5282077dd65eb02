//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod catalogue;
mod deals;
mod messages;

pub(crate) use actor::ShopActor;
pub(crate) use messages::{
    AddMany, AddProduct, Cancel, FindDeals, Held, Hold, OfferDeal, PlaceHere, PostDeal, Redescribe,
    Settle, StockMoved, TakeOff, TidyDeals, TurnDeal,
};
