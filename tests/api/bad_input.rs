//! Bad input: a clear refusal that names the member, nothing changed, the server alive.

mod calls;
mod words;

use serde_json::Value;

use calls::Bad;

use crate::support::{App, product_body};

/// What the tables hold, to see that nothing has changed.
async fn state(app: &App) -> Vec<String> {
    let mut state = Vec::new();
    for (table, order) in [
        ("journal", "stream, sequence"),
        ("orders", "id"),
        ("stocks", "product_id"),
        ("products", "id"),
        ("shops", "id"),
        ("credentials", "user_id"),
        ("coupon_batches", "id"),
        ("coupon_issues", "event_id, ordinal"),
        ("sessions", "id"),
        ("answers", "number"),
    ] {
        let count = app.database.number(&format!("SELECT count(*) FROM {table}")).await;
        state.push(format!("{count} rows in {table} by {order}"));
    }
    let sql = "SELECT product_id, on_hand, held, sold FROM stocks ORDER BY product_id";
    let stocks: Vec<(i64, i64, i64, i64)> = app.database.rows(sql).await;
    state.push(format!("{stocks:?}"));
    state
}

async fn refuse_all(app: &App, calls: Vec<Bad>) {
    let before = state(app).await;
    let mut wrong = Vec::new();
    for (bad, language) in calls.iter().flat_map(|bad| [(bad, "ko"), (bad, "en")]) {
        let method = bad.method.parse().expect("a method of the test");
        let mut asked = app.admin().ask(method, &bad.path);
        if let Some(body) = &bad.body {
            asked = asked.raw("application/json", body.clone());
        }
        let answer = asked.header("accept-language", language).send().await;
        let shown: String = bad.body.as_deref().unwrap_or_default().chars().take(160).collect();
        if !answer.status.is_client_error() || matches!(answer.status.as_u16(), 401 | 403) {
            wrong.push(format!("{answer}\n    for {shown}"));
            continue;
        }
        let problem = answer.problem();
        if let Err(fault) = words::check(&problem, language) {
            wrong.push(format!("{fault}: {answer}\n    for {shown}"));
        }
        // A path that is no identifier may just as well be a path that does not exist.
        let is_path = bad.method == "GET" || bad.method == "PUT" || bad.body.is_none();
        let names = problem.member.is_some_and(|member| member.contains(bad.member));
        if !(names || bad.member.is_empty() || is_path && answer.status == 404) {
            wrong.push(format!("`{}` is not named: {answer}\n    for {shown}", bad.member));
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(state(app).await, before, "something has changed");
    app.anyone().get("/livez").send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn bad_orders_are_refused_by_name_and_change_nothing() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    refuse_all(&app, calls::bad_orders(lamp)).await;
}

#[tokio::test]
async fn bad_products_are_refused_by_name_and_change_nothing() {
    let app = App::start().await;
    refuse_all(&app, calls::bad_products()).await;
}

#[tokio::test]
async fn bad_stock_movements_are_refused_by_name_and_change_nothing() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    refuse_all(&app, calls::bad_stock(lamp)).await;
}

#[tokio::test]
async fn bad_coupon_calls_are_refused_by_name_and_change_nothing() {
    let app = App::start().await;
    refuse_all(&app, calls::bad_coupons()).await;
}

#[tokio::test]
async fn bad_accounts_and_shops_are_refused_by_name_and_change_nothing() {
    let app = App::start().await;
    refuse_all(&app, calls::bad_accounts()).await;
}

#[tokio::test]
async fn prices_near_the_limit_of_64_bits_are_exact_or_refused() {
    let app = App::start().await;
    let dear = app.product(None, 9_007_199_254_740_991, 5).await;
    let body = serde_json::json!({"productId": dear, "quantity": 1});
    let made: Value = app.shopper(1).post_json("/api/orders/v1", &body).send().await.good();
    assert_eq!(made["totalOrderPrice"], 9_007_199_254_740_991_i64);
    let body = serde_json::json!({"productId": dear, "quantity": 2});
    let answer = app.shopper(1).post_json("/api/orders/v1", &body).send().await;
    assert!(answer.problem().status < 500, "{answer}");
    assert_eq!(app.stock(dear).await.sold, 1);
    app.audited();
}

#[tokio::test]
async fn unknown_members_are_ignored_and_have_no_effect() {
    let app = App::start().await;
    let mut body = product_body("Plain", 100);
    for (member, value) in
        [("productId", 5.into()), ("stock", 99.into()), ("price", 1.into()), ("deal", Value::Null)]
    {
        body[member] = value;
    }
    let created: Value =
        app.admin().post_json("/api/products", &body).send().await.with_status(201).good();
    let id = created["productId"].as_i64().expect("a number");
    assert_eq!(app.product_view(id).await.original_price, serde_json::json!(100));
    assert_eq!(app.stock(id).await.quantity, 0);
    let event = app.event(3).await;
    let body = serde_json::json!({"eventId": event, "userId": 55, "couponKey": "mine", "count": 3});
    app.shopper(7).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    let sql = format!("SELECT user_id FROM coupon_issues WHERE event_id = {event}");
    assert_eq!(app.database.rows::<(i64,)>(&sql).await, [(7,)]);
}
