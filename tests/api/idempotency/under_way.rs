//! One key, used several times at once: its requests come one after the other, wherever they go, and
//! nobody else suffers from it.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::is_replay;
use crate::deals::deal_body;
use crate::support::{Answer, App, OrderAnswer};

/// How many were answered with each status.
fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status.as_u16()).or_default() += 1;
    }
    counts
}

/// One of them is the first, and all others hear its answer.
fn one_and_its_repeats(answers: &[Answer], status: u16) {
    assert_eq!(statuses(answers), BTreeMap::from([(status, answers.len())]), "{}", answers[0]);
    let body = &answers[0].body;
    assert!(answers.iter().all(|answer| answer.body == *body), "one answer for all");
    assert_eq!(answers.iter().filter(|answer| !is_replay(answer)).count(), 1);
}

#[tokio::test]
async fn a_key_sent_to_two_events_at_once_gets_one_coupon_and_disturbs_nobody() {
    let app = App::start().await;
    let events = [app.event(400).await, app.event(400).await];
    let issue = |user: i64, event: i64, key: &'static str| {
        let body = json!({"eventId": event});
        app.shopper(user).post_json("/api/coupons/issue", &body).key(key).send()
    };
    for round in 0..20 {
        let user = 1_000 + round;
        let greedy = join_all(events.map(|event| issue(user, event, "both")));
        let others = join_all((0..20).map(|number| {
            let user = 2_000 + round * 20 + number;
            issue(user, events[usize::from(number % 2 == 0)], "mine")
        }));
        let (greedy, others) = futures_util::future::join(greedy, others).await;
        assert_eq!(statuses(&greedy), BTreeMap::from([(200, 1), (422, 1)]), "round {round}");
        assert_eq!(statuses(&others), BTreeMap::from([(200, 20)]), "round {round}");
    }
    for event in events {
        let path = format!("/api/admin/actors/event/{event}");
        let seen: Value = app.admin().get(&path).send().await.with_status(200).good();
        assert_eq!(seen["actor"]["restarts"], json!(0), "{seen}");
    }
    app.audited();
}

#[tokio::test]
async fn a_key_sent_to_two_cancelled_orders_at_once_disturbs_nobody_in_their_shop() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 500).await;
    let line = json!({"productId": lamp, "quantity": 1});
    let order = async |user: i64| {
        let placed = app.shopper(user).post_json("/api/orders/v1", &line).send().await;
        placed.with_status(200).good::<OrderAnswer>().order_id
    };
    let paths = [order(1).await, order(1).await].map(|order| format!("/api/orders/{order}"));
    for path in &paths {
        app.shopper(1).put(path).send().await.with_status(200);
    }
    for round in 0..10 {
        let key = format!("again-{round}");
        let again = join_all(paths.iter().map(|path| app.shopper(1).put(path).key(&key).send()));
        let others = join_all((0..10).map(|number| order(10 + number)));
        let (again, others) = futures_util::future::join(again, others).await;
        assert_eq!(statuses(&again), BTreeMap::from([(200, 1), (422, 1)]), "round {round}");
        assert_eq!(others.len(), 10);
    }
    app.audited();
}

#[tokio::test]
async fn a_double_click_is_answered_twice_the_same_whatever_it_was_on() {
    let app = App::start().await;
    let (first, owner, _) = app.shop("First", "KRW").await;
    let (second, _, _) = app.shop("Second", "KRW").await;
    let (lamp, bulb) =
        (app.product(Some(first), 100, 50).await, app.product(Some(second), 100, 50).await);
    let admin = app.admin();
    let clicks = async |path: &str, body: &Value, key: &str| {
        let click = || admin.post_json(path, body).key(key).send();
        join_all((0..10).map(|_| click())).await
    };
    let body = json!({"email": "n@shop.test", "name": "N", "password": "a long enough password"});
    let sign_up = || app.anyone().post_json("/api/auth/signup", &body).key("new").send();
    one_and_its_repeats(&join_all((0..10).map(|_| sign_up())).await, 201);
    let body = json!({"name": "Third", "currency": "KRW", "ownerId": owner});
    one_and_its_repeats(&clicks("/api/shops", &body, "shop").await, 201);
    let body = deal_body(5.0, &[lamp, bulb]);
    one_and_its_repeats(&clicks("/api/event/create", &body, "deal").await, 201);
    let lines = [lamp, bulb].map(|product| json!({"productId": product, "quantity": 2}));
    let body = json!({"orderItems": lines});
    one_and_its_repeats(&clicks("/api/orders/v2", &body, "wide").await, 200);
    for product in [lamp, bulb] {
        assert_eq!(app.stock(product).await.sold, 2, "one order");
    }
    app.audited();
}
