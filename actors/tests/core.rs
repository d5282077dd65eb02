//! The core against a real SQLite file: what the actors promise, without HTTP.

use hotdeal_actors::account::{AccountError, OpenAccount, Role};
use hotdeal_actors::coupon::{CouponError, IssueCoupon, PreloadCoupons};
use hotdeal_actors::order::{CancelOrder, OrderError, PlaceOrder};
use hotdeal_actors::shop::{CreateProduct, MoveStock, OpenShop, ShopError};
use hotdeal_actors::{Lease, Mall, MallSettings, RequestError, audit};
use hotdeal_domain::coupon::{CouponTerms, Policy, Validity};
use hotdeal_domain::idempotency::{KeyClaim, KeyScope};
use hotdeal_domain::order::{Basket, CancelScope};
use hotdeal_domain::shop::{Movement, Quantity};
use hotdeal_domain::{Amount, Currency, Discount, ProductId, SaleWindow, UnixMillis, UserId};
use hotdeal_migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

#[path = "core/deals.rs"]
mod deals;
#[path = "core/notices.rs"]
mod notices;

struct World {
    mall: Mall,
    url: String,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let url = match std::env::var("HOTDEAL_TEST_DATABASE") {
        Ok(server) if server.starts_with("postgres") => fresh_database(&server).await,
        _ => format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display()),
    };
    let db = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&db, None).await.expect("a schema");
    db.close().await.expect("closed");
    World { mall: mall(&url).await, url, _folder: folder }
}

/// A node of its own.
async fn mall(url: &str) -> Mall {
    Mall::open(url, settings(), Lease::for_ever()).await.expect("a mall")
}

fn settings() -> MallSettings {
    MallSettings {
        mailbox_max: 4_096,
        idle_after_s: 60,
        arbiters: 1,
        ledger_queue_max: 8_192,
        ledger_batch_entries_max: 1_024,
        ledger_batch_rows_max: 8_000,
        subscriptions_per_user_max: 1_000,
        answer_within_s: 0,
        notices_kept_days: 90,
        profile_kept_days: 30,
    }
}

/// A database of its own on the PostgreSQL server that `tests/run` has started.
async fn fresh_database(server: &str) -> String {
    let name = format!("core_{}", uuid::Uuid::new_v4().simple());
    let db = sea_orm::Database::connect(format!("{server}/postgres")).await.expect("a server");
    db.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    db.close().await.expect("closed");
    format!("{server}/{name}")
}

fn user(number: i64) -> UserId {
    UserId::try_from(number).expect("an id")
}

async fn seller(world: &World) -> (UserId, hotdeal_domain::ShopId) {
    let ask = OpenAccount {
        email: format!("{}@example.kr", uuid::Uuid::new_v4()),
        name: "seller".into(),
        password_phc: "x".into(),
        role: Role::User,
    };
    let owner = world.mall.accounts().open_account(ask, None).await.expect("an account").value.user;
    let ask = OpenShop {
        owner,
        name: "shop".into(),
        currency: Currency::Krw,
        by: owner,
        void_until: hotdeal_actors::now(),
    };
    let shop = world.mall.shops().open_shop(ask, None).await.expect("a shop").value;
    (owner, shop.id)
}

