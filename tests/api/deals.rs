//! Deals: opened by one call, they make the price of orders to the instant, as far as promised.

use serde_json::{Value, json};

use crate::support::{Answer, App, OrderAnswer, time_in_s};

mod large;
mod meanwhile;
mod nothing_left;
mod refusals;
mod sellers;
mod window;

/// A deal on these products that has begun and lasts a day.
pub(crate) fn deal_body(percent: f64, products: &[i64]) -> Value {
    json!({
        "eventType": "HOT_DEAL",
        "eventDiscount": percent,
        "eventDuration": 1,
        "startEventTime": time_in_s(-60),
        "productIds": products,
    })
}

/// A deal that takes an amount off each piece, likewise.
pub(crate) fn amount_body(off: i64, products: &[i64]) -> Value {
    let mut body = deal_body(1.0, products);
    body.as_object_mut().expect("an object").remove("eventDiscount");
    body["discountAmount"] = json!(off);
    body
}

async fn create(app: &App, body: &Value) -> Answer {
    app.admin().post_json("/api/event/create", body).send().await
}

/// Opens a deal: its event.
async fn opened(app: &App, body: &Value) -> i64 {
    let answer: Value = create(app, body).await.with_status(201).good();
    answer["eventId"].as_i64().expect("a number")
}

async fn ordered(app: &App, user: i64, lines: &[(i64, i64)]) -> OrderAnswer {
    let items: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    let body = json!({"orderItems": items});
    app.shopper(user).post_json("/api/orders/v2", &body).send().await.with_status(200).good()
}

/// What one order of so many pieces pays for each.
async fn price(app: &App, user: i64, product: i64, pieces: i64) -> i64 {
    ordered(app, user, &[(product, pieces)]).await.items[0].product_price
}

async fn searched(app: &App, products: &[i64]) -> Vec<Value> {
    let body = json!({"productIds": products});
    let answer = app.shopper(1).post_json("/api/event/search-event", &body).send().await;
    answer.with_status(200).good()
}

async fn moved(app: &App, event: i64, how: &str) -> Answer {
    app.admin().post(&format!("/api/event/{event}/{how}")).send().await
}

async fn detail(app: &App, event: i64) -> Value {
    app.shopper(1).get(&format!("/api/event/{event}")).send().await.with_status(200).good()
}

#[tokio::test]
async fn a_deal_makes_the_price_of_the_next_order() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 10).await;
    let bulb = app.product(None, 500, 10).await;
    let mut body = deal_body(12.5, &[lamp, lamp]);
    // What a client says about prices has no effect.
    body["discountPrice"] = json!(1);
    let answer = create(&app, &body).await.with_status(201);
    let told: Value = answer.good();
    let event = told["eventId"].as_i64().expect("a number");
    assert_eq!(told["productId"], json!([lamp]), "{told}");
    assert_eq!(answer.header("location"), Some(format!("/api/event/{event}").as_str()));
    let made = ordered(&app, 7, &[(lamp, 2), (bulb, 1)]).await;
    assert_eq!(made.total_order_price, 2 * 11_288 + 500);
    let path = format!("/api/orders/{}", made.order_id);
    let read: Value = app.shopper(7).get(&path).send().await.good();
    let mut deals: Vec<_> =
        read["items"].as_array().expect("items").iter().map(|item| &item["eventId"]).collect();
    deals.sort_by_key(|deal| deal.is_null());
    assert_eq!(deals, [&json!(event), &Value::Null]);

    let found = searched(&app, &[bulb, lamp, 800_000_001]).await;
    assert_eq!(found.len(), 1);
    for (member, value) in [
        ("eventId", json!(event)),
        ("productId", json!(lamp)),
        ("eventType", json!("HOT_DEAL")),
        ("eventDiscount", json!(12.5)),
        ("discountPrice", json!(11_288)),
        ("eventDuration", json!(1)),
        ("startEventTime", told["startEventTime"].clone()),
        ("endEventTime", told["endEventTime"].clone()),
    ] {
        assert_eq!(found[0][member], value, "{member}");
    }
    let told = detail(&app, event).await;
    assert_eq!((&told["status"], &told["sold"]), (&json!("RUNNING"), &json!(2)), "{told}");
    let list: Vec<Value> = app.shopper(1).get("/api/event?limit=1").send().await.good();
    assert_eq!((list.len(), &list[0]["eventId"]), (1, &json!(event)));
    for place in ["cursor", "after"] {
        let rest = app.shopper(1).get(&format!("/api/event?{place}={event}")).send().await;
        assert_eq!(rest.good::<Vec<Value>>(), Vec::<Value>::new(), "{place}");
    }
    app.audited();
}

