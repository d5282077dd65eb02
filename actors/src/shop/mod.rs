//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod deals;
mod messages;

pub(crate) use actor::ShopActor;
pub(crate) use messages::{
    AddProduct, Cancel, FindDeals, Held, Hold, OfferDeal, PlaceHere, PostDeal, Settle, StockMoved,
    TurnDeal,
};
