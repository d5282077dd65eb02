//! A node on a database of its own, and what is asked of it here.

use std::sync::Arc;
use std::time::Duration;

use hotdeal_domain::account::Role;
use hotdeal_domain::order::Basket;
use hotdeal_domain::shop::{Movement, Quantity};
use hotdeal_domain::{Amount, Currency, ProductId, UserId};
use hotdeal_migration::{Migrator, MigratorTrait as _};
use sea_orm::ConnectionTrait as _;

use super::{claim, claim_of, mark_of};
use crate::account::OpenAccount;
use crate::clock;
use crate::host::shell::Outcome;
use crate::lease::Lease;
use crate::mall::Mall;
use crate::mall::MallSettings;
use crate::order::OrderError;
use crate::order::PlaceOrder;
use crate::shop::{CreateProduct, MoveStock, OpenShop};

/// Connections of the readers' pool, and some.
pub(super) const READERS: usize = 8;

pub(super) struct World {
    pub(super) mall: Mall,
    pub(super) tables: sea_orm::DatabaseConnection,
    folder: Arc<tempfile::TempDir>,
}

/// A node on a database in which this was done.
pub(super) async fn world(before: &str) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display());
    let tables = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&tables, None).await.expect("a schema");
    tables.execute_unprepared(before).await.expect("done");
    let mall = mall(&url).await;
    World { mall, tables, folder: Arc::new(folder) }
}

async fn mall(url: &str) -> Mall {
    Mall::open(url, MallSettings::of_a_test(), Lease::for_ever()).await.expect("a mall")
}

impl World {
    /// Another node on the same database, which believes that it is the only one.
    pub(super) async fn another(&self) -> Self {
        let url = format!("sqlite://{}", self.folder.path().join("mall.db").display());
        Self { mall: mall(&url).await, tables: self.tables.clone(), folder: self.folder.clone() }
    }

    pub(super) async fn orders_made(&self) -> u64 {
        use sea_orm::{EntityTrait as _, PaginatorTrait as _};
        hotdeal_entities::orders::Entity::find().count(&self.tables).await.expect("counted")
    }

    /// Bytes in the log of its database, which only grows while somebody reads beside it.
    pub(super) fn log(&self) -> u64 {
        std::fs::metadata(self.folder.path().join("mall.db-wal")).expect("a log").len()
    }

    /// Until then every key is looked up.
    pub(super) async fn knows_what_is_kept(&self) {
        let known = async {
            while !self.mall.shared.host.keys.filter().is_fresh(mark_of(&claim("nobody's").scope)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), known).await.expect("soon known");
    }

    pub(super) async fn product(&self, pieces: u32) -> ProductId {
        let request = OpenAccount {
            email: "seller@example.kr".into(),
            name: "seller".into(),
            password_phc: "x".into(),
            role: Role::User,
        };
        let owner =
            self.mall.accounts().open_account(request, None).await.expect("an account").value.user;
        let (name, void_until) = ("shop".into(), clock::now());
        let request = OpenShop { owner, name, currency: Currency::Krw, by: owner, void_until };
        let shop = self.mall.shops().open_shop(request, None).await.expect("a shop").value.id;
        let request = CreateProduct {
            shop,
            name: "thing".into(),
            description: String::new(),
            price: Amount::try_from(900).expect("an amount"),
            image_url: String::new(),
            category: "OTHER".into(),
        };
        let product =
            self.mall.shops().create_product(request, None).await.expect("a product").value.id;
        let movement = Movement::Increased(pieces);
        self.mall.shops().move_stock(MoveStock { product, movement }, None).await.expect("stocked");
        product
    }

    pub(super) async fn order(
        &self,
        product: ProductId,
        key: &str,
    ) -> Outcome<hotdeal_domain::order::Order, OrderError> {
        self.order_of(1, product, Some(key)).await
    }

    /// Somebody's order of one piece.
    pub(super) async fn order_of(
        &self,
        user: i64,
        product: ProductId,
        key: Option<&str>,
    ) -> Outcome<hotdeal_domain::order::Order, OrderError> {
        let one = Quantity::try_from(1).expect("a quantity");
        let basket = Basket::new(&[(product, one)]).expect("a basket");
        let user = UserId::try_from(user).expect("an id");
        self.mall
            .orders()
            .place_order(PlaceOrder { user, basket }, key.map(|key| claim_of(user, key)))
            .await
    }
}
