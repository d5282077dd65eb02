//! Shops and products.

use serde_json::{Value, json};

use crate::support::{App, ProductAnswer, Role, ShopAnswer, product_body};

#[tokio::test]
async fn a_product_is_seen_as_it_was_described() {
    let app = App::start().await;
    let body = product_body("스탠드 \"Desk\" <lamp> 💡", 12_900);
    let answer = app.admin().post_json("/api/products", &body).send().await;
    let created: Value = answer.with_status(201).good();
    assert_eq!(created["productName"], body["productName"]);
    assert_eq!(created["productDescription"], body["productDescription"]);
    assert_eq!(created["productPrice"], 12_900);

    let id = created["productId"].as_i64().expect("a number");
    let seen = app.product_view(id).await;
    assert_eq!(seen.product_id, id);
    assert_eq!(seen.product_name, body["productName"].as_str().expect("a name"));
    assert_eq!(seen.original_price, json!(12_900));
    assert_eq!(seen.product_description, "It gives light.");
    assert_eq!(seen.product_image_uri.as_deref(), Some("https://pictures.test/lamp.png"));
    assert_eq!(seen.product_category.as_deref(), Some("HOME_LIVING"));
}

#[tokio::test]
async fn many_products_are_found_in_the_order_asked_each_once_without_the_unknown() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for price in [100, 200, 300] {
        ids.push(app.product(None, price, 0).await);
    }
    let asked = json!({"productIds": [ids[2], ids[0], ids[2], 9_007_199_254_740_991_i64, ids[1]]});
    let answer = app.shopper(1).post_json("/api/products/search-product", &asked).send().await;
    let found: Vec<ProductAnswer> = answer.with_status(200).good();
    let found: Vec<i64> = found.iter().map(|product| product.product_id).collect();
    assert_eq!(found, [ids[2], ids[0], ids[1]]);
    let none = json!({"productIds": [9_007_199_254_740_991_i64]});
    let answer = app.shopper(1).post_json("/api/products/search-product", &none).send().await;
    assert_eq!(answer.with_status(200).text(), "[]");
}

#[tokio::test]
async fn an_unknown_product_is_not_found() {
    let app = App::start().await;
    for id in ["1", "9007199254740991"] {
        let answer = app.shopper(1).get(&format!("/api/products/{id}")).send().await;
        answer.refused(404, "NOT_FOUND_PRODUCT");
    }
}

