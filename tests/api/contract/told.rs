//! What the contract tells in sentences, and the server does.

use serde_json::{Value, json};

use super::document;
use crate::deals::deal_body;
use crate::support::{Answer, App, Client};

/// Fails where a text of the document, found by this pointer, does not say this.
#[track_caller]
fn says(document: &Value, pointer: &str, sentence: &str) {
    let text = document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    assert!(text.contains(sentence), "{pointer}: `{text}` does not say `{sentence}`");
}

/// What the parameter `Idempotency-Key` of ordering says.
#[track_caller]
fn key_says(document: &Value, sentence: &str) {
    let parameters = document.pointer("/paths/~1api~1orders~1v1/post/parameters");
    let parameters = parameters.and_then(Value::as_array).expect("parameters");
    let key = parameters.iter().find(|asked| asked["name"] == "Idempotency-Key").expect("a key");
    says(key, "/description", sentence);
}

async fn open_deal(app: &App, product: i64, limits: &[(&str, i64)]) {
    let mut body = deal_body(50.0, &[product]);
    for (limit, pieces) in limits {
        body[*limit] = json!(pieces);
    }
    app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
}

/// What so many pieces cost this person, all together.
async fn total(shopper: &Client, product: i64, pieces: i64) -> Value {
    let line = json!({"productId": product, "quantity": pieces});
    let ordered = shopper.post_json("/api/orders/v1", &line).send().await;
    ordered.with_status(200).good::<Value>()["totalOrderPrice"].clone()
}

#[tokio::test]
async fn a_search_of_deals_answers_for_the_caller() {
    let app = App::start().await;
    let about = "/paths/~1api~1event~1search-event/post/description";
    says(&document(&app), about, "For the caller: the caller's own limit counts");
    let lamp = app.product(None, 1_000, 50).await;
    open_deal(&app, lamp, &[("personLimit", 1)]).await;
    let found = async |who: &Client| -> usize {
        let body = json!({"productIds": [lamp]});
        let asked = who.post_json("/api/event/search-event", &body).send().await;
        asked.good::<Vec<Value>>().len()
    };
    let (buyer, other) = (app.shopper(1), app.shopper(2));
    assert_eq!((found(&buyer).await, found(&other).await), (1, 1));
    assert_eq!(total(&buyer, lamp, 1).await, json!(500));
    assert_eq!((found(&buyer).await, found(&other).await), (0, 1));
}

#[tokio::test]
async fn a_limit_and_a_quota_take_a_whole_line_or_none_of_it() {
    let app = App::start().await;
    let described = document(&app);
    for limit in ["quota", "personLimit"] {
        let about = format!("/components/schemas/DealAsk/properties/{limit}/description");
        says(&described, &about, "a line goes at its price as a whole or not at all");
    }
    for (number, limit) in (1..).zip(["quota", "personLimit"]) {
        let (lamp, shopper) = (app.product(None, 1_000, 50).await, app.shopper(number));
        open_deal(&app, lamp, &[(limit, 3)]).await;
        assert_eq!(total(&shopper, lamp, 4).await, json!(4_000), "{limit}: none of it");
        assert_eq!(total(&shopper, lamp, 2).await, json!(1_000), "{limit}: all of it");
        assert_eq!(total(&shopper, lamp, 2).await, json!(2_000), "{limit}: one piece is left");
        assert_eq!(total(&shopper, lamp, 1).await, json!(500), "{limit}: that one");
    }
}

#[tokio::test]
async fn a_refusal_is_not_kept_and_a_key_goes_with_the_bytes_of_its_request() {
    let app = App::start().await;
    let described = document(&app);
    key_says(&described, "A refusal is not kept: the repeat is decided anew");
    key_says(&described, "the body byte for byte: the same JSON written otherwise");
    let lamp = app.product(None, 1_000, 1).await;
    let order = async |body: String| -> Answer {
        let asked = app.shopper(1).post("/api/orders/v1").key("k-1");
        asked.raw("application/json", body).send().await
    };
    let two = format!(r#"{{"productId":{lamp},"quantity":2}}"#);
    order(two.clone()).await.refused(422, "PRODUCT_SHORTAGE");
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=1");
    app.admin().post(&path).send().await.with_status(200);
    let first = order(two.clone()).await.with_status(200);
    for other in [two.replace(':', ": "), format!(r#"{{"quantity":2,"productId":{lamp}}}"#)] {
        order(other).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(order(two).await.with_status(200).body, first.body);
}
