//! One's own coupons, and the events that have some.

use serde_json::{Value, json};

use super::issue;
use crate::support::{App, CouponAnswer, event_body, time_in_s};

async fn mine(app: &App, user: i64, query: &str) -> Value {
    let path = format!("/api/coupons/mine{query}");
    app.shopper(user).get(&path).send().await.with_status(200).good()
}

async fn events(app: &App, query: &str) -> Value {
    let path = format!("/api/coupons/events{query}");
    app.shopper(1).get(&path).send().await.with_status(200).good()
}

fn numbers(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["eventId"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn ones_own_coupons_are_listed_those_of_the_newest_event_first() {
    let app = App::start().await;
    assert_eq!(mine(&app, 7, "").await, json!({"items": []}));
    let mut issued = Vec::new();
    for number in 0..3 {
        let mut body = event_body(&format!("Event {number}"), 5);
        body["minimumPrice"] = json!(1_000 * number);
        let event = app.preloaded(&body).await.event_id;
        let coupon: CouponAnswer = issue(&app, event, 7).await.with_status(200).good();
        issue(&app, event, 8).await.with_status(200);
        issued.push((event, coupon));
    }
    let page = mine(&app, 7, "").await;
    issued.reverse();
    let newest_first: Vec<i64> = issued.iter().map(|(event, _)| *event).collect();
    assert_eq!(numbers(&page), newest_first);
    for ((event, coupon), told) in issued.iter().zip(page["items"].as_array().expect("items")) {
        let same: CouponAnswer = serde_json::from_value(told.clone()).expect("a coupon");
        assert_eq!(same, *coupon, "as it was answered when it was issued");
        assert_eq!(told["eventId"], json!(event));
        assert_eq!((&told["valid"], &told["shopId"].is_i64()), (&json!(true), &true), "{told}");
    }
    let newest = &page["items"][0];
    assert_eq!((&newest["eventName"], &newest["minimumPrice"]), (&json!("Event 2"), &json!(2_000)));
    // A page at a time.
    let first = mine(&app, 7, "?limit=2").await;
    assert_eq!(numbers(&first), newest_first[..2]);
    let next = first["nextCursor"].as_str().expect("there is more");
    let rest = mine(&app, 7, &format!("?limit=2&cursor={next}")).await;
    assert_eq!((numbers(&rest), rest.get("nextCursor")), (newest_first[2..].to_vec(), None));
    for query in ["?limit=0", "?limit=101", "?cursor=0", "?cursor=x"] {
        let asked = app.shopper(7).get(&format!("/api/coupons/mine{query}"));
        asked.send().await.refused(400, "INVALID_VALUE");
    }
    // One coupon a person and event, also by the new order of the index.
    let sql = format!(
        "INSERT INTO coupon_issues (event_id, ordinal, user_id, issued_at) VALUES ({}, 4, 7, 1)",
        newest_first[0]
    );
    assert!(app.database.open().await.refuse(&sql).await, "the tables take a second coupon");
    app.audited();
}

#[tokio::test]
async fn a_coupon_past_its_time_is_listed_and_not_valid() {
    let mut app = App::start_with(|settings| settings.sure_of_the_date()).await;
    let event = app.event(5).await;
    issue(&app, event, 7).await.with_status(200);
    app.grow_older(8).await;
    let page = mine(&app, 7, "").await;
    assert_eq!((numbers(&page), &page["items"][0]["valid"]), (vec![event], &json!(false)));
    assert_eq!(events(&app, "").await, json!({"items": []}), "it has ended");
}

#[tokio::test]
async fn open_and_coming_events_tell_what_is_left_and_until_when() {
    let app = App::start().await;
    let mut later = event_body("Later", 8);
    later["endsAt"] = time_in_s(7_200).into();
    let later = app.preloaded(&later).await.event_id;
    let mut coming = event_body("Coming", 8);
    (coming["startsAt"], coming["endsAt"]) = (time_in_s(1_000).into(), time_in_s(10_000).into());
    let coming = app.preloaded(&coming).await.event_id;
    let first = app.event(2).await;
    issue(&app, first, 7).await.with_status(200);
    // The list is as it was at most a second ago.
    let page =
        crate::support::eventually("the coupon is counted", crate::support::PATIENCE, async || {
            let page = events(&app, "").await;
            (page["items"][0]["left"] == json!(1)).then_some(page)
        })
        .await;
    assert_eq!(numbers(&page), [first, later, coming], "what ends first comes first");
    let told = &page["items"][0];
    for (member, value) in [
        ("name", json!("Event of 2")),
        ("total", json!(2)),
        ("status", json!("OPEN")),
        ("minimumPrice", json!(0)),
        (
            "discounts",
            json!([
                {"discountType": "FIXED", "discountAmount": 3000},
                {"discountType": "RATE", "discountAmount": 15},
            ]),
        ),
    ] {
        assert_eq!(told[member], value, "{member} of {told}");
    }
    assert!(told["shopName"].as_str().is_some_and(|name| !name.is_empty()), "{told}");
    assert_eq!(page["items"][2]["status"], json!("COMING"));
    let end = |item: &Value| {
        let end = item["endsAt"].as_str().expect("a time");
        chrono::DateTime::parse_from_rfc3339(end).expect("RFC 3339").timestamp_millis()
    };
    let cursor = format!("{}-{first}", end(told));
    assert_eq!(numbers(&events(&app, &format!("?cursor={cursor}")).await), [later, coming]);
    let public: Value = app.anyone().get("/api/public/events").send().await.good();
    assert_eq!(public, page, "everybody sees the same");
    for cursor in ["7", "x-7", "7-0"] {
        let asked = app.anyone().get(&format!("/api/public/events?cursor={cursor}"));
        asked.send().await.refused(400, "INVALID_VALUE");
    }
}
