//! Another owner raises the epoch of a stream, and has written nothing else yet: whoever decided
//! before must not write any more.

use serde_json::json;

use crate::support::{App, PATIENCE, eventually};

/// How often it is tried: on PostgreSQL a connection that was in use within the last second writes
/// all in one call, and a busy machine may take longer between two calls.
const ROUNDS: i64 = 6;

#[tokio::test]
async fn an_owner_whose_epoch_was_raised_writes_nothing_more() {
    let app = App::start().await;
    let product = app.product(None, 1_000, 100).await;
    let tables = app.database.open().await;
    let order = json!({"productId": product, "quantity": 1});
    let asked = || app.shopper(1).post_json("/api/orders/v1", &order);
    for round in 1..=ROUNDS {
        eventually("it sells", PATIENCE, async || {
            let answer = asked().send().await;
            (answer.status == 200).then_some(())
        })
        .await;
        let sold = app.database.number("SELECT count(*) FROM orders").await;
        // Just before, so that the connection is in use.
        asked().send().await.with_status(200);
        tables.spoil("UPDATE streams SET epoch = epoch + 1 WHERE stream LIKE 'shop:%'").await;
        asked().send().await.refused(503, "UNAVAILABLE");
        let after = app.database.number("SELECT count(*) FROM orders").await;
        assert_eq!(after, sold + 1, "in round {round}");
    }
    tables.close().await;
    app.audited();
}
