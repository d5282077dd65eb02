//! A mall with two shops, and what must be as before once nobody asks it for anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotdeal_domain::account::Role;
use hotdeal_domain::deal::DealTerms;
use hotdeal_domain::idempotency::{KeyClaim, KeyScope};
use hotdeal_domain::order::{Basket, Order};
use hotdeal_domain::shop::{Movement, Quantity};
use hotdeal_domain::{
    Amount, BasisPoints, Currency, Discount, ProductId, SaleWindow, ShopId, UserId,
};
use hotdeal_migration::{Migrator, MigratorTrait as _};

use crate::account::OpenAccount;
use crate::deal::DealError;
use crate::deal::{OpenDeal, OpenedDeal};
use crate::host::outbox;
use crate::host::shell::Outcome;
use crate::lease::Lease;
use crate::mall::Mall;
use crate::mall::MallSettings;
use crate::order::OrderError;
use crate::order::PlaceOrder;
use crate::order::wide::{UnderWay, WideOrder};
use crate::shop::ShopError;
use crate::shop::{ChangeProduct, CreateProduct, MoveStock, OpenShop, ProductView};
use crate::{audit, clock};

/// What has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of each product at the beginning.
pub(crate) const PIECES: u32 = 1_000;

pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(crate) struct World {
    pub(crate) mall: Mall,
    pub(crate) buyer: UserId,
    /// Two shops with a product each.
    pub(crate) home: ShopId,
    pub(crate) other: ShopId,
    pub(crate) lamp: ProductId,
    pub(crate) bulb: ProductId,
    url: String,
    _folder: tempfile::TempDir,
}

pub(crate) async fn world() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display());
    let tables = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&tables, None).await.expect("a schema");
    let settings = MallSettings {
        mailbox_max: 1_000,
        idle_after_s: 600,
        arbiters: 2,
        ..MallSettings::of_a_test()
    };
    let mall = Mall::open(&url, settings, Lease::for_ever()).await.expect("a mall");
    let (home, lamp) = offered(&mall, "home").await;
    let (other, bulb) = offered(&mall, "other").await;
    let buyer = UserId::try_from(1).expect("an id");
    World { mall, buyer, home, other, lamp, bulb, url, _folder: folder }
}

async fn offered(mall: &Mall, name: &str) -> (ShopId, ProductId) {
    let request = OpenAccount {
        email: format!("{name}@example.kr"),
        name: "seller".into(),
        password_phc: "x".into(),
        role: Role::User,
    };
    let owner = mall.accounts().open_account(request, None).await.expect("an account").value.user;
    let (name, void_until) = (name.to_owned(), clock::now());
    let request = OpenShop { owner, name, currency: Currency::Krw, by: owner, void_until };
    let shop = mall.shops().open_shop(request, None).await.expect("a shop").value.id;
    let request = CreateProduct {
        shop,
        name: "thing".into(),
        description: String::new(),
        price: Amount::try_from(900).expect("an amount"),
        image_url: String::new(),
        category: "OTHER".into(),
    };
    let product = mall.shops().create_product(request, None).await.expect("a product").value.id;
    let movement = Movement::Increased(PIECES);
    mall.shops().move_stock(MoveStock { product, movement }, None).await.expect("stocked");
    (shop, product)
}

impl World {
    /// No shop is in memory any more.
    pub(crate) async fn passivate(&self) {
        eventually("all shops are put away", async || {
            self.mall.shared.desks.sweep(-1);
            self.mall.shared.desks.views().is_empty().then_some(())
        })
        .await;
    }

    pub(crate) fn claim(&self, operation: &'static str, key: &str) -> KeyClaim {
        let scope = KeyScope { principal: self.buyer, operation, key: key.into() };
        KeyClaim { scope, fingerprint: [0; 16] }
    }

    fn basket(products: &[ProductId]) -> Basket {
        let one = Quantity::try_from(1).expect("a quantity");
        let lines: Vec<_> = products.iter().map(|product| (*product, one)).collect();
        Basket::new(&lines).expect("a basket")
    }

    /// Orders a piece of each.
    pub(crate) async fn order(
        &self,
        products: &[ProductId],
        key: Option<&str>,
    ) -> Outcome<Order, OrderError> {
        let request = PlaceOrder { user: self.buyer, basket: Self::basket(products) };
        self.mall.orders().place_order(request, key.map(|key| self.claim("placeOrder", key))).await
    }

