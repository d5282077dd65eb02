//! What can be asked of the catalogue: offering products, describing them anew, taking them off sale, looking
//! for them.
//!
//! A product that goes off sale keeps its shelf at the shop's desk, because stock of its orders may come
//! back; nothing on it can be ordered, moved or put into a deal. An import is one entry of many facts of one
//! shop: readers see all of it or nothing.

use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::shop::Product;
use hotdeal_domain::{ProductId, UnixMillis};
use tokio::sync::OwnedMutexGuard;

use super::Outcome;
use super::Shops;
use super::api::{
    ChangeProduct, CreateProduct, ImportProducts, ProductSearch, ProductText, ProductView,
};
use super::error::ShopError;
use super::messages::{AddMany, AddProduct, Redescribe, TakeOff};
use crate::clock;
use crate::error::RequestError;
use crate::host::send_request;
use crate::ledger::keys::Key;

/// Products that can be described anew at the same time; two of one number in this many wait for
/// each other.
pub(crate) const CHANGES_AT_ONCE: u64 = 64;

/// A turn is one transaction: who waits longer stands behind a ledger that does not write.
const TURN_WITHIN: Duration = Duration::from_secs(5);

impl Shops {
    /// Offers a product.
    ///
    /// # Errors
    /// [`ShopError::NoSuchShop`].
    pub async fn create_product(
        &self,
        request: CreateProduct,
        key: Option<KeyClaim>,
    ) -> Outcome<ProductView> {
        let shop = request.shop;
        let product = Product {
            id: self.host.ids.next().await?,
            name: request.name.into(),
            description: request.description.into(),
            price: request.price,
            image_url: request.image_url.into(),
            category: request.category.into(),
            created_at: clock::now(),
        };
        self.host
            .send_once(AddProduct { product }, key, async |envelope| {
                self.desks.add(shop, envelope).await
            })
            .await
    }

    /// Those of the products that exist, in the order asked, each once.
    pub async fn products(&self, ids: &[ProductId]) -> Result<Vec<ProductView>, RequestError> {
        self.host.storage.products(ids).await
    }

    /// A product, if it exists and is on sale.
    pub async fn product(
        &self,
        product: ProductId,
    ) -> Result<Option<Arc<ProductView>>, RequestError> {
        let recent = self.recent.products();
        let missing = match recent.get(product) {
            Ok(view) => return Ok(Some(view)),
            Err(missing) => missing,
        };
        let Some(view) = self.products(&[product]).await?.pop() else { return Ok(None) };
        let view = Arc::new(view);
        recent.keep(&missing, product, view.clone());
        Ok(Some(view))
    }

    /// Describes a product anew, or some of it. Orders keep the name and price they were made at.
    ///
    /// # Errors
    /// [`ShopError::NoSuchProducts`].
    pub async fn change_product(
        &self,
        request: ChangeProduct,
        key: Option<KeyClaim>,
    ) -> Outcome<ProductView> {
        self.host
            .once(key, async |key| {
                let turn = self.change_turn(request.product).await?;
                let shops = self.clone();
                // Detached: the turn of a caller who hangs up lasts until the outcome is known.
                let changing = async move {
                    let _turn = turn;
                    shops.redescribe_in_turn(request, key).await
                };
                actix::spawn(changing)
                    .await
                    .unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
            })
            .await
    }

    /// What stays is read from the tables: nobody changes it until this change is there.
    async fn redescribe_in_turn(
        &self,
        request: ChangeProduct,
        key: Option<Key>,
    ) -> Outcome<ProductView> {
        let shop = self.seller(request.product).await?;
        // First: an epoch that is raised waits for the change before, where its outcome is unknown.
        self.desks.wake(shop).await?;
        let known = self.products(&[request.product]).await?.pop();
        let known = known.ok_or_else(|| ShopError::NoSuchProducts(vec![request.product]))?;
        let product = changed(known, request);
        let send = async |envelope| self.desks.redescribe(shop, envelope).await;
        send_request(Redescribe { product }, key, send).await
    }

    async fn change_turn(&self, product: ProductId) -> Result<OwnedMutexGuard<()>, RequestError> {
        let place = product.get().unsigned_abs() % CHANGES_AT_ONCE;
        let place = usize::try_from(place).expect("below the number of turns");
        let turn = self.change_turns[place].clone().lock_owned();
        tokio::time::timeout(TURN_WITHIN, turn).await.map_err(|_| RequestError::Busy)
    }

    /// Takes a product off sale for good. Its orders stand, and their stock may return.
    ///
    /// # Errors
    /// [`ShopError::NoSuchProducts`].
    pub async fn withdraw_product(&self, product: ProductId, key: Option<KeyClaim>) -> Outcome<()> {
        self.host
            .once(key, async |key| {
                let shop = self.seller(product).await?;
                let send = async |envelope| self.desks.take_off(shop, envelope).await;
                send_request(TakeOff { product }, key, send).await
            })
            .await
    }

    /// Offers many products of one shop, with the pieces on hand of each: all or none. Answers
    /// their numbers in the same order.
    ///
    /// # Errors
    /// [`ShopError::NoSuchShop`].
    pub async fn import_products(
        &self,
        request: ImportProducts,
        key: Option<KeyClaim>,
    ) -> Outcome<Vec<ProductId>> {
        let (shop, now) = (request.shop, clock::now());
        let mut products = Vec::with_capacity(request.products.len());
        for (text, pieces) in request.products {
            products.push((described(self.host.ids.next().await?, text, now), pieces));
        }
        self.host
            .send_once(AddMany { products }, key, async |envelope| {
                self.desks.add_many(shop, envelope).await
            })
            .await
    }

    /// How often the catalogue has changed since this node started, and whether what is read of it
    /// now may be kept until it changes again.
    pub fn catalogue(&self) -> (u64, bool) {
        let recent = &self.recent;
        (recent.changes(), recent.products().is_sure())
    }

    /// Products on sale, by number.
    pub async fn search_products(
        &self,
        search: &ProductSearch,
    ) -> Result<Vec<ProductView>, RequestError> {
        let storage = &self.host.storage;
        // A name, or a category in one shop, may be that of few among many.
        let looks_far =
            search.name.is_some() || (search.shop.is_some() && search.category.is_some());
        if looks_far {
            return storage.slow()?.search_products(search).await;
        }
        storage.search_products(search).await
    }
}

/// The product as it is from now on.
fn changed(known: ProductView, request: ChangeProduct) -> Product {
    Product {
        id: known.id,
        name: request.name.map_or(known.name, Into::into),
        description: request.description.map_or(known.description, Into::into),
        price: request.price.unwrap_or(known.price),
        image_url: request.image_url.map_or(known.image_url, Into::into),
        category: request.category.map_or(known.category, Into::into),
        created_at: known.created_at,
    }
}

fn described(id: ProductId, text: ProductText, created_at: UnixMillis) -> Product {
    Product {
        id,
        name: text.name.into(),
        description: text.description.into(),
        price: text.price,
        image_url: text.image_url.into(),
        category: text.category.into(),
        created_at,
    }
}
