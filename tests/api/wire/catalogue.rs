//! Products and their stock.

use serde_json::{Value, json};

use super::{is_time, list_with_members, shopper, with_members};
use crate::support::App;

const PRODUCT: &[&str] = &[
    "productId",
    "productName",
    "originalPrice",
    "productDescription",
    "productImageUri",
    "productCategory",
];
const CREATED: &[&str] = &["productId", "productName", "productDescription", "productPrice"];
const STOCK: &[&str] = &["stockId", "productId", "quantity", "available", "lastUpdated"];
/// Members of a stock that are not in the contract of existing clients.
const COUNTS: [&str; 3] = ["onHand", "held", "sold"];

fn lamp(name: &str, price: i64) -> Value {
    json!({
        "productName": name,
        "productDescription": "It gives light.",
        "productPrice": price,
        "productImageUrl": "https://pictures.test/lamp.png",
        "productCategory": "HOME_LIVING",
    })
}

#[tokio::test]
async fn a_product_is_created_changed_and_deleted() {
    let app = App::start().await;
    let answer = app.admin().post_json("/api/products", &lamp("Desk lamp", 12_900)).send().await;
    let created = with_members(&answer, 201, CREATED);
    assert_eq!(created["productPrice"], 12_900);
    let path = format!("/api/products/{}", created["productId"]);
    let answer = app.admin().put(&path).json(&lamp("Floor lamp", 15_000)).send().await;
    let changed = with_members(&answer, 200, CREATED);
    assert_eq!(changed["productId"], created["productId"]);
    assert_eq!(
        (&changed["productName"], &changed["productPrice"]),
        (&json!("Floor lamp"), &json!(15_000))
    );
    let answer = app.admin().ask(reqwest::Method::DELETE, &path).send().await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{answer}");
    shopper(&app, 1).get(&path).send().await.refused(404, "NOT_FOUND_PRODUCT");
    app.admin().put(&path).json(&lamp("Lamp", 1)).send().await.refused(404, "NOT_FOUND_PRODUCT");
}

#[tokio::test]
async fn a_seller_offers_in_the_own_shop_and_in_no_other() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Own", "KRW").await;
    let (other, _, _) = app.shop("Other", "KRW").await;
    let mut body = lamp("Desk lamp", 100);
    // Without a shop: the seller's own.
    let answer = seller.post_json("/api/products", &body).send().await;
    assert_eq!(with_members(&answer, 201, CREATED)["shopId"], shop);
    body["shopId"] = shop.into();
    let answer = seller.post_json("/api/products", &body).send().await;
    let path = format!("/api/products/{}", with_members(&answer, 201, CREATED)["productId"]);
    with_members(&seller.put(&path).json(&body).send().await, 200, CREATED);
    body["shopId"] = other.into();
    seller.post_json("/api/products", &body).send().await.refused(403, "FORBIDDEN");
    let foreign = app.product(Some(other), 100, 0).await;
    let path = format!("/api/products/{foreign}");
    seller.put(&path).json(&lamp("Mine", 1)).send().await.refused(403, "FORBIDDEN");
    seller.ask(reqwest::Method::DELETE, &path).send().await.refused(403, "FORBIDDEN");
    let answer = seller.post(&format!("/api/stocks/product/{foreign}/increase?quantity=1"));
    answer.send().await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn products_are_found_one_and_many() {
    let app = App::start().await;
    let (one, two) = (app.product(None, 100, 0).await, app.product(None, 200, 0).await);
    let answer = shopper(&app, 1).get(&format!("/api/products/{one}")).send().await;
    let product = with_members(&answer, 200, PRODUCT);
    assert_eq!(product["originalPrice"], 100);
    assert_eq!(product["productImageUri"], "https://pictures.test/lamp.png");
    assert_eq!(product["productCategory"], "HOME_LIVING");
    let body = json!({"productIds": [two, one]});
    let answer = shopper(&app, 1).post_json("/api/products/search-product", &body).send().await;
    let mut found = list_with_members(&answer, PRODUCT);
    found.sort_by_key(|product| product["productId"].as_i64());
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], product, "the same object, one or many");
}

