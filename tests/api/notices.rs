//! Notices of deals: to those who follow the products, of each once, whatever happens.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::subscriptions::{account, follow, leave};
use crate::support::{Answer, App, PATIENCE, eventually, product_body};

mod crash;
mod kept;

/// Opens a deal on these products: its event.
async fn opened(app: &App, products: &[i64]) -> i64 {
    let body = deal_body(10.0, products);
    let answer = app.admin().post_json("/api/event/create", &body).send().await;
    answer.with_status(201).good::<Value>()["eventId"].as_i64().expect("a number")
}

async fn moved(app: &App, event: i64, how: &str) {
    app.admin().post(&format!("/api/event/{event}/{how}")).send().await.with_status(200);
}

/// Waits until nothing is left to be told.
async fn all_is_told(app: &App) -> Value {
    eventually("all is told", PATIENCE, async || {
        let telling: Value =
            app.admin().get("/api/admin/notifications").send().await.with_status(200).good();
        let all = telling["items"].as_array().expect("a list").is_empty() && is_handed_on(&telling);
        all.then_some(telling)
    })
    .await
}

/// What is durable in the tables is what the server says it told: the one comes a moment before
/// the other.
fn is_handed_on(telling: &Value) -> bool {
    telling["toldThrough"] == telling["durableThrough"]
}

async fn notices(app: &App, user: i64, query: &str) -> Value {
    app.shopper(user)
        .get(&format!("/api/notifications{query}"))
        .send()
        .await
        .with_status(200)
        .good()
}

/// What each of somebody's notices is about, the newest first.
async fn told(app: &App, user: i64) -> Vec<(String, i64, i64)> {
    let page = notices(app, user, "").await;
    let items = page["items"].as_array().expect("a list").iter();
    items
        .map(|item| {
            let number = |name: &str| item[name].as_i64().expect("a number");
            let kind = item["kind"].as_str().expect("a kind").to_owned();
            (kind, number("eventId"), number("productId"))
        })
        .collect()
}

async fn read(app: &App, user: i64, body: &Value) -> Answer {
    app.shopper(user).post_json("/api/notifications/read", body).send().await
}

fn opened_of(event: i64, product: i64) -> (String, i64, i64) {
    ("OPENED".to_owned(), event, product)
}

#[tokio::test]
async fn those_who_follow_the_products_of_a_deal_are_told_and_nobody_else() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Second", "GBP").await;
    let lamp = app.product(None, 12_900, 10).await;
    let bulb = app.product(Some(shop), 3, 10).await;
    let other = app.product(None, 500, 10).await;
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        people.push(account(&app, name).await);
    }
    for (user, products) in people.iter().zip([
        vec![lamp],
        vec![bulb, lamp, other],
        vec![other],
        vec![lamp],
        vec![lamp, bulb],
    ]) {
        follow(&app, *user, &products).await.with_status(201);
    }
    leave(&app, people[3], lamp).await.with_status(200);
    let body = deal_body(10.0, &[lamp, bulb]);
    let created: Value =
        app.admin().post_json("/api/event/create", &body).send().await.with_status(201).good();
    let event = created["eventId"].as_i64().expect("a number");
    let telling = all_is_told(&app).await;
    assert_eq!((&telling["noticesTotal"], &telling["peopleTotal"]), (&json!(5), &json!(3)));
    let both = vec![opened_of(event, bulb), opened_of(event, lamp)];
    let expected = [vec![opened_of(event, lamp)], both.clone(), vec![], vec![], both];
    for (user, expected) in people.iter().zip(expected) {
        let mut told = told(&app, *user).await;
        told.sort_by_key(|(_, _, product)| *product != bulb);
        assert_eq!(told, expected, "{user}");
    }
    // Name and prices are those of when it was told, whatever comes after.
    let path = format!("/api/products/{lamp}");
    app.admin().put(&path).json(&product_body("New name", 5)).send().await.with_status(200);
    let page = notices(&app, people[0], "").await;
    let notice = &page["items"][0];
    for (member, value) in [
        ("productName", json!("Desk lamp")),
        ("originalPrice", json!(12_900)),
        ("discountPrice", json!(11_610)),
        ("currency", json!("KRW")),
        ("eventDiscount", json!(10)),
        ("eventType", json!("HOT_DEAL")),
        ("startEventTime", created["startEventTime"].clone()),
        ("endEventTime", created["endEventTime"].clone()),
        ("readAt", Value::Null),
    ] {
        assert_eq!(notice[member], value, "{member}");
    }
    let id = format!("{}-{lamp}", telling["toldThrough"]);
    assert_eq!((&notice["notificationId"], &page["unread"]), (&json!(id), &json!(1)));
    let page = notices(&app, people[1], "").await;
    let items = page["items"].as_array().expect("a list");
    let dear = items.iter().find(|item| item["productId"] == json!(bulb)).expect("the bulb");
    assert_eq!((&dear["discountPrice"], &dear["currency"]), (&json!(2.70), &json!("GBP")));
    app.audited();
}

