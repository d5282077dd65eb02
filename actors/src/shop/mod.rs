//! Shops: their catalogue and stock. A shop's owner (`desk/shop`) decides about both.

mod api;
pub(crate) mod audit;
mod catalogue;
mod error;
pub(crate) mod messages;
pub(crate) mod read;
mod recent;
pub(crate) mod rows;
mod shops;
mod stock;

use std::sync::Arc;

use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{ProductId, ShopId};
use messages::CatalogueDesks;
use tokio::sync::Mutex as TurnMutex;

use crate::account::Accounts;
use crate::host::Host;
use crate::host::recent::Recent;

pub use api::*;
pub use error::ShopError;
pub(crate) use recent::RecentProducts;

/// What can be asked of shops. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Shops {
    host: Host,
    accounts: Accounts,
    desks: Arc<dyn CatalogueDesks>,
    pub(crate) recent: Arc<RecentProducts>,
    /// Held while a product is described anew, by the product's number: also what goes on when its
    /// caller has hung up has one. A turn holds for one node: between nodes the epoch of the shop's
    /// stream decides.
    change_turns: Arc<[Arc<TurnMutex<()>>]>,
    /// Which shop offered a product. A cache of what never changes: kept once known (16 bytes each).
    /// Whether it is still on sale, the shop's desk knows.
    sellers: Arc<papaya::HashMap<ProductId, ShopId>>,
    /// Shops that were read of late: what is told of a shop never changes.
    profiles: Arc<Recent<ShopId, ShopProfile>>,
}

impl Shops {
    pub(crate) fn new(
        host: Host,
        accounts: Accounts,
        desks: Arc<dyn CatalogueDesks>,
        recent: Arc<RecentProducts>,
    ) -> Self {
        let change_turns = (0..catalogue::CHANGES_AT_ONCE).map(|_| Arc::default()).collect();
        Self {
            host,
            accounts,
            desks,
            recent,
            change_turns,
            sellers: Arc::default(),
            profiles: Arc::default(),
        }
    }
}

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, ShopError>;
