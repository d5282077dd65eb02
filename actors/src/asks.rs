//! What the mall is asked, call by call: each is a lookup, a message to the owner, an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotdeal_domain::account::AccountOpened;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::order::{Basket, Order};
use hotdeal_domain::shop::{Movement, Product, ShopFact, ShopProfile};
use hotdeal_domain::stream::{Shops, Users};
use hotdeal_domain::{BatchId, EventId, OrderId, ProductId, ShopId, UnixMillis, UserFact, UserId};
use serde::{Deserialize, Serialize};

use crate::account::rows::Private;
use crate::api::*;
use crate::clock;
use crate::error::AskError;
use crate::event::CountLeft;
use crate::keys::Key;
use crate::ledger::{Owned, Work, WriteError};
use crate::mall::{Mall, ask_owner};
use crate::order::WideOrder;
use crate::shell::{Outcome, key_record};
use crate::shop::{AddProduct, Cancel, PlaceHere, StockMoved};

/// An account that was opened, as it is kept under the key of its ask. Nothing that its owner told of
/// themselves is: that is to be forgotten with the account.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    user: UserId,
    created_at: UnixMillis,
}

impl Mall {
    /// Opens an account.
    ///
    /// # Errors
    /// [`AskError::EmailTaken`].
    pub async fn open_account(&self, ask: OpenAccount, key: Option<KeyClaim>) -> Outcome<Account> {
        let OpenAccount { email, name, role, .. } = ask.clone();
        let opened = self.once(key, async |key| self.open_new_account(ask, key).await).await?;
        // A repeat tells address and name itself: they are the same, or its key would not be good.
        let Answered { value: Opened { user, created_at }, replayed } = opened;
        Ok(Answered { value: Account { user, email, name, role, created_at }, replayed })
    }