#[tokio::test]
async fn those_who_were_told_of_a_deal_are_told_of_its_turns() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let (early, late) = (account(&app, "early").await, account(&app, "late").await);
    follow(&app, early, &[lamp]).await.with_status(201);
    let event = opened(&app, &[lamp]).await;
    all_is_told(&app).await;
    follow(&app, late, &[lamp]).await.with_status(201);
    for how in ["pause", "pause", "resume"] {
        moved(&app, event, how).await;
    }
    all_is_told(&app).await;
    app.kill();
    app.start_again();
    moved(&app, event, "cancel").await;
    all_is_told(&app).await;
    let kinds: Vec<String> = told(&app, early).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["CANCELLED", "RESUMED", "PAUSED", "OPENED"]);
    assert_eq!(told(&app, late).await, []);
    // Who has left is told nothing more.
    let second = opened(&app, &[lamp]).await;
    all_is_told(&app).await;
    leave(&app, early, lamp).await.with_status(200);
    moved(&app, second, "pause").await;
    all_is_told(&app).await;
    assert_eq!(told(&app, early).await[0], opened_of(second, lamp));
    let last = told(&app, late).await;
    assert_eq!((last[0].0.as_str(), last.len()), ("PAUSED", 2));
    app.audited();
}

#[tokio::test]
async fn nobody_is_told_of_a_product_that_went_off_sale() {
    let app = App::start().await;
    let (lamp, bulb) = (app.product(None, 100, 1).await, app.product(None, 100, 1).await);
    let user = account(&app, "a").await;
    follow(&app, user, &[lamp, bulb]).await.with_status(201);
    let path = format!("/api/products/{bulb}");
    app.admin().ask(reqwest::Method::DELETE, &path).send().await.with_status(204);
    let event = opened(&app, &[lamp]).await;
    all_is_told(&app).await;
    app.admin()
        .ask(reqwest::Method::DELETE, &format!("/api/products/{lamp}"))
        .send()
        .await
        .with_status(204);
    moved(&app, event, "pause").await;
    all_is_told(&app).await;
    assert_eq!(told(&app, user).await, [opened_of(event, lamp)]);
    app.audited();
}

