//! Live connections: the same events under the same ids over WebSocket and server-sent events,
//! to whom they concern and to nobody else, without one missing or coming twice.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, Client, Listener, Over, PATIENCE, Role, Told, eventually, mint};

mod board;
mod commands;
mod description;
pub(super) mod doors;
mod endings;
mod existing;
mod frames;
mod limits;
mod own_orders;
mod resume;
mod sockjs;
pub(super) mod stomp;
mod tickets;
mod ticks;
mod times;

pub(super) const BOTH: [Over; 2] = [Over::WebSocket, Over::Sse];

/// Somebody who has signed up and follows these products: the number, and a token that listens.
pub(super) async fn follower(app: &App, name: &str, products: &[i64]) -> (i64, String) {
    let body = json!({
        "email": format!("{name}@shoppers.test"), "name": name, "password": "a long enough password",
    });
    let answer = app.anyone().post_json("/api/auth/signup", &body).send().await;
    let signed_up: Value = answer.with_status(201).good();
    let user = signed_up["data"]["authId"].as_i64().expect("a number");
    let body = json!({ "productIds": products });
    let answer = app.shopper(user).post_json("/api/subscribe/sub-product", &body).send().await;
    answer.with_status(201);
    (user, mint(user, Role::User))
}

/// Opens a deal on these products: its event.
pub(super) async fn deal(app: &App, percent: f64, products: &[i64]) -> i64 {
    let body = deal_body(percent, products);
    let answer = app.admin().post_json("/api/event/create", &body).send().await;
    let opened: Value = answer.with_status(201).good();
    opened["eventId"].as_i64().expect("a number")
}

async fn listening(app: &App, over: Over, token: &str) -> Listener {
    let mut listener = Listener::connect(over, app.url(), token, None).await.expect("let in");
    listener.expect("ready").await;
    listener
}

/// What operators read of connections.
pub(super) async fn connections(admin: &Client) -> Value {
    admin.get("/api/admin/connections").send().await.with_status(200).good()
}

/// How often connections were ended for this reason.
pub(super) async fn ended(admin: &Client, reason: &str) -> i64 {
    let view = connections(admin).await;
    let all = view["ended"].as_array().expect("a list").clone();
    let one = all.iter().find(|ended| ended["reason"] == reason).expect("a known reason");
    one["total"].as_i64().expect("a number")
}

/// How many that read nothing have been ended: for being too slow; or, where a busy machine takes
/// longer to make more events than may wait, for leaving unread what was sent, of which the live
/// connections hear no more than that somebody has left.
pub(super) async fn not_reading(admin: &Client) -> i64 {
    let left = connections(admin).await["leftTotal"].as_i64().expect("a number");
    ended(admin, "slow").await + left
}

#[tokio::test]
async fn a_hot_deal_reaches_those_who_follow_its_products_and_nobody_else() {
    let app = App::start().await;
    let lamp = app.product(None, 10_000, 5).await;
    let desk = app.product(None, 20_000, 5).await;
    let other = app.product(None, 30_000, 5).await;
    let (_, follows_both) = follower(&app, "both", &[lamp, desk]).await;
    let (_, follows_other) = follower(&app, "other", &[other]).await;
    let last = app.product(None, 40_000, 5).await;
    let (_, follows_last) = follower(&app, "last", &[last]).await;
    let mut all: Vec<Listener> = Vec::new();
    for over in BOTH {
        all.push(listening(&app, over, &follows_both).await);
    }
    let mut others = Vec::new();
    for over in BOTH {
        others.push(listening(&app, over, &follows_other).await);
        others.push(listening(&app, over, &follows_last).await);
    }
    let event = deal(&app, 10.0, &[lamp, desk]).await;
    let mut heard: Vec<Told> = Vec::new();
    for listener in &mut all {
        heard.push(listener.expect("hot-deal").await);
    }
    assert_eq!(heard[0], heard[1], "the same event under the same id");
    assert_eq!(*heard[0].data("/eventId"), json!(event));
    assert_eq!(*heard[0].data("/eventDiscount"), json!(10));
    let products = heard[0].data("/products").as_array().expect("a list");
    assert_eq!(products.len(), 2, "one event however many products");
    assert_eq!(products[0]["productId"], json!(lamp));
    assert_eq!(products[0]["originalPrice"], json!(10_000));
    assert_eq!(products[0]["discountPrice"], json!(9_000));
    let says = "🔥 핫딜 등장! 'Desk lamp' 지금 바로 9,000원! (10% 할인)";
    assert_eq!(products[0]["message"], json!(says));
    // Their own deal is the first the others hear of.
    let events = [deal(&app, 20.0, &[other]).await, deal(&app, 30.0, &[last]).await];
    for (listener, event) in others.iter_mut().zip(events.into_iter().cycle()) {
        assert_eq!(*listener.expect("hot-deal").await.data("/eventId"), json!(event));
    }
}

#[tokio::test]
async fn what_becomes_of_a_deal_is_told_to_those_who_were_told_of_it() {
    let app = App::start().await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut listener = listening(&app, Over::WebSocket, &token).await;
    let event = deal(&app, 10.0, &[lamp]).await;
    listener.expect("hot-deal").await;
    for (how, kind) in
        [("pause", "deal-paused"), ("resume", "deal-resumed"), ("cancel", "deal-cancelled")]
    {
        let path = format!("/api/event/{event}/{how}");
        app.admin().post(&path).send().await.with_status(200);
        assert_eq!(*listener.expect(kind).await.data("/eventId"), json!(event));
    }
}

#[tokio::test]
async fn operators_see_who_is_connected_and_how() {
    let app = App::start().await;
    let admin = app.admin();
    let open = async |transport: &str| {
        let view = connections(&admin).await;
        let all = view["transports"].as_array().expect("a list").clone();
        let one = all.iter().find(|known| known["transport"] == transport).expect("known");
        one["open"].as_i64().expect("a number")
    };
    let token = mint(11, Role::User);
    let first = listening(&app, Over::WebSocket, &token).await;
    let _second = listening(&app, Over::Sse, &token).await;
    assert_eq!((open("websocket").await, open("sse").await, open("stomp").await), (1, 1, 0));
    assert_eq!(connections(&admin).await["people"], json!(1));
    drop(first);
    eventually("it has left", PATIENCE, async || (open("websocket").await == 0).then_some(()))
        .await;
    assert!(connections(&admin).await["leftTotal"].as_i64() >= Some(1));
}
