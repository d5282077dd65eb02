//! What the mall shows to everybody: products, their stock, shops, deals, coupon events.
//!
//! It costs the same however many look. Each part is read at most once a second, when somebody asks
//! for it, and nobody sees anything older than that. The typed parts are here; a page's text is written
//! once for all who get it ([`View::text`]). Nothing here hangs on who looks: a person's own limits,
//! orders and coupons are asked of the mall.

mod deals;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use hotdeal_actors::coupon::OpenEvent;
use hotdeal_actors::shop::{ProductSearch, ProductView, StockView};
use hotdeal_actors::{Mall, RequestError};
use hotdeal_domain::shop::{LOW_AT, ShopProfile, Stock};
use hotdeal_domain::{EventId, ProductId, ShopId, UnixMillis};

pub(crate) use deals::{DealPlace, ShownDeal, ShownProduct};
use view::Kept;
pub(crate) use view::{PageText, View};

/// Products, and so stocks, in a part.
const PRODUCTS: usize = 100;
/// Shops in a part.
const SHOPS: usize = 100;
/// Coupon events in a part.
const EVENTS: usize = 50;

/// Products of the mall or of one shop, behind the product with this number.
type ProductsAfter = (Option<ShopId>, i64);
/// When an event ends, and its number: its place among the events.
pub(crate) type EventPlace = (UnixMillis, EventId);

/// A coupon event with the name of its shop.
#[derive(Debug, Clone)]
pub(crate) struct ShownEvent {
    pub(crate) event: OpenEvent,
    pub(crate) shop_name: Arc<str>,
}

/// What everybody may see.
pub(crate) struct Storefront {
    mall: Mall,
    products: Kept<ProductsAfter, ProductView>,
    stocks: Kept<ProductsAfter, StockView>,
    shops: Kept<i64, ShopProfile>,
    deals: Kept<(), ShownDeal>,
    events: Kept<Option<EventPlace>, ShownEvent>,
}

impl Storefront {
    /// The storefront of this mall.
    pub(crate) fn new(mall: Mall) -> Self {
        Self {
            mall,
            products: Kept::of(PRODUCTS),
            stocks: Kept::of(PRODUCTS),
            shops: Kept::of(SHOPS),
            deals: Kept::of(deals::DEALS_MAX),
            events: Kept::of(EVENTS),
        }
    }

    /// Products on sale by number: those behind the product `after`, of one shop where one is named.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub(crate) async fn products(
        &self,
        shop: Option<ShopId>,
        after: i64,
    ) -> Result<Arc<View<ProductView>>, RequestError> {
        let read = async || {
            let limit = self.products.look_for();
            let search = ProductSearch { shop, category: None, name: None, after, limit };
            self.mall.shops().search_products(&search).await
        };
        self.products.get((shop, after), read).await
    }

    /// The stock of the same products as [`products`](Self::products), in the same order.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub(crate) async fn stocks(
        &self,
        shop: Option<ShopId>,
        after: i64,
    ) -> Result<Arc<View<StockView>>, RequestError> {
        let read = async || {
            let limit = self.stocks.look_for();
            let search = ProductSearch { shop, category: None, name: None, after, limit };
            let products = self.mall.shops().search_products(&search).await?;
            let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
            let stocks = self.mall.shops().stocks(&ids).await?.into_iter();
            let mut known: HashMap<_, _> = stocks.map(|view| (view.product, view)).collect();
            // One that was taken off sale between the two reads has nothing left.
            let none = |product| StockView {
                product,
                stock: Stock::default(),
                updated_at: None,
                low_at: LOW_AT,
            };
            Ok(ids.into_iter().map(|id| known.remove(&id).unwrap_or_else(|| none(id))).collect())
        };
        self.stocks.get((shop, after), read).await
    }

    /// Shops by number: those behind the shop `after`.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub(crate) async fn shops(&self, after: i64) -> Result<Arc<View<ShopProfile>>, RequestError> {
        let read = async || self.mall.shops().list(after, self.shops.look_for()).await;
        self.shops.get(after, read).await
    }

    /// The deals that run, then those that begin soon, then those that ended lately, each with the
    /// first of its products.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub(crate) async fn deals(&self) -> Result<Arc<View<ShownDeal>>, RequestError> {
        self.deals.get((), async || deals::read(&self.mall).await).await
    }

    /// Coupon events that are open or will be, the one that ends first before the others: those behind
    /// the place `after`.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub(crate) async fn events(
        &self,
        after: Option<EventPlace>,
    ) -> Result<Arc<View<ShownEvent>>, RequestError> {
        let read = async || {
            let events = self.mall.coupons().open_events(after, self.events.look_for()).await?;
            let shops = self.shops_of(events.iter().map(|event| event.batch.shop)).await?;
            let shown = events.into_iter().filter_map(|event| {
                let shop_name = shops.get(&event.batch.shop)?.name.clone();
                Some(ShownEvent { event, shop_name })
            });
            Ok(shown.collect())
        };
        self.events.get(after, read).await
    }

    async fn shops_of(
        &self,
        shops: impl Iterator<Item = ShopId>,
    ) -> Result<HashMap<ShopId, ShopProfile>, RequestError> {
        let mut each: Vec<ShopId> = shops.collect();
        each.sort_unstable();
        each.dedup();
        self.mall.shops().profiles(&each).await
    }
}
