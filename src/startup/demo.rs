//! Something to try on a new database: a seller with a shop and products, an open coupon event,
//! a shopper.

use hotdeal_actors::Mall;
use hotdeal_actors::account::Role;
use hotdeal_actors::coupon::PreloadCoupons;
use hotdeal_actors::shop::{CreateProduct, MoveStock};
use hotdeal_domain::Discount;
use hotdeal_domain::coupon::{CouponTerms, Policy, Validity};
use hotdeal_domain::shop::Movement;
use hotdeal_domain::{Amount, BasisPoints, SaleWindow, ShopId};

use super::StartError;
use super::first::{self, account, failed, random_password};
use crate::auth::Passwords;

const SELLER: &str = "seller@demo.hotdeal.local";
const SHOPPER: &str = "shopper@demo.hotdeal.local";
/// Pieces of each product.
const PIECES: u32 = 100;
const COUPONS: u32 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// Name, category, price in won.
const PRODUCTS: [(&str, &str, i64); 12] = [
    ("무선 이어폰", "ELECTRONICS", 89_000),
    ("기계식 키보드", "ELECTRONICS", 129_000),
    ("린넨 셔츠", "FASHION", 39_900),
    ("수분 크림", "BEAUTY", 24_500),
    ("극세사 이불", "HOME_LIVING", 59_000),
    ("제주 감귤 5kg", "FOOD", 19_900),
    ("요가 매트", "SPORTS", 27_800),
    ("러스트 입문서", "BOOKS", 32_000),
    ("종합 비타민", "HEALTH", 21_900),
    ("아기 물티슈 20팩", "BABY", 17_900),
    ("고양이 화장실", "PET", 45_000),
    ("만년필", "OFFICE", 12_900),
];

/// Makes the demo data; returns what to print about it.
pub(super) async fn prepare(mall: &Mall, passwords: &Passwords) -> Result<Vec<String>, StartError> {
    let (seller_password, shopper_password) = (random_password(), random_password());
    let role = Role::Seller;
    let seller =
        account(mall, passwords, SELLER, "Demo Seller", seller_password.clone(), role).await?;
    let role = Role::User;
    account(mall, passwords, SHOPPER, "Demo Shopper", shopper_password.clone(), role).await?;
    let open = first::shop(seller, "데모 상점");
    let shop = mall.shops().open_shop(open, None).await.map_err(failed)?.value.id;
    let mut first_product = None;
    for (name, category, won) in PRODUCTS {
        let product = offer(mall, shop, name, category, won).await?;
        first_product.get_or_insert(product);
    }
    let preload = PreloadCoupons { by: seller, shop, event: None, terms: terms() };
    let event = mall.coupons().preload(preload, None).await.map_err(failed)?.value.event;
    let product = first_product.map(|product| product.to_string()).unwrap_or_default();
    Ok(vec![
        format!("demo seller {SELLER}, password {seller_password} (shown this once)"),
        format!("demo shopper {SHOPPER}, password {shopper_password} (shown this once)"),
        format!(
            "demo shop {shop}: {} products from number {product} on, {PIECES} pieces each",
            PRODUCTS.len()
        ),
        format!("demo coupon event {event}: {COUPONS} coupons, open now"),
    ])
}

async fn offer(
    mall: &Mall,
    shop: ShopId,
    name: &str,
    category: &str,
    won: i64,
) -> Result<hotdeal_domain::ProductId, StartError> {
    let create = CreateProduct {
        shop,
        name: name.to_owned(),
        description: format!("{name} 데모 상품"),
        price: Amount::try_from(won).expect("a price of the table above"),
        image_url: String::new(),
        category: category.to_owned(),
    };
    let product = mall.shops().create_product(create, None).await.map_err(failed)?.value.id;
    let stock = MoveStock { product, movement: Movement::Increased(PIECES) };
    mall.shops().move_stock(stock, None).await.map_err(failed)?;
    Ok(product)
}

fn terms() -> CouponTerms {
    let now = crate::clock::now();
    let won = Amount::try_from(5_000).expect("a small amount");
    let tenth = BasisPoints::try_from(1_000).expect("ten percent");
    CouponTerms {
        name: "오픈 기념 쿠폰".to_owned(),
        total: COUPONS,
        policies: vec![
            Policy { discount: Discount::Fixed(won), allocation_percentage: 70 },
            Policy { discount: Discount::Rate(tenth), allocation_percentage: 30 },
        ],
        window: SaleWindow { start: now, end: now.plus(30 * DAY_MS) },
        validity: Validity::DaysFromIssue(14),
        minimum_price: Amount::ZERO,
    }
}
