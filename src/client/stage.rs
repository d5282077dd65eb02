//! Sets up a shop for a crowd: with a coupon event, or with one hot product.

use std::time::{Duration, Instant};

use hotdeal_actors::account::Role;
use hotdeal_domain::coupon::BatchStatus;
use hotdeal_domain::shop::QUANTITY_MAX;
use hotdeal_domain::{Currency, EventId, ID_MAX, ProductId, ShopId, UnixMillis, UserId};
use serde::Deserialize;
use serde_json::json;

use super::{Call, CallError, Session};
use crate::auth::Tokens;

/// How often the preparation of coupons is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// If no further coupon is prepared for this long, the preparation counts as failed.
const PREPARED_WITHIN: Duration = Duration::from_secs(60);
/// Numbers of invented people begin here: the upper half of all identifiers, which a mall that
/// counts up from 1 does not reach.
const MADE_UP_FROM: i64 = (ID_MAX + 1) / 2;

/// Why a stage could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A call was not done.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The coupons were not prepared.
    #[error("the coupons could not be prepared: the batch is {status} with {prepared} prepared")]
    NotPrepared {
        /// The batch's status.
        status: String,
        /// Coupons prepared.
        prepared: u64,
    },
}

/// The time, as tokens want it.
pub fn now() -> UnixMillis {
    hotdeal_actors::now()
}

/// Numbers for `room` made-up people: the first one, different from run to run.
///
/// # Panics
/// When `room` is a quarter of all identifiers or more.
pub fn made_up_people(room: usize) -> i64 {
    let room = i64::try_from(room).expect("fewer than all identifiers");
    MADE_UP_FROM + rand::random_range(0..MADE_UP_FROM - room)
}

/// An identifier out of [`made_up_people`].
///
/// # Panics
/// When it is out of that range.
pub fn person(number: i64) -> UserId {
    UserId::try_from(number).expect("made-up numbers are identifiers")
}

/// A word no other run has, for names, e-mail addresses and idempotency keys.
pub fn run_tag() -> String {
    format!("{:010x}", rand::random_range(0..1_u64 << 40))
}

/// Makes shops, coupons and products for one run, as an administrator.
pub struct Stage {
    session: Session,
    admin: String,
    run: String,
    calls: u32,
}

/// What sign-up answers.
#[derive(Debug, Deserialize)]
pub struct SignedUp {
    /// The account.
    pub data: SignedUpData,
}