#[tokio::test]
async fn stock_is_told_one_and_many_and_a_product_never_stocked_has_none() {
    let app = App::start().await;
    let (some, none) = (app.product(None, 100, 7).await, app.product(None, 100, 0).await);
    let client = shopper(&app, 1);
    let stock = async |product: i64| {
        let answer = client.get(&format!("/api/stocks/product/{product}")).send().await;
        with_members(&answer, 200, STOCK)
    };
    let (full, empty) = (stock(some).await, stock(none).await);
    assert_eq!((&full["quantity"], &full["available"]), (&json!(7), &json!(true)));
    is_time(&full["lastUpdated"]);
    assert_eq!((&empty["quantity"], &empty["available"]), (&json!(0), &json!(false)));
    let body = json!({"productIds": [some, none]});
    let answer = client.post_json("/api/stocks/search", &body).send().await;
    let mut found = list_with_members(&answer, STOCK);
    found.sort_by_key(|stock| stock["productId"].as_i64());
    assert_eq!(found, [full, empty]);
    let answer = client.get("/api/stocks/product/800000000").send().await;
    answer.refused(404, "NOT_FOUND_PRODUCT");
}

#[tokio::test]
async fn stock_is_increased_by_one_or_more_and_reset_to_none_or_more() {
    let app = App::start().await;
    let product = app.product(None, 100, 0).await;
    let path = |call: &str| format!("/api/stocks/product/{product}/{call}");
    for (call, quantity) in [
        ("increase?quantity=1", 1),
        ("increase?quantity=9", 10),
        ("reset?quantity=4", 4),
        ("reset?quantity=0", 0),
    ] {
        let stock = with_members(&app.admin().post(&path(call)).send().await, 200, STOCK);
        let available = json!(quantity > 0);
        assert_eq!((&stock["quantity"], &stock["available"]), (&json!(quantity), &available));
        is_time(&stock["lastUpdated"]);
    }
    for call in ["increase?quantity=0", "increase?quantity=-1", "reset?quantity=-1"] {
        let problem = app.admin().post(&path(call)).send().await.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some("quantity"), "{call}");
    }
    for call in ["increase", "reset"] {
        let problem = app.admin().post(&path(call)).send().await.refused(400, "MISSING_VALUE");
        assert_eq!(problem.member.as_deref(), Some("quantity"), "{call}");
    }
}

#[tokio::test]
async fn the_quantity_of_a_stock_is_what_can_be_sold_now_and_reset_sets_that() {
    let app = App::start().await;
    let product = app.product(None, 100, 10).await;
    let body = json!({"productId": product, "quantity": 4});
    shopper(&app, 1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    let counts = |stock: &Value| COUNTS.map(|count| stock[count].clone());
    let path = format!("/api/stocks/product/{product}");
    let stock = with_members(&shopper(&app, 1).get(&path).send().await, 200, STOCK);
    assert_eq!((&stock["quantity"], &stock["available"]), (&json!(6), &json!(true)), "{stock}");
    assert_eq!(counts(&stock), [10, 0, 4].map(|count| json!(count)));
    for (quantity, on_hand) in [(2, 6), (0, 4), (30, 34)] {
        let reset = app.admin().post(&format!("{path}/reset?quantity={quantity}"));
        let stock = with_members(&reset.send().await, 200, STOCK);
        let seen = (&stock["quantity"], &stock["available"]);
        assert_eq!(seen, (&json!(quantity), &json!(quantity > 0)), "{stock}");
        assert_eq!(counts(&stock), [on_hand, 0, 4].map(|count| json!(count)));
        let found = with_members(&shopper(&app, 1).get(&path).send().await, 200, STOCK);
        assert_eq!(found, stock);
    }
    app.audited();
}
