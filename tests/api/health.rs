//! Whether it lives, whether it is ready, what it counts, and how it stops.

use serde_json::json;

use crate::support::{App, OrderAnswer, PATIENCE, Store, eventually, product_body};

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
        "actors",
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

/// What Prometheus' own checker says of a text; it says nothing where all is well.
fn checked(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    let mut check = std::process::Command::new("promtool");
    let check = check.args(["check", "metrics"]);
    let input = std::fs::File::open(file.path()).expect("just written");
    let output = check.stdin(input).output().expect("promtool is installed by tests/run");
    let (told, wrong) = (output.stdout, output.stderr);
    let told = [told, wrong].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success() || !told.is_empty(), "{}", output.status);
    told
}

#[tokio::test]
async fn what_it_counts_is_as_prometheus_wants_it() {
    let app = App::start().await;
    let event = app.event(1).await;
    app.shopper(1).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await;
    let text = app.anyone().get("/metrics").send().await.with_status(200);
    assert_eq!(checked(&text.text()), "");
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    // Scrapers that know it get OpenMetrics, in which counters are named without their ending.
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2";
    let open = app.anyone().get("/metrics").header("accept", accept).send().await;
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(open.header("content-type"), Some(media), "{open}");
    assert!(open.text().ends_with("# EOF\n"), "{open}");
    assert!(open.text().contains("# TYPE hotdeal_http_requests counter\n"), "{open}");
    assert!(text.text().contains("# TYPE hotdeal_http_requests_total counter\n"), "{text}");
    for answer in [&text, &open] {
        assert_eq!(answer.header("vary"), Some("accept"));
    }
}

/// What is there from the start, so that a change from nothing can be seen: one of each.
const FROM_THE_START: [&str; 3] =
    ["hotdeal_ledger_failures_total", "hotdeal_ledger_queue", "hotdeal_ledger_entries_total"];

#[tokio::test]
async fn what_never_happened_is_no_series() {
    let app = App::start().await;
    let event = app.event(1).await;
    for user in [1, 2] {
        app.shopper(user).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await;
    }
    let answer = app.anyone().get("/metrics").send().await.with_status(200);
    let text = answer.text();
    let zeros: Vec<&str> = text
        .lines()
        .filter_map(|line| line.rsplit_once(' ').filter(|_| !line.starts_with('#')))
        .filter(|(series, value)| matches!(*value, "0" | "0.0") && !series.contains("le=\""))
        .map(|(series, _)| series)
        .filter(|series| !FROM_THE_START.contains(series))
        .collect();
    assert!(
        zeros.is_empty(),
        "{} series at zero, as {:?}",
        zeros.len(),
        &zeros[..9.min(zeros.len())]
    );
    let issued = "hotdeal_http_requests_total{operation=\"issueCoupon\",status=";
    for outcome in ["\"2xx\"} 1", "\"4xx\"} 1"] {
        assert!(text.contains(&format!("{issued}{outcome}\n")), "{answer}");
    }
}

#[tokio::test]
async fn what_is_under_way_is_counted_and_counts_nothing_once_it_is_done() {
    let app = App::start().await;
    let event = app.event(1).await;
    let tables = app.database.open().await;
    let hold = match app.database.store {
        Store::Sqlite => "BEGIN IMMEDIATE",
        Store::Postgres => "BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE",
    };
    tables.spoil(hold).await;
    let shopper = app.shopper(1);
    let issue = shopper.post_json("/api/coupons/issue", &json!({"eventId": event})).send();
    let in_flight = async |count: u32| {
        let line = format!("hotdeal_actor_facts_in_flight{{kind=\"event\"}} {count}\n");
        eventually(&line, PATIENCE, async || {
            app.anyone().get("/metrics").send().await.text().contains(&line).then_some(())
        })
        .await;
    };
    let (issued, ()) = tokio::join!(issue, async {
        in_flight(1).await;
        tables.spoil("COMMIT").await;
    });
    issued.with_status(200);
    in_flight(0).await;
}

#[tokio::test]
async fn it_is_not_ready_while_its_database_is_away() {
    let app = App::start().await;
    if app.database.store == Store::Sqlite {
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
