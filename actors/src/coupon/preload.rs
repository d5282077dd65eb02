//! Opening a coupon event: the same request of the same asker is one batch.

use hotdeal_domain::coupon::{BatchStatus, CouponFact};
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::stream::CouponStream;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use super::Coupons;
use super::Outcome;
use super::api::{BatchView, PreloadCoupons};
use super::error::CouponError;
use super::rows::PrivateBatch;
use crate::clock;
use crate::error::RequestError;
use crate::hex::hex;
use crate::host::Answered;
use crate::ledger::keys::Key;
use crate::ledger::{Owned, WriteError};

impl Coupons {
    /// An event whose coupons are being prepared gets an owner, who goes on with it.
    ///
    /// # Errors
    /// Those of the database; the others are prepared all the same.
    pub(crate) async fn resume(&self) -> Result<(), RequestError> {
        let mut outcome = Ok(());
        for event in self.host.storage.unprepared().await? {
            outcome = outcome.and(self.events.live(event).await.map(drop));
        }
        outcome
    }

    /// Whether an owner was lost, or could not be had, since this was last asked.
    pub(crate) fn take_short(&self) -> bool {
        self.events.take_short()
    }

    /// Has it looked after once more.
    pub(crate) fn set_short(&self) {
        self.events.set_short(true);
    }

    /// Opens a coupon event, or adds coupons to the event of a deal. Answers when the event is durable.
    /// Its coupons are written after that, and none is issued before all are.
    ///
    /// # Errors
    /// [`CouponError::NoSuchShop`], [`CouponError::Terms`].
    pub async fn preload(
        &self,
        request: PreloadCoupons,
        key: Option<KeyClaim>,
    ) -> Outcome<BatchView> {
        self.host.once(key, async |key| self.open_batch(request, key).await).await
    }

    async fn open_batch(&self, request: PreloadCoupons, key: Option<Key>) -> Outcome<BatchView> {
        let fingerprint = fingerprint(&request);
        if let Some(same) = self.host.storage.batch_like(&fingerprint).await? {
            self.host.keep(&same.view, key).await?;
            return Ok(Answered { value: same.view, replayed: true });
        }
        let now = clock::now();
        request.terms.check(now).map_err(CouponError::Terms)?;
        let shop = self.shops.shop(request.shop).await?.ok_or(CouponError::NoSuchShop)?;
        let (seed, code_key) = secrets()?;
        let batch = BatchView {
            batch: self.host.ids.next().await?,
            event: match request.event {
                Some(event) => event,
                None => self.host.ids.next().await?,
            },
            shop: shop.id,
            terms: request.terms,
            status: BatchStatus::Preparing,
            prepared: 0,
        };
        let private = PrivateBatch {
            event: batch.event,
            by: request.by,
            fingerprint: fingerprint.clone(),
            code_key,
            currency: shop.currency,
        };
        let fact = CouponFact::CouponsOpened {
            batch: batch.batch,
            shop: shop.id,
            terms: Box::new(batch.terms.clone()),
            seed,
            at: now,
        };
        let founding = Owned::<CouponStream>::founding(batch.event).part_with(fact, Some(private));
        match self.host.found(founding, &batch, key).await {
            Ok(()) => {
                // Its actor writes the coupons; should this node stop, the next one goes on.
                self.events.live(batch.event).await?;
                Ok(Answered::fresh(batch))
            }
            Err(WriteError::Conflict) => {
                let same = self.host.storage.batch_like(&fingerprint).await?;
                let same = same.ok_or(RequestError::Unavailable("not written, ask again"))?;
                Ok(Answered { value: same.view, replayed: true })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The batch that an event has already, as the answer to another request for just this one.
    ///
    /// # Errors
    /// [`RequestError::KeyConflict`].
    pub async fn same_batch(&self, batch: BatchView, key: Option<KeyClaim>) -> Outcome<BatchView> {
        self.host
            .once(key, async |key| {
                self.host.keep(&batch, key).await?;
                Ok(Answered::fresh(batch))
            })
            .await
    }

    /// The batch that was opened under this key.
    ///
    /// # Errors
    /// [`RequestError::KeyConflict`].
    pub async fn preloaded(
        &self,
        key: Option<&KeyClaim>,
    ) -> Result<Option<Answered<BatchView>>, RequestError> {
        self.host.answered_before(key).await
    }
}

/// A digest of who asks for what.
fn fingerprint(request: &PreloadCoupons) -> String {
    let spelled = serde_json::to_vec(&(request.by, request.shop, request.event, &request.terms));
    let spelled = spelled.expect("plain data");
    hex(&Sha256::digest(&spelled))
}

/// The seed of the draw, and the key of the codes in hex, from the system's own source.
fn secrets() -> Result<(u64, String), RequestError> {
    const NO_CHANCE: RequestError = RequestError::Unavailable("the system gives no random numbers");
    let mut key = [0_u8; 32];
    SysRng.try_fill_bytes(&mut key).map_err(|_| NO_CHANCE)?;
    let seed = SysRng.try_next_u64().map_err(|_| NO_CHANCE)?;
    Ok((seed, hex(&key)))
}
