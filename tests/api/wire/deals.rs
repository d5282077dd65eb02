//! Deals.

use serde_json::{Value, json};

use super::{is_time, list_with_members, shopper, with_members};
use crate::support::{App, time_in_s};

fn body(products: &[i64]) -> Value {
    json!({
        "eventType": "HOT_DEAL",
        "eventDiscount": 10,
        "eventDuration": 3,
        "startEventTime": time_in_s(-60),
        "productIds": products,
    })
}

#[tokio::test]
async fn an_event_is_created_with_201_and_told_with_its_products_and_times() {
    let app = App::start().await;
    let (one, two) = (app.product(None, 1_000, 5).await, app.product(None, 2_000, 5).await);
    let answer = app.admin().post_json("/api/event/create", &body(&[one, two])).send().await;
    let members = ["eventId", "productId", "startEventTime", "endEventTime"];
    let created = with_members(&answer, 201, &members);
    assert_eq!(created["productId"], json!([one, two]));
    is_time(&created["startEventTime"]);
    is_time(&created["endEventTime"]);
    let at = |member: &str| {
        let text = created[member].as_str().expect("a time");
        chrono::DateTime::parse_from_rfc3339(text).expect("a time")
    };
    assert_eq!(at("endEventTime") - at("startEventTime"), chrono::Duration::days(3));
}

#[tokio::test]
async fn an_event_that_is_past_empty_or_out_of_bounds_is_400() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let four_days_ago = time_in_s(-4 * 86_400);
    for (member, value, named) in [
        ("startEventTime", json!(four_days_ago), "endEventTime"),
        ("productIds", json!([]), "productIds"),
        ("eventDiscount", json!(0), "eventDiscount"),
        ("eventDiscount", json!(100), "eventDiscount"),
        ("eventDiscount", json!(-1), "eventDiscount"),
        ("eventType", json!("COLD_DEAL"), "eventType"),
        ("eventDuration", json!(0), "eventDuration"),
    ] {
        let mut body = body(&[lamp]);
        body[member] = value;
        let answer = app.admin().post_json("/api/event/create", &body).send().await;
        let problem = answer.problem();
        assert_eq!((problem.status, problem.member.as_deref()), (400, Some(named)), "{answer}");
    }
    let answer =
        app.admin().post_json("/api/event/create", &body(&[lamp, 800_000_000])).send().await;
    let problem = answer.refused(404, "NOT_FOUND_PRODUCT");
    assert_eq!(problem.product_ids, Some(vec![800_000_000]));
}

#[tokio::test]
async fn the_best_running_deal_of_each_product_is_found() {
    let app = App::start().await;
    let (lamp, bulb, none) = (
        app.product(None, 1_000, 5).await,
        app.product(None, 500, 5).await,
        app.product(None, 700, 5).await,
    );
    let create = async |products: &[i64], percent: i64| -> Value {
        let mut body = body(products);
        body["eventDiscount"] = percent.into();
        app.admin().post_json("/api/event/create", &body).send().await.with_status(201).good()
    };
    let (weak, strong) = (create(&[lamp, bulb], 10).await, create(&[lamp], 25).await);
    let ids = json!({"productIds": [lamp, bulb, none]});
    let answer = shopper(&app, 1).post_json("/api/event/search-event", &ids).send().await;
    let members = [
        "eventId",
        "productId",
        "eventType",
        "eventDiscount",
        "discountPrice",
        "eventDuration",
        "startEventTime",
        "endEventTime",
    ];
    let mut found = list_with_members(&answer, &members);
    found.sort_by_key(|deal| deal["productId"].as_i64());
    let told: Vec<_> = found
        .iter()
        .map(|deal| (&deal["productId"], &deal["eventId"], &deal["discountPrice"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!(lamp), &strong["eventId"], &json!(750)),
            (&json!(bulb), &weak["eventId"], &json!(450)),
        ]
    );
    let best = &found[0];
    assert_eq!((&best["eventType"], &best["eventDiscount"]), (&json!("HOT_DEAL"), &json!(25)));
    assert_eq!(best["eventDuration"], 3);
    is_time(&best["startEventTime"]);
    is_time(&best["endEventTime"]);
}