    async fn open_new_account(&self, ask: OpenAccount, key: Option<Key>) -> Outcome<Opened> {
        if self.shared.storage.is_email_taken(&ask.email).await? {
            return Err(AskError::EmailTaken);
        }
        let (user, role, at) = (self.shared.ids.next().await?, ask.role, clock::now());
        let fact = UserFact::AccountOpened(AccountOpened { user, role: Some(role), at });
        let private = Private::Account {
            email: ask.email,
            name: ask.name,
            password_phc: ask.password_phc,
            role: role.name(),
        };
        let (_turn, counted) = self.count_opened(user, role).await?;
        let founding = Owned::<Users>::founding(user).part_with(fact, Some(private));
        let parts = std::iter::once(founding).chain(counted).collect();
        let opened = Opened { user, created_at: at };
        let key = key.map(|key| key_record(key, &opened, at));
        match self.shared.ledger.commit(Work::Facts(parts), key).await {
            Ok(()) => Ok(Answered::fresh(opened)),
            // Somebody was faster.
            Err(WriteError::Conflict) => Err(AskError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The account with this address, with the hash its password is checked against.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>, AskError> {
        self.shared.storage.credentials(email).await
    }

    /// An account by its number.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>, AskError> {
        self.shared.storage.account(user).await
    }

    /// An account by its number, for its owner to look at.
    pub async fn me(&self, user: UserId) -> Result<Option<Arc<Account>>, AskError> {
        let recent = &self.shared.accounts.accounts;
        let missing = match recent.get(user) {
            Ok(account) => return Ok(Some(account)),
            Err(missing) => missing,
        };
        let Some(account) = self.account(user).await?.map(Arc::new) else { return Ok(None) };
        recent.keep(&missing, user, account.clone());
        Ok(Some(account))
    }

    /// Opens a shop; an owner who is a plain shopper becomes a seller before. A crash in between
    /// leaves a seller without a shop, who can do no more than before, and the repeat opens it.
    ///
    /// # Errors
    /// [`AskError::NoSuchUser`] when the owner has no account.
    pub async fn open_shop(&self, ask: OpenShop, key: Option<KeyClaim>) -> Outcome<ShopProfile> {
        self.once(key, async |key| self.open_new_shop(ask, key).await).await
    }

    async fn open_new_shop(&self, ask: OpenShop, key: Option<Key>) -> Outcome<ShopProfile> {
        let owner = self.account(ask.owner).await?.ok_or(AskError::NoSuchUser)?;
        self.make_seller(&owner, ask.by, ask.void_until).await?;
        let shop = ShopProfile {
            id: self.shared.ids.next().await?,
            owner: ask.owner,
            name: ask.name.into(),
            currency: ask.currency,
            opened_at: clock::now(),
        };
        let founding = Owned::<Shops>::founding(shop.id);
        let opened = founding.part(ShopFact::ShopOpened(shop.clone()));
        self.found(opened, &shop, key).await?;
        Ok(Answered::fresh(shop))
    }

    /// A shop by its number.
    pub async fn shop(&self, shop: ShopId) -> Result<Option<ShopProfile>, AskError> {
        self.shared.storage.shop(shop).await
    }

    /// The oldest shop of an owner.
    pub async fn shop_of(&self, owner: UserId) -> Result<Option<ShopProfile>, AskError> {
        self.shared.storage.oldest_shop(Some(owner)).await
    }

    /// The platform's own shop: the oldest of all.
    pub async fn platform_shop(&self) -> Result<Option<ShopProfile>, AskError> {
        self.shared.storage.oldest_shop(None).await
    }

    /// What each product of a shop has sold, after the product `after`, at most `limit` of them.
    pub async fn sales(
        &self,
        shop: ShopId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<ProductSales>, AskError> {
        self.shared.storage.slow()?.sales(shop, after, limit).await
    }

    /// Offers a product.
    ///
    /// # Errors
    /// [`AskError::NoSuchShop`].
    pub async fn create_product(
        &self,
        ask: CreateProduct,
        key: Option<KeyClaim>,
    ) -> Outcome<ProductView> {
        let shop = ask.shop;
        let product = Product {
            id: self.shared.ids.next().await?,
            name: ask.name.into(),
            description: ask.description.into(),
            price: ask.price,
            image_url: ask.image_url.into(),
            category: ask.category.into(),
            created_at: clock::now(),
        };
        self.asked(AddProduct { product }, key, async |ask| {
            self.shared.shops.send(shop, ask).await.map(drop)
        })
        .await
    }

    /// Those of the products that exist, in the order asked, each once.
    pub async fn products(&self, ids: &[ProductId]) -> Result<Vec<ProductView>, AskError> {
        self.shared.storage.products(ids).await
    }

    /// A product, if it exists and is on sale.
    pub async fn product(&self, product: ProductId) -> Result<Option<Arc<ProductView>>, AskError> {
        let recent = self.shared.products.products();
        let missing = match recent.get(product) {
            Ok(view) => return Ok(Some(view)),
            Err(missing) => missing,
        };
        let Some(view) = self.products(&[product]).await?.pop() else { return Ok(None) };
        let view = Arc::new(view);
        recent.keep(&missing, product, view.clone());
        Ok(Some(view))
    }

    /// Moves stock by hand.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`] or [`AskError::Stock`].
    pub async fn move_stock(&self, ask: MoveStock, key: Option<KeyClaim>) -> Outcome<StockView> {
        let MoveStock { product, movement } = ask;
        debug_assert!(
            matches!(
                movement,
                Movement::Increased(_) | Movement::Reset(_) | Movement::Adjusted { .. }
            ),
            "other movements belong to orders"
        );
        let shop = self.seller(product).await?;
        self.asked(StockMoved { product, movement }, key, async |ask| {
            self.shared.shops.send(shop, ask).await.map(drop)
        })
        .await
    }

    pub(crate) async fn seller(&self, product: ProductId) -> Result<ShopId, AskError> {
        let sellers = self.sellers(&[product]).await?;
        sellers.get(&product).copied().ok_or_else(|| AskError::NoSuchProducts(vec![product]))
    }

    /// The durable stock of those of the products that exist, in the order asked, each once.
    pub async fn stocks(&self, ids: &[ProductId]) -> Result<Vec<StockView>, AskError> {
        self.shared.storage.stocks(ids).await
    }

    /// The durable stock of a product, if it exists and is on sale: from memory where its shop is
    /// live.
    pub async fn stock(&self, product: ProductId) -> Result<Option<StockView>, AskError> {
        let known = self.shared.sellers.pin().get(&product).copied();
        if let Some(live) = known.and_then(|shop| self.shared.shops.found(shop)) {
            live.meter.used();
            return Ok(live.card.stock(product));
        }
        let found = self.stocks(&[product]).await?.pop();
        if found.is_some() && known.is_none() {
            self.seller(product).await?;
        }
        Ok(found)
    }

    /// Orders the lines of a basket, of one or several shops: all of it or nothing.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`], [`AskError::Order`], [`AskError::Shortage`],
    /// [`AskError::StockHeld`], [`AskError::TooManyHolds`].
    pub async fn place_order(&self, ask: PlaceOrder, key: Option<KeyClaim>) -> Outcome<Order> {
        let PlaceOrder { user, basket } = ask;
        let products: Vec<ProductId> = basket.lines().iter().map(|&(product, _)| product).collect();
        let sellers = self.sellers(&products).await?;
        let first = sellers.values().next().copied().ok_or(AskError::NoSuchShop)?;
        let id = self.shared.ids.next().await?;
        if sellers.values().all(|shop| *shop == first) {
            let here = PlaceHere { id, user, basket };
            return self
                .asked(here, key, async |ask| self.shared.shops.send(first, ask).await.map(drop))
                .await;
        }
        let mut shares: BTreeMap<ShopId, Basket> = BTreeMap::new();
        for shop in sellers.values() {
            if let Some(share) = basket.part(|product| sellers.get(&product) == Some(shop)) {
                shares.entry(*shop).or_insert(share);
            }
        }
        let order = WideOrder {
            id,
            hold: self.shared.ids.next().await?,
            user,
            shares: shares.into_iter().collect(),
            shops: self.shared.shops.clone(),
            ledger: self.shared.ledger.clone(),
        };
        // Detached: a caller who hangs up must not leave stock held.
        let place = async |key| {
            let one = self.shared.wide_orders.begin(user)?;
            let placed = actix::spawn(order.run(one, key)).await;
            placed.unwrap_or(Err(AskError::OutcomeUnknown))
        };
        self.once(key, place).await
    }

    /// An order by its number.
    pub async fn order(&self, order: OrderId) -> Result<Option<Order>, AskError> {
        self.shared.storage.order(order).await
    }

    /// Cancels an order; a second time answers the same with nothing changed.
    ///
    /// # Errors
    /// [`AskError::NoSuchOrder`], also for somebody else's; [`AskError::IllegalMove`].
    pub async fn cancel_order(&self, ask: CancelOrder, key: Option<KeyClaim>) -> Outcome<Order> {
        let order = self.order(ask.order).await?.ok_or(AskError::NoSuchOrder)?;
        let home = order.home;
        let cancel = async |key| {
            let permit = self.shared.detached.cancellation()?;
            let cancel = Cancel { order: ask.order, user: ask.user, permit };
            ask_owner(cancel, key, async |ask| self.shared.shops.send(home, ask).await.map(drop))
                .await
        };
        self.once(key, cancel).await
    }

    /// A batch of coupons by its number.
    pub async fn batch(&self, batch: BatchId) -> Result<Option<BatchView>, AskError> {
        Ok(self.shared.storage.batch(batch).await?.map(|row| row.view))
    }

    /// The batch of an event.
    pub async fn batch_of(&self, event: EventId) -> Result<Option<BatchView>, AskError> {
        Ok(self.shared.storage.batch_of(event).await?.map(|row| row.view))
    }

    /// Whether there is an event with this number: a deal, or coupons.
    pub async fn is_event(&self, event: EventId) -> Result<bool, AskError> {
        let is_deal = self.shared.storage.deal(event).await?.is_some();
        Ok(is_deal || self.shared.storage.batch_of(event).await?.is_some())
    }

    /// How many coupons of an event are left, as of the last commit; `None` for an event without
    /// coupons.
    pub async fn coupons_left(&self, event: EventId) -> Result<Option<CouponsLeft>, AskError> {
        let ask = async |sent| self.shared.events.send(event, sent).await.map(drop);
        match self.asked(CountLeft, None, ask).await {
            Ok(left) => Ok(Some(left.value)),
            Err(AskError::NoSuchEvent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Issues a coupon of an event.
    ///
    /// # Errors
    /// [`AskError::NoSuchEvent`], [`AskError::NotReady`], [`AskError::AlreadyIssued`],
    /// [`AskError::NotOpenYet`], [`AskError::Closed`], [`AskError::SoldOut`].
    pub async fn issue(&self, ask: IssueCoupon, key: Option<KeyClaim>) -> Outcome<IssuedCoupon> {
        let live = self.shared.events.live(ask.event).await?;
        let first = async |key: Option<Key>| {
            let now = clock::now();
            if let Some(refusal) = live.card.refusal(ask.user, now) {
                live.meter.refused();
                live.meter.used();
                return Err(refusal);
            }
            let send = async |sent| self.shared.events.send(ask.event, sent).await.map(drop);
            ask_owner(ask, key, send).await
        };
        let granted = self.once(key, first).await?;
        let value = live.card.coupon(&granted.value);
        Ok(Answered { value, replayed: granted.replayed })
    }
}
