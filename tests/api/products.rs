//! Products described anew, taken off sale, listed by page, and imported by the thousand.

use serde_json::{Value, json};

use crate::support::{Answer, App, OrderAnswer, ProductAnswer, product_body};

async fn change(app: &App, id: i64, body: &Value) -> Answer {
    let path = format!("/api/products/{id}");
    app.admin().ask(reqwest::Method::PUT, &path).json(body).send().await
}

async fn order(app: &App, product: i64, quantity: i64) -> Answer {
    let body = json!({"productId": product, "quantity": quantity});
    app.shopper(7).post_json("/api/orders/v1", &body).send().await
}

#[tokio::test]
async fn a_product_described_anew_is_sold_as_described_and_orders_keep_what_was() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let before: OrderAnswer = order(&app, lamp, 1).await.good();
    let body = json!({
        "productName": "Better lamp", "productDescription": "More light.", "productPrice": 1_200,
        "productImageUrl": "https://pictures.test/better.png", "productCategory": "DIGITAL",
    });
    let answer: Value = change(&app, lamp, &body).await.with_status(200).good();
    let expected = json!([lamp, "Better lamp", "More light.", 1_200]);
    let told = ["productId", "productName", "productDescription", "productPrice"];
    assert_eq!(Value::from(told.map(|name| answer[name].clone()).to_vec()), expected);
    let seen = app.product_view(lamp).await;
    assert_eq!((seen.product_name.as_str(), &seen.original_price), ("Better lamp", &json!(1_200)));
    assert_eq!(seen.product_category.as_deref(), Some("DIGITAL"));
    let after: OrderAnswer = order(&app, lamp, 1).await.good();
    assert_eq!((before.items[0].product_price, after.items[0].product_price), (1_000, 1_200));
    app.kill();
    app.start_again();
    let path = format!("/api/orders/{}", before.order_id);
    assert_eq!(app.shopper(7).get(&path).send().await.good::<OrderAnswer>(), before);
    let again: OrderAnswer = order(&app, lamp, 1).await.good();
    assert_eq!(again.items[0].product_name, "Better lamp");
    assert_eq!(app.stock(lamp).await.quantity, 7);
    app.audited();
}

#[tokio::test]
async fn a_change_that_is_not_allowed_changes_nothing() {
    let app = App::start().await;
    let (shop, _, _) = app.shop("First", "KRW").await;
    let (_, _, stranger) = app.shop("Second", "KRW").await;
    let lamp = app.product(Some(shop), 1_000, 0).await;
    let before = app.product_view(lamp).await;
    let good = product_body("Other", 5);
    for (member, value) in [
        ("productPrice", json!(0)),
        ("productPrice", json!(-1)),
        ("productPrice", json!("5")),
        ("productName", json!("")),
        ("productName", json!("x".repeat(201))),
        ("productDescription", json!("x".repeat(1_001))),
        ("productCategory", json!("LAMPS")),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let refused = change(&app, lamp, &body).await.problem();
        assert_eq!((refused.status, refused.member.as_deref()), (400, Some(member)));
    }
    let path = format!("/api/products/{lamp}");
    for method in [reqwest::Method::PUT, reqwest::Method::PATCH, reqwest::Method::DELETE] {
        let asked = stranger.ask(method.clone(), &path).json(&good).send().await;
        assert!(matches!(asked.problem().status, 403 | 404), "{asked}");
        let unknown = app.admin().ask(method, "/api/products/800000000").json(&good).send().await;
        unknown.refused(404, "NOT_FOUND_PRODUCT");
    }
    assert_eq!(app.product_view(lamp).await, before);
}

#[tokio::test]
async fn what_a_change_leaves_out_or_calls_null_stays_as_it_was() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let mut expected = app.product_view(lamp).await;
    let path = format!("/api/products/{lamp}");
    for method in [reqwest::Method::PUT, reqwest::Method::PATCH] {
        for body in [
            json!({}),
            json!({"productName": "Better lamp", "productPrice": null}),
            json!({"productPrice": 1_500, "productDescription": null, "productCategory": null}),
            json!({"productDescription": "", "productImageUrl": null, "productName": null}),
            json!({"productImageUrl": "https://pictures.test/new.png"}),
            json!({"productCategory": "OFFICE"}),
        ] {
            let answer = app.admin().ask(method.clone(), &path).json(&body).send().await;
            let told: Value = answer.with_status(200).good();
            let named = |member: &str| body[member].as_str().map(str::to_owned);
            let view = &mut expected;
            view.product_name = named("productName").unwrap_or(view.product_name.clone());
            view.product_description =
                named("productDescription").unwrap_or(view.product_description.clone());
            view.product_image_uri = named("productImageUrl").or(view.product_image_uri.clone());
            view.product_category = named("productCategory").or(view.product_category.clone());
            if body["productPrice"].is_i64() {
                view.original_price = body["productPrice"].clone();
            }
            assert_eq!(app.product_view(lamp).await, expected, "{method} {body}");
            assert_eq!(told["productName"], expected.product_name);
            assert_eq!(told["productPrice"], expected.original_price);
        }
        order(&app, lamp, 1).await.with_status(200);
    }
    app.audited();
}