#[tokio::test]
async fn a_shop_sells_in_its_own_currency_to_the_penny() {
    let app = App::start().await;
    let (shop, owner, seller) = app.shop("Teapots", "GBP").await;
    let body = json!({
        "productName": "Teapot", "productDescription": "", "productImageUrl": "",
        "productCategory": "HOME_LIVING",
    });
    let mut spoilt = body.clone();
    spoilt["productPrice"] = serde_json::from_str("2.555").expect("a number");
    let answer = seller.post_json("/api/products", &spoilt).send().await;
    assert!(answer.problem().member.is_some_and(|member| member.contains("productPrice")));

    // The seller's product goes to the seller's shop without its being named.
    let text = body.to_string().replacen('{', r#"{"productPrice":2.55,"#, 1);
    let answer = seller.post("/api/products").raw("application/json", text).send().await;
    let created: Value = answer.with_status(201).good();
    let id = created["productId"].as_i64().expect("a number");
    let answer = app.shopper(1).get(&format!("/api/products/{id}")).send().await;
    assert!(answer.text().contains(r#""originalPrice":2.55"#), "{answer}");
    let sql = format!("SELECT shop_id, price FROM products WHERE id = {id}");
    assert_eq!(app.database.rows::<(i64, i64)>(&sql).await, [(shop, 255)]);

    let seen: Value = app.shopper(1).get(&format!("/api/shops/{shop}")).send().await.good();
    assert_eq!((&seen["name"], &seen["currency"]), (&json!("Teapots"), &json!("GBP")));
    let sql = format!("SELECT owner_id FROM shops WHERE id = {shop}");
    assert_eq!(app.database.number(&sql).await, owner);
}

#[tokio::test]
async fn a_seller_runs_the_own_shop_only() {
    let app = App::start().await;
    let (first, _, seller) = app.shop("First", "KRW").await;
    let (second, _, other) = app.shop("Second", "KRW").await;
    let product = app.product(Some(second), 500, 5).await;

    let mut body = product_body("Foreign", 100);
    body["shopId"] = second.into();
    let answer = seller.post_json("/api/products", &body).send().await;
    assert!(matches!(answer.problem().status, 403 | 404), "{answer}");
    for call in ["increase?quantity=1", "reset?quantity=9", "adjust?delta=1&reason=COUNT"] {
        let path = format!("/api/stocks/product/{product}/{call}");
        let answer = seller.post(&path).send().await;
        assert!(matches!(answer.problem().status, 403 | 404), "{answer}");
        other.post(&path).send().await.with_status(200);
    }
    let answer = seller.get(&format!("/api/shops/{second}/sales")).send().await;
    assert!(matches!(answer.problem().status, 403 | 404), "{answer}");
    seller.get(&format!("/api/shops/{first}/sales")).send().await.with_status(200);
}

#[tokio::test]
async fn an_admin_opens_shops_for_others_and_unknown_owners_are_refused() {
    let mut app = App::start().await;
    let (owner, shopper) = app.signed_up("owner").await;
    let body = json!({"name": "By admin", "currency": "USD", "ownerId": owner});
    let answer = app.admin().post_json("/api/shops", &body).send().await;
    let shop: ShopAnswer = answer.with_status(201).good();
    assert_eq!((shop.name.as_str(), shop.currency.as_str()), ("By admin", "USD"));
    let body = json!({"name": "Of nobody", "currency": "USD", "ownerId": 800_000_000});
    app.admin().post_json("/api/shops", &body).send().await.refused(404, "NOT_FOUND_USER");
    let answer = app.shopper(1).get("/api/shops/800000000").send().await;
    assert_eq!(answer.problem().status, 404);
    // Whoever owns a shop is a seller: tokens that say less are void at once, also after a crash.
    let offer = product_body("Lamp", 5);
    shopper.post_json("/api/products", &offer).send().await.refused(401, "TOKEN_MISMATCH");
    app.kill();
    app.start_again();
    let shopper = shopper.again(&app);
    shopper.get("/api/products").send().await.refused(401, "TOKEN_MISMATCH");
    let seller = app.logged_in("owner").await;
    seller.post_json("/api/products", &offer).send().await.with_status(201);
    // A second shop makes nobody anything new.
    let body = json!({"name": "Second", "currency": "KRW"});
    seller.post_json("/api/shops", &body).send().await.with_status(201);
    seller.get("/api/products").send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn sales_are_reported_by_product_from_the_orders_that_stand() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Reporting", "KRW").await;
    let first = app.product(Some(shop), 1_000, 50).await;
    let second = app.product(Some(shop), 300, 50).await;
    let order = |items: Value| {
        app.shopper(5).post_json("/api/orders/v2", &json!({"orderItems": items})).send()
    };
    order(json!([{"productId": first, "quantity": 2}, {"productId": second, "quantity": 1}]))
        .await
        .with_status(200);
    order(json!([{"productId": first, "quantity": 3}])).await.with_status(200);
    let cancelled: crate::support::OrderAnswer =
        order(json!([{"productId": second, "quantity": 9}])).await.good();
    app.shopper(5)
        .put(&format!("/api/orders/{}", cancelled.order_id))
        .send()
        .await
        .with_status(200);

    let sales = seller.get(&format!("/api/shops/{shop}/sales")).send().await;
    let expected = json!([
        {"productId": first, "units": 5, "orders": 2, "value": 5_000},
        {"productId": second, "units": 1, "orders": 1, "value": 300},
    ]);
    assert_eq!(sales.good::<Value>(), expected);
    let page = seller.get(&format!("/api/shops/{shop}/sales?limit=1")).send().await;
    let link = format!("</api/shops/{shop}/sales?limit=1&cursor={first}>; rel=\"next\"");
    assert_eq!(page.header("link"), Some(link.as_str()));
    assert_eq!(page.good::<Value>(), json!([expected[0]]));
    for place in ["cursor", "after"] {
        let path = format!("/api/shops/{shop}/sales?{place}={first}&limit=1");
        let next = seller.get(&path).send().await;
        assert_eq!(next.header("link"), None, "{place}");
        assert_eq!(next.good::<Value>(), json!([expected[1]]), "{place}");
    }
    // Another role sees nothing of it.
    let answer = app.with_role(5, Role::User).get(&format!("/api/shops/{shop}/sales")).send().await;
    assert!(matches!(answer.problem().status, 403 | 404), "{answer}");
}
