//! The mall: the one handle through which the server asks for anything.

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{BatchId, EventId, Order, OrderId, ProductId, ShopId, UserId};

use crate::api::*;
use crate::error::AskError;
use crate::observe::{ActorDetail, ActorView};

/// SKELETON
#[derive(Clone)]
pub struct Mall;

type Ask<T> = Result<T, AskError>;
type Done<T> = Result<Answered<T>, AskError>;

/// Settings of actors and ledger.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MallSettings {
    /// Messages one actor's mailbox holds; beyond it callers are told to come back.
    pub mailbox_max: usize,
    /// An actor nobody asked for this long is passivated.
    pub idle_after_s: u64,
    /// Arbiters (threads) the actors are spread over.
    pub arbiters: usize,
    /// Entries waiting for the ledger; beyond it callers are told to come back.
    pub ledger_queue_max: usize,
    /// Entries one transaction takes at most.
    pub ledger_batch_entries_max: usize,
    /// Rows one transaction writes at most.
    pub ledger_batch_rows_max: usize,
}

impl Mall {
    /// Connects to a migrated database and starts ledger and directory. Call inside an actix System.
    pub async fn open(_database_url: &str, _settings: MallSettings) -> anyhow_like::Result<Self> {
        unimplemented!()
    }
    /// Finishes what is queued, then stops.
    pub async fn close(&self) {
        unimplemented!()
    }
    /// The database answers and the ledger is not failing.
    pub async fn ready(&self) -> Ask<()> {
        unimplemented!()
    }
    /// Any mutating method first looks up `key`.
    pub async fn open_account(&self, _ask: OpenAccount, _key: Option<KeyClaim>) -> Done<Account> {
        unimplemented!()
    }
    /// By e-mail; None when unknown.
    pub async fn credentials(&self, _email: &str) -> Ask<Option<Credentials>> {
        unimplemented!()
    }
    /// By number.
    pub async fn account(&self, _user: UserId) -> Ask<Option<Account>> {
        unimplemented!()
    }
    /// Opens.
    pub async fn open_shop(&self, _ask: OpenShop, _key: Option<KeyClaim>) -> Done<ShopProfile> {
        unimplemented!()
    }
    /// By number.
    pub async fn shop(&self, _shop: ShopId) -> Ask<Option<ShopProfile>> {
        unimplemented!()
    }
    /// The first shop of an owner; the platform's own shop is that of the first admin.
    pub async fn shop_of(&self, _owner: UserId) -> Ask<Option<ShopProfile>> {
        unimplemented!()
    }
    /// The platform's own shop (the oldest).
    pub async fn platform_shop(&self) -> Ask<Option<ShopProfile>> {
        unimplemented!()
    }
    /// Sales per product of a shop after `after`, at most `limit`, by product id.
    pub async fn sales(&self, _shop: ShopId, _after: i64, _limit: u64) -> Ask<Vec<ProductSales>> {
        unimplemented!()
    }
    /// Creates.
    pub async fn create_product(
        &self,
        _ask: CreateProduct,
        _key: Option<KeyClaim>,
    ) -> Done<ProductView> {
        unimplemented!()
    }
    /// Those that exist, in the order asked, each once.
    pub async fn products(&self, _ids: &[ProductId]) -> Ask<Vec<ProductView>> {
        unimplemented!()
    }
    /// Moves stock.
    pub async fn move_stock(&self, _ask: MoveStock, _key: Option<KeyClaim>) -> Done<StockView> {
        unimplemented!()
    }
    /// Of those products that exist, in the order asked.
    pub async fn stocks(&self, _ids: &[ProductId]) -> Ask<Vec<StockView>> {
        unimplemented!()
    }
    /// Orders.
    pub async fn place_order(&self, _ask: PlaceOrder, _key: Option<KeyClaim>) -> Done<Order> {
        unimplemented!()
    }
    /// By number.
    pub async fn order(&self, _order: OrderId) -> Ask<Option<Order>> {
        unimplemented!()
    }
    /// Cancels; a second time answers the same with nothing changed.
    pub async fn cancel_order(&self, _ask: CancelOrder, _key: Option<KeyClaim>) -> Done<Order> {
        unimplemented!()
    }
    /// Opens a coupon event.
    pub async fn preload(&self, _ask: PreloadCoupons, _key: Option<KeyClaim>) -> Done<BatchView> {
        unimplemented!()
    }
    /// By number.
    pub async fn batch(&self, _batch: BatchId) -> Ask<Option<BatchView>> {
        unimplemented!()
    }
    /// The batch of an event.
    pub async fn batch_of(&self, _event: EventId) -> Ask<Option<BatchView>> {
        unimplemented!()
    }
    /// Issues.
    pub async fn issue(&self, _ask: IssueCoupon, _key: Option<KeyClaim>) -> Done<IssuedCoupon> {
        unimplemented!()
    }
    /// Every live actor, counters read without asking it.
    pub fn actors(&self) -> Vec<ActorView> {
        unimplemented!()
    }
    /// One actor.
    pub async fn actor(&self, _kind: &str, _key: &str) -> Ask<Option<ActorDetail>> {
        unimplemented!()
    }
}

/// SKELETON
pub mod anyhow_like {
    /// SKELETON
    pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
}
