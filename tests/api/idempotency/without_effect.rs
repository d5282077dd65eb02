//! A call by which nothing changes has an answer too, and that is kept under its key.

use serde_json::{Value, json};

use super::is_replay;
use crate::deals::deal_body;
use crate::support::{Answer, App, Client, OrderAnswer, event_body};

/// A call, asked once under its key.
struct Asked {
    who: Client,
    method: reqwest::Method,
    path: String,
    body: Option<Value>,
    key: &'static str,
}

impl Asked {
    async fn ask(&self, app: &App) -> Answer {
        let asked = self.who.again(app).ask(self.method.clone(), &self.path).key(self.key);
        match &self.body {
            Some(body) => asked.json(body).send().await,
            None => asked.send().await,
        }
    }
}

#[tokio::test]
async fn an_answer_by_which_nothing_changed_is_kept_under_its_key() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    let (kim, shopper) = app.signed_up("kim").await;
    let admin = app.admin();
    let follow = json!({"productIds": [lamp]});
    shopper.post_json("/api/subscribe/sub-product", &follow).send().await.with_status(201);
    let line = json!({"productId": lamp, "quantity": 1});
    let order: OrderAnswer = shopper.post_json("/api/orders/v1", &line).send().await.good();
    let order = format!("/api/orders/{}", order.order_id);
    shopper.put(&order).send().await.with_status(200);
    let body = deal_body(5.0, &[lamp]);
    let deal: Value = admin.post_json("/api/event/create", &body).send().await.good();
    let deal = format!("/api/event/{}", deal["eventId"]);
    admin.post(&format!("{deal}/pause")).send().await.with_status(200);

    let call = |who: &Client, method: &str, path: &str, body: Option<Value>, key| Asked {
        who: who.clone(),
        method: method.parse().expect("a method"),
        path: path.to_owned(),
        body,
        key,
    };
    let calls = [
        call(&admin, "POST", &format!("/api/auth/{kim}/restore"), None, "restore"),
        call(&shopper, "POST", "/api/subscribe/sub-product", Some(follow), "follow"),
        call(&shopper, "PUT", &order, None, "cancel"),
        call(&admin, "POST", &format!("{deal}/pause"), None, "pause"),
        {
            let none = json!({"upTo": "notices:0"});
            call(&shopper, "POST", "/api/notifications/read", Some(none), "read")
        },
    ];
    let mut first = Vec::new();
    for asked in &calls {
        let answer = asked.ask(&app).await;
        assert!(answer.status.is_success() && !is_replay(&answer), "{}: {answer}", asked.key);
        first.push(answer);
    }
    // From here on none of them would be answered the same if it were asked anew.
    let leave = format!("/api/subscribe/cancel-sub?productId={lamp}");
    shopper.ask(reqwest::Method::DELETE, &leave).send().await.with_status(200);
    admin.post(&format!("{deal}/resume")).send().await.with_status(200);
    app.kill();
    app.start_again();
    for (asked, first) in calls.iter().zip(&first) {
        let again = asked.ask(&app).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{}", asked.key);
        assert!(is_replay(&again), "{}: {again}", asked.key);
    }
    let deal: Value = app.admin().get(&deal).send().await.good();
    assert_eq!(deal["status"], json!("RUNNING"), "it was not paused again");
    let follows = "SELECT count(*) FROM subscriptions";
    assert_eq!(app.database.number(follows).await, 0, "nothing is followed again");
    app.audited();
}

#[tokio::test]
async fn of_many_who_cancel_with_one_key_one_does_and_the_others_hear_its_answer() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    let shopper = app.shopper(1);
    let line = json!({"productId": lamp, "quantity": 1});
    let order: OrderAnswer = shopper.post_json("/api/orders/v1", &line).send().await.good();
    let order = format!("/api/orders/{}", order.order_id);
    let cancel = || shopper.put(&order).key("storm").send();
    let answers = futures_util::future::join_all((0..20).map(|_| cancel())).await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), answer.text()), (200, answers[0].text()));
    }
    assert_eq!(answers.iter().filter(|answer| !is_replay(answer)).count(), 1);
    assert_eq!(app.stock(lamp).await.quantity, 50);
    app.audited();
}

#[tokio::test]
async fn coupons_that_are_being_prepared_already_are_an_answer_under_a_key() {
    let mut app = App::start().await;
    let (first, other) = (event_body("First", 3), event_body("Other", 3));
    let prepare = async |app: &App, body: &Value, key: Option<&str>| {
        let asked = app.admin().post_json("/api/coupons/preload", body);
        match key {
            Some(key) => asked.key(key).send().await,
            None => asked.send().await,
        }
    };
    prepare(&app, &first, None).await.with_status(202);
    let same = prepare(&app, &first, Some("k-1")).await.with_status(202);
    app.kill();
    app.start_again();
    let again = prepare(&app, &first, Some("k-1")).await.with_status(202);
    assert_eq!(again.body, same.body);
    assert!(is_replay(&again));
    prepare(&app, &other, Some("k-1")).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_batches").await, 1);
}
