//! Deals: a price for a time, on products of any shops.
//!
//! A deal has a stream (`deal:{id}`) and no actor: the desks of the shops that sell its products make the
//! prices. Opening, turning and telling the shops is in `deals.rs`. Price and deal are frozen in the line of
//! an order. Nothing has to start or end a deal: its window is compared with the time of each turn. What has
//! ended leaves a shop's board when the next deal is posted, or at midnight.
//!
//! A line of an order has one price. A deal without room for the whole line is passed over, and the next best
//! deal, or the list, makes the price. Where only stock that is held stands in the way of a lower price, an
//! order waits for the end of the hold, as for stock. What an order took of a deal is given back when the
//! hold is released or the order cancelled. A deal that leaves nothing to pay does not hold for that product.

mod api;
pub(crate) mod audit;
mod deals;
mod error;
pub(crate) mod messages;
mod posting;
pub(crate) mod read;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use messages::DealDesks;
use tokio::sync::Mutex as TurnMutex;
use tokio::sync::Notify;

use crate::host::Host;
use crate::host::detached::Permits;
use crate::shop::Shops;

pub use api::*;
pub use error::DealError;
pub(crate) use posting::Postings;

/// Deals that are being opened or turned: they take turns, and each may name 100,000 products.
const UNDER_WAY_MAX: usize = 64;

/// What can be asked of deals. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Deals {
    host: Host,
    shops: Shops,
    desks: Arc<dyn DealDesks>,
    /// One command at a time changes a deal, and tells its shops. This turn holds for one node: between
    /// nodes the epoch of the deal's stream decides.
    turn: Arc<TurnMutex<()>>,
    pub(crate) permits: Permits,
    pub(crate) postings: Arc<Postings>,
    /// There may be news of a deal to be told.
    pub(crate) news: Arc<Notify>,
}

impl Deals {
    pub(crate) fn new(host: Host, shops: Shops, desks: Arc<dyn DealDesks>) -> Self {
        Self {
            host,
            shops,
            desks,
            turn: Arc::default(),
            permits: Permits::new(UNDER_WAY_MAX),
            postings: Arc::default(),
            news: Arc::default(),
        }
    }
}

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, DealError>;
