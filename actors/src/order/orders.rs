//! Placing orders, reading and cancelling them.

use std::collections::BTreeMap;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::order::{Basket, Order};
use hotdeal_domain::{OrderId, ProductId, ShopId};

use super::Orders;
use super::Outcome;
use super::api::{CancelOrder, PlaceOrder};
use super::error::OrderError;
use super::messages::{Cancel, PlaceHere};
use super::wide::WideOrder;
use crate::error::RequestError;
use crate::host::send_request;

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
            let here = PlaceHere { id, user, basket };
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

    /// An order by its number.
    pub async fn order(&self, order: OrderId) -> Result<Option<Order>, RequestError> {
        self.host.storage.order(order).await
    }

    /// Cancels an order; a second time answers the same with nothing changed.
    ///
    /// # Errors
    /// [`OrderError::NoSuchOrder`], also for somebody else's; [`OrderError::IllegalMove`].
    pub async fn cancel_order(
        &self,
        request: CancelOrder,
        key: Option<KeyClaim>,
    ) -> Outcome<Order> {
        let order = self.order(request.order).await?.ok_or(OrderError::NoSuchOrder)?;
        let home = order.home;
        let cancel = async |key| {
            let permit = self.cancellations.take()?;
            let cancel = Cancel { order: request.order, user: request.user, permit };
            send_request(cancel, key, async |envelope| self.desks.cancel(home, envelope).await)
                .await
        };
        self.host.once(key, cancel).await
    }
}
