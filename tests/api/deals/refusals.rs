//! What cannot be promised is refused, naming the member, and leaves nothing behind.

use serde_json::{Value, json};

use super::{create, deal_body, moved, opened};
use crate::support::{App, time_in_s};

#[tokio::test]
async fn what_cannot_be_promised_is_refused_by_the_name_of_its_member() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let (start, past, soon) = (time_in_s(-60), time_in_s(-1), time_in_s(60));
    let none = Value::Null;
    for (change, member) in [
        (json!({"eventType": "SALE"}), "eventType"),
        (json!({"eventType": 1}), "eventType"),
        (json!({"eventDiscount": -1}), "eventDiscount"),
        (json!({"eventDiscount": 0}), "eventDiscount"),
        (json!({"eventDiscount": 100}), "eventDiscount"),
        (json!({"eventDiscount": 101}), "eventDiscount"),
        (json!({"eventDiscount": 10.005}), "eventDiscount"),
        (json!({"eventDiscount": "10"}), "eventDiscount"),
        (json!({"eventDiscount": []}), "eventDiscount"),
        (json!({"eventDiscount": none}), "eventDiscount"),
        (json!({"discountAmount": 5}), "eventDiscount"),
        (json!({"eventDiscount": none, "discountAmount": 0}), "eventDiscount"),
        (json!({"eventDiscount": none, "discountAmount": -5}), "discountAmount"),
        (json!({"eventDiscount": none, "discountAmount": 0.5}), "discountAmount"),
        (json!({"eventDuration": 0}), "eventDuration"),
        (json!({"eventDuration": -1}), "eventDuration"),
        (json!({"eventDuration": 3_651}), "eventDuration"),
        (json!({"eventDuration": 1.5}), "eventDuration"),
        (json!({"eventDuration": i64::MAX}), "eventDuration"),
        (json!({"eventDuration": none}), "eventDuration"),
        (json!({"endEventTime": soon}), "eventDuration"),
        (json!({"eventDuration": none, "endEventTime": past}), "endEventTime"),
        (json!({"eventDuration": none, "endEventTime": start}), "endEventTime"),
        (json!({"eventDuration": none, "endEventTime": "soon"}), "endEventTime"),
        (json!({"startEventTime": "2020-01-01T00:00:00Z"}), "endEventTime"),
        (json!({"startEventTime": "2026-02-30T00:00:00Z"}), "startEventTime"),
        // No zone writes these without a fifth digit in the year.
        (json!({"startEventTime": "9999-12-31T23:59:59.999Z"}), "startEventTime"),
        (json!({"startEventTime": "9999-12-31T06:00:00Z"}), "startEventTime"),
        (json!({"startEventTime": "9999-12-31T23:59:59"}), "startEventTime"),
        (json!({"startEventTime": "9999-12-25T00:00:00Z", "eventDuration": 7}), "eventDuration"),
        (json!({"startEventTime": "9999-12-31T05:59:59Z", "eventDuration": 1}), "eventDuration"),
        (
            json!({
                "startEventTime": "9999-12-25T00:00:00Z",
                "eventDuration": none,
                "endEventTime": "9999-12-31T18:00:00Z",
            }),
            "endEventTime",
        ),
        (json!({"quota": 0}), "quota"),
        (json!({"quota": -1}), "quota"),
        (json!({"quota": 4_294_967_296_i64}), "quota"),
        (json!({"personLimit": 0}), "personLimit"),
        (json!({"personLimit": 1_000_001}), "personLimit"),
        (json!({"productIds": []}), "productIds"),
        (json!({"productIds": [0]}), "productIds[0]"),
        (json!({"productIds": [lamp, "7"]}), "productIds[1]"),
        (json!({"productIds": lamp}), "productIds"),
    ] {
        let mut body = deal_body(10.0, &[lamp]);
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = create(&app, &body).await;
        assert_eq!(answer.status.as_u16(), 400, "{change}: {answer}");
        assert_eq!(answer.problem().member.as_deref(), Some(member), "{change}: {answer}");
    }
    for member in ["eventType", "startEventTime", "productIds"] {
        let mut body = deal_body(10.0, &[lamp]);
        body.as_object_mut().expect("an object").remove(member);
        let problem = create(&app, &body).await.refused(400, "MISSING_VALUE");
        assert_eq!(problem.member.as_deref(), Some(member));
    }
    let text = deal_body(10.0, &[lamp]).to_string().replace("10.0", "NaN");
    let answer = app.admin().post("/api/event/create").raw("application/json", text).send().await;
    answer.refused(400, "INVALID_JSON");
    assert_eq!(app.database.number("SELECT count(*) FROM deals").await, 0);
    assert_eq!(app.database.number("SELECT count(*) FROM deal_items").await, 0);
}

