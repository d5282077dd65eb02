//! Issuing coupons, and reading what is known of their events.

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::{BatchId, EventId};

use super::Coupons;
use super::Outcome;
use super::actor::CountLeft;
use super::api::{BatchView, CouponsLeft, EventEntry, IssueCoupon, IssuedCoupon};
use super::error::CouponError;
use crate::clock;
use crate::error::RequestError;
use crate::host::{Answered, send_request};
use crate::ledger::keys::Key;

impl Coupons {
    /// A batch of coupons by its number.
    pub async fn batch(&self, batch: BatchId) -> Result<Option<BatchView>, RequestError> {
        Ok(self.host.storage.batch(batch).await?.map(|row| row.view))
    }

    /// The batch of an event.
    pub async fn batch_of(&self, event: EventId) -> Result<Option<BatchView>, RequestError> {
        Ok(self.host.storage.batch_of(event).await?.map(|row| row.view))
    }

    /// Whether there is an event with this number: a deal, or coupons.
    pub async fn is_event(&self, event: EventId) -> Result<bool, RequestError> {
        let is_deal = self.deals.deal(event).await?.is_some();
        Ok(is_deal || self.host.storage.batch_of(event).await?.is_some())
    }

    /// Events below `before`, the newest first, at most `limit` of them, with what they came to.
    pub async fn events(&self, before: i64, limit: u64) -> Result<Vec<EventEntry>, RequestError> {
        self.host.storage.slow()?.events(before, limit).await
    }

    /// How many coupons of an event are left, as of the last commit; `None` for an event without
    /// coupons.
    pub async fn coupons_left(&self, event: EventId) -> Result<Option<CouponsLeft>, CouponError> {
        let send = async |envelope| self.events.send(event, envelope).await.map(drop);
        match self.host.send_once(CountLeft, None, send).await {
            Ok(left) => Ok(Some(left.value)),
            Err(CouponError::NoSuchEvent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Issues a coupon of an event.
    ///
    /// # Errors
    /// [`CouponError::NoSuchEvent`], [`CouponError::NotReady`], [`CouponError::AlreadyIssued`],
    /// [`CouponError::NotOpenYet`], [`CouponError::Closed`], [`CouponError::SoldOut`].
    pub async fn issue(
        &self,
        request: IssueCoupon,
        key: Option<KeyClaim>,
    ) -> Outcome<IssuedCoupon> {
        let live = self.events.live(request.event).await?;
        let first = async |key: Option<Key>| {
            let now = clock::now();
            if let Some(refusal) = live.card.refusal(request.user, now) {
                live.meter.refused();
                live.meter.used();
                return Err(refusal);
            }
            let send = async |envelope| self.events.send(request.event, envelope).await.map(drop);
            send_request(request, key, send).await
        };
        let granted = self.host.once(key, first).await?;
        let value = live.card.coupon(&granted.value);
        Ok(Answered { value, replayed: granted.replayed })
    }
}
