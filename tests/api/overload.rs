//! More than can be served: turned away at the door, before anything is done.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, App, Client, Gate, OrderAnswer, PATIENCE, eventually, http_client};

/// Requests under way that change something, at most.
const MOST: usize = 8;

/// A server whose ledger waits, with as many orders under way as there may be.
async fn full(gate: &Gate) -> (App, i64, Vec<tokio::task::JoinHandle<Answer>>) {
    let most = MOST.to_string();
    let app =
        App::start_with(|of| gate.before(of).with("HOTDEAL__HTTP__UNDER_WAY_MAX", &most)).await;
    let lamp = app.product(None, 100, 1_000).await;
    gate.shut();
    let waiting = (1..=MOST).map(|user| {
        let user = i64::try_from(user).expect("a few");
        tokio::spawn(order(&app.shopper(user), lamp, "mine").send())
    });
    let waiting = waiting.collect();
    eventually("all are under way", PATIENCE, async || {
        let shown = metrics(&app).await;
        let counted = format!("hotdeal_http_requests_under_way{{kind=\"changes\"}} {MOST}");
        shown.lines().any(|line| line == counted).then_some(())
    })
    .await;
    (app, lamp, waiting)
}

async fn metrics(app: &App) -> String {
    app.anyone().get("/metrics").send().await.with_status(200).text()
}

fn order(who: &Client, product: i64, key: &str) -> crate::support::Asked {
    who.post_json("/api/orders/v1", &json!({"productId": product, "quantity": 1})).key(key)
}

#[track_caller]
fn turned_away(answer: &Answer) {
    answer.refused(503, "BUSY");
    assert!(answer.text().contains(r#""retryable":true"#), "{answer}");
    let after = answer.header("retry-after").and_then(|text| text.parse::<u64>().ok());
    assert!(after.is_some_and(|after| (1..=3).contains(&after)), "{answer}");
}

#[tokio::test]
async fn who_is_one_too_many_is_turned_away_and_nothing_is_done_for_them() {
    let gate = Gate::new();
    let (app, lamp, waiting) = full(&gate).await;
    let shopper = app.shopper(100);
    turned_away(&order(&shopper, lamp, "late").send().await);
    // Before anybody looks at the token, or at the body.
    let nobody = app.anyone().with_token(Some("none".to_owned()));
    turned_away(&nobody.post("/api/orders/v1").raw("text/plain", "{").send().await);
    turned_away(&app.admin().post_json("/api/event/create", &json!({})).send().await);
    // Others are served, and who runs the server sees what goes on.
    for path in ["/livez", "/readyz", "/metrics"] {
        app.anyone().get(path).send().await.with_status(200);
    }
    app.admin().get("/api/admin/actors").send().await.with_status(200);
    app.shopper(100).get(&format!("/api/products/{lamp}")).send().await.with_status(200);
    let counted = "hotdeal_http_requests_turned_away_total{kind=\"changes\"} 3";
    let shown = metrics(&app).await;
    assert!(shown.lines().any(|line| line == counted), "{shown}");
    gate.open();
    for answer in join_all(waiting).await {
        answer.expect("an answer").with_status(200);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 8);
    // The same request is as good as new.
    let made = eventually("there is room again", PATIENCE, async || {
        let answer = order(&shopper, lamp, "late").send().await;
        (answer.status == 200).then(|| answer.good::<OrderAnswer>())
    })
    .await;
    let again: OrderAnswer = order(&shopper, lamp, "late").send().await.good();
    assert_eq!(again.order_id, made.order_id);
    assert_eq!(app.stock(lamp).await.sold, 9);
    app.audited();
}

#[tokio::test]
async fn who_comes_back_before_the_time_waits_for_the_answer() {
    let gate = Gate::new();
    let (app, lamp, waiting) = full(&gate).await;
    let hasty = Client::new(
        http_client(),
        app.url().to_owned(),
        app.shopper(100).token().map(str::to_owned),
    );
    turned_away(&order(&hasty, lamp, "late").send().await);
    eventually("an answer is held back", PATIENCE, async || {
        let began = Instant::now();
        turned_away(&order(&hasty, lamp, "late").send().await);
        (began.elapsed() > Duration::from_millis(500)).then_some(())
    })
    .await;
    gate.open();
    for answer in join_all(waiting).await {
        answer.expect("an answer").with_status(200);
    }
    assert_eq!(app.stock(lamp).await.sold, 8);
}