#[tokio::test]
async fn of_two_events_on_one_product_the_lowest_price_wins_then_the_larger_discount() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let ten = opened(&app, &deal_body(10.04, &[lamp])).await;
    assert_eq!(price(&app, 1, lamp, 1).await, 900);
    let twenty = opened(&app, &deal_body(20.0, &[lamp])).await;
    assert_eq!(price(&app, 1, lamp, 1).await, 800);
    assert_eq!(searched(&app, &[lamp]).await[0]["eventId"], json!(twenty));
    moved(&app, twenty, "pause").await.with_status(200);
    // Both come to 900: the one that takes off more before rounding is the better.
    opened(&app, &deal_body(10.01, &[lamp])).await;
    assert_eq!(searched(&app, &[lamp]).await[0]["eventId"], json!(ten));
    let mut fixed = deal_body(1.0, &[lamp]);
    fixed["eventDiscount"] = Value::Null;
    fixed["discountAmount"] = json!(300);
    let fixed = opened(&app, &fixed).await;
    let best = &searched(&app, &[lamp]).await[0];
    assert_eq!((&best["eventId"], &best["discountPrice"]), (&json!(fixed), &json!(700)));
    assert_eq!((&best["discountAmount"], &best["eventDiscount"]), (&json!(300), &Value::Null));
    assert_eq!(price(&app, 1, lamp, 1).await, 700);
    app.audited();
}

#[tokio::test]
async fn a_quota_is_below_the_stock_and_a_cancelled_order_gives_it_back() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let mut body = deal_body(50.0, &[lamp]);
    body["quota"] = json!(5);
    let event = opened(&app, &body).await;
    let first = ordered(&app, 1, &[(lamp, 4)]).await;
    assert_eq!(first.items[0].product_price, 500);
    // A line has one price: one piece is left, and two are asked for.
    assert_eq!(price(&app, 2, lamp, 2).await, 1_000);
    assert_eq!(price(&app, 2, lamp, 1).await, 500);
    assert_eq!(searched(&app, &[lamp]).await, Vec::<Value>::new(), "it is used up");
    let item = json!([{"productId": lamp, "sold": 5, "quotaLeft": 0}]);
    assert_eq!(detail(&app, event).await["items"], item);
    // A shop that has to be rebuilt knows what has gone.
    app.kill();
    app.start_again();
    assert_eq!(price(&app, 2, lamp, 1).await, 1_000);
    let path = format!("/api/orders/{}", first.order_id);
    app.shopper(1).put(&path).send().await.with_status(200);
    assert_eq!(price(&app, 2, lamp, 5).await, 1_000);
    assert_eq!(price(&app, 2, lamp, 4).await, 500);
    assert_eq!(price(&app, 2, lamp, 1).await, 1_000);
    app.audited();
}

#[tokio::test]
async fn a_person_has_one_limit_over_all_orders_and_shops_are_rebuilt_with_it() {
    let mut app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 50).await;
    let bulb = app.product(Some(shop), 600, 50).await;
    let mut body = deal_body(50.0, &[lamp, bulb]);
    body["personLimit"] = json!(3);
    opened(&app, &body).await;
    let both = ordered(&app, 1, &[(lamp, 2), (bulb, 3)]).await;
    assert_eq!(both.total_order_price, 2 * 500 + 3 * 300);
    assert_eq!(price(&app, 1, lamp, 2).await, 1_000);
    assert_eq!(price(&app, 1, bulb, 1).await, 600);
    assert_eq!(price(&app, 2, bulb, 3).await, 300, "another's limit is another's");
    app.kill();
    app.start_again();
    assert_eq!(price(&app, 1, bulb, 1).await, 600);
    assert_eq!(price(&app, 1, lamp, 1).await, 500);
    let path = format!("/api/orders/{}", both.order_id);
    app.shopper(1).put(&path).send().await.with_status(200);
    assert_eq!(ordered(&app, 1, &[(lamp, 2), (bulb, 3)]).await.total_order_price, 1_900);
    assert_eq!(ordered(&app, 1, &[(lamp, 1), (bulb, 1)]).await.total_order_price, 1_600);
    app.audited();
}

