//! Coupons.

use serde_json::{Value, json};

use super::{is_time, shopper, with_members};
use crate::support::{App, PATIENCE, eventually, time_in_s};

const BATCH: &[&str] = &["batchId", "eventId", "status", "total", "prepared"];
const COUPON: &[&str] = &["couponKey", "discountType", "discountAmount", "issuedAt", "status"];

fn body(total: i64) -> Value {
    json!({
        "name": "Winter",
        "totalCount": total,
        "policies": [
            {"discountType": "FIXED", "discountAmount": 3000, "allocationPercentage": 50},
            {"discountType": "RATE", "discountAmount": 15, "allocationPercentage": 50},
        ],
        "startsAt": time_in_s(-60),
        "endsAt": time_in_s(3_600),
        "validDays": 7,
    })
}

/// Follows the address of a preparation until it has come to an end.
async fn prepared(app: &App, address: &str) -> Value {
    eventually("the coupons are prepared", PATIENCE, async || {
        let batch = with_members(&app.admin().get(address).send().await, 200, BATCH);
        let known = ["PREPARING", "READY", "FAILED"];
        assert!(known.contains(&batch["status"].as_str().unwrap_or_default()), "{batch}");
        (batch["status"] != "PREPARING").then_some(batch)
    })
    .await
}

#[tokio::test]
async fn coupons_are_prepared_at_both_addresses_and_their_progress_is_told() {
    let app = App::start().await;
    let mut until = body(20);
    until["validUntil"] = time_in_s(7_200).into();
    until["minimumPrice"] = json!(10_000);
    until.as_object_mut().expect("an object").remove("validDays");
    for (path, body) in [("/coupons/preload", body(20)), ("/api/coupons/preload", until)] {
        let answer = app.admin().post_json(path, &body).send().await;
        let batch = with_members(&answer, 202, BATCH);
        assert_eq!(batch["total"], 20, "{batch}");
        let address = answer.header("location").expect("where to look").to_owned();
        let ready = prepared(&app, &address).await;
        assert_eq!((&ready["status"], &ready["prepared"]), (&json!("READY"), &json!(20)));
        assert_eq!((&ready["batchId"], &ready["eventId"]), (&batch["batchId"], &batch["eventId"]));
    }
}

#[tokio::test]
async fn a_seller_prepares_coupons_too_and_the_event_can_be_one_there_is() {
    let app = App::start().await;
    let (_, _, seller) = app.shop("Coupons", "KRW").await;
    let answer = seller.post_json("/api/coupons/preload", &body(5)).send().await;
    let batch = with_members(&answer, 202, BATCH);
    let mut again = body(5);
    again["eventId"] = batch["eventId"].clone();
    again["startsAt"] = batch["startsAt"].clone();
    again["endsAt"] = batch["endsAt"].clone();
    // The same request for the same event makes no second batch.
    let repeated =
        with_members(&seller.post_json("/api/coupons/preload", &again).send().await, 202, BATCH);
    assert_eq!(repeated["batchId"], batch["batchId"]);
}

#[tokio::test]
async fn a_coupon_is_issued_once_to_each_and_not_beyond_the_last() {
    let app = App::start().await;
    for (path, total) in [("/coupons/issue", 1), ("/api/coupons/issue", 2)] {
        let event = app.event(total).await;
        let ask = json!({"eventId": event});
        let issue = async |user: i64| shopper(&app, user).post_json(path, &ask).send().await;
        let mut held = Vec::new();
        for user in 1..=total {
            let coupon = with_members(&issue(user).await, 200, COUPON);
            assert!(["FIXED", "RATE"].contains(&coupon["discountType"].as_str().unwrap_or("")));
            assert!(coupon["discountAmount"].is_number() && coupon["couponKey"].is_string());
            is_time(&coupon["issuedAt"]);
            held.push(coupon);
        }
        let answer = issue(1).await;
        answer.refused(409, "DUPLICATE");
        let problem: Value = answer.read();
        assert_eq!(problem["coupon"], held[0], "the coupon that is held");
        issue(total + 1).await.refused(409, "SOLD_OUT");
    }
    let answer = shopper(&app, 1).post_json("/coupons/issue", &json!({"eventId": 800_000_000}));
    answer.send().await.refused(404, "NOT_FOUND_EVENT");
}

/// Whoever is named in the body: the coupon belongs to the one whose token it is.
#[tokio::test]
async fn the_holder_of_a_coupon_comes_from_the_token() {
    let app = App::start().await;
    let event = app.event(5).await;
    let body = json!({"eventId": event, "userId": 8});
    shopper(&app, 7).post_json("/coupons/issue", &body).send().await.with_status(200);
    shopper(&app, 7).post_json("/coupons/issue", &body).send().await.refused(409, "DUPLICATE");
    shopper(&app, 8).post_json("/coupons/issue", &body).send().await.with_status(200);
}
