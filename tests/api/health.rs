//! Whether it lives, whether it is ready, what it counts, and how it stops.

use serde_json::json;

use crate::support::{App, OrderAnswer, PATIENCE, eventually, product_body};

#[tokio::test]
async fn a_fresh_server_lives_and_is_ready() {
    let app = App::start().await;
    app.anyone().get("/livez").send().await.with_status(200);
    app.anyone().get("/readyz").send().await.with_status(200);
}

#[tokio::test]
async fn it_counts_what_it_does_for_prometheus() {
    let app = App::start().await;
    let event = app.event(1).await;
    for user in [1, 2] {
        app.shopper(user).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await;
    }
    let answer = app.anyone().get("/metrics").send().await.with_status(200);
    let content_type = answer.header("content-type").expect("a content type");
    assert!(
        content_type.starts_with("application/openmetrics-text")
            || content_type.starts_with("text/plain"),
        "{content_type}"
    );
    let text = answer.text();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(
        !names.is_empty() && names.iter().all(|name| name.starts_with("hotdeal_")),
        "{names:?}"
    );
    let parts = [
        "http_requests",
        "messages_waiting",
        "messages_rejected",
        "facts_in_flight",
        "restarts",
        "ledger_transactions",
        "ledger_failures",
        "ledger_batches",
        "ledger_busy_seconds",
        "ledger_turn_seconds",
        "ledger_queue",
    ];
    for part in parts {
        assert!(names.iter().any(|name| name.contains(part)), "nothing on {part} in {names:?}");
    }
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or_else(|| panic!("no {name}"))
    };
    assert!(value("hotdeal_ledger_transactions_total") >= 1.0, "a coupon was written");
    assert!(value("hotdeal_ledger_busy_seconds_total") > 0.0, "and that took time");
    assert_eq!(value("hotdeal_ledger_queue_capacity"), 16_384.0);
    assert!(!text.contains(&format!("event=\"{event}\"")), "no label grows with the mall");
}

#[tokio::test]
async fn it_is_not_ready_while_its_database_is_away() {
    let app = App::start().await;
    if app.database.store == crate::support::Store::Sqlite {
        // A file does not go away; the other database does.
        return;
    }
    let name = app.database.url.rsplit('/').next().expect("a database name").to_owned();
    let admin = app.database.beside().await;
    admin.spoil(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
    let cut = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    admin.rows::<(i64,)>(&cut).await;
    eventually("it says that it is not ready", PATIENCE, async || {
        let answer = app.anyone().get("/readyz").send().await;
        (answer.status == 503).then_some(())
    })
    .await;
    app.anyone().get("/livez").send().await.with_status(200);
    let body = json!({"productId": 1, "quantity": 1});
    let answer = app.shopper(1).post_json("/api/orders/v1", &body).send().await;
    assert!(answer.problem().status >= 400, "{answer}");
    admin.spoil(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")).await;
    eventually("it is ready again", PATIENCE, async || {
        let answer = app.anyone().get("/readyz").send().await;
        (answer.status == 200).then_some(())
    })
    .await;
    // The ledger finds its own connection cut when it next writes: "ask again" is an answer.
    let body = product_body("Lamp", 100);
    eventually("it writes again", PATIENCE, async || {
        let answer = app.admin().post_json("/api/products", &body).send().await;
        if answer.status != 201 {
            answer.refused(503, "UNAVAILABLE");
        }
        (answer.status == 201).then_some(())
    })
    .await;
    app.audited();
}

#[tokio::test]
async fn asked_to_stop_it_finishes_what_it_has_accepted() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 1_000).await;
    let clients: Vec<_> = (0..8).map(|number| app.shopper(10 + number)).collect();
    let crowd: Vec<_> = clients
        .into_iter()
        .map(|client| {
            tokio::spawn(async move {
                let mut made = Vec::new();
                let body = json!({"productId": lamp, "quantity": 1});
                while let Ok(answer) = client.post_json("/api/orders/v1", &body).try_send().await {
                    if answer.status != 200 {
                        break;
                    }
                    made.push(answer.good::<OrderAnswer>().order_id);
                }
                made
            })
        })
        .collect();
    eventually("orders are flowing", PATIENCE, async || {
        (app.database.number("SELECT count(*) FROM orders").await > 20).then_some(())
    })
    .await;
    app.server().ask_to_stop();
    let mut made = Vec::new();
    for shopper in crowd {
        made.extend(shopper.await.expect("a shopper does not panic"));
    }
    let ended = app.take_server().ended();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let rows: Vec<(i64,)> = app.database.rows("SELECT id FROM orders").await;
    let rows: std::collections::BTreeSet<i64> = rows.into_iter().map(|row| row.0).collect();
    assert!(made.iter().all(|order| rows.contains(order)), "an answered order is missing");
    assert_eq!(rows.len(), made.len(), "and none was made without an answer");
    app.audited();
}
