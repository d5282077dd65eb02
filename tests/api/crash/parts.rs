//! Wherever the write of a change of an order dies, all of the change is there or nothing of it, and the repeat
//! under its key finds what became of it.

use serde_json::{Value, json};

use super::faults::{DEADLY, ON_ITS_WAY};
use super::last_commit_is_over;
use crate::orders::parts::told;
use crate::support::{App, Client, PATIENCE, Store, eventually, time_in_s};

const SHOPPER: i64 = 900_100;

/// A change of an order over two shops: what it is called, and what the order is before and after it.
struct Change {
    name: &'static str,
    /// The path behind the API's, its method and body.
    path: String,
    method: &'static str,
    body: Value,
    by_shopper: bool,
    after: &'static str,
}

/// In the order in which they are made: the second shop ends up with nothing, then the first.
fn changes(order: i64, [left, right]: [i64; 2]) -> [Change; 4] {
    let step = |shop: i64, step: &str| format!("/api/shops/{shop}/orders/{order}/{step}");
    let of = |name, method, path, body, after| {
        let by_shopper = method == "PUT";
        Change { name, path, method, body, by_shopper, after }
    };
    let soon = json!({"expectedAt": time_in_s(3_600)});
    let why = json!({"reason": "CLOSED", "text": "Sorry"});
    let order = format!("/api/orders/{order}");
    [
        of(
            "accepted",
            "POST",
            step(left, "accept"),
            soon.clone(),
            "ORDER_SUCCESS 1300: ACCEPTED NEW",
        ),
        of(
            "accepted elsewhere",
            "POST",
            step(right, "accept"),
            soon,
            "ORDER_SUCCESS 1300: ACCEPTED ACCEPTED",
        ),
        of("rejected", "POST", step(right, "reject"), why, "ORDER_SUCCESS 1000: ACCEPTED REJECTED"),
        of("cancelled", "PUT", order, Value::Null, "ORDER_CANCELLED 0: CANCELLED REJECTED"),
    ]
}

impl Change {
    /// Asks, with the key of this change.
    async fn ask(&self, app: &App, key: &str) -> Result<crate::support::Answer, reqwest::Error> {
        let client: Client = if self.by_shopper { app.shopper(SHOPPER) } else { app.admin() };
        let asked = client.ask(self.method.parse().expect("a method"), &self.path).key(key);
        match &self.body {
            Value::Null => asked.try_send().await,
            body => asked.json(body).try_send().await,
        }
    }
}

async fn state(app: &App, order: i64) -> String {
    let path = format!("/api/orders/{order}");
    told(&app.shopper(SHOPPER).get(&path).send().await.with_status(200).good::<Value>())
}

#[tokio::test]
async fn wherever_a_change_of_an_order_dies_it_is_whole_or_not_and_its_key_tells() {
    let mut app = App::start().await;
    let mut shops = [0; 2];
    let mut items = Vec::new();
    for (slot, (name, price)) in shops.iter_mut().zip([("Left", 1_000), ("Right", 300)]) {
        (*slot, ..) = app.shop(name, "KRW").await;
        let product = app.product(Some(*slot), price, 100).await;
        items.push(json!({"productId": product, "quantity": 1}));
    }
    let is_postgres = app.database.store == Store::Postgres;
    for fault in DEADLY.into_iter().chain(is_postgres.then_some(ON_ITS_WAY)) {
        let body = json!({"orderItems": items});
        let made = app.shopper(SHOPPER).post_json("/api/orders/v2", &body).send().await;
        let made: Value = made.with_status(200).good();
        let order = made["orderId"].as_i64().expect("a number");
        let mut before = "ORDER_SUCCESS 1300: NEW NEW";
        for change in changes(order, shops) {
            let what = format!("{fault}, {}", change.name);
            app.kill();
            app.start_again_with(&[("HOTDEAL_FAULT", &format!("{fault}:1"))]);
            let key = format!("{fault}-{}", change.name.replace(' ', "-"));
            if fault == ON_ITS_WAY {
                // Only on a connection that was in use a moment ago is all of it sent in one call.
                let product = &items[0]["productId"];
                let path = format!("/api/stocks/product/{product}/increase?quantity=1");
                app.admin().post(&path).send().await.with_status(200);
            }
            let answer = change.ask(&app, &key).await;
            assert!(!answer.is_ok_and(|answer| answer.status == 200), "{what}: it was to die");
            eventually(&what, PATIENCE, async || (!app.server().is_running()).then_some(())).await;
            app.kill();
            last_commit_is_over(&app).await;
            app.audited();
            app.start_again();
            let now = state(&app, order).await;
            let is_written = fault == "after-commit-before-answers";
            if fault == ON_ITS_WAY {
                assert!(now == before || now == change.after, "{what}: {now}");
            } else {
                assert_eq!(now, if is_written { change.after } else { before }, "{what}");
            }
            let again = change.ask(&app, &key).await.expect("an answer");
            again.with_status(200);
            assert_eq!(state(&app, order).await, change.after, "{what}, asked again");
            app.audited();
            before = change.after;
        }
    }
    let sold = "SELECT CAST(sum(sold) AS BIGINT) FROM stocks";
    assert_eq!(app.database.number(sold).await, 0, "all of it came back");
}