    /// An order of a lamp and a bulb that nobody makes yet.
    pub(crate) async fn wide_order(&self) -> (WideOrder, UnderWay) {
        let shared = &self.mall.shared;
        let (lamp, bulb) = (Self::basket(&[self.lamp]), Self::basket(&[self.bulb]));
        let shares = BTreeMap::from([(self.home, lamp), (self.other, bulb)]);
        let order = WideOrder {
            id: shared.host.ids.next().await.expect("a number"),
            hold: shared.host.ids.next().await.expect("a number"),
            user: self.buyer,
            shares: shares.into_iter().collect(),
            desks: Arc::new(shared.desks.clone()),
            answer_within_ms: None,
            ledger: shared.host.ledger.clone(),
        };
        (order, shared.orders.wide.begin(self.buyer).expect("not too many"))
    }

    /// Gives the lamp another price or name.
    pub(crate) async fn change(
        &self,
        (price, name): (Option<Amount>, Option<&str>),
        key: Option<&str>,
    ) -> Outcome<ProductView, ShopError> {
        let request = ChangeProduct {
            product: self.lamp,
            name: name.map(str::to_owned),
            description: None,
            price,
            image_url: None,
            category: None,
        };
        self.mall
            .shops()
            .change_product(request, key.map(|key| self.claim("changeProduct", key)))
            .await
    }

    /// Opens a deal on both.
    pub(crate) async fn deal(&self, key: &str) -> Outcome<OpenedDeal, DealError> {
        let start = clock::now();
        let terms = DealTerms {
            discount: Discount::Rate(BasisPoints::try_from(2_500).expect("a quarter")),
            window: SaleWindow { start, end: start.plus(3_600_000) },
            quota: None,
            person_limit: None,
        };
        let request = OpenDeal { by: self.buyer, terms, products: vec![self.lamp, self.bulb] };
        self.mall.deals().open_deal(request, Some(self.claim("openDeal", key))).await
    }

    /// Pieces of a product in orders that stand.
    pub(crate) async fn sold(&self, product: ProductId) -> i64 {
        let sql = "SELECT sold FROM stocks WHERE product_id = $1";
        let rows = self.mall.shared.host.storage.select(sql, [product.get().into()]).await;
        rows.expect("read")[0].try_get_by_index(0).expect("a number")
    }

    /// What is counted while somebody asks for something.
    async fn under_way(&self) -> Vec<(&'static str, i64)> {
        let shared = &self.mall.shared;
        // One that was given up is rebuilt from the tables for whoever comes next.
        for shop in [self.home, self.other] {
            shared.desks.live(shop).await.expect("a shop");
        }
        let count = |number: usize| i64::try_from(number).expect("a few");
        let (shops, users) = (shared.desks.views(), shared.users.views());
        let size = |name: &str| shops.iter().filter_map(|shop| shop.size[name].as_i64()).sum();
        let all = || shops.iter().chain(&users);
        let counts = [
            ("activations", count(shared.desks.under_way() + shared.users.under_way())),
            ("messages to be sent", count(outbox::waiting())),
            ("messages", all().map(|actor| actor.mailbox.depth).sum()),
            ("facts", all().map(|actor| actor.facts_in_flight).sum()),
            ("holds", size("openHolds")),
            ("cancellations", size("changing")),
            ("keys", count(shared.host.keys.under_way())),
            ("orders", count(shared.orders.wide.len())),
            (
                "permits",
                count(shared.deals.permits.given_out() + shared.orders.changes.given_out()),
            ),
            ("places", count(shared.host.ledger.depth())),
        ];
        counts.into_iter().filter(|(_, count)| *count != 0).collect()
    }

    /// Waits until nothing is under way.
    pub(crate) async fn is_as_before(&self, moment: usize) {
        let began = Instant::now();
        loop {
            let left = self.under_way().await;
            if left.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "left by who hung up at moment {moment}: {left:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// All actors have what the tables have, and these agree with the journal.
    pub(crate) async fn is_sound(&self) {
        self.is_as_before(usize::MAX).await;
        self.mall.close().await;
        let report = audit::run(&self.url).await.expect("audited");
        assert!(report.is_clean(), "{report:?}");
    }
}
