//! The live stock of events.

use serde_json::{Value, json};

use super::{BOTH, deal};
use crate::support::{App, Listener, Over, Role, mint};

async fn buy(app: &App, product: i64, pieces: i64) {
    let body = json!({"productId": product, "quantity": pieces});
    app.shopper(77).post_json("/api/orders/v1", &body).send().await.with_status(200);
}

/// Listens until what is left of an event is this.
async fn left(listener: &mut Listener, event: i64, pointer: &str, expected: i64) {
    loop {
        let told = listener.expect("stock").await;
        assert_eq!(*told.data("/eventId"), json!(event));
        if *told.data(pointer) == json!(expected) {
            return;
        }
    }
}

#[tokio::test]
async fn who_follows_an_event_sees_its_stock_and_its_coupons_as_they_go() {
    let app = App::start().await;
    let lamp = app.product(None, 10_000, 50).await;
    let event = deal(&app, 10.0, &[lamp]).await;
    let coupons = app.event(20).await;
    let token = mint(11, Role::User);
    for (over, before) in BOTH.into_iter().zip([50_i64, 43]) {
        let query = format!("?events={event}");
        let opened = Listener::connect_to(over, app.url(), &token, &query, None).await;
        let mut listener = opened.expect("let in");
        listener.expect("ready").await;
        left(&mut listener, event, "/products/0/available", before).await;
        buy(&app, lamp, 7).await;
        left(&mut listener, event, "/products/0/available", before - 7).await;
    }
    let query = format!("?events={coupons}");
    let opened = Listener::connect_to(Over::Sse, app.url(), &token, &query, None).await;
    let mut listener = opened.expect("let in");
    listener.expect("ready").await;
    left(&mut listener, coupons, "/coupons/left", 20).await;
    for user in 1..=3 {
        let body = json!({ "eventId": coupons });
        app.shopper(user).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    }
    left(&mut listener, coupons, "/coupons/left", 17).await;
}

#[tokio::test]
async fn a_websocket_can_begin_and_stop_following_while_it_is_open() {
    let app = App::start().await;
    let (one, other) = (app.event(10).await, app.event(20).await);
    let token = mint(11, Role::User);
    let opened = Listener::connect(Over::WebSocket, app.url(), &token, None).await;
    let mut listener = opened.expect("let in");
    listener.expect("ready").await;
    listener.say(&json!({"type": "follow", "eventId": one})).await;
    left(&mut listener, one, "/coupons/left", 10).await;
    listener.say(&json!({"type": "unfollow", "eventId": one})).await;
    listener.say(&json!({"type": "follow", "eventId": other})).await;
    left(&mut listener, other, "/coupons/left", 20).await;
    let body = json!({ "eventId": one });
    app.shopper(1).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    let body = json!({ "eventId": other });
    app.shopper(1).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    left(&mut listener, other, "/coupons/left", 19).await;
    listener.say(&json!({"type": "follow", "eventId": 999_999})).await;
    assert_eq!(listener.next().await.expect("an answer").event["code"], "NOT_FOUND_EVENT");
    let path = "/api/live/stream?events=999999";
    app.shopper(1).get(path).send().await.refused(404, "NOT_FOUND_EVENT");
    let refused: Value =
        app.shopper(1).get("/api/live/stream?events=x").send().await.with_status(400).read();
    assert_eq!(refused["member"], json!("events"));
}

#[tokio::test]
async fn who_follows_and_changes_the_mind_in_one_breath_follows_no_longer() {
    let app = App::start().await;
    let (one, other) = (app.event(10).await, app.event(20).await);
    let token = mint(11, Role::User);
    let opened = Listener::connect(Over::WebSocket, app.url(), &token, None).await;
    let mut listener = opened.expect("let in");
    listener.expect("ready").await;
    let follow = |event: i64| json!({"type": "follow", "eventId": event});
    let unfollow = |event: i64| json!({"type": "unfollow", "eventId": event});
    listener.say_all(&[follow(one), unfollow(one), follow(other)]).await;
    // What comes is of the other alone, also when both have changed.
    for user in 1..=3 {
        left(&mut listener, other, "/coupons/left", 21 - user).await;
        for event in [one, other] {
            let body = json!({ "eventId": event });
            app.shopper(user).post_json("/api/coupons/issue", &body).send().await.with_status(200);
        }
    }
    left(&mut listener, other, "/coupons/left", 17).await;
    listener.say_all(&[unfollow(other), follow(one), unfollow(one), follow(one)]).await;
    left(&mut listener, one, "/coupons/left", 7).await;
}
