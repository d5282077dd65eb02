//! One shop: its catalogue, its stock, its orders.

mod actor;
mod cancel;
mod messages;

pub(crate) use actor::ShopActor;
pub(crate) use messages::{AddProduct, Cancel, Held, Hold, PlaceHere, Settle, StockMoved};