#[actix::test]
async fn every_coupon_goes_out_once_and_the_audit_agrees() {
    let world = world().await;
    let (owner, shop) = seller(&world).await;
    let now = hotdeal_actors::now();
    let terms = CouponTerms {
        name: "flash".into(),
        total: 500,
        policies: vec![Policy {
            discount: Discount::Fixed(Amount::try_from(1_000).expect("an amount")),
            allocation_percentage: 100,
        }],
        window: SaleWindow { start: now, end: UnixMillis(now.0 + 3_600_000) },
        validity: Validity::DaysFromIssue(7),
        minimum_price: Amount::ZERO,
    };
    let ask = PreloadCoupons { by: owner, shop, event: None, terms };
    let batch = world.mall.coupons().preload(ask.clone(), None).await.expect("a batch").value;
    let again = world.mall.coupons().preload(ask, None).await.expect("the batch again");
    assert_eq!((again.value.batch, again.replayed), (batch.batch, true));
    while world.mall.coupons().batch(batch.batch).await.expect("read").expect("there").prepared
        < 500
    {
        tokio::task::yield_now().await;
    }
    let asks: Vec<_> = (1..=1_200)
        .map(|number| {
            let (mall, event) = (world.mall.clone(), batch.event);
            actix::spawn(async move {
                loop {
                    match mall
                        .coupons()
                        .issue(IssueCoupon { event, user: user(number % 1_000 + 1) }, None)
                        .await
                    {
                        Err(CouponError::NotReady) => tokio::task::yield_now().await,
                        outcome => break outcome,
                    }
                }
            })
        })
        .collect();
    let mut issued = 0;
    for ask in asks {
        match ask.await.expect("no panic") {
            Ok(_) => issued += 1,
            Err(CouponError::SoldOut | CouponError::AlreadyIssued(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(issued, 500);
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.coupons_issued, 500);
    world.mall.close().await;
}

#[actix::test]
async fn an_order_over_two_shops_takes_all_or_nothing_and_returns_all() {
    let world = world().await;
    let mut products = Vec::new();
    for _ in 0..2 {
        let product = product(&world).await;
        let ask = MoveStock { product, movement: Movement::Increased(5) };
        world.mall.shops().move_stock(ask, None).await.expect("stock");
        products.push(product);
    }
    let quantity = |pieces| Quantity::try_from(pieces).expect("a quantity");
    let order = async |first, second| {
        let basket =
            Basket::new(&[(products[0], quantity(first)), (products[1], quantity(second))]);
        let ask = PlaceOrder { user: user(7), basket: basket.expect("a basket") };
        world.mall.orders().place_order(ask, None).await
    };
    let sold = async || {
        let stocks = world.mall.shops().stocks(&products).await.expect("stocks");
        stocks.iter().map(|view| view.stock.sold).collect::<Vec<_>>()
    };
    let placed = order(5, 2).await.expect("an order").value;
    assert_eq!(sold().await, [5, 2]);
    assert!(matches!(order(1, 1).await, Err(OrderError::Shortage { .. })));
    assert!(matches!(order(1, 4).await, Err(OrderError::Shortage { .. })));
    assert_eq!(sold().await, [5, 2]);
    let scope = CancelScope::Order;
    let cancel = CancelOrder { order: placed.id, user: user(7), scope };
    world.mall.orders().cancel_order(cancel, None).await.expect("cancelled");
    world.mall.orders().cancel_order(cancel, None).await.expect("cancelled already");
    assert_eq!(sold().await, [0, 0]);
    order(5, 5).await.expect("all is for sale again");
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    world.mall.close().await;
}

async fn product(world: &World) -> ProductId {
    let (_, shop) = seller(world).await;
    let ask = CreateProduct {
        shop,
        name: "thing".into(),
        description: String::new(),
        price: Amount::try_from(900).expect("an amount"),
        image_url: String::new(),
        category: "OTHER".into(),
    };
    world.mall.shops().create_product(ask, None).await.expect("a product").value.id
}

#[actix::test]
async fn a_node_whose_shop_was_taken_over_writes_nothing_until_it_has_read_what_happened() {
    let world = world().await;
    let other = mall(&world.url).await;
    let product = product(&world).await;
    let one_more = async |node: &Mall| {
        let ask = MoveStock { product, movement: Movement::Increased(1) };
        node.shops().move_stock(ask, None).await.map(|answered| answered.value.stock.on_hand)
    };
    let mut on_hand = 0;
    for (late, owner) in [(&world.mall, &other), (&other, &world.mall)].repeat(5) {
        // Twice, so that the second comes on a connection that was just in use.
        for _ in 0..2 {
            on_hand += 1;
            assert_eq!(one_more(late).await.expect("its shop"), on_hand);
        }
        on_hand += 1;
        assert_eq!(one_more(owner).await.expect("taken over"), on_hand);
        let refused = one_more(late).await.expect_err("somebody else's shop");
        assert!(matches!(refused, ShopError::Request(RequestError::Unavailable(_))), "{refused}");
    }
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    world.mall.close().await;
    other.close().await;
}

#[actix::test]
async fn a_key_used_on_two_nodes_at_once_has_one_answer() {
    let world = world().await;
    let other = mall(&world.url).await;
    for number in 0..20 {
        let scope = KeyScope {
            principal: user(1),
            operation: "signUp",
            key: format!("key-{number}").into(),
        };
        let claim = KeyClaim { scope, fingerprint: [7; 16] };
        let ask = |node: &str| OpenAccount {
            email: format!("{node}-{number}@example.kr"),
            name: "shopper".into(),
            password_phc: "x".into(),
            role: Role::User,
        };
        // The log of answers is one node's; who has lost it takes it back with the next request.
        let opened = async |node: &Mall, name: &str| loop {
            match node.accounts().open_account(ask(name), Some(claim.clone())).await {
                Err(AccountError::Request(RequestError::Unavailable(_))) => {}
                opened => return opened.expect("an account"),
            }
        };
        let (one, two) =
            futures_util::future::join(opened(&world.mall, "one"), opened(&other, "two")).await;
        assert_eq!(one.value.user, two.value.user, "one key, one account");
        assert!(one.replayed != two.replayed, "one of them is the first");
    }
    let report = audit::run(&world.url).await.expect("an audit");
    assert_eq!((report.is_clean(), report.accounts), (true, 20), "{report:?}");
    world.mall.close().await;
    other.close().await;
}