#[tokio::test]
async fn changes_of_different_members_at_once_all_stay() {
    let app = App::start().await;
    let path = |id: i64| format!("/api/products/{id}");
    for _ in 0..10 {
        let lamp = app.product(None, 1_000, 0).await;
        let bodies = [
            json!({"productName": "Other"}),
            json!({"productDescription": "Other"}),
            json!({"productCategory": "OFFICE"}),
            json!({"productPrice": 7}),
            json!({"productImageUrl": "http://other.test"}),
        ];
        let patches = bodies
            .iter()
            .map(|body| app.admin().ask(reqwest::Method::PATCH, &path(lamp)).json(body).send());
        for answer in futures_util::future::join_all(patches).await {
            answer.with_status(200);
        }
        let seen = app.product_view(lamp).await;
        let texts = (seen.product_name.as_str(), seen.product_description.as_str());
        assert_eq!(texts, ("Other", "Other"));
        assert_eq!(seen.product_image_uri.as_deref(), Some("http://other.test"));
        assert_eq!(seen.product_category.as_deref(), Some("OFFICE"));
        assert_eq!(seen.original_price, json!(7));
    }
}

#[tokio::test]
async fn the_address_of_a_picture_is_one_of_the_web_or_empty() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 0).await;
    let path = format!("/api/products/{lamp}");
    for address in [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//pictures.test/lamp.png",
        "/lamp.png",
        "lamp.png",
        "http:lamp.png",
        "https://",
        "https:///lamp.png",
        "https://kim@pictures.test/lamp.png",
        "https://pictures.test/\" onerror=\"alert(1)",
        "https://pictures.test/a b.png",
        "ftp://pictures.test/lamp.png",
    ] {
        let mut body = product_body("Lamp", 100);
        body["productImageUrl"] = address.into();
        let offered = app.admin().post_json("/api/products", &body).send().await;
        let changed = change(&app, lamp, &json!({"productImageUrl": address})).await;
        for answer in [offered, changed] {
            let refused = answer.refused(400, "INVALID_VALUE");
            assert_eq!(refused.member.as_deref(), Some("productImageUrl"), "{address}");
        }
        let row = json!({"name": "Lamp", "price": 100, "imageUrl": address}).to_string();
        let import = app.admin().post("/api/products/import").raw("application/x-ndjson", row);
        let report: Value = import.send().await.with_status(200).good();
        assert_eq!(report["errors"][0]["member"], "imageUrl", "{address}: {report}");
    }
    for address in ["", "http://p.test", "HTTPS://p.test:8443/램프.png?w=1&h=2#x", "http://[::1]/"]
    {
        let changed = change(&app, lamp, &json!({"productImageUrl": address})).await;
        changed.with_status(200);
        assert_eq!(app.product_view(lamp).await.product_image_uri.as_deref(), Some(address));
    }
    // What came in before is not given out.
    app.kill();
    let tables = app.database.open().await;
    tables.spoil("UPDATE products SET image_url = 'javascript:alert(1)'").await;
    tables.close().await;
    app.start_again();
    let seen: Value = app.shopper(1).get(&path).send().await.good();
    assert_eq!(seen["productImageUri"], "");
}

