//! Changing orders: a shop's steps with its part, and what the buyer cancels.

use hotdeal_domain::OrderId;
use hotdeal_domain::ShopId;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::order::TrackedOrder;

use super::Orders;
use super::Outcome;
use super::api::{AdvancePart, CancelOrder, PartView};
use super::error::OrderError;
use super::messages::{Advance, Cancel};
use crate::host::send_request;

impl Orders {
    /// Cancels an order or a part of it; a second time answers the same with nothing changed.
    ///
    /// # Errors
    /// [`OrderError::NoSuchOrder`], also for somebody else's; [`OrderError::NoSuchPart`];
    /// [`OrderError::IllegalMove`]; [`OrderError::IllegalPartMove`] once a part is ready.
    pub async fn cancel_order(
        &self,
        request: CancelOrder,
        key: Option<KeyClaim>,
    ) -> Outcome<TrackedOrder> {
        let CancelOrder { order, scope, user } = request;
        let home = self.home_of(order).await?;
        let cancel = async |key| {
            let _permit = self.changes.take()?;
            let cancel = Cancel { order, user, scope, _permit };
            send_request(cancel, key, async |envelope| self.desks.cancel(home, envelope).await)
                .await
        };
        self.host.once(key, cancel).await
    }

    /// Takes a shop's step with its part of an order.
    ///
    /// # Errors
    /// [`OrderError::NoSuchOrder`], also where the shop has no part in it;
    /// [`OrderError::ExpectedTimeOutOfRange`]; [`OrderError::IllegalPartMove`].
    pub async fn advance_part(
        &self,
        request: AdvancePart,
        key: Option<KeyClaim>,
    ) -> Outcome<PartView> {
        let AdvancePart { order, shop, step, by } = request;
        let home = self.home_of(order).await?;
        let advance = async |key| {
            let _permit = self.changes.take()?;
            let advance = Advance { order, shop, step, by, _permit };
            send_request(advance, key, async |envelope| self.desks.advance(home, envelope).await)
                .await
        };
        self.host.once(key, advance).await
    }

    /// The shop that leads the changes of an order.
    async fn home_of(&self, order: OrderId) -> Result<ShopId, OrderError> {
        self.host.storage.home_of(order).await?.ok_or(OrderError::NoSuchOrder)
    }
}