#[tokio::test]
async fn a_crowd_gets_exactly_the_quota_at_the_price_of_the_deal() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 100).await;
    let mut body = deal_body(50.0, &[lamp]);
    body["quota"] = json!(20);
    opened(&app, &body).await;
    let prices =
        futures_util::future::join_all((0..60_i64).map(|n| price(&app, 100 + n, lamp, 1))).await;
    assert_eq!(prices.iter().filter(|price| **price == 500).count(), 20);
    assert_eq!(prices.iter().filter(|price| **price == 1_000).count(), 40);
    app.audited();
}

#[tokio::test]
async fn a_deal_is_paused_resumed_and_cancelled_and_is_so_after_a_restart() {
    let mut app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 50).await;
    let bulb = app.product(Some(shop), 1_000, 50).await;
    let event = opened(&app, &deal_body(10.0, &[lamp, bulb])).await;
    for (how, status, paid) in
        [("pause", "PAUSED", 1_000), ("pause", "PAUSED", 1_000), ("resume", "RUNNING", 900)]
    {
        let told: Value = moved(&app, event, how).await.with_status(200).good();
        assert_eq!(told["status"], json!(status));
        let both = ordered(&app, 1, &[(lamp, 1), (bulb, 1)]).await;
        assert_eq!(both.total_order_price, 2 * paid);
    }
    moved(&app, event, "pause").await.with_status(200);
    app.kill();
    app.start_again();
    assert_eq!(price(&app, 1, lamp, 1).await, 1_000);
    moved(&app, event, "resume").await.with_status(200);
    let kept = ordered(&app, 1, &[(bulb, 1)]).await;
    assert_eq!(kept.items[0].product_price, 900);
    for _ in 0..2 {
        let told: Value = moved(&app, event, "cancel").await.with_status(200).good();
        assert_eq!(told["status"], json!("CANCELLED"));
    }
    moved(&app, event, "resume").await.refused(409, "ILLEGAL_STATE");
    moved(&app, event, "pause").await.refused(409, "ILLEGAL_STATE");
    moved(&app, 800_000_000, "pause").await.refused(404, "NOT_FOUND_EVENT");
    assert_eq!(price(&app, 1, bulb, 1).await, 1_000);
    let path = format!("/api/orders/{}", kept.order_id);
    assert_eq!(app.shopper(1).get(&path).send().await.good::<OrderAnswer>(), kept);
    app.audited();
}

#[tokio::test]
async fn a_repeat_under_the_same_key_is_the_same_deal() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let body = deal_body(10.0, &[lamp]);
    let ask = async |app: &App, body: &Value| {
        app.admin().post_json("/api/event/create", body).key("deal-1").send().await
    };
    let first = ask(&app, &body).await.with_status(201);
    assert_eq!(ask(&app, &body).await.with_status(201).body, first.body);
    app.kill();
    app.start_again();
    let again = ask(&app, &body).await.with_status(201);
    assert_eq!((again.body, again.headers.contains_key("idempotent-replayed")), (first.body, true));
    ask(&app, &deal_body(11.0, &[lamp])).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.database.number("SELECT count(*) FROM deals").await, 1);
    app.audited();
}

#[tokio::test]
async fn coupons_can_go_with_a_deal() {
    let app = App::start().await;
    let (_, _, seller) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 5).await;
    let event = opened(&app, &deal_body(10.0, &[lamp])).await;
    let mut coupons = crate::support::event_body("With the deal", 3);
    coupons["eventId"] = json!(event);
    seller.post_json("/api/coupons/preload", &coupons).send().await.refused(403, "FORBIDDEN");
    let issue = json!({"eventId": event});
    let ask = || app.shopper(1).post_json("/api/coupons/issue", &issue).send();
    ask().await.refused(404, "NOT_FOUND_EVENT");
    assert_eq!(app.preloaded(&coupons).await.event_id, event);
    assert_eq!(app.preloaded(&coupons).await.event_id, event, "a second time it is the same");
    ask().await.with_status(200);
    assert_eq!(price(&app, 1, lamp, 1).await, 900);
    moved(&app, event, "cancel").await.with_status(200);
    app.shopper(2).post_json("/api/coupons/issue", &issue).send().await.with_status(200);
    app.audited();
}