#[tokio::test]
async fn notices_are_read_by_their_person_and_stay_so() {
    let mut app = App::start().await;
    let mut products = Vec::new();
    for _ in 0..3 {
        products.push(app.product(None, 100, 1).await);
    }
    let (user, other) = (account(&app, "a").await, account(&app, "b").await);
    for person in [user, other] {
        follow(&app, person, &products).await.with_status(201);
    }
    let event = opened(&app, &products).await;
    let first = all_is_told(&app).await["toldThrough"].as_i64().expect("a number");
    moved(&app, event, "pause").await;
    let second = all_is_told(&app).await["toldThrough"].as_i64().expect("a number");
    let id = |sequence: i64, product: usize| format!("{sequence}-{}", products[product]);

    let marked = read(&app, user, &json!({"ids": [id(first, 0), id(first, 0)]})).await;
    assert_eq!(marked.with_status(200).good::<Value>(), json!({"read": 1}));
    let marked = read(&app, user, &json!({"ids": [id(first, 0), id(second, 2)]})).await;
    assert_eq!(marked.with_status(200).good::<Value>(), json!({"read": 1}));
    let page = notices(&app, user, "?unread=true&limit=3").await;
    assert_eq!((&page["unread"], page["items"].as_array().map(Vec::len)), (&json!(4), Some(3)));
    let cursor = page["nextCursor"].as_str().expect("a further page");
    for place in ["cursor", "after"] {
        let rest = notices(&app, user, &format!("?unread=true&{place}={cursor}")).await;
        assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
        assert!(rest.get("nextCursor").is_none(), "{rest}");
    }

    // Of those it does not have, nothing happens to any.
    let strange = read(&app, user, &json!({"ids": [id(second, 0), "999-1"]})).await;
    let problem = strange.refused(404, "NOT_FOUND_NOTIFICATION");
    assert!(problem.detail.is_some_and(|detail| detail.contains("999-1")));
    assert_eq!(notices(&app, user, "").await["unread"], json!(4));

    let up_to = json!({"upTo": format!("notices:{first}")});
    let ask = async |app: &App| {
        let asked = app.shopper(user).post_json("/api/notifications/read", &up_to);
        asked.key("read-1").send().await.with_status(200)
    };
    let marked = ask(&app).await;
    assert_eq!(marked.good::<Value>(), json!({"read": 2}));
    app.kill();
    app.start_again();
    let again = ask(&app).await;
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&marked.body, Some("true")));
    assert_eq!(read(&app, user, &up_to).await.good::<Value>(), json!({"read": 0}));
    assert_eq!(notices(&app, user, "").await["unread"], json!(2));
    let all = json!({"upTo": "notices:9223372036854775807"});
    assert_eq!(read(&app, user, &all).await.good::<Value>(), json!({"read": 2}));
    // What is told later has not been read, and another's notices are another's.
    moved(&app, event, "resume").await;
    all_is_told(&app).await;
    assert_eq!(notices(&app, user, "").await["unread"], json!(3));
    assert_eq!(notices(&app, other, "").await["unread"], json!(9));
    app.audited();
}

#[tokio::test]
async fn bad_calls_are_refused_by_name() {
    let app = App::start().await;
    let user = account(&app, "a").await;
    for (body, member) in [
        (json!({}), "ids"),
        (json!({"ids": []}), "ids"),
        (json!({"ids": ["1-1", "x"]}), "ids[1]"),
        (json!({"ids": ["0-1"]}), "ids[0]"),
        (json!({"ids": ["+1-1"]}), "ids[0]"),
        (json!({"ids": ["1-0"]}), "ids[0]"),
        (json!({"ids": [1]}), "ids"),
        (json!({"ids": vec!["1-1"; 1_001]}), "ids"),
        (json!({"upTo": "120"}), "upTo"),
        (json!({"upTo": "notices:-1"}), "upTo"),
        (json!({"ids": ["1-1"], "upTo": "notices:1"}), "upTo"),
    ] {
        let answer = read(&app, user, &body).await;
        let problem = answer.problem();
        assert_eq!(problem.status, 400, "{answer}");
        assert!(problem.member.is_some_and(|named| named.contains(member)), "{answer}");
    }
    for query in ["?cursor=1", "?after=x-1", "?limit=0", "?limit=501", "?unread=yes"] {
        let asked = app.shopper(user).get(&format!("/api/notifications{query}"));
        assert_eq!(asked.send().await.problem().status, 400, "{query}");
    }
    let many: Vec<String> = (1..=1_000).map(|product| format!("7-{product}")).collect();
    read(&app, user, &json!({"ids": many})).await.refused(404, "NOT_FOUND_NOTIFICATION");
    app.audited();
}

