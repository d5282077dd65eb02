//! Deals that are opened and moved while others are, and while people order.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::{deal_body, moved, opened, ordered, price, searched};
use crate::support::App;

#[tokio::test]
async fn deals_are_opened_and_moved_while_a_crowd_orders() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 1_000).await;
    let bulb = app.product(Some(shop), 1_000, 1_000).await;
    let first = opened(&app, &deal_body(10.0, &[lamp, bulb])).await;
    let mut limited = deal_body(50.0, &[lamp, bulb]);
    limited["quota"] = json!(30);
    limited["personLimit"] = json!(2);
    let limited = opened(&app, &limited).await;
    let moves = async {
        for how in ["pause", "resume", "pause", "resume"] {
            // Two of the same at once: one of them changes something, both are answered alike.
            let both = join(moved(&app, first, how), moved(&app, limited, how)).await;
            both.0.with_status(200);
            both.1.with_status(200);
            let twice = join(moved(&app, first, how), moved(&app, first, how)).await;
            assert_eq!((twice.0.status.as_u16(), twice.1.status.as_u16()), (200, 200));
        }
    };
    let opens = join_all((0..6).map(|n| {
        let body = deal_body(1.0 + f64::from(n), &[lamp, bulb]);
        let app = &app;
        async move { opened(app, &body).await }
    }));
    let orders = join_all((0..60_i64).map(|n| {
        let lines = if n % 3 == 0 { vec![(lamp, 1)] } else { vec![(lamp, 1), (bulb, 2)] };
        let app = &app;
        async move { ordered(app, 100 + n % 20, &lines).await }
    }));
    let (_, (events, orders)) = join(moves, join(opens, orders)).await;
    assert_eq!((events.len(), orders.len()), (6, 60));
    for item in orders.iter().flat_map(|order| &order.items) {
        assert!((500..=1_000).contains(&item.product_price), "{item:?}");
    }
    // The quota and the limit were kept: the audit folds every order of the journal.
    app.audited();
    for event in [first, limited] {
        moved(&app, event, "cancel").await.with_status(200);
    }
    assert_eq!(price(&app, 1, bulb, 1).await, 940);
    app.audited();
}

#[tokio::test]
async fn a_deal_whose_answer_was_lost_is_there_once() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let body = deal_body(10.0, &[lamp]);
    let asked = app.admin().post_json("/api/event/create", &body).key("deal-1");
    // The server goes away while it is being asked: before, during or after the commit.
    let asking = tokio::spawn(asked.try_send());
    tokio::task::yield_now().await;
    app.kill();
    drop(asking.await);
    app.start_again();
    let asked = app.admin().post_json("/api/event/create", &body).key("deal-1");
    let told: Value = asked.send().await.with_status(201).good();
    assert_eq!(app.database.number("SELECT count(*) FROM deals").await, 1);
    assert_eq!(searched(&app, &[lamp]).await[0]["eventId"], told["eventId"]);
    assert_eq!(price(&app, 1, lamp, 1).await, 900);
    app.audited();
}
