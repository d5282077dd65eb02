//! Notices are kept for a time and then forgotten, and nothing that hangs on them goes wrong.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{all_is_told, moved, notices, opened, opened_of, read, told};
use crate::deals::deal_body;
use crate::subscriptions::{account, follow};
use crate::support::{App, Listener, Over, PATIENCE, Role, Settings, eventually, mint, time_in_s};

const DAY_S: i64 = 86_400;

/// Opens a deal that runs for this many days, and waits until all are told: its event, and the
/// last sequence of notices.
async fn running_for(app: &App, days: i64, products: &[i64]) -> (i64, i64) {
    let mut body = deal_body(10.0, products);
    body["eventDuration"] = Value::Null;
    body["endEventTime"] = time_in_s(days * DAY_S).into();
    let answer = app.admin().post_json("/api/event/create", &body).send().await;
    let event = answer.with_status(201).good::<Value>()["eventId"].as_i64().expect("a number");
    (event, all_is_told(app).await["toldThrough"].as_i64().expect("a number"))
}

/// Waits until nothing is left of what was told of a deal.
async fn is_forgotten(app: &App, event: i64) {
    let sql = format!(
        "SELECT (SELECT count(*) FROM notifications WHERE deal_id = {event}) \
         + (SELECT count(*) FROM deal_news WHERE deal_id = {event})"
    );
    eventually("what is too old is forgotten", PATIENCE, async || {
        (app.database.number(&sql).await == 0).then_some(())
    })
    .await;
}

/// What a client hears that comes back behind a sequence of notices: whether it is resumed, and the
/// next event.
async fn back_behind(app: &App, user: i64, sequence: i64) -> (bool, String, Value) {
    let (since, token) = (format!("notices:{sequence}"), mint(user, Role::User));
    let opened = Listener::connect(Over::WebSocket, app.url(), &token, Some(&since)).await;
    let mut listener = opened.expect("let in");
    let ready = listener.expect("ready").await;
    let next = listener.next().await.expect("an event");
    (*ready.data("/resumed") == json!(true), next.kind, next.event["data"].clone())
}

#[tokio::test]
async fn what_was_told_long_ago_is_forgotten_and_all_that_hangs_on_it_is_right() {
    let mut app = App::start_with(Settings::sure_of_the_date).await;
    let lamp = app.product(None, 1_000, 10).await;
    let bulb = app.product(None, 1_000, 10).await;
    let (user, other) = (account(&app, "a").await, account(&app, "b").await);
    follow(&app, user, &[lamp, bulb]).await.with_status(201);
    follow(&app, other, &[lamp]).await.with_status(201);
    let (long, of_long) = running_for(&app, 300, &[lamp]).await;
    let (short, of_short) = running_for(&app, 1, &[lamp, bulb]).await;
    let first = format!("{of_short}-{lamp}");
    let marked = read(&app, user, &json!({ "ids": [first] })).await;
    assert_eq!(marked.good::<Value>(), json!({ "read": 1 }));
    // Neither is old enough yet.
    app.grow_older(89).await;
    let (fresh, _) = running_for(&app, 20, &[lamp]).await;
    assert_eq!(notices(&app, user, "").await["unread"], json!(3));
    app.audited();
    assert_eq!(back_behind(&app, user, of_long).await.1, "hot-deal");

    app.grow_older(10).await;
    is_forgotten(&app, short).await;
    // What was told since then is there, and what was told of a deal that runs.
    for person in [user, other] {
        let left = [opened_of(fresh, lamp), opened_of(long, lamp)];
        assert_eq!(told(&app, person).await, left, "{person}");
        assert_eq!(notices(&app, person, "").await["unread"], json!(2), "{person}");
    }
    // A page goes on behind a notice that is gone, and such a one cannot be read.
    let page = notices(&app, user, &format!("?after={first}")).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
    assert_eq!(page["items"][0]["eventId"], json!(long));
    let strange = read(&app, user, &json!({ "ids": [first] })).await;
    strange.refused(404, "NOT_FOUND_NOTIFICATION");
    let up_to = json!({ "upTo": format!("notices:{of_short}") });
    assert_eq!(read(&app, other, &up_to).await.good::<Value>(), json!({ "read": 1 }));
    assert_eq!(notices(&app, other, "").await["unread"], json!(1));
    // Who was away before is told that something is missing, who has heard of it goes on.
    for since in [0, of_long, of_short - 1] {
        let (resumed, kind, data) = back_behind(&app, user, since).await;
        assert_eq!((resumed, kind.as_str()), (false, "gap"), "{since}: {data}");
        assert_eq!(data["reason"], json!("too-old"));
    }
    let (resumed, kind, data) = back_behind(&app, user, of_short).await;
    assert_eq!((resumed, kind.as_str(), &data["eventId"]), (true, "hot-deal", &json!(fresh)));
    app.audited();
    // Those who were told that the long one was opened are told of its turns.
    moved(&app, long, "pause").await;
    all_is_told(&app).await;
    for person in [user, other] {
        assert_eq!(told(&app, person).await[0], ("PAUSED".to_owned(), long, lamp));
    }
    app.audited();
}

#[tokio::test]
async fn how_long_notices_are_kept_can_be_set() {
    let mut app = App::start_with(|settings| {
        settings.sure_of_the_date().with("HOTDEAL__NOTICES__KEPT_DAYS", "3")
    })
    .await;
    let lamp = app.product(None, 1_000, 10).await;
    let user = account(&app, "a").await;
    follow(&app, user, &[lamp]).await.with_status(201);
    let (event, _) = running_for(&app, 1, &[lamp]).await;
    moved(&app, event, "cancel").await;
    all_is_told(&app).await;
    app.grow_older(2).await;
    assert_eq!(told(&app, user).await.len(), 2);
    app.grow_older(2).await;
    is_forgotten(&app, event).await;
    assert_eq!(notices(&app, user, "").await["unread"], json!(0));
    app.audited();
}

