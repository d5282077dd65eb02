//! Asks under fresh keys, and under keys that only the tables know.

use std::time::Duration;

use hotdeal_domain::{Amount, Basket, Currency, Movement, ProductId, Quantity, Role, UserId};
use hotdeal_migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::*;
use crate::api::*;
use crate::clock;
use crate::error::AskError;
use crate::lease::Lease;
use crate::mall::{Mall, MallSettings};
use crate::shell::Outcome;

/// Connections of the readers' pool, and some.
const READERS: usize = 8;

struct World {
    mall: Mall,
    tables: sea_orm::DatabaseConnection,
    _folder: tempfile::TempDir,
}

/// A node on a database in which this was done.
async fn world(before: &str) -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display());
    let tables = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&tables, None).await.expect("a schema");
    tables.execute_unprepared(before).await.expect("done");
    let settings = MallSettings {
        mailbox_max: 100,
        idle_after_s: 60,
        arbiters: 1,
        ledger_queue_max: 100,
        ledger_batch_entries_max: 100,
        ledger_batch_rows_max: 1_000,
        subscriptions_per_user_max: 10,
        notices_kept_days: 90,
    };
    let mall = Mall::open(&url, settings, Lease::for_ever()).await.expect("a mall");
    World { mall, tables, _folder: folder }
}

impl World {
    /// Until then every key is looked up.
    async fn knows_what_is_kept(&self) {
        let known = async {
            while !self.mall.shared.keys.kept().is_fresh(&claim("nobody's").scope) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), known).await.expect("soon known");
    }

    async fn product(&self, pieces: u32) -> ProductId {
        let ask = OpenAccount {
            email: "seller@example.kr".into(),
            name: "seller".into(),
            password_phc: "x".into(),
            role: Role::User,
        };
        let owner = self.mall.open_account(ask, None).await.expect("an account").value.user;
        let (name, void_until) = ("shop".into(), clock::now());
        let ask = OpenShop { owner, name, currency: Currency::Krw, by: owner, void_until };
        let shop = self.mall.open_shop(ask, None).await.expect("a shop").value.id;
        let ask = CreateProduct {
            shop,
            name: "thing".into(),
            description: String::new(),
            price: Amount::try_from(900).expect("an amount"),
            image_url: String::new(),
            category: "OTHER".into(),
        };
        let product = self.mall.create_product(ask, None).await.expect("a product").value.id;
        let movement = Movement::Increased(pieces);
        self.mall.move_stock(MoveStock { product, movement }, None).await.expect("stocked");
        product
    }

    async fn order(&self, product: ProductId, key: &str) -> Outcome<hotdeal_domain::Order> {
        let one = Quantity::try_from(1).expect("a quantity");
        let basket = Basket::new(&[(product, one)]).expect("a basket");
        let user = UserId::try_from(1).expect("an id");
        self.mall.place_order(PlaceOrder { user, basket }, Some(claim(key))).await
    }
}

#[actix::test]
async fn a_fresh_key_waits_for_no_reader() {
    let world = world("").await;
    let product = world.product(10).await;
    world.knows_what_is_kept().await;
    world.order(product, "warm").await.expect("ordered");
    let mut busy = Vec::new();
    for _ in 0..READERS {
        busy.push(world.mall.shared.storage.db.begin().await.expect("a reader"));
    }
    let first = world.order(product, "fresh").await.expect("nobody is asked about a fresh key");
    assert!(!first.replayed);
    let repeat = world.order(product, "fresh").await;
    assert!(matches!(repeat, Err(AskError::Unavailable(_))), "a repeat is looked up: {repeat:?}");
    drop(busy);
    let repeat = world.order(product, "fresh").await.expect("told again");
    assert_eq!((repeat.value, repeat.replayed), (first.value, true));
    world.mall.close().await;
}

#[actix::test]
async fn a_node_knows_after_its_start_which_keys_were_kept_however_many() {
    let rows = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) \
         INSERT INTO idempotency SELECT 1, 'placeOrder', 'key-' || i, '00', '{{}}', {} + i / 3 \
         FROM n",
        clock::now().0 - 10_000
    );
    let world = world(&rows).await;
    world.knows_what_is_kept().await;
    let kept = world.mall.shared.keys.kept();
    for number in 1..=9_000 {
        assert!(!kept.is_fresh(&claim(&format!("key-{number}")).scope), "key-{number}");
    }
    let fresh = (0..1_000).filter(|number| kept.is_fresh(&claim(&format!("new-{number}")).scope));
    assert!(fresh.count() > 950);
    world.mall.close().await;
}

#[actix::test]
async fn an_answer_of_an_earlier_process_that_came_late_is_found_all_the_same() {
    let world = world("").await;
    let product = world.product(2).await;
    world.knows_what_is_kept().await;
    let first = world.order(product, "known").await.expect("ordered").value;
    // A commit that nobody waited for any more: the tables have it, and this process has not seen it.
    let late = async |key: &str| {
        let copy = format!(
            "INSERT INTO idempotency SELECT principal, operation, '{key}', fingerprint, answer, \
             recorded_at FROM idempotency WHERE key = 'known'"
        );
        world.tables.execute_unprepared(&copy).await.expect("written");
    };
    late("late-1").await;
    let told = world.order(product, "late-1").await.expect("its answer, though there is stock");
    assert_eq!((&told.value, told.replayed), (&first, true));
    world.order(product, "last").await.expect("the last piece");
    late("late-2").await;
    let told = world.order(product, "late-2").await.expect("its answer, though there is none");
    assert_eq!((&told.value, told.replayed), (&first, true));
    let refused = world.order(product, "fresh").await;
    assert!(matches!(refused, Err(AskError::Shortage { .. })), "{refused:?}");
    world.mall.close().await;
}

#[actix::test]
async fn who_has_had_the_database_to_itself_again_reads_anew_what_others_kept() {
    let world = world("").await;
    let product = world.product(2).await;
    world.knows_what_is_kept().await;
    let first = world.order(product, "known").await.expect("ordered").value;
    let copy = "INSERT INTO idempotency SELECT principal, operation, 'elsewhere', fingerprint, \
                answer, recorded_at FROM idempotency WHERE key = 'known'";
    world.tables.execute_unprepared(copy).await.expect("written");
    world.mall.start_over().await.expect("from the tables");
    world.knows_what_is_kept().await;
    assert!(!world.mall.shared.keys.kept().is_fresh(&claim("elsewhere").scope));
    let told = world.order(product, "elsewhere").await.expect("its answer");
    assert_eq!((told.value, told.replayed), (first, true));
    world.mall.close().await;
}