#[tokio::test]
async fn a_product_off_sale_is_gone_and_its_orders_stand() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let chair = app.product(None, 500, 10).await;
    let ordered: OrderAnswer = order(&app, lamp, 4).await.good();
    let path = format!("/api/products/{lamp}");
    let delete = |key: &str| app.admin().ask(reqwest::Method::DELETE, &path).key(key).send();
    let answer = delete("gone-1").await.with_status(204);
    assert!(answer.body.is_empty() && answer.header("content-type").is_none(), "{answer}");
    let again = delete("gone-1").await.with_status(204);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    delete("gone-2").await.refused(404, "NOT_FOUND_PRODUCT");

    order(&app, lamp, 1).await.refused(404, "NOT_FOUND_PRODUCT");
    let both = json!({"orderItems": [
        {"productId": chair, "quantity": 1}, {"productId": lamp, "quantity": 1},
    ]});
    let refused = app.shopper(7).post_json("/api/orders/v2", &both).send().await;
    assert_eq!(refused.refused(404, "NOT_FOUND_PRODUCT").product_ids, Some(vec![lamp]));
    assert_eq!(app.stock(chair).await.quantity, 10);
    app.shopper(1).get(&path).send().await.refused(404, "NOT_FOUND_PRODUCT");
    let stock = format!("/api/stocks/product/{lamp}");
    app.shopper(1).get(&stock).send().await.refused(404, "NOT_FOUND_PRODUCT");
    let more = app.admin().post(&format!("{stock}/increase?quantity=1")).send().await;
    more.refused(404, "NOT_FOUND_PRODUCT");
    change(&app, lamp, &product_body("Back", 5)).await.refused(404, "NOT_FOUND_PRODUCT");

    app.kill();
    app.start_again();
    order(&app, lamp, 1).await.refused(404, "NOT_FOUND_PRODUCT");
    let path = format!("/api/orders/{}", ordered.order_id);
    let cancelled: OrderAnswer = app.shopper(7).put(&path).send().await.good();
    assert_eq!(cancelled.status, "ORDER_CANCELLED");
    app.audited();
}

#[tokio::test]
async fn products_are_found_by_shop_category_and_name_page_by_page() {
    let app = App::start().await;
    let (shop, _, _) = app.shop("Finds", "KRW").await;
    let mut ids = Vec::new();
    for (name, category) in [
        ("Red lamp", "HOME_LIVING"),
        ("red LAMP 100%", "HOME_LIVING"),
        ("Blue chair", "OFFICE"),
        ("빨간 램프", "HOME_LIVING"),
        ("re_d", "OTHER"),
    ] {
        let mut body = product_body(name, 100);
        body["productCategory"] = category.into();
        body["shopId"] = shop.into();
        let made: Value = app.admin().post_json("/api/products", &body).send().await.good();
        ids.push(made["productId"].as_i64().expect("a number"));
    }
    let found = async |query: &str| -> (Vec<i64>, Option<String>) {
        let path = format!("/api/products?{query}");
        let page: Value = app.shopper(1).get(&path).send().await.with_status(200).good();
        let items: Vec<ProductAnswer> =
            serde_json::from_value(page["items"].clone()).expect("products");
        let next = page["nextCursor"].as_str().map(str::to_owned);
        (items.into_iter().map(|item| item.product_id).collect(), next)
    };
    let places = |places: &[usize]| places.iter().map(|at| ids[*at]).collect::<Vec<_>>();
    for (query, expected) in [
        (format!("shopId={shop}"), places(&[0, 1, 2, 3, 4])),
        ("shopId=800000000".to_owned(), vec![]),
        (format!("shopId={shop}&category=HOME_LIVING"), places(&[0, 1, 3])),
        ("q=Red%20Lamp".to_owned(), places(&[0, 1])),
        ("q=100%25".to_owned(), places(&[1])),
        ("q=e_".to_owned(), places(&[4])),
        ("q=%EB%9E%A8%ED%94%84".to_owned(), places(&[3])),
        ("q=%27%20OR%201%3D1--".to_owned(), vec![]),
        ("q=%5C".to_owned(), vec![]),
    ] {
        assert_eq!(found(&query).await, (expected, None), "{query}");
    }
    let (first, next) = found(&format!("shopId={shop}&limit=2")).await;
    assert_eq!(first, places(&[0, 1]));
    let next = next.expect("there are more");
    app.admin()
        .ask(reqwest::Method::DELETE, &format!("/api/products/{}", ids[2]))
        .send()
        .await
        .with_status(204);
    let (second, end) = found(&format!("shopId={shop}&limit=2&cursor={next}")).await;
    assert_eq!((second, end), (places(&[3, 4]), None), "what is gone is passed over");
    for query in ["limit=0", "limit=201", "cursor=x", "shopId=0", "category=LAMPS", "q=a&q=b"] {
        let answer = app.shopper(1).get(&format!("/api/products?{query}")).send().await;
        assert_eq!(answer.problem().status, 400, "{query}");
    }
}

