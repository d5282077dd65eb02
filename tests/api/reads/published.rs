//! What many look for is published beside the shop's mailbox, as far as it is durable.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, PATIENCE, Store, eventually};

/// No account has such a number.
const SHOPPER: i64 = 700_000;

async fn searched(app: &App, products: &[i64]) -> Vec<Value> {
    let body = json!({"productIds": products});
    let answer = app.shopper(SHOPPER).post_json("/api/event/search-event", &body).send().await;
    answer.with_status(200).good()
}

/// The one shop there is, as its counters show it.
async fn shop(app: &App) -> Value {
    let list: Value = app.admin().get("/api/admin/actors?kind=shop").send().await.good();
    list["items"][0].clone()
}

#[tokio::test]
async fn looking_for_deals_is_no_message_to_their_shop() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    app.admin()
        .post_json("/api/event/create", &deal_body(10.0, &[lamp]))
        .send()
        .await
        .with_status(201);
    let before = shop(&app).await["messages"]["handledTotal"].clone();
    assert!(before.as_i64() > Some(0), "{before}");
    for _ in 0..20 {
        assert_eq!(searched(&app, &[lamp]).await.len(), 1);
    }
    assert_eq!(shop(&app).await["messages"]["handledTotal"], before, "messages taken in");
}

#[tokio::test]
async fn a_search_tells_no_price_that_is_not_durable() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let mut body = deal_body(10.0, &[lamp]);
    body["quota"] = json!(1);
    app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
    assert_eq!(searched(&app, &[lamp]).await.len(), 1);
    // Nothing can be committed until this ends.
    let tables = app.database.open().await;
    tables
        .spoil(match app.database.store {
            Store::Sqlite => "BEGIN IMMEDIATE",
            Store::Postgres => "BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE",
        })
        .await;
    let order = json!({"orderItems": [{"productId": lamp, "quantity": 1}]});
    let asked = app.shopper(SHOPPER + 1).post_json("/api/orders/v2", &order);
    let ordering = tokio::spawn(asked.send());
    eventually("the order is decided", PATIENCE, async || {
        (shop(&app).await["factsInFlight"].as_i64() > Some(0)).then_some(())
    })
    .await;
    let found = searched(&app, &[lamp]).await;
    tables.spoil("ROLLBACK").await;
    tables.close().await;
    assert_eq!(found.len(), 1, "the only piece is gone and nobody has it yet");
    // A busy machine may have taken longer than the ledger waits: then it was not written.
    if ordering.await.expect("an answer").status != 200 {
        let again = app.shopper(SHOPPER + 1).post_json("/api/orders/v2", &order);
        again.send().await.with_status(200);
    }
    assert_eq!(searched(&app, &[lamp]).await.len(), 0);
    app.audited();
}
