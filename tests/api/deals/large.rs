//! Ten thousand products in one call are the ordinary size; a hundred thousand work.

use serde_json::{Value, json};

use super::{create, deal_body, detail, moved, price, searched};
use crate::support::App;

/// Far above every number the server gives.
const FIRST: i64 = 700_000_001;

/// Puts `count` products of 10 pieces at 1,000 into the tables, while the server is away: making
/// them one by one would take longer than what is tested. They are spread over two shops.
async fn with_products(count: i64) -> (App, Vec<i64>) {
    let mut app = App::start().await;
    let (second, ..) = app.shop("Second", "KRW").await;
    let first = app.database.number("SELECT min(id) FROM shops").await;
    app.kill();
    let tables = app.database.open().await;
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
        count - 1
    );
    let shop = format!("CASE WHEN i % 2 = 0 THEN {first} ELSE {second} END");
    let sql = format!(
        "{numbers} INSERT INTO products (id, shop_id, name, description, price, image_url, \
         category, created_at) SELECT {FIRST} + i, {shop}, 'Lamp', '', 1000, '', 'OTHER', 1 FROM n"
    );
    tables.spoil(&sql).await;
    let sql = format!(
        "{numbers} INSERT INTO stocks (product_id, shop_id, on_hand, held, sold) \
         SELECT {FIRST} + i, {shop}, 10, 0, 0 FROM n"
    );
    tables.spoil(&sql).await;
    tables.close().await;
    app.start_again();
    (app, (FIRST..FIRST + count).collect())
}

#[tokio::test]
async fn ten_thousand_products_get_their_price_with_the_answer() {
    let (mut app, products) = with_products(10_000).await;
    let answer: Value = create(&app, &deal_body(10.0, &products)).await.with_status(201).good();
    assert_eq!(answer["productId"].as_array().map(Vec::len), Some(10_000));
    let last = products[9_999];
    assert_eq!(price(&app, 1, products[0], 1).await, 900);
    assert_eq!(price(&app, 1, last, 1).await, 900);
    let found = searched(&app, &products).await;
    assert_eq!((found.len(), &found[9_999]["productId"]), (10_000, &json!(last)));
    assert!(found.iter().all(|best| best["discountPrice"] == json!(900)));
    // Three entries of the journal, not ten thousand.
    assert_eq!(app.database.number("SELECT count(*) FROM deal_items").await, 10_000);
    let sql = "SELECT count(*) FROM journal WHERE facts LIKE '%DealPosted%'";
    assert_eq!(app.database.number(sql).await, 2);
    let event = answer["eventId"].as_i64().expect("a number");
    let told = detail(&app, event).await;
    assert_eq!((&told["productCount"], &told["sold"]), (&json!(10_000), &json!(2)));
    assert_eq!(told["items"].as_array().map(Vec::len), Some(100));
    assert_eq!(told["nextCursor"], told["items"][99]["productId"].to_string());
    app.kill();
    app.start_again();
    assert_eq!(price(&app, 1, last, 1).await, 900);
    moved(&app, event, "pause").await.with_status(200);
    assert_eq!(price(&app, 1, last, 1).await, 1_000);
}

#[tokio::test]
async fn a_hundred_thousand_products_work_and_one_more_is_refused() {
    let (app, mut products) = with_products(100_000).await;
    products.reverse();
    // Written with much space, as some clients do: larger than any other call may be.
    let spaced = |body: &Value| format!("{body}{}", " ".repeat(1 << 20));
    let body = deal_body(10.0, &products);
    let ask = app.admin().post("/api/event/create").raw("application/json", spaced(&body));
    ask.send().await.with_status(201);
    assert_eq!(price(&app, 1, products[0], 1).await, 900);
    let ids = spaced(&json!({"productIds": [1]}));
    let search = app.shopper(1).post("/api/event/search-event").raw("application/json", ids);
    search.send().await.refused(413, "BODY_TOO_LARGE");
    products.push(1);
    let problem = create(&app, &deal_body(10.0, &products)).await.refused(400, "INVALID_VALUE");
    assert_eq!(problem.member.as_deref(), Some("productIds"));
}
