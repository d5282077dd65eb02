//! Something to try on a new database: shops with products, deals that are open, open soon and have
//! ended, coupons, a seller and a shopper to log in with, and the shoppers of the [`robot`].

mod goods;
pub(super) mod robot;

use goods::{DemoShop, Good, SHOPS};
use hotdeal_actors::Mall;
use hotdeal_actors::account::{OpenAccount, Role};
use hotdeal_actors::coupon::PreloadCoupons;
use hotdeal_actors::deal::OpenDeal;
use hotdeal_actors::shop::{CreateProduct, MoveStock};
use hotdeal_domain::coupon::{CouponTerms, Policy, Validity};
use hotdeal_domain::deal::DealTerms;
use hotdeal_domain::shop::Movement;
use hotdeal_domain::{
    Amount, BasisPoints, Discount, EventId, ProductId, SaleWindow, ShopId, UnixMillis, UserId,
};

use super::StartError;
use super::first::{self, account, failed, random_password};
use crate::auth::Passwords;
use crate::clock;

const SELLER: &str = "seller@demo.hotdeal.local";
const SHOPPER: &str = "shopper@demo.hotdeal.local";
/// Owns the shops beside the seller's. Nobody knows the password.
const NEIGHBOUR: &str = "neighbour@demo.hotdeal.local";
/// Coupons of one event.
const COUPONS: u32 = 1_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Makes the demo data; returns what to print about it.
pub(super) async fn prepare(mall: &Mall, passwords: &Passwords) -> Result<Vec<String>, StartError> {
    let (seller_password, shopper_password) = (random_password(), random_password());
    let (role, password) = (Role::Seller, seller_password.clone());
    let seller = account(mall, passwords, SELLER, "Demo Seller", password, role).await?;
    let neighbour =
        account(mall, passwords, NEIGHBOUR, "Demo Neighbour", random_password(), role).await?;
    let (role, password) = (Role::User, shopper_password.clone());
    account(mall, passwords, SHOPPER, "Demo Shopper", password, role).await?;
    let mut shops = Vec::new();
    let mut products = Vec::new();
    for (place, shop) in SHOPS.iter().enumerate() {
        let owner = if place == 0 { seller } else { neighbour };
        let id = open(mall, owner, shop).await?;
        shops.push(id);
        for good in shop.goods {
            products.push((good.name, offer(mall, id, good).await?));
        }
    }
    first_deals(mall, seller, &products).await?;
    let event = open_coupons(mall, seller, shops[0]).await?;
    robot::prepare(mall, passwords).await?;
    Ok(vec![
        format!("demo seller {SELLER}, password {seller_password} (shown this once)"),
        format!("demo shopper {SHOPPER}, password {shopper_password} (shown this once)"),
        format!(
            "demo shop {}: {} products in {} shops, from number {} on",
            shops[0],
            products.len(),
            shops.len(),
            products[0].1
        ),
        format!("demo coupon event {event}: {COUPONS} coupons, open now"),
    ])
}

async fn open(mall: &Mall, owner: UserId, shop: &DemoShop) -> Result<ShopId, StartError> {
    let open = first::shop(owner, shop.name);
    Ok(mall.shops().open_shop(open, None).await.map_err(failed)?.value.id)
}

async fn offer(mall: &Mall, shop: ShopId, good: &Good) -> Result<ProductId, StartError> {
    let create = CreateProduct {
        shop,
        name: good.name.to_owned(),
        description: good.description.to_owned(),
        price: won(good.won),
        image_url: good.image_url(),
        category: good.category.to_owned(),
    };
    let product = mall.shops().create_product(create, None).await.map_err(failed)?.value.id;
    let stock = MoveStock { product, movement: Movement::Increased(good.pieces) };
    mall.shops().move_stock(stock, None).await.map_err(failed)?;
    Ok(product)
}

/// The deals a newcomer finds: some open, one that opens in two minutes, one that has ended.
async fn first_deals(
    mall: &Mall,
    by: UserId,
    products: &[(&str, ProductId)],
) -> Result<(), StartError> {
    // Percent off, names, first and last minute.
    let deals: [(u16, &[&str], i64, i64); 5] = [
        (40, &["장미 한 다발"], 0, 45),
        (35, &["제주 감귤 5kg", "호텔 수건 6장"], 0, 4 * 60),
        (25, &["무선 이어폰"], 0, 10 * 60),
        (50, &["드립백 커피 20개"], 2, 62),
        (25, &["캠핑 랜턴", "핸드크림 세트"], 60, 3 * 60),
    ];
    let now = clock::now();
    for (percent, names, first, last) in deals {
        let (start, end) = (now.plus(first * MINUTE_MS), now.plus(last * MINUTE_MS));
        open_deal(mall, by, percent, named(products, names), SaleWindow { start, end }).await?;
    }
    // No deal can be opened whose end is past, so this one ends as the server starts.
    let window = SaleWindow { start: now, end: now.plus(2_000) };
    open_deal(mall, by, 30, named(products, &["나무 블록 32조각"]), window).await.map(drop)
}

fn named(products: &[(&str, ProductId)], names: &[&str]) -> Vec<ProductId> {
    products.iter().filter(|(name, _)| names.contains(name)).map(|(_, id)| *id).collect()
}

/// Opens a deal of which a person gets two pieces.
async fn open_deal(
    mall: &Mall,
    by: UserId,
    percent: u16,
    products: Vec<ProductId>,
    window: SaleWindow,
) -> Result<EventId, StartError> {
    let rate = BasisPoints::try_from(percent * 100).map_err(|_| failed("no percentage"))?;
    let discount = Discount::Rate(rate);
    let terms = DealTerms { discount, window, quota: None, person_limit: Some(2) };
    let open = OpenDeal { by, terms, products };
    Ok(mall.deals().open_deal(open, None).await.map_err(failed)?.value.deal.id)
}

async fn open_coupons(mall: &Mall, by: UserId, shop: ShopId) -> Result<EventId, StartError> {
    let terms = terms(clock::now());
    let preload = PreloadCoupons { by, shop, event: None, terms };
    Ok(mall.coupons().preload(preload, None).await.map_err(failed)?.value.event)
}

fn terms(now: UnixMillis) -> CouponTerms {
    let share = |amount, allocation_percentage| Policy {
        discount: Discount::Fixed(won(amount)),
        allocation_percentage,
    };
    CouponTerms {
        name: "여름 쿠폰".to_owned(),
        total: COUPONS,
        policies: vec![share(1_000, 60), share(3_000, 30), share(10_000, 10)],
        window: SaleWindow { start: now, end: now.plus(DAY_MS) },
        validity: Validity::DaysFromIssue(14),
        minimum_price: won(15_000),
    }
}

fn won(amount: i64) -> Amount {
    Amount::try_from(amount).expect("a small amount")
}

/// Opens an account nobody can log in to: its password is not told.
async fn shopper(mall: &Mall, email: &str, password_phc: &str) -> Result<UserId, StartError> {
    let open = OpenAccount {
        email: email.to_owned(),
        name: "Demo Robot".to_owned(),
        password_phc: password_phc.to_owned(),
        role: Role::User,
    };
    Ok(mall.accounts().open_account(open, None).await.map_err(failed)?.value.user)
}