#[tokio::test]
async fn an_admin_sees_what_is_not_told_and_it_holds_nobody_up() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 1).await;
    let user = account(&app, "a").await;
    follow(&app, user, &[lamp]).await.with_status(201);
    // News of a deal that there is not cannot be told; and it is older than all others.
    let tables = app.database.open().await;
    let sql = "INSERT INTO deal_news (deal_id, news, kind, since, after_user, people, notices) \
               VALUES (800000001, 1, 'PAUSED', 5, 7, 2, 3)";
    tables.spoil(sql).await;
    let event = opened(&app, &[lamp]).await;
    eventually("the other news is told", PATIENCE, async || {
        (told(&app, user).await == [opened_of(event, lamp)]).then_some(())
    })
    .await;
    let telling = eventually("what was told is handed on", PATIENCE, async || {
        let telling: Value = app.admin().get("/api/admin/notifications").send().await.good();
        is_handed_on(&telling).then_some(telling)
    })
    .await;
    let mut items = telling["items"].as_array().expect("a list").clone();
    items.retain(|item| item["eventId"] == json!(800_000_001));
    let item = items.first().expect("it is in flight");
    for (member, value) in [
        ("kind", json!("PAUSED")),
        ("since", json!("1970-01-01T09:00:00.005+09:00")),
        ("afterUserId", json!(7)),
        ("people", json!(2)),
        ("notices", json!(3)),
    ] {
        assert_eq!(item[member], value, "{member}");
    }
    assert_eq!((&telling["noticesTotal"], &telling["toldThrough"]), (&json!(1), &json!(1)));
    let path = "/api/admin/actors/notifier/1";
    let actor: Value = app.admin().get(path).send().await.with_status(200).good();
    assert_eq!(actor["actor"]["lastDurableSequence"], json!(1), "{actor}");
    assert_eq!(actor["journal"][0]["kinds"], json!({"DealTold": 1}), "{actor}");
    assert!(actor["actor"]["size"]["newsInFlight"].as_i64() >= Some(1), "{actor}");
    let ended = app.run(&["audit"]);
    assert!(!ended.status.success(), "{}", ended.stdout);
    tables.spoil("DELETE FROM deal_news WHERE deal_id = 800000001").await;
    tables.close().await;
    all_is_told(&app).await;
    app.audited();
}

#[tokio::test]
async fn an_audit_finds_what_was_changed_behind_the_journal() {
    let app = App::start().await;
    let (lamp, bulb) = (app.product(None, 100, 1).await, app.product(None, 100, 1).await);
    let user = account(&app, "a").await;
    follow(&app, user, &[lamp, bulb]).await.with_status(201);
    opened(&app, &[lamp, bulb]).await;
    all_is_told(&app).await;
    app.audited();
    let notice = format!("product_id = {lamp}");
    for (spoil, mend) in [
        (
            format!(
                "CREATE TABLE kept AS SELECT * FROM notifications WHERE {notice}; \
                 DELETE FROM notifications WHERE {notice}"
            ),
            "INSERT INTO notifications SELECT * FROM kept".to_owned(),
        ),
        (
            format!("UPDATE notifications SET read_at = 5 WHERE {notice}"),
            "UPDATE notifications SET read_at = NULL".to_owned(),
        ),
        (
            format!("UPDATE notifications SET user_id = user_id + 1 WHERE {notice}"),
            format!("UPDATE notifications SET user_id = user_id - 1 WHERE {notice}"),
        ),
        (
            format!("INSERT INTO subscriptions VALUES ({lamp}, {}, 1)", user + 1),
            format!("DELETE FROM subscriptions WHERE user_id = {}", user + 1),
        ),
        (
            format!("UPDATE subscriptions SET user_id = user_id + 1 WHERE {notice}"),
            format!("UPDATE subscriptions SET user_id = user_id - 1 WHERE {notice}"),
        ),
        (
            "UPDATE deal_news SET after_user = after_user + 1".to_owned(),
            "UPDATE deal_news SET after_user = after_user - 1".to_owned(),
        ),
        (
            "CREATE TABLE kept_news AS SELECT * FROM deal_news; DELETE FROM deal_news".to_owned(),
            "INSERT INTO deal_news SELECT * FROM kept_news".to_owned(),
        ),
    ] {
        let tables = app.database.open().await;
        tables.spoil(&spoil).await;
        let ended = app.run(&["audit"]);
        assert!(!ended.status.success(), "nothing found after {spoil}: {}", ended.stdout);
        tables.spoil(&mend).await;
        tables.close().await;
        app.audited();
    }
}
