//! What the owner of a shop is asked about its catalogue and stock.

use hotdeal_domain::shop::{Movement, Product, ShopProfile};
use hotdeal_domain::{ProductId, ShopId};

use super::api::{ProductView, StockView};
use super::error::ShopError;
use crate::host::shell::{Answer, Envelope, Request, SendFuture};

/// Offer a product. Answers the product once it is durable.
pub(crate) struct AddProduct {
    pub(crate) product: Product,
}

/// Describe a product anew; its number and when it was created stay. Answers it once durable.
pub(crate) struct Redescribe {
    pub(crate) product: Product,
}

/// Take a product off sale. Answers once that is durable.
pub(crate) struct TakeOff {
    pub(crate) product: ProductId,
}

/// Offer products with the pieces on hand of each, all or none. Answers their numbers, in order,
/// once they are durable.
pub(crate) struct AddMany {
    pub(crate) products: Vec<(Product, u32)>,
}

/// Move stock by hand. Answers the stock once it is durable.
pub(crate) struct StockMoved {
    pub(crate) product: ProductId,
    pub(crate) movement: Movement,
}

impl Answer for ProductView {}
impl Answer for StockView {}
impl Answer for Vec<ProductId> {}
impl Answer for ShopProfile {}

impl Request for AddProduct {
    type Answer = ProductView;
    type Error = ShopError;
}

impl Request for AddMany {
    type Answer = Vec<ProductId>;
    type Error = ShopError;
}

impl Request for Redescribe {
    type Answer = ProductView;
    type Error = ShopError;
}

impl Request for TakeOff {
    type Answer = ();
    type Error = ShopError;
}

impl Request for StockMoved {
    type Answer = StockView;
    type Error = ShopError;
}

/// The owners of shops, as the catalogue needs them.
pub(crate) trait CatalogueDesks: Send + Sync {
    /// Sends to the owner.
    fn add(&self, shop: ShopId, envelope: Envelope<AddProduct>) -> SendFuture<'_>;
    /// Sends to the owner.
    fn add_many(&self, shop: ShopId, envelope: Envelope<AddMany>) -> SendFuture<'_>;
    /// Sends to the owner.
    fn redescribe(&self, shop: ShopId, envelope: Envelope<Redescribe>) -> SendFuture<'_>;
    /// Sends to the owner.
    fn take_off(&self, shop: ShopId, envelope: Envelope<TakeOff>) -> SendFuture<'_>;
    /// Sends to the owner.
    fn move_stock(&self, shop: ShopId, envelope: Envelope<StockMoved>) -> SendFuture<'_>;

    /// Has an owner there, whose epoch is raised where it was not. That waits for what an earlier one
    /// wrote, where its outcome is unknown.
    fn wake(&self, shop: ShopId) -> SendFuture<'_>;

    /// The durable stock of a product, from memory: `None` where the shop has no owner there, else
    /// what it has of the product, if that is on sale.
    fn stock(&self, shop: ShopId, product: ProductId) -> Option<Option<StockView>>;
}
