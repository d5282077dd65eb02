//! The actors as an operator sees them.

use serde_json::{Value, json};

use crate::support::{App, PATIENCE, eventually};

async fn actors(app: &App) -> Vec<Value> {
    let answer: Value = app.admin().get("/api/admin/actors").send().await.with_status(200).good();
    answer["items"].as_array().expect("a list of actors").clone()
}

fn is_count(value: &Value) -> bool {
    value.as_i64().is_some_and(|count| count >= 0)
}

#[tokio::test]
async fn every_live_actor_is_listed_with_what_an_operator_needs() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 3).await;
    let event = app.event(5).await;
    for user in 1..=6 {
        app.shopper(user).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await;
    }
    let body = json!({"productId": lamp, "quantity": 1});
    app.shopper(1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    let listed = actors(&app).await;
    let kinds: Vec<&str> = listed.iter().filter_map(|actor| actor["kind"].as_str()).collect();
    for kind in ["shop", "event", "ledger"] {
        assert!(kinds.contains(&kind), "no {kind} among {kinds:?}");
    }
    for actor in &listed {
        let id = format!(
            "{}/{}",
            actor["kind"].as_str().unwrap_or("?"),
            actor["key"].as_str().unwrap_or("?")
        );
        assert_eq!(actor["id"], json!(id), "{actor}");
        assert!(
            matches!(
                actor["state"].as_str(),
                Some("starting" | "running" | "passivating" | "failed")
            ),
            "{actor}"
        );
        for path in [
            "/mailbox/depth",
            "/mailbox/capacity",
            "/mailbox/highWater",
            "/mailbox/rejectedTotal",
            "/messages/handledTotal",
            "/messages/refusedTotal",
            "/latency/waitUs/p50",
            "/latency/waitUs/p99",
            "/latency/handleUs/p50",
            "/latency/handleUs/p99",
            "/lastDurableSequence",
            "/factsInFlight",
            "/restarts",
            "/idleMs",
            "/epoch",
        ] {
            let value = actor.pointer(path).unwrap_or(&Value::Null);
            assert!(is_count(value), "{path} is {value} in {actor}");
        }
        assert!(actor["mailbox"]["capacity"].as_i64().is_some_and(|bound| bound > 0), "{actor}");
        assert!(actor.get("lastError").is_some() && actor.get("size").is_some(), "{actor}");
    }
    let id = format!("event/{event}");
    let actor = listed.iter().find(|actor| actor["id"] == json!(id)).expect("the event's actor");
    assert!(actor["messages"]["handledTotal"].as_i64() >= Some(6), "{actor}");
    assert!(actor["messages"]["refusedTotal"].as_i64() >= Some(1), "one was sold out: {actor}");
    assert_eq!(actor["size"]["issued"], 5, "{actor}");
}

#[tokio::test]
async fn one_actor_tells_its_state_and_its_last_journal_entries() {
    let app = App::start().await;
    let event = app.event(5).await;
    for user in 1..=3 {
        let body = json!({"eventId": event});
        app.shopper(user).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    }
    let path = format!("/api/admin/actors/event/{event}");
    let detail: Value = app.admin().get(&path).send().await.with_status(200).good();
    assert_eq!(detail["observation"], "alive");
    assert_eq!(detail["actor"]["id"], json!(format!("event/{event}")));
    assert_eq!(detail["state"]["issued"], 3, "{detail}");
    let journal = detail["journal"].as_array().expect("the last entries");
    let newest = &journal[0];
    assert_eq!(newest["sequence"], detail["actor"]["lastDurableSequence"], "newest first");
    let issued: i64 =
        journal.iter().filter_map(|entry| entry["kinds"]["CouponIssued"].as_i64()).sum();
    assert_eq!(issued, 3, "{detail}");
    let text = detail.to_string();
    for private in ["\"user\"", "\"userId\"", "@"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    for unknown in ["event/800000000", "shop/x", "nothing/1"] {
        let answer = app.admin().get(&format!("/api/admin/actors/{unknown}")).send().await;
        assert!(matches!(answer.problem().status, 400 | 404), "{answer}");
    }
}

#[tokio::test]
async fn an_idle_actor_leaves_memory_and_comes_back_when_asked() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__ACTORS__IDLE_AFTER_S", "1")).await;
    let event = app.event(5).await;
    let issue = async |user| {
        app.shopper(user).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await
    };
    issue(1).await.with_status(200);
    let id = json!(format!("event/{event}"));
    let find = async || actors(&app).await.into_iter().find(|actor| actor["id"] == id);
    // On a busy machine a second may go by between the call and the look: then it is asked again.
    let asked_and_found = async || {
        eventually("it is in memory", PATIENCE, async || {
            issue(1).await.refused(409, "DUPLICATE");
            find().await
        })
        .await
    };
    let before = asked_and_found().await;
    eventually("the idle actor is gone", PATIENCE, async || find().await.is_none().then_some(()))
        .await;
    issue(1).await.refused(409, "DUPLICATE");
    issue(2).await.with_status(200);
    let after = asked_and_found().await;
    assert!(after["epoch"].as_i64() > before["epoch"].as_i64(), "a new activation has a new epoch");
    app.audited();
}

