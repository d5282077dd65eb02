//! What a client cannot do to the server, and to other clients.

use serde_json::json;

use super::frames::by_hand;
use super::{connections, deal, follower, not_reading};
use crate::support::{App, Listener, Over, PATIENCE, Role, eventually, mint};

/// Products with names as long as they may be, so that events are large and sockets fill.
pub(super) async fn long_products(app: &App) -> Vec<i64> {
    let mut products = Vec::new();
    for number in 0..200 {
        let mut body =
            crate::support::product_body(&format!("{number}{}", "가".repeat(190)), 1_000);
        body["productCategory"] = json!("OTHER");
        let answer = app.admin().post_json("/api/products", &body).send().await;
        let created: serde_json::Value = answer.with_status(201).good();
        products.push(created["productId"].as_i64().expect("a number"));
    }
    products
}

#[tokio::test]
async fn a_client_that_stops_reading_costs_bounded_memory_and_the_others_notice_nothing() {
    let mut app = App::start_with(|settings| {
        settings
            .with("HOTDEAL__LIVE__WAITING_MAX", "8")
            .with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "15000")
    })
    .await;
    let products = long_products(&app).await;
    let mut readers = Vec::new();
    let mut people = Vec::new();
    for name in ["kim", "lee", "park", "choi"] {
        people.push(follower(&app, name, &products).await);
    }
    for ((_, token), over) in people.iter().zip([Over::WebSocket, Over::Sse]) {
        let mut reader = Listener::connect(over, app.url(), token, None).await.expect("in");
        reader.expect("ready").await;
        readers.push(reader);
    }
    let stuck = [
        by_hand(&app, people[2].0, "/api/live", "hotdeal.v1+json").await,
        by_hand(&app, people[3].0, "/api/live/stream", "none").await,
    ];
    let admin = app.admin();
    eventually("all are in", PATIENCE, async || {
        (connections(&admin).await["people"] == json!(4)).then_some(())
    })
    .await;
    // Kernels buffer some megabytes for a connection: an event has some 250 kilobytes.
    let event = deal(&app, 10.0, &products).await;
    for reader in &mut readers {
        reader.expect("hot-deal").await;
    }
    // What is used once is kept by the allocator: only growth after the first events counts.
    let mut grown_from = 0;
    for turn in 0..100 {
        if turn == 40 {
            grown_from = app.memory_kib();
        }
        for (how, kind) in [("pause", "deal-paused"), ("resume", "deal-resumed")] {
            admin.post(&format!("/api/event/{event}/{how}")).send().await.with_status(200);
            for reader in &mut readers {
                assert_eq!(*reader.expect(kind).await.data("/eventId"), json!(event));
            }
        }
    }
    // Meanwhile some 30 MB went to each of those who read; 24,000 rows of notices fill some 22 MB
    // of the database's caches, with clients that do not read or without.
    let grown = app.memory_kib().saturating_sub(grown_from);
    println!("{grown} KiB");
    assert!(grown < 52 << 10, "{grown} KiB with two clients that do not read");
    eventually("who does not read is gone", PATIENCE, async || {
        (connections(&admin).await["people"] == json!(2)).then_some(())
    })
    .await;
    assert_eq!(not_reading(&admin).await, 2);
    drop(stuck);
}

#[tokio::test]
async fn one_person_has_so_many_connections_and_no_more() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__PER_USER_MAX", "2")).await;
    let token = mint(11, Role::User);
    let mut open = Vec::new();
    for over in [Over::WebSocket, Over::Sse] {
        open.push(Listener::connect(over, app.url(), &token, None).await.expect("room"));
    }
    for over in super::BOTH {
        let refused = Listener::connect(over, app.url(), &token, None).await.err();
        assert!(refused.expect("no room").contains("429"));
    }
    let other = mint(12, Role::User);
    Listener::connect(Over::Sse, app.url(), &other, None).await.expect("room for others");
    open.clear();
    eventually("room again", PATIENCE, async || {
        Listener::connect(Over::Sse, app.url(), &token, None).await.ok().map(drop)
    })
    .await;
}
