//! Idempotency-Key: a repeat finds the first answer, byte for byte.

mod every_route;
mod later;
mod under_way;
mod without_effect;

use serde_json::json;

use crate::support::{Answer, App, OrderAnswer};

async fn order(app: &App, user: i64, product: i64, quantity: i64, key: &str) -> Answer {
    let body = json!({"productId": product, "quantity": quantity});
    app.shopper(user).post_json("/api/orders/v1", &body).key(key).send().await
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_byte_for_byte_also_after_a_crash() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 10).await;
    let first = order(&app, 1, lamp, 2, "k-1").await.with_status(200);
    assert!(!is_replay(&first));
    let again = order(&app, 1, lamp, 2, "k-1").await.with_status(200);
    assert!(is_replay(&again));
    assert_eq!(again.body, first.body);
    // Bare and quoted are the same key.
    let quoted = order(&app, 1, lamp, 2, "\"k-1\"").await.with_status(200);
    assert_eq!((is_replay(&quoted), &quoted.body), (true, &first.body));
    app.kill();
    app.start_again();
    let later = order(&app, 1, lamp, 2, "k-1").await.with_status(200);
    assert_eq!((is_replay(&later), &later.body), (true, &first.body));
    assert_eq!(app.stock(lamp).await.sold, 2, "nothing was taken again");
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test]
async fn a_repeat_of_an_order_gets_its_first_answer_whatever_became_of_the_order() {
    let mut app = App::start().await;
    let (shop, _, _) = app.shop("Bulbs", "KRW").await;
    let (lamp, bulb) = (app.product(None, 100, 10).await, app.product(Some(shop), 300, 10).await);
    let wide = json!({"orderItems": [
        {"productId": bulb, "quantity": 2},
        {"productId": lamp, "quantity": 1},
    ]});
    let wide = async |app: &App| {
        app.shopper(1).post_json("/api/orders/v2", &wide).key("wide").send().await.with_status(200)
    };
    let first = [order(&app, 1, lamp, 2, "one").await.with_status(200), wide(&app).await];
    for answer in &first {
        let path = format!("/api/orders/{}", answer.good::<OrderAnswer>().order_id);
        app.shopper(1).put(&path).send().await.with_status(200);
    }
    let path = format!("/api/products/{lamp}");
    let other = json!({"productName": "Another", "productPrice": 7});
    app.admin().put(&path).json(&other).send().await.with_status(200);
    for _ in 0..2 {
        let again = [order(&app, 1, lamp, 2, "one").await, wide(&app).await];
        for (first, again) in first.iter().zip(&again) {
            assert_eq!((is_replay(again), again.text()), (true, first.text()));
        }
        app.kill();
        app.start_again();
    }
    assert_eq!((app.stock(lamp).await.sold, app.stock(bulb).await.sold), (0, 0));
    app.audited();
}

#[tokio::test]
async fn a_role_change_is_told_again_in_the_same_bytes_when_the_account_is_gone() {
    let app = App::start().await;
    let (user, _) = app.signed_up("kim").await;
    let set = || {
        let asked = app.admin().put(&format!("/api/admin/users/{user}/role"));
        asked.json(&json!({"role": "COUNSELLOR"})).key("r-1").send()
    };
    let first = set().await.with_status(200);
    let kim = app.logged_in("kim").await;
    let password = json!({"password": "a long enough password"});
    kim.post_json("/api/auth/withdraw", &password).send().await.with_status(200);
    let again = set().await.with_status(200);
    assert!(is_replay(&again));
    assert_eq!(again.text(), first.text());
}

#[tokio::test]
async fn a_key_belongs_to_its_shopper_its_route_and_its_request() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 10).await;
    let first: OrderAnswer = order(&app, 1, lamp, 1, "shared").await.good();
    let problem = order(&app, 1, lamp, 2, "shared").await.problem();
    assert_eq!(problem.status, 422, "another request under the same key");
    let other: OrderAnswer = order(&app, 2, lamp, 1, "shared").await.good();
    assert_ne!(other.order_id, first.order_id, "another shopper's key is another key");
    assert_eq!(app.stock(lamp).await.sold, 2);
}

#[tokio::test]
async fn twenty_at_once_with_one_key_make_one_order() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 100).await;
    let answers =
        futures_util::future::join_all((0..20).map(|_| order(&app, 1, lamp, 1, "storm"))).await;
    let first = &answers[0].body;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (200, first), "{answer}");
    }
    assert_eq!(answers.iter().filter(|answer| !is_replay(answer)).count(), 1);
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 1);
    assert_eq!(app.stock(lamp).await.sold, 1);
}

#[tokio::test]
async fn a_refusal_is_not_kept_under_its_key() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 1).await;
    order(&app, 1, lamp, 2, "later").await.refused(422, "PRODUCT_SHORTAGE");
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=5");
    app.admin().post(&path).send().await.with_status(200);
    order(&app, 1, lamp, 2, "later").await.with_status(200);
    assert_eq!(app.stock(lamp).await.sold, 2);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_nothing_happens() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 10).await;
    let long = "k".repeat(256);
    for key in ["", "\"\"", long.as_str(), "two words", "tab\there", "\"open", "clé", "\"a\"b\""] {
        let answer = order(&app, 1, lamp, 1, key).await;
        assert_eq!(answer.problem().status, 400, "`{key}`: {answer}");
    }
    order(&app, 1, lamp, 1, &"k".repeat(255)).await.with_status(200);
    assert_eq!(app.stock(lamp).await.sold, 1);
}
