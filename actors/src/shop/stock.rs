//! Stock moved by hand, and read; and which shop sells a product.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::shop::Movement;
use hotdeal_domain::{ProductId, ShopId};

use super::Outcome;
use super::Shops;
use super::api::{MoveStock, StockView};
use super::error::ShopError;
use super::messages::StockMoved;
use crate::error::RequestError;

impl Shops {
    /// Moves stock by hand.
    ///
    /// # Errors
    /// [`ShopError::NoSuchProducts`] or [`ShopError::Stock`].
    pub async fn move_stock(
        &self,
        request: MoveStock,
        key: Option<KeyClaim>,
    ) -> Outcome<StockView> {
        let MoveStock { product, movement } = request;
        debug_assert!(
            matches!(
                movement,
                Movement::Increased(_) | Movement::Reset(_) | Movement::Adjusted { .. }
            ),
            "other movements belong to orders"
        );
        let shop = self.seller(product).await?;
        self.host
            .send_once(StockMoved { product, movement }, key, async |envelope| {
                self.desks.move_stock(shop, envelope).await
            })
            .await
    }

    /// The durable stock of those of the products that exist, in the order asked, each once.
    pub async fn stocks(&self, ids: &[ProductId]) -> Result<Vec<StockView>, RequestError> {
        self.host.storage.stocks(ids).await
    }

    /// The durable stock of a product, if it exists and is on sale: from memory where its shop is
    /// live.
    pub async fn stock(&self, product: ProductId) -> Result<Option<StockView>, ShopError> {
        let known = self.sellers.pin().get(&product).copied();
        if let Some(known) = known.and_then(|shop| self.desks.stock(shop, product)) {
            return Ok(known);
        }
        let found = self.stocks(&[product]).await?.pop();
        if found.is_some() && known.is_none() {
            self.seller(product).await?;
        }
        Ok(found)
    }

    pub(crate) async fn seller(&self, product: ProductId) -> Result<ShopId, ShopError> {
        let sellers = self.sellers(&[product]).await?;
        sellers.get(&product).copied().ok_or_else(|| ShopError::NoSuchProducts(vec![product]))
    }

    /// The shop that offered each of the products; they may be off sale since.
    ///
    /// # Errors
    /// [`ShopError::NoSuchProducts`] with those nobody ever offered.
    pub async fn sellers(
        &self,
        products: &[ProductId],
    ) -> Result<HashMap<ProductId, ShopId>, ShopError> {
        let (found, unknown) = self.offered_by(products).await?;
        if unknown.is_empty() {
            Ok(found.into_iter().collect())
        } else {
            Err(ShopError::NoSuchProducts(unknown))
        }
    }

    /// The products by the shop that sells them, and those nobody sells.
    pub(crate) async fn by_shop(
        &self,
        products: &[ProductId],
    ) -> Result<(BTreeMap<ShopId, Vec<ProductId>>, Vec<ProductId>), RequestError> {
        let (found, unknown) = self.offered_by(products).await?;
        let mut shares: BTreeMap<ShopId, Vec<ProductId>> = BTreeMap::new();
        for (product, shop) in found {
            shares.entry(shop).or_default().push(product);
        }
        Ok((shares, unknown))
    }

    /// Each product with the shop that offered it, and those nobody ever offered.
    async fn offered_by(
        &self,
        products: &[ProductId],
    ) -> Result<(Vec<(ProductId, ShopId)>, Vec<ProductId>), RequestError> {
        let mut found = Vec::with_capacity(products.len());
        let mut unknown = Vec::new();
        {
            let known = self.sellers.pin();
            for product in products {
                match known.get(product) {
                    Some(shop) => found.push((*product, *shop)),
                    None => unknown.push(*product),
                }
            }
        }
        if !unknown.is_empty() {
            let read = self.host.storage.shops_of(&unknown).await?;
            let known = self.sellers.pin();
            for &(product, shop) in &read {
                known.insert(product, shop);
            }
            unknown.retain(|product| known.get(product).is_none());
            found.extend(read);
        }
        Ok((found, unknown))
    }
}
