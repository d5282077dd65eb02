//! What has been sold is counted as it happens, so that telling it costs the same after a million
//! orders.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, OrderAnswer};

/// Numbers that the server does not give.
const STRANGERS: i64 = 800_000_001;
/// No account has such a number.
const SHOPPER: i64 = 700_000;
/// The largest price there is.
const PRICE_MAX: i64 = (1 << 53) - 1;

async fn opened(app: &App, products: &[i64]) -> i64 {
    let answer =
        app.admin().post_json("/api/event/create", &deal_body(10.0, products)).send().await;
    let answer: Value = answer.with_status(201).good();
    answer["eventId"].as_i64().expect("a number")
}

async fn ordered(app: &App, user: i64, lines: &[(i64, i64)]) -> OrderAnswer {
    let line = |(product, pieces): &(i64, i64)| json!({"productId": product, "quantity": pieces});
    let body = json!({"orderItems": lines.iter().map(line).collect::<Vec<_>>()});
    app.shopper(user).post_json("/api/orders/v2", &body).send().await.with_status(200).good()
}

async fn ordered_one(app: &App, user: i64, product: i64) -> i64 {
    ordered(app, user, &[(product, 1)]).await.order_id
}

async fn read(app: &App, path: &str) -> Value {
    app.admin().get(path).send().await.with_status(200).good()
}

/// The quickest of a few: what it costs where nobody else is in the way.
async fn cost(app: &App, path: &str) -> Duration {
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        read(app, path).await;
        quickest = quickest.min(began.elapsed());
    }
    quickest
}

#[tokio::test]
async fn telling_what_was_sold_costs_the_same_after_a_hundred_thousand_orders() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Busy", "KRW").await;
    let lamp = app.product(Some(shop), 1_000, 10).await;
    let event = opened(&app, &[lamp]).await;
    ordered(&app, SHOPPER, &[(lamp, 1)]).await;
    let paths = [
        format!("/api/event/{event}"),
        format!("/api/shops/{shop}/sales"),
        "/api/admin/events".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(cost(&app, path).await);
    }
    let tables = app.database.open().await;
    let numbers =
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)";
    let sql = format!(
        "{numbers} INSERT INTO orders (id, user_id, home_shop_id, status, total, currency, \
         ordered_at) SELECT {STRANGERS} + i, 1, {shop}, 'ORDER_SUCCESS', 900, 'KRW', 1 FROM n"
    );
    tables.spoil(&sql).await;
    let sql = format!(
        "{numbers} INSERT INTO order_lines (order_id, line, product_id, shop_id, name, quantity, \
         unit_price, deal_id) SELECT {STRANGERS} + i, 0, {lamp}, {shop}, 'Lamp', 1, 900, {event} \
         FROM n"
    );
    tables.spoil(&sql).await;
    tables.close().await;
    for (path, before) in paths.iter().zip(before) {
        let after = cost(&app, path).await;
        // What is added up costs a hundred times as much, and more on a busy machine.
        let most = 10 * before.max(Duration::from_millis(3));
        assert!(after < most, "{path} took {before:?} before and {after:?} after 200,000 orders");
    }
}

#[tokio::test]
async fn what_is_cancelled_counts_as_sold_no_more() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 50).await;
    let bulb = app.product(Some(shop), 500, 50).await;
    let event = opened(&app, &[lamp, bulb]).await;
    let stands = [(lamp, 2), (bulb, 1)];
    let given_up = [vec![(lamp, 3), (bulb, 4)], vec![(bulb, 5)]];
    ordered(&app, SHOPPER, &stands).await;
    let path = format!("/api/event/{event}");
    let before = read(&app, &path).await;
    assert_eq!((&before["sold"], &before["soldLines"]), (&json!(3), &json!(2)), "{before}");
    for lines in given_up {
        let order = ordered(&app, SHOPPER, &lines).await.order_id;
        assert_ne!(read(&app, &path).await, before, "it is counted first");
        app.shopper(SHOPPER).put(&format!("/api/orders/{order}")).send().await.with_status(200);
        assert_eq!(read(&app, &path).await, before, "{lines:?}");
    }
    let sales = read(&app, &format!("/api/shops/{shop}/sales")).await;
    assert_eq!(sales, json!([{"productId": bulb, "units": 1, "orders": 1, "value": 450}]));
    app.audited();
}