#[tokio::test]
async fn every_event_is_listed_with_what_it_came_to() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let deal = crate::deals::deal_body(10.0, &[lamp]);
    let opened = app.admin().post_json("/api/event/create", &deal).send().await;
    let deal = opened.with_status(201).good::<Value>()["eventId"].as_i64().expect("a number");
    let coupons = app.event(5).await;
    // Coupons for the deal: one event that is both.
    let mut both = crate::support::event_body("Both", 4);
    both["eventId"] = deal.into();
    assert_eq!(app.preloaded(&both).await.event_id, deal);
    for (user, event) in [(1, coupons), (2, coupons), (1, deal)] {
        let body = json!({"eventId": event});
        app.shopper(user).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    }
    let order = json!({"productId": lamp, "quantity": 3});
    app.shopper(1).post_json("/api/orders/v1", &order).send().await.with_status(200);
    app.admin().post(&format!("/api/event/{deal}/pause")).send().await.with_status(200);

    let list = async |query: &str| -> Value {
        app.admin().get(&format!("/api/admin/events{query}")).send().await.with_status(200).good()
    };
    let page = list("").await;
    let items = page["items"].as_array().expect("items");
    assert_eq!((items.len(), page.get("nextCursor")), (2, None), "{page}");
    let item = |event: i64| items.iter().find(|item| item["eventId"] == event).expect("the event");
    let of_coupons = &item(coupons)["coupons"];
    assert_eq!((&of_coupons["issued"], &of_coupons["total"]), (&json!(2), &json!(5)));
    assert_eq!((&of_coupons["status"], item(coupons).get("deal")), (&json!("READY"), None));
    let of_deal = &item(deal)["deal"];
    assert_eq!((&of_deal["status"], &of_deal["sold"]), (&json!("PAUSED"), &json!(3)), "{page}");
    assert_eq!((&of_deal["soldLines"], &item(deal)["coupons"]["issued"]), (&json!(1), &json!(1)));
    // Page by page, the newest first.
    let first = list("?limit=1").await;
    let cursor = first["nextCursor"].as_str().expect("there is more").to_owned();
    let second = list(&format!("?limit=1&cursor={cursor}")).await;
    let told = [&first, &second].map(|page| page["items"][0]["eventId"].as_i64());
    assert_eq!(told, [deal.max(coupons), deal.min(coupons)].map(Some));
    assert_eq!(second.get("nextCursor"), None);
}

#[tokio::test]
async fn what_is_logged_changes_at_run_time_and_a_restart_brings_the_settings_back() {
    let mut app = App::start().await;
    let filter = async |app: &App| -> Value {
        app.admin().get("/api/admin/log-level").send().await.with_status(200).good()
    };
    assert_eq!(filter(&app).await, json!({"filter": "warn", "configured": "warn"}));
    let set = async |app: &App, filter: &str| {
        let asked = app.admin().ask(reqwest::Method::PUT, "/api/admin/log-level");
        asked.json(&json!({"filter": filter})).send().await
    };
    let long = "x".repeat(1_001);
    for wrong in ["", "   ", "info,hotdeal=shout", "=", "a=b=c", "[", "\0", &long] {
        let answer = set(&app, wrong).await;
        let problem = answer.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some("filter"), "{wrong:?}");
    }
    assert_eq!(filter(&app).await["filter"], "warn", "nothing has changed");
    let was = app.server().logged().len();
    let told: Value = set(&app, "error,actix_server=trace,mio=trace").await.with_status(200).good();
    assert_eq!(told["filter"], "error,actix_server=trace,mio=trace");
    app.anyone().get("/livez").send().await.with_status(200);
    let logged = app.server().logged().split_off(was);
    let audit = logged.lines().find(|line| line.contains("log filter changed"));
    let audit = audit.unwrap_or_else(|| panic!("who did it? {logged}"));
    assert!(audit.contains("900000001") && audit.contains("warn"), "{audit}");
    eventually("more is logged", PATIENCE, async || {
        // A new connection is told of at that level.
        drop(crate::support::Wire::open(&app).await);
        app.server().logged().contains("TRACE mio").then_some(())
    })
    .await;
    // Told also where nothing else is.
    set(&app, "off").await.with_status(200);
    let changes = app.server().logged().matches("log filter changed").count();
    assert_eq!(changes, 2);
    app.kill();
    app.start_again();
    assert_eq!(filter(&app).await, json!({"filter": "warn", "configured": "warn"}));
}
