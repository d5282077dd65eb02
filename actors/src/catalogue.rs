//! What can be asked of the catalogue beyond offering one product.

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::{Product, ProductId, UnixMillis};

use crate::api::*;
use crate::clock;
use crate::error::AskError;
use crate::mall::{Mall, ask_owner};
use crate::shell::Outcome;
use crate::shop::{AddMany, Redescribe, TakeOff};

impl Mall {
    /// Describes a product anew. Orders keep the name and price they were made at.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`].
    pub async fn change_product(
        &self,
        ask: ChangeProduct,
        key: Option<KeyClaim>,
    ) -> Outcome<ProductView> {
        self.once(key, async |key| {
            let ChangeProduct { product, as_described } = ask;
            let known = self.products(&[product]).await?.pop();
            let known = known.ok_or_else(|| AskError::NoSuchProducts(vec![product]))?;
            let product = described(product, as_described, known.created_at);
            let send = async |ask| self.shared.shops.send(known.shop, ask).await.map(drop);
            ask_owner(Redescribe { product }, key, send).await
        })
        .await
    }

    /// Takes a product off sale for good. Its orders stand, and their stock may return.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`].
    pub async fn withdraw_product(&self, product: ProductId, key: Option<KeyClaim>) -> Outcome<()> {
        self.once(key, async |key| {
            let shop = self.seller(product).await?;
            let send = async |ask| self.shared.shops.send(shop, ask).await.map(drop);
            ask_owner(TakeOff { product }, key, send).await
        })
        .await
    }

    /// Offers many products of one shop, with the pieces on hand of each: all or none. Answers
    /// their numbers in the same order.
    ///
    /// # Errors
    /// [`AskError::NoSuchShop`].
    pub async fn import_products(
        &self,
        ask: ImportProducts,
        key: Option<KeyClaim>,
    ) -> Outcome<Vec<ProductId>> {
        let (shop, now) = (ask.shop, clock::now());
        let mut products = Vec::with_capacity(ask.products.len());
        for (text, pieces) in ask.products {
            products.push((described(self.shared.ids.next().await?, text, now), pieces));
        }
        self.asked(AddMany { products }, key, async |ask| {
            self.shared.shops.send(shop, ask).await.map(drop)
        })
        .await
    }

    /// Products on sale, by number.
    pub async fn search_products(
        &self,
        search: &ProductSearch,
    ) -> Result<Vec<ProductView>, AskError> {
        self.shared.storage.search_products(search).await
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
