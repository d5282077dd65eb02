//! Clients that hang up right after they have asked: what goes on without them is bounded, is done
//! once or not at all, and leaves nothing behind.

use std::time::Duration;

use hotdeal_domain::SplitMix64;
use serde_json::{Value, json};

use super::{SHOPPER, order};
use crate::crash::seed;
use crate::support::{App, PATIENCE, Role, Wire, eventually, mint};

/// Orders over several shops that may be under way at the same time.
#[cfg(feature = "faults")]
const UNDER_WAY_MAX: i64 = 1_024;
/// Clients that hang up between two looks.
#[cfg(feature = "faults")]
const CROWD: i64 = 300;
/// Clients that hang up on whatever there is.
const CLIENTS: i64 = 600;

/// Asks on a connection of its own and hangs up at once.
async fn ask_and_hang_up(app: &App, user: i64, role: Role, method: &str, path: &str, body: &Value) {
    let (token, body) = (mint(user, role), body.to_string());
    let length = body.len();
    let mut wire = Wire::open(app).await;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    wire.say(&(head + &body)).await;
}

fn basket(lines: &[i64]) -> Value {
    let items: Vec<_> =
        lines.iter().map(|product| json!({"productId": product, "quantity": 1})).collect();
    json!({ "orderItems": items })
}

/// All that the server says of its actors, by number.
async fn actors(app: &App) -> Vec<Value> {
    let list: Value = app.admin().get("/api/admin/actors?limit=500").send().await.good();
    list["items"].as_array().expect("a list").clone()
}

fn sum(actors: &[Value], member: &str) -> i64 {
    actors.iter().filter_map(|actor| actor.pointer(member)?.as_i64()).sum()
}

/// Waits until nobody's mailbox, nobody's hands and not the ledger hold anything.
async fn is_at_rest(app: &App) {
    let counts = ["/mailbox/depth", "/factsInFlight", "/size/openHolds", "/size/changing"];
    eventually("nothing is left of who hung up", PATIENCE, async || {
        let actors = actors(app).await;
        counts.iter().all(|count| sum(&actors, count) == 0).then_some(())
    })
    .await;
}

#[cfg(feature = "faults")]
#[tokio::test]
async fn orders_whose_clients_have_gone_are_bounded_and_the_next_is_told_so() {
    use crate::support::Gate;
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    let (other, ..) = app.shop("Bulbs", "KRW").await;
    let (lamp, bulb) =
        (app.product(None, 1_000, 5_000).await, app.product(Some(other), 1_000, 5_000).await);
    let both = [(lamp, 1), (bulb, 1)];
    order(&app, SHOPPER, &both).await.with_status(200);
    gate.shut();
    let mut user = SHOPPER;
    eventually("as many are under way as may be", PATIENCE, async || {
        for _ in 0..CROWD {
            user += 1;
            let body = basket(&[lamp, bulb]);
            ask_and_hang_up(&app, user, Role::User, "POST", "/api/orders/v2", &body).await;
        }
        let held = sum(&actors(&app).await, "/size/openHolds");
        assert!(held <= 2 * UNDER_WAY_MAX, "{held} shares are held for clients who have gone");
        (held == 2 * UNDER_WAY_MAX).then_some(())
    })
    .await;
    let next = tokio::time::timeout(PATIENCE, order(&app, user + 1, &both)).await;
    let next = next.expect("told at once, though nothing is written");
    next.refused(503, "BUSY");
    assert_eq!(next.header("retry-after"), Some("1"));
    gate.open();
    is_at_rest(&app).await;
    // A place is free only once all of its order is done, which may be a moment later.
    eventually("there is a place again", PATIENCE, async || {
        let next = order(&app, user + 1, &both).await;
        if next.status != 503 { Some(next.with_status(200)) } else { None }
    })
    .await;
    let orders = app.database.number("SELECT count(*) FROM orders").await;
    assert!(orders >= UNDER_WAY_MAX, "{orders}: what was under way was done");
    for product in [lamp, bulb] {
        let stock = app.stock(product).await;
        assert_eq!((stock.quantity, stock.sold), (5_000 - orders, orders));
    }
    app.audited();
}

#[tokio::test]
async fn clients_that_hang_up_on_whatever_there_is_leave_nothing_behind() {
    let app = App::start().await;
    let (other, ..) = app.shop("Bulbs", "KRW").await;
    let (lamp, bulb) =
        (app.product(None, 1_000, 5_000).await, app.product(Some(other), 1_000, 5_000).await);
    let event = app.event(100).await;
    let made: Value = order(&app, SHOPPER, &[(lamp, 1), (bulb, 1)]).await.good();
    let cancel = format!("/api/orders/{}", made["orderId"]);
    let mut chance = SplitMix64::new(seed());
    for client in 0..CLIENTS {
        let user = SHOPPER + client;
        let nowhere = json!({ "eventId": 700_000_000 + client });
        let deal = crate::deals::deal_body(10.0, &[lamp, bulb]);
        let increase = format!("/api/stocks/product/{bulb}/increase?quantity=1");
        let (user, role, method, path, body) = match chance.below(8) {
            0 | 1 => (user, Role::User, "POST", "/api/orders/v2", basket(&[lamp, bulb])),
            2 => (user, Role::User, "POST", "/api/orders/v2", basket(&[lamp])),
            3 => (SHOPPER, Role::User, "PUT", cancel.as_str(), Value::Null),
            4 => (user, Role::User, "POST", "/api/coupons/issue", json!({ "eventId": event })),
            5 => (user, Role::User, "POST", "/api/coupons/issue", nowhere),
            6 => (1, Role::Admin, "POST", "/api/event/create", deal),
            _ => (1, Role::Admin, "POST", increase.as_str(), Value::Null),
        };
        ask_and_hang_up(&app, user, role, method, path, &body).await;
        if client % 100 == 0 {
            // Some find an owner that has to be rebuilt first.
            tokio::time::sleep(Duration::from_millis(chance.below(20).into())).await;
        }
    }
    is_at_rest(&app).await;
    // The next one is served, of whatever is left.
    order(&app, SHOPPER, &[(lamp, 1), (bulb, 1)]).await.with_status(200);
    let cancelled = app.shopper(SHOPPER).put(&cancel).send().await;
    cancelled.with_status(200);
    is_at_rest(&app).await;
    for product in [lamp, bulb] {
        let sold = format!(
            "SELECT CAST(coalesce(sum(l.quantity), 0) AS BIGINT) FROM order_lines l \
             JOIN orders o ON o.id = l.order_id \
             WHERE o.status = 'ORDER_SUCCESS' AND l.product_id = {product}"
        );
        let stock = app.stock(product).await;
        assert_eq!((stock.held, stock.sold), (0, app.database.number(&sold).await));
    }
    app.audited();
}
