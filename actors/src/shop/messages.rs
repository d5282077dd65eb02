//! What the owner of a shop is asked about its catalogue and stock.

use hotdeal_domain::shop::{Movement, Product, ShopProfile};
use hotdeal_domain::{ProductId, ShopId};

use super::api::{ProductView, StockView};
use super::error::ShopError;
use crate::host::shell::{Answer, Ask, Request, Sending};

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

impl Ask for AddProduct {
    type Answer = ProductView;
    type Error = ShopError;
}

impl Ask for AddMany {
    type Answer = Vec<ProductId>;
    type Error = ShopError;
}

impl Ask for Redescribe {
    type Answer = ProductView;
    type Error = ShopError;
}

impl Ask for TakeOff {
    type Answer = ();
    type Error = ShopError;
}

impl Ask for StockMoved {
    type Answer = StockView;
    type Error = ShopError;
}

/// The owners of shops, as the catalogue needs them.
pub(crate) trait CatalogueDesks: Send + Sync {
    /// Sends to the owner.
    fn add(&self, shop: ShopId, ask: Request<AddProduct>) -> Sending<'_>;
    /// Sends to the owner.
    fn add_many(&self, shop: ShopId, ask: Request<AddMany>) -> Sending<'_>;
    /// Sends to the owner.
    fn redescribe(&self, shop: ShopId, ask: Request<Redescribe>) -> Sending<'_>;
    /// Sends to the owner.
    fn take_off(&self, shop: ShopId, ask: Request<TakeOff>) -> Sending<'_>;
    /// Sends to the owner.
    fn move_stock(&self, shop: ShopId, ask: Request<StockMoved>) -> Sending<'_>;

    /// Has an owner there, whose epoch is raised where it was not. That waits for what an earlier one
    /// wrote, where its outcome is unknown.
    fn wake(&self, shop: ShopId) -> Sending<'_>;

    /// The durable stock of a product, from memory: `None` where the shop has no owner there, else
    /// what it has of the product, if that is on sale.
    fn stock(&self, shop: ShopId, product: ProductId) -> Option<Option<StockView>>;
}
