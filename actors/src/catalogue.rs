//! What can be asked of the catalogue beyond offering one product.

use std::time::Duration;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::shop::Product;
use hotdeal_domain::{ProductId, UnixMillis};
use tokio::sync::OwnedMutexGuard;

use crate::api::*;
use crate::clock;
use crate::error::AskError;
use crate::keys::Key;
use crate::mall::{Mall, ask_owner};
use crate::shell::Outcome;
use crate::shop::{AddMany, Redescribe, TakeOff};

/// Products that can be described anew at the same time; two of one number in this many wait for
/// each other.
pub(crate) const CHANGES_AT_ONCE: u64 = 64;
/// A turn is one transaction: who waits longer stands behind a ledger that does not write.
const TURN_WITHIN: Duration = Duration::from_secs(5);

impl Mall {
    /// Describes a product anew, or some of it. Orders keep the name and price they were made at.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`].
    pub async fn change_product(
        &self,
        ask: ChangeProduct,
        key: Option<KeyClaim>,
    ) -> Outcome<ProductView> {
        self.once(key, async |key| {
            let turn = self.change_turn(ask.product).await?;
            let mall = self.clone();
            // Detached: the turn of a caller who hangs up lasts until the outcome is known.
            let changing = async move {
                let _turn = turn;
                mall.redescribe_in_turn(ask, key).await
            };
            actix::spawn(changing).await.unwrap_or(Err(AskError::OutcomeUnknown))
        })
        .await
    }

    /// What stays is read from the tables: nobody changes it until this change is there.
    async fn redescribe_in_turn(
        &self,
        ask: ChangeProduct,
        key: Option<Key>,
    ) -> Outcome<ProductView> {
        let shop = self.seller(ask.product).await?;
        // First: an epoch that is raised waits for the change before, where its outcome is unknown.
        self.shared.shops.live(shop).await?;
        let known = self.products(&[ask.product]).await?.pop();
        let known = known.ok_or_else(|| AskError::NoSuchProducts(vec![ask.product]))?;
        let product = changed(known, ask);
        let send = async |ask| self.shared.shops.send(shop, ask).await.map(drop);
        ask_owner(Redescribe { product }, key, send).await
    }

    async fn change_turn(&self, product: ProductId) -> Result<OwnedMutexGuard<()>, AskError> {
        let place = product.get().unsigned_abs() % CHANGES_AT_ONCE;
        let place = usize::try_from(place).expect("below the number of turns");
        let turn = self.shared.change_turns[place].clone().lock_owned();
        tokio::time::timeout(TURN_WITHIN, turn).await.map_err(|_| AskError::Busy)
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

    /// How often the catalogue has changed since this node started, and whether what is read of it
    /// now may be kept until it changes again.
    pub fn catalogue(&self) -> (u64, bool) {
        let recent = &self.shared.products;
        (recent.changes(), recent.products().is_sure())
    }

    /// Products on sale, by number.
    pub async fn search_products(
        &self,
        search: &ProductSearch,
    ) -> Result<Vec<ProductView>, AskError> {
        let storage = &self.shared.storage;
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
fn changed(known: ProductView, ask: ChangeProduct) -> Product {
    Product {
        id: known.id,
        name: ask.name.map_or(known.name, Into::into),
        description: ask.description.map_or(known.description, Into::into),
        price: ask.price.unwrap_or(known.price),
        image_url: ask.image_url.map_or(known.image_url, Into::into),
        category: ask.category.map_or(known.category, Into::into),
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
