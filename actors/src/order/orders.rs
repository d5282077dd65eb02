//! Placing orders and reading them.

use std::collections::BTreeMap;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::order::{Basket, Order, TrackedOrder};
use hotdeal_domain::{OrderId, ProductId, ShopId, UserId};

use super::Orders;
use super::Outcome;
use super::api::{OrdersPage, PartCounts, PlaceOrder, ShopOrderSearch};
use super::error::OrderError;
use super::messages::PlaceHere;
use super::wide::WideOrder;
use crate::error::RequestError;

impl Orders {
    /// Orders the lines of a basket, of one or several shops: all of it or nothing.
    ///
    /// # Errors
    /// [`OrderError::NoSuchProducts`], [`OrderError::Order`], [`OrderError::Shortage`],
    /// [`OrderError::StockHeld`], [`OrderError::TooManyHolds`].
    pub async fn place_order(&self, request: PlaceOrder, key: Option<KeyClaim>) -> Outcome<Order> {
        let PlaceOrder { user, basket } = request;
        let products: Vec<ProductId> = basket.lines().iter().map(|&(product, _)| product).collect();
        let sellers = self.shops.sellers(&products).await?;
        let first = sellers.values().next().copied().ok_or(OrderError::NoSuchShop)?;
        let id = self.host.ids.next().await?;
        if sellers.values().all(|shop| *shop == first) {
            let here = PlaceHere { id, user, basket, answer_within_ms: self.answer_within_ms };
            return self
                .host
                .send_once(here, key, async |envelope| self.desks.place(first, envelope).await)
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
            hold: self.host.ids.next().await?,
            user,
            shares: shares.into_iter().collect(),
            desks: self.desks.clone(),
            answer_within_ms: self.answer_within_ms,
            ledger: self.host.ledger.clone(),
        };
        // Detached: a caller who hangs up must not leave stock held.
        let place = async |key| {
            let one = self.wide.begin(user)?;
            let placed = actix::spawn(order.run(one, key)).await;
            placed.unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
        };
        self.host.once(key, place).await
    }

    /// An order by its number, with its parts.
    pub async fn order(&self, order: OrderId) -> Result<Option<TrackedOrder>, RequestError> {
        self.host.storage.tracked(order).await
    }

    /// Orders that have changed since this was last asked, at most `most`; each with its buyer. What is taken
    /// here is not told again.
    pub async fn take_changed(&self, most: usize) -> Result<Vec<(UserId, OrderId)>, RequestError> {
        let changed = self.changed.take(most);
        self.host.storage.buyers(&changed).await
    }

    /// The same, and nobody wants to know.
    pub fn forget_changed(&self) {
        self.changed.take(usize::MAX);
    }

    /// Which of the shops that have a part in an order are this person's.
    pub async fn own_shops(
        &self,
        order: OrderId,
        owner: UserId,
    ) -> Result<Vec<ShopId>, RequestError> {
        self.host.storage.own_shops(order, owner).await
    }

    /// The orders of a person, the newest first: those before the number `before`.
    pub async fn orders_of(
        &self,
        user: UserId,
        before: i64,
        limit: u64,
    ) -> Result<OrdersPage, RequestError> {
        self.host.storage.orders_of(user, before, limit).await
    }

    /// A shop's orders, the newest first, with its own lines and part alone.
    pub async fn shop_orders(&self, search: &ShopOrderSearch) -> Result<OrdersPage, RequestError> {
        self.host.storage.shop_orders(search).await
    }

    /// How many parts of orders a shop has in each state.
    pub async fn part_counts(&self, shop: ShopId) -> Result<PartCounts, RequestError> {
        self.host.storage.part_counts(shop).await
    }
}
