//! Opening shops, and reading them.

use std::collections::HashMap;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::shop::{ShopFact, ShopProfile};
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{ShopId, UserId};

use super::Outcome;
use super::Shops;
use super::api::{OpenShop, ProductSales};
use crate::account::AccountError;
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;
use crate::ledger::Owned;
use crate::ledger::keys::Key;

impl Shops {
    /// Opens a shop; an owner who is a plain shopper becomes a seller before. A crash in between
    /// leaves a seller without a shop, who can do no more than before, and the repeat opens it.
    ///
    /// # Errors
    /// [`ShopError::Owner`] when the owner has no account.
    pub async fn open_shop(
        &self,
        request: OpenShop,
        key: Option<KeyClaim>,
    ) -> Outcome<ShopProfile> {
        self.host.once(key, async |key| self.open_new_shop(request, key).await).await
    }

    async fn open_new_shop(&self, request: OpenShop, key: Option<Key>) -> Outcome<ShopProfile> {
        let owner = self.accounts.account(request.owner).await?.ok_or(AccountError::NoSuchUser)?;
        self.accounts.make_seller(&owner, request.by, request.void_until).await?;
        let shop = ShopProfile {
            id: self.host.ids.next().await?,
            owner: request.owner,
            name: request.name.into(),
            currency: request.currency,
            opened_at: clock::now(),
        };
        let founding = Owned::<ShopStream>::founding(shop.id);
        let opened = founding.part(ShopFact::ShopOpened(shop.clone()));
        self.host.found(opened, &shop, key).await?;
        Ok(Answered::fresh(shop))
    }

    /// A shop by its number.
    pub async fn shop(&self, shop: ShopId) -> Result<Option<ShopProfile>, RequestError> {
        let miss = match self.profiles.get(shop) {
            Ok(known) => return Ok(Some(known)),
            Err(miss) => miss,
        };
        let found = self.host.storage.shop(shop).await?;
        if let Some(found) = &found {
            self.profiles.keep(&miss, shop, found.clone());
        }
        Ok(found)
    }

    /// Shops by number: those behind the shop `after`, at most `limit` of them.
    pub async fn list(&self, after: i64, limit: u64) -> Result<Vec<ShopProfile>, RequestError> {
        self.host.storage.shops(after, limit).await
    }

    /// Those of the shops that exist, by their numbers.
    pub async fn profiles(
        &self,
        shops: &[ShopId],
    ) -> Result<HashMap<ShopId, ShopProfile>, RequestError> {
        self.host.storage.profiles(shops).await
    }

    /// The oldest shop of an owner.
    pub async fn shop_of(&self, owner: UserId) -> Result<Option<ShopProfile>, RequestError> {
        self.host.storage.oldest_shop(Some(owner)).await
    }

    /// The platform's own shop: the oldest of all.
    pub async fn platform_shop(&self) -> Result<Option<ShopProfile>, RequestError> {
        self.host.storage.oldest_shop(None).await
    }

    /// What each product of a shop has sold, after the product `after`, at most `limit` of them.
    pub async fn sales(
        &self,
        shop: ShopId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<ProductSales>, RequestError> {
        self.host.storage.slow()?.sales(shop, after, limit).await
    }
}