#[tokio::test]
async fn the_categories_have_korean_names() {
    let app = App::start().await;
    let answer = app.shopper(1).get("/api/products/categories").send().await;
    let categories: Vec<Value> = answer.with_status(200).good();
    assert_eq!(categories.len(), 15);
    assert_eq!(categories[0], json!({"code": "ELECTRONICS", "name": "전자제품"}));
    assert_eq!(categories[14], json!({"code": "OTHER", "name": "기타"}));
}

#[tokio::test]
async fn ten_thousand_products_come_in_at_once_with_a_report_by_line() {
    let mut app = App::start().await;
    let (shop, _, seller) = app.shop("Bulk", "KRW").await;
    let mut csv = "name,description,price,imageUrl,category,stock\n".to_owned();
    for number in 2..=10_001 {
        csv.push_str(&match number {
            500 => "No price,,,,,1\n".to_owned(),
            600 => "Bad stock,,100,,,-1\n".to_owned(),
            _ => format!("\"Lamp, {number}\",It gives light.,{number},,HOME_LIVING,7\n"),
        });
    }
    let import = |query: &str| {
        let asked = seller.post(&format!("/api/products/import{query}"));
        asked.raw("text/csv; charset=utf-8", csv.clone()).key("bulk").send()
    };
    let count = format!("SELECT count(*) FROM products WHERE shop_id = {shop}");
    let dry: Value = import("?dryRun=true").await.with_status(200).good();
    assert_eq!((&dry["dryRun"], &dry["rows"]), (&json!(true), &json!(10_000)));
    assert_eq!((&dry["created"], &dry["failed"]), (&json!(9_998), &json!(2)));
    assert_eq!(app.database.number(&count).await, 0);

    let done = import("").await.with_status(200);
    let report: Value = done.good();
    assert_eq!((&report["created"], &report["failed"]), (&json!(9_998), &json!(2)));
    let errors = report["errors"].as_array().expect("errors");
    let wrong: Vec<_> = errors.iter().map(|error| (&error["line"], &error["member"])).collect();
    assert_eq!(wrong, [(&json!(500), &json!("price")), (&json!(600), &json!("stock"))]);
    let first = &report["products"][0];
    assert_eq!(first["line"], 2);
    let id = first["productId"].as_i64().expect("a number");
    assert_eq!(app.product_view(id).await.product_name, "Lamp, 2");
    assert_eq!(app.stock(id).await.quantity, 7);
    order(&app, id, 7).await.with_status(200);
    // The same request again is the same import.
    let again = import("").await.with_status(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body, done.body);
    assert_eq!(app.database.number(&count).await, 9_998);
    app.kill();
    app.start_again();
    order(&app, id + 1, 7).await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn json_lines_are_imported_too_and_bad_requests_are_refused_whole() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Lines", "GBP").await;
    let (_, _, stranger) = app.shop("Others", "GBP").await;
    let lines = "{\"name\":\"Cup\",\"price\":2.55,\"stock\":3}\nnonsense\n{\"name\":\"Cup\"}\n";
    let ndjson = "application/x-ndjson";
    let path = format!("/api/products/import?shopId={shop}");
    let answer = seller.post(&path).raw(ndjson, lines).send().await;
    let report: Value = answer.with_status(200).good();
    assert_eq!((&report["created"], &report["failed"]), (&json!(1), &json!(2)));
    assert_eq!(report["errors"][1]["member"], "price");
    let sql = format!("SELECT price FROM products WHERE shop_id = {shop}");
    assert_eq!(app.database.number(&sql).await, 255);

    let foreign = stranger.post(&path).raw(ndjson, lines).send().await;
    assert!(matches!(foreign.problem().status, 403 | 404), "{foreign}");
    let json = seller.post(&path).json(&json!([])).send().await;
    json.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    let headless = seller.post(&path).raw("text/csv", "Cup,2.55\n").send().await;
    headless.refused(400, "MISSING_VALUE");
    let many = "{\"name\":\"Cup\",\"price\":1}\n".repeat(10_001);
    seller.post(&path).raw(ndjson, many).send().await.refused(400, "INVALID_VALUE");
    let large = vec![b'\n'; (16 << 20) + 1];
    seller.post(&path).raw(ndjson, large).send().await.refused(413, "BODY_TOO_LARGE");
    let query = seller.post(&format!("{path}&dryRun=maybe")).raw(ndjson, lines).send().await;
    assert_eq!(query.problem().member.as_deref(), Some("dryRun"));
    assert_eq!(app.database.number(&sql.replace("price", "count(*)")).await, 1);
}
