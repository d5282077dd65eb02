//! The order in which shops hear of a deal, and how many deals are being put up.

use hotdeal_domain::deal::{Deal, DealMove, DealState, DealTerms};
use hotdeal_domain::{
    Amount, BasisPoints, Currency, Discount, ProductId, SaleWindow, ShopId, UserId,
};
use hotdeal_migration::{Migrator, MigratorTrait as _};
use tokio_test::task;

use super::*;
use crate::account::{OpenAccount, Role};
use crate::clock;
use crate::error::RequestError;
use crate::lease::Lease;
use crate::mall::Mall;
use crate::mall::MallSettings;
use crate::shop::{CreateProduct, OpenShop};

async fn mall(url: &str) -> Mall {
    let db = sea_orm::Database::connect(url).await.expect("a database");
    Migrator::up(&db, None).await.expect("a schema");
    Mall::open(url, MallSettings::of_a_test(), Lease::for_ever()).await.expect("a mall")
}

async fn offered(mall: &Mall) -> (UserId, ShopId, ProductId) {
    let request = OpenAccount {
        email: "seller@example.kr".into(),
        name: "seller".into(),
        password_phc: "x".into(),
        role: Role::User,
    };
    let owner = mall.accounts().open_account(request, None).await.expect("an account").value.user;
    let by = owner;
    let request = OpenShop {
        owner,
        name: "shop".into(),
        currency: Currency::Krw,
        by,
        void_until: clock::now(),
    };
    let shop = mall.shops().open_shop(request, None).await.expect("a shop").value.id;
    let request = CreateProduct {
        shop,
        name: "thing".into(),
        description: String::new(),
        price: Amount::try_from(900).expect("an amount"),
        image_url: String::new(),
        category: "OTHER".into(),
    };
    (owner, shop, mall.shops().create_product(request, None).await.expect("a product").value.id)
}

#[actix::test]
async fn nobody_turns_a_deal_that_is_written_and_not_put_up_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display());
    let mall = mall(&url).await;
    let (by, shop, product) = offered(&mall).await;
    let opened_at = clock::now();
    let terms = DealTerms {
        discount: Discount::Rate(BasisPoints::try_from(2_500).expect("a quarter")),
        window: SaleWindow { start: opened_at, end: opened_at.plus(3_600_000) },
        quota: None,
        person_limit: None,
    };
    let id = mall.shared.host.ids.next().await.expect("a number");
    let deal = Deal { id, terms, currency: None, opened_at };
    let shares = vec![(shop, [product].into())];
    let written =
        mall.deals().write_deal(deal, by, vec![product], shares, None).await.expect("written");
    assert!(mall.deals().deal(id).await.expect("read").is_some(), "it is durable");
    assert!(
        mall.deals().best_deals(by, &[product]).await.expect("found").is_empty(),
        "not put up yet"
    );
    assert!(mall.deals().turn.try_lock().is_err(), "a turn would reach the shop before it");

    let cancel = MoveDeal { deal: id, asked: DealMove::Cancel };
    // The cancellation is under way before the shop hears that there is a deal.
    let mut cancelling = task::spawn(mall.deals().move_deal(cancel, None));
    assert!(cancelling.poll().is_pending());
    mall.deals().put_up(written).await;
    let cancelled = cancelling.await;
    assert_eq!(cancelled.expect("cancelled").value.view.state, DealState::Cancelled);
    assert!(mall.deals().best_deals(by, &[product]).await.expect("found").is_empty());
    mall.close().await;
}

#[actix::test]
async fn more_deals_than_sixty_four_are_not_put_up_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("mall.db").display());
    let mall = mall(&url).await;
    let (by, _, product) = offered(&mall).await;
    let now = clock::now();
    let terms = DealTerms {
        discount: Discount::Rate(BasisPoints::try_from(2_500).expect("a quarter")),
        window: SaleWindow { start: now, end: now.plus(3_600_000) },
        quota: None,
        person_limit: None,
    };
    let open = async || {
        let request = OpenDeal { by, terms, products: vec![product] };
        mall.deals().open_deal(request, None).await.map(|opened| opened.value.deal.id)
    };
    let id = open().await.expect("opened");
    let turn = async || {
        let request = MoveDeal { deal: id, asked: DealMove::Pause };
        mall.deals().move_deal(request, None).await.map(|turned| turned.value.view.state)
    };
    let taken: Result<Vec<_>, RequestError> =
        std::iter::repeat_with(|| mall.deals().permits.take()).take(64).collect();
    let taken = taken.expect("so many may be under way");
    assert_eq!(open().await, Err(DealError::Request(RequestError::Busy)));
    assert_eq!(turn().await, Err(DealError::Request(RequestError::Busy)));
    drop(taken);
    assert_eq!(turn().await, Ok(DealState::Paused));
    open().await.expect("there is room again");
    mall.close().await;
}