/// The account in [`SignedUp`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedUpData {
    /// Its number.
    pub auth_id: UserId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShopMade {
    shop_id: ShopId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductMade {
    product_id: ProductId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    batch_id: i64,
    event_id: EventId,
    status: String,
    prepared: u64,
}

impl Stage {
    /// A stage for the run called `run`.
    pub fn new(session: Session, tokens: &Tokens, run: &str) -> Self {
        // An invented administrator: only the token matters, and the real one is not ours to use.
        let admin = tokens.mint_access(person(made_up_people(1)), Role::Admin, now());
        Self { session, admin, run: run.to_owned(), calls: 0 }
    }

    /// The session, to look at things.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The administrator's token.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// Opens an account for `email`.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn sign_up(
        &mut self,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<UserId, CallError> {
        let body = json!({ "email": email, "name": name, "password": password }).to_string();
        let key = self.key();
        let call = Call {
            method: "POST",
            path: "/api/auth/signup",
            token: None,
            key: Some(&key),
            repeatable: true,
            body: body.as_bytes(),
        };
        Ok(self.session.json::<SignedUp>(&call, 201).await?.data.auth_id)
    }

    /// Opens a shop for `owner`.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn open_shop(
        &mut self,
        owner: UserId,
        name: &str,
        currency: Currency,
    ) -> Result<ShopId, CallError> {
        let body = json!({ "name": name, "currency": currency.code(), "ownerId": owner });
        let made: ShopMade = self.make("/api/shops", 201, &body.to_string()).await?;
        Ok(made.shop_id)
    }

    /// Opens an account with a shop in won, for a crowd.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn open_rush_shop(&mut self) -> Result<ShopId, CallError> {
        let email = format!("rush-{}@example.com", self.run);
        // Nobody logs in with it, so nobody needs to know it.
        let password = format!("Rush-{}-{}!", run_tag(), run_tag());
        let owner = self.sign_up(&email, "Rush", &password).await?;
        self.open_shop(owner, &format!("Rush {}", self.run), Currency::Krw).await
    }

    /// Prepares `total` coupons and waits until they are ready. `progress` is told how many are.
    ///
    /// # Errors
    /// When the server does not prepare them.
    pub async fn coupon_event(
        &mut self,
        shop: ShopId,
        total: u32,
        progress: &dyn Fn(u64),
    ) -> Result<EventId, StageError> {
        let now = chrono::DateTime::from_timestamp_millis(now().0).unwrap_or_default();
        let body = json!({
            "name": format!("Rush {}", self.run),
            "shopId": shop,
            "totalCount": total,
            "policies": [
                { "discountType": "FIXED", "discountAmount": 1000, "allocationPercentage": 60 },
                { "discountType": "RATE", "discountAmount": 10, "allocationPercentage": 40 },
            ],
            "startsAt": (now - chrono::TimeDelta::minutes(1)).to_rfc3339(),
            "endsAt": (now + chrono::TimeDelta::days(1)).to_rfc3339(),
            "validDays": 7,
        });
        let mut batch: Batch = self.make("/api/coupons/preload", 202, &body.to_string()).await?;
        let path = format!("/api/coupons/batches/{}", batch.batch_id);
        let mut moved_at = Instant::now();
        while batch.status != BatchStatus::Ready.name() {
            if batch.status == BatchStatus::Failed.name() || moved_at.elapsed() > PREPARED_WITHIN {
                let Batch { status, prepared, .. } = batch;
                return Err(StageError::NotPrepared { status, prepared });
            }
            progress(batch.prepared);
            tokio::time::sleep(LOOK_EVERY).await;
            let before = batch.prepared;
            batch = self.session.json(&Call::get(&path, &self.admin), 200).await?;
            if batch.prepared > before {
                moved_at = Instant::now();
            }
        }
        progress(batch.prepared);
        Ok(batch.event_id)
    }

    /// Offers one product with `pieces` in stock.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn hot_product(&mut self, shop: ShopId, pieces: u32) -> Result<ProductId, CallError> {
        let body = json!({
            "shopId": shop,
            "productName": format!("Rush {}", self.run),
            "productDescription": "The one everybody wants",
            "productPrice": 12_900,
            "productImageUrl": "https://example.com/hot.jpg",
            "productCategory": "OTHER",
        });
        let made: ProductMade = self.make("/api/products", 201, &body.to_string()).await?;
        self.increase(made.product_id, u64::from(pieces)).await?;
        Ok(made.product_id)
    }

    /// Puts pieces in stock, in as many calls as it takes.
    ///
    /// # Errors
    /// When the server does not.
    pub async fn increase(&mut self, product: ProductId, pieces: u64) -> Result<(), CallError> {
        let mut left = pieces;
        while left > 0 {
            let some = left.min(u64::from(QUANTITY_MAX));
            let path = format!("/api/stocks/product/{product}/increase?quantity={some}");
            let _: serde::de::IgnoredAny = self.make(&path, 200, "").await?;
            left -= some;
        }
        Ok(())
    }

    async fn make<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        status: u16,
        body: &str,
    ) -> Result<T, CallError> {
        let key = self.key();
        let call = Call::post(path, &self.admin, &key, body.as_bytes());
        self.session.json(&call, status).await
    }

    fn key(&mut self) -> String {
        self.calls += 1;
        format!("{}-stage-{}", self.run, self.calls)
    }
}
