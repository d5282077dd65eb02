//! Followed products, and notices of their deals over STOMP.

use reqwest::Method;
use serde_json::{Value, json};

use super::{list_with_members, shopper};
use crate::live::stomp::Stompjs;
use crate::live::{deal, follower};
use crate::subscriptions::account;
use crate::support::App;

const SUBSCRIPTION: &[&str] = &["userId", "productId"];

#[tokio::test]
async fn a_shopper_follows_products_finds_that_and_follows_no_longer() {
    let app = App::start().await;
    let product = app.product(None, 500, 0).await;
    let user = account(&app, "kim").await;
    let kim = shopper(&app, user);
    let one = json!([{"userId": user, "productId": product}]);
    let body = json!({"productIds": [product]});
    let followed = kim.post_json("/api/subscribe/sub-product", &body).send().await;
    let told: Value = followed.with_status(201).good();
    assert_eq!(told, one);
    let found = format!("/api/subscribe/search-sub-user?productId={product}");
    for client in [&kim, &app.admin()] {
        let list = list_with_members(&client.get(&found).send().await, SUBSCRIPTION);
        assert_eq!(json!(list), one);
    }
    let other = shopper(&app, user + 1);
    assert_eq!(list_with_members(&other.get(&found).send().await, SUBSCRIPTION), [] as [Value; 0]);
    let path = format!("/api/subscribe/cancel-sub?productId={product}");
    let not_own = format!("{path}&userId={}", user + 1);
    let refused = kim.ask(Method::DELETE, &not_own).send().await;
    refused.refused(404, "NOT_FOUND_SUBSCRIPTION");
    let own = format!("{path}&userId={user}");
    kim.ask(Method::DELETE, &own).send().await.with_status(200);
    assert_eq!(list_with_members(&kim.get(&found).send().await, SUBSCRIPTION), [] as [Value; 0]);
}

/// More of it in `live::stomp`.
#[tokio::test]
async fn a_stomp_client_gets_the_sentence_of_a_hot_deal_at_both_addresses() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    for path in ["/ws", "/ws/websocket"] {
        let client = Stompjs::subscribed(&app, path, &token, &["1.2"]);
        deal(&app, 10.0, &[lamp]).await;
        let told = client.expect("message");
        assert_eq!(told["headers"]["destination"], "/topic/notification");
        assert_eq!(told["body"], "🔥 핫딜 등장! 'Desk lamp' 지금 바로 11,610원! (10% 할인)");
    }
}