#[tokio::test]
async fn what_was_sold_before_it_was_counted_is_counted_by_the_migration() {
    let mut app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 50).await;
    let bulb = app.product(Some(shop), 500, 50).await;
    let event = opened(&app, &[lamp, bulb]).await;
    let home = app.database.number("SELECT min(id) FROM shops").await;
    for pieces in 1..=3 {
        ordered(&app, SHOPPER + pieces, &[(lamp, pieces), (bulb, 1)]).await;
    }
    let given_up = ordered(&app, SHOPPER, &[(lamp, 5), (bulb, 7)]).await;
    let path = format!("/api/orders/{}", given_up.order_id);
    app.shopper(SHOPPER).put(&path).send().await.with_status(200);
    let paths = [
        format!("/api/event/{event}"),
        format!("/api/shops/{home}/sales"),
        format!("/api/shops/{shop}/sales"),
        "/api/admin/events".to_owned(),
    ];
    let mut counted = Vec::new();
    for path in &paths {
        counted.push(read(&app, path).await);
    }
    assert_eq!((&counted[0]["sold"], &counted[0]["soldLines"]), (&json!(9), &json!(6)));
    assert_eq!(counted[1], json!([{"productId": lamp, "units": 6, "orders": 3, "value": 5_400}]));
    assert_eq!(counted[2], json!([{"productId": bulb, "units": 3, "orders": 3, "value": 1_350}]));
    app.audited();
    // As it was before the migration.
    app.kill();
    let tables = app.database.open().await;
    for sql in [
        "DROP INDEX deal_items_by_product",
        "ALTER TABLE deal_items DROP COLUMN sold",
        "ALTER TABLE deals DROP COLUMN sold",
        "ALTER TABLE deals DROP COLUMN sold_lines",
        "ALTER TABLE stocks DROP COLUMN orders",
        "ALTER TABLE stocks DROP COLUMN value_billions",
        "ALTER TABLE stocks DROP COLUMN value_rest",
        "DELETE FROM seaql_migrations WHERE version LIKE '%_sales'",
    ] {
        tables.spoil(sql).await;
    }
    tables.close().await;
    assert!(app.run(&["migrate"]).status.success());
    app.start_again();
    for (path, counted) in paths.iter().zip(counted) {
        assert_eq!(read(&app, path).await, counted, "{path}");
    }
    app.audited();
}

#[tokio::test]
async fn the_audit_finds_sales_that_were_counted_wrong() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    opened(&app, &[lamp]).await;
    ordered(&app, SHOPPER, &[(lamp, 2)]).await;
    app.audited();
    for (table, member) in [
        ("deals", "sold"),
        ("deals", "sold_lines"),
        ("deal_items", "sold"),
        ("stocks", "orders"),
        ("stocks", "value_billions"),
        ("stocks", "value_rest"),
    ] {
        let tables = app.database.open().await;
        tables.spoil(&format!("UPDATE {table} SET {member} = {member} + 1")).await;
        let audit = app.run(&["audit"]);
        assert!(!audit.status.success(), "{table}.{member} was not missed:\n{}", audit.stdout);
        tables.spoil(&format!("UPDATE {table} SET {member} = {member} - 1")).await;
        tables.close().await;
    }
    app.audited();
}

#[tokio::test]
async fn what_a_shop_has_sold_may_be_worth_more_than_one_number_of_the_database_holds() {
    let app = App::start().await;
    let yacht = app.product(None, PRICE_MAX, 2_000).await;
    let shop = app.database.number("SELECT min(id) FROM shops").await;
    let orders = futures_util::stream::iter(1..=1_030).map(|user| ordered_one(&app, user, yacht));
    let last = orders.buffered(64).collect::<Vec<_>>().await.pop().expect("the last of them");
    let path = format!("/api/shops/{shop}/sales");
    let told = read(&app, &path).await;
    let worth = 1_030 * PRICE_MAX.unsigned_abs();
    assert!(worth > i64::MAX.unsigned_abs());
    assert_eq!(told[0]["value"], json!(worth), "{told}");
    let cancel = format!("/api/orders/{last}");
    app.shopper(1_030).put(&cancel).send().await.with_status(200);
    let told = read(&app, &path).await;
    assert_eq!(told[0]["value"], json!(worth - PRICE_MAX.unsigned_abs()), "{told}");
    app.audited();
}