#[tokio::test]
async fn what_was_told_of_a_deal_that_was_cancelled_waits_for_no_end_of_it() {
    let mut app = App::start_with(|settings| {
        settings.sure_of_the_date().with("HOTDEAL__NOTICES__KEPT_DAYS", "3")
    })
    .await;
    let lamp = app.product(None, 1_000, 10).await;
    let user = account(&app, "a").await;
    follow(&app, user, &[lamp]).await.with_status(201);
    let (paused, _) = running_for(&app, 300, &[lamp]).await;
    let (cancelled, _) = running_for(&app, 300, &[lamp]).await;
    moved(&app, paused, "pause").await;
    moved(&app, cancelled, "cancel").await;
    all_is_told(&app).await;
    app.grow_older(4).await;
    is_forgotten(&app, cancelled).await;
    let left = [("PAUSED".to_owned(), paused, lamp), opened_of(paused, lamp)];
    assert_eq!(told(&app, user).await, left);
    app.audited();
}

const PEOPLE: usize = 60;
const PRODUCTS: usize = 500;
const DEALS: usize = 4;

#[tokio::test]
async fn a_backlog_is_forgotten_in_portions_beside_the_sale_and_across_kills() {
    let mut app = App::start_with(Settings::sure_of_the_date).await;
    let first = app.product(None, 1_000, 100_000).await;
    let others = join_all((1..PRODUCTS).map(|_| app.product(None, 1_000, 0))).await;
    let products = [vec![first], others].concat();
    let names: Vec<String> = (0..PEOPLE).map(|number| format!("p{number}")).collect();
    let people = join_all(names.iter().map(|name| account(&app, name))).await;
    for user in &people {
        follow(&app, *user, &products).await.with_status(201);
    }
    for _ in 0..DEALS {
        opened(&app, &products).await;
        all_is_told(&app).await;
    }
    let count = "SELECT count(*) FROM notifications";
    let all = i64::try_from(PEOPLE * PRODUCTS * DEALS).expect("some thousands");
    assert_eq!(app.database.number(count).await, all);
    app.grow_older(100).await;
    let mut kills = 0;
    let mut left = all;
    while left > 0 {
        let begun = left;
        left = eventually("more is forgotten", PATIENCE, async || {
            let order = json!({ "productId": first, "quantity": 1 });
            app.shopper(people[0])
                .post_json("/api/orders/v1", &order)
                .send()
                .await
                .with_status(200);
            Some(app.database.number(count).await).filter(|left| *left < begun)
        })
        .await;
        if left > 0 && kills < 3 {
            kills += 1;
            app.kill();
            app.audited();
            app.start_again();
        }
    }
    assert!(kills > 0, "all of it was gone at once");
    eventually("its news is forgotten", PATIENCE, async || {
        (app.database.number("SELECT count(*) FROM deal_news").await == 0).then_some(())
    })
    .await;
    app.audited();
}

#[tokio::test]
async fn an_audit_finds_what_was_forgotten_and_should_not_have_been() {
    let mut app = App::start_with(Settings::sure_of_the_date).await;
    let (lamp, user) = (app.product(None, 1_000, 10).await, account(&app, "a").await);
    follow(&app, user, &[lamp]).await.with_status(201);
    let (short, _) = running_for(&app, 1, &[lamp]).await;
    let (long, _) = running_for(&app, 300, &[lamp]).await;
    app.grow_older(100).await;
    is_forgotten(&app, short).await;
    let (fresh, _) = running_for(&app, 1, &[lamp]).await;
    app.audited();
    let tables = app.database.open().await;
    let kept = ["notifications", "deal_news", "notices_forgotten"];
    for table in kept {
        tables.spoil(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
    let notice = |deal| format!("DELETE FROM notifications WHERE deal_id = {deal}");
    let news = |deal| format!("DELETE FROM deal_news WHERE deal_id = {deal}");
    let forgotten = |what: &str| format!("UPDATE notices_forgotten SET {what}");
    for (sql, told) in [
        (vec![notice(fresh)], "LG-2 people and notices of sequence 3"),
        (vec![notice(fresh), news(fresh)], "LG-2 row of news 1"),
        (vec![notice(long), news(long)], "LG-2 row of news 1"),
        (vec![notice(long)], "LG-2 people and notices of sequence 2"),
        (vec![forgotten("through = 9")], "NT-2 notices are forgotten up to 9 of 3"),
        (vec![forgotten("told_before = forgotten_at")], "NT-2"),
        (vec!["DELETE FROM notices_forgotten".to_owned()], "LG-2 row of news 1"),
        (vec![forgotten("through = 0")], "LG-2 row of news 1"),
        (
            vec![format!(
                "INSERT INTO notifications SELECT user_id, 1, product_id, {short}, kind, \
                 product_name, list_price, price, currency, 5, read_at \
                 FROM notifications WHERE deal_id = {long}"
            )],
            "LG-2 people and notices of sequence 1",
        ),
    ] {
        for sql in &sql {
            assert!(tables.spoil(sql).await > 0, "nothing is changed by {sql}");
        }
        let ended = app.run(&["audit"]);
        assert_eq!(ended.status.code(), Some(1), "{sql:?}: {}", ended.stdout);
        assert!(ended.stdout.contains(told), "{sql:?}: {}", ended.stdout);
        for table in kept {
            tables.spoil(&format!("DELETE FROM {table}")).await;
            tables.spoil(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
        }
    }
    tables.close().await;
    app.audited();
}
