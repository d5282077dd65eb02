//! Sellers put up deals of their own.

use serde_json::{Value, json};

use super::{deal_body, price};
use crate::support::{App, Client};

async fn opened_by(client: &Client, products: &[i64]) -> i64 {
    let asked = client.post_json("/api/event/create", &deal_body(10.0, products));
    let told: Value = asked.send().await.with_status(201).good();
    told["eventId"].as_i64().expect("a number")
}

#[tokio::test]
async fn a_seller_opens_and_turns_deals_on_what_their_own_shops_sell_and_on_nothing_else() {
    let app = App::start().await;
    let (first, owner, seller) = app.shop("Lamps", "KRW").await;
    let (other, _, stranger) = app.shop("Bulbs", "KRW").await;
    let body = json!({"name": "More lamps", "currency": "KRW", "ownerId": owner});
    let second: Value = app.admin().post_json("/api/shops", &body).send().await.good();
    let second = second["shopId"].as_i64().expect("a number");
    let lamp = app.product(Some(first), 1_000, 10).await;
    let lantern = app.product(Some(second), 2_000, 10).await;
    let bulb = app.product(Some(other), 500, 10).await;
    // On both shops of one owner.
    let deal = opened_by(&seller, &[lamp, lantern]).await;
    assert_eq!((price(&app, 7, lamp, 1).await, price(&app, 7, lantern, 1).await), (900, 1_800));
    // What is another's is refused as a whole.
    let events = async || app.database.number("SELECT count(*) FROM deals").await;
    let before = events().await;
    for products in [vec![bulb], vec![lamp, bulb]] {
        let asked = seller.post_json("/api/event/create", &deal_body(10.0, &products));
        asked.send().await.refused(403, "FORBIDDEN");
    }
    let asked = seller.post_json("/api/event/create", &deal_body(10.0, &[lamp, 800_000_000]));
    let problem = asked.send().await.refused(404, "NOT_FOUND_PRODUCT");
    assert_eq!(problem.product_ids, Some(vec![800_000_000]));
    assert_eq!(events().await, before);
    for how in ["pause", "resume", "cancel"] {
        let path = format!("/api/event/{deal}/{how}");
        stranger.post(&path).send().await.refused(403, "FORBIDDEN");
        seller.post(&path).send().await.with_status(200);
    }
    assert_eq!(price(&app, 7, lamp, 1).await, 1_000, "it was cancelled");
    seller.post("/api/event/800000000/pause").send().await.refused(404, "NOT_FOUND_EVENT");
    // A deal of the mall that is also on their product is not theirs.
    let wide = opened_by(&app.admin(), &[lamp, bulb]).await;
    for client in [&seller, &stranger] {
        let asked = client.post(&format!("/api/event/{wide}/pause"));
        asked.send().await.refused(403, "FORBIDDEN");
    }
    app.audited();
}