#[tokio::test]
async fn unknown_products_are_all_named_and_no_deal_is_opened() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let body = deal_body(10.0, &[800_000_002, lamp, 800_000_001]);
    let problem = create(&app, &body).await.refused(404, "NOT_FOUND_PRODUCT");
    let mut named = problem.product_ids.expect("those that are unknown");
    named.sort_unstable();
    assert_eq!(named, [800_000_001, 800_000_002]);
    assert_eq!(app.database.number("SELECT count(*) FROM deals").await, 0);
    assert_eq!(super::price(&app, 1, lamp, 1).await, 1_000);
}

#[tokio::test]
async fn an_amount_is_taken_off_in_one_currency() {
    let app = App::start().await;
    let (pounds, ..) = app.shop("Pounds", "GBP").await;
    let a = app.product(Some(pounds), 10, 5).await;
    let b = app.product(None, 1_000, 5).await;
    let mut body = deal_body(10.0, &[a, b]);
    opened(&app, &body).await;
    body["eventDiscount"] = Value::Null;
    body["discountAmount"] = json!(5);
    create(&app, &body).await.refused(422, "MIXED_CURRENCIES");
    body["productIds"] = json!([a]);
    body["discountAmount"] = json!(2.55);
    let told: Value = create(&app, &body).await.with_status(201).good();
    assert_eq!(told["discountAmount"], json!(2.55));
    let best = &super::searched(&app, &[a]).await[0];
    assert_eq!(best["discountPrice"], json!(7.45));
    app.audited();
}

#[tokio::test]
async fn a_product_has_a_bounded_number_of_deals() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let bulb = app.product(None, 1_000, 5).await;
    let mut last = 0;
    for _ in 0..32 {
        last = opened(&app, &deal_body(10.0, &[lamp])).await;
    }
    let problem =
        create(&app, &deal_body(10.0, &[lamp, bulb])).await.refused(409, "TOO_MANY_DEALS");
    assert_eq!(problem.product_ids, Some(vec![lamp]));
    moved(&app, last, "cancel").await.with_status(200);
    opened(&app, &deal_body(10.0, &[lamp, bulb])).await;
    app.audited();
}

#[tokio::test]
async fn an_ended_deal_cannot_be_moved() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let mut body = deal_body(10.0, &[lamp]);
    body.as_object_mut().expect("an object").remove("eventDuration");
    // It has to be opened before it ends, also by a machine with much else to do.
    let end = chrono::Utc::now() + chrono::Duration::seconds(4);
    body["endEventTime"] = end.to_rfc3339().into();
    let event = opened(&app, &body).await;
    crate::support::eventually("it ends", crate::support::PATIENCE, async || {
        (super::detail(&app, event).await["status"] == json!("ENDED")).then_some(())
    })
    .await;
    for how in ["pause", "cancel"] {
        moved(&app, event, how).await.refused(409, "ILLEGAL_STATE");
    }
    moved(&app, event, "resume").await.with_status(200);
}

#[tokio::test]
async fn a_deal_follows_the_price_of_its_product_and_ends_with_it() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let bulb = app.product(None, 1_000, 50).await;
    opened(&app, &deal_body(10.0, &[lamp, bulb])).await;
    let path = format!("/api/products/{lamp}");
    let dearer = crate::support::product_body("Desk lamp", 2_000);
    app.admin().put(&path).json(&dearer).send().await.with_status(200);
    for _ in 0..2 {
        assert_eq!(super::price(&app, 1, lamp, 1).await, 1_800);
        app.kill();
        app.start_again();
    }
    app.admin().ask(reqwest::Method::DELETE, &path).send().await.with_status(204);
    let found = super::searched(&app, &[lamp, bulb]).await;
    assert_eq!((found.len(), &found[0]["productId"]), (1, &json!(bulb)));
    let problem =
        create(&app, &deal_body(20.0, &[lamp, bulb])).await.refused(404, "NOT_FOUND_PRODUCT");
    assert_eq!(problem.product_ids, Some(vec![lamp]));
    assert_eq!(super::price(&app, 1, bulb, 1).await, 900);
    app.audited();
}
