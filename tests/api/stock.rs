//! Stock by hand: increase, reset, adjust; and what is seen of it.

use serde_json::{Value, json};

use crate::support::{App, StockAnswer};

/// `onHand/quantity/held/sold`
fn told(stock: &StockAnswer) -> String {
    assert_eq!(stock.available, stock.quantity > 0, "{stock:?}");
    format!("{}/{}/{}/{}", stock.on_hand, stock.quantity, stock.held, stock.sold)
}

#[tokio::test]
async fn a_product_never_stocked_has_none() {
    let app = App::start().await;
    let product = app.product(None, 100, 0).await;
    let stock = app.stock(product).await;
    assert_eq!((stock.product_id, told(&stock).as_str()), (product, "0/0/0/0"));
    assert_eq!(stock.last_updated, None);
    let answer = app.shopper(1).get("/api/stocks/product/800000000").send().await;
    answer.refused(404, "NOT_FOUND_PRODUCT");
}

#[tokio::test]
async fn stock_moves_by_hand_and_each_answer_is_the_new_stock() {
    let app = App::start().await;
    let product = app.product(None, 100, 0).await;
    // The call, its status, and the stock after it.
    for (call, status, after) in [
        ("increase?quantity=10", 200, "10/10/0/0"),
        ("increase?quantity=1", 200, "11/11/0/0"),
        ("reset?quantity=5", 200, "5/5/0/0"),
        ("adjust?delta=3&reason=RETURN", 200, "8/8/0/0"),
        ("adjust?delta=-2&reason=WRITE_OFF", 200, "6/6/0/0"),
        ("adjust?delta=-6&reason=COUNT", 200, "0/0/0/0"),
        ("adjust?delta=-1&reason=COUNT", 0, "0/0/0/0"),
        ("reset?quantity=0", 200, "0/0/0/0"),
        ("increase?quantity=1000000", 200, "1000000/1000000/0/0"),
    ] {
        let path = format!("/api/stocks/product/{product}/{call}");
        let answer = app.admin().post(&path).send().await;
        if status == 200 {
            assert_eq!(told(&answer.good()), after, "{answer}");
        } else {
            assert!(matches!(answer.problem().status, 409 | 422), "{answer}");
        }
        assert_eq!(told(&app.stock(product).await), after, "after {call}");
    }
    assert!(app.stock(product).await.last_updated.is_some());
    app.audited();
}

#[tokio::test]
async fn what_is_sold_cannot_be_taken_away_by_hand() {
    let app = App::start().await;
    let product = app.product(None, 100, 10).await;
    let body = json!({"productId": product, "quantity": 4});
    app.shopper(1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    assert_eq!(told(&app.stock(product).await), "10/6/0/4");
    let path = |call: &str| format!("/api/stocks/product/{product}/{call}");
    let answer = app.admin().post(&path("adjust?delta=-7&reason=COUNT")).send().await;
    assert!(matches!(answer.problem().status, 409 | 422), "{answer}");
    assert_eq!(told(&app.stock(product).await), "10/6/0/4");
    app.admin().post(&path("adjust?delta=-6&reason=COUNT")).send().await.with_status(200);
    assert_eq!(told(&app.stock(product).await), "4/0/0/4");
}

#[tokio::test]
async fn the_stock_of_many_products_is_seen_in_the_order_asked() {
    let app = App::start().await;
    let first = app.product(None, 100, 3).await;
    let second = app.product(None, 100, 0).await;
    let asked = json!({"productIds": [second, 800_000_000, first]});
    let answer = app.shopper(1).post_json("/api/stocks/search", &asked).send().await;
    let found: Vec<StockAnswer> = answer.with_status(200).good();
    let found: Vec<(i64, String)> =
        found.iter().map(|stock| (stock.product_id, told(stock))).collect();
    assert_eq!(found, [(second, "0/0/0/0".to_owned()), (first, "3/3/0/0".to_owned())]);
}

#[tokio::test]
async fn stock_is_the_same_after_the_server_was_killed() {
    let mut app = App::start().await;
    let product = app.product(None, 100, 7).await;
    let path = format!("/api/stocks/product/{product}/adjust?delta=-2&reason=WRITE_OFF");
    app.admin().post(&path).send().await.with_status(200);
    let before = app.stock(product).await;
    app.kill();
    app.start_again();
    assert_eq!(app.stock(product).await, before);
    app.audited();
}

#[tokio::test]
async fn a_hundred_increases_at_once_all_count() {
    let app = App::start().await;
    let product = app.product(None, 100, 0).await;
    let path = format!("/api/stocks/product/{product}/increase?quantity=3");
    let answers =
        futures_util::future::join_all((0..100).map(|_| app.admin().post(&path).send())).await;
    let mut seen: Vec<i64> =
        answers.iter().map(|answer| answer.good::<StockAnswer>().quantity).collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq((1..=100).map(|n| n * 3)), "each saw the stock after its own");
    assert_eq!(app.stock(product).await.quantity, 300);
    let facts: Vec<(String,)> = app
        .database
        .rows("SELECT facts FROM journal WHERE stream LIKE 'shop:%' ORDER BY stream, sequence")
        .await;
    let moved: usize = facts
        .iter()
        .map(|(facts,)| serde_json::from_str::<Vec<Value>>(facts).expect("a list of facts"))
        .map(|facts| facts.iter().filter(|fact| fact.get("StockMoved").is_some()).count())
        .sum();
    assert_eq!(moved, 100, "each is a movement of its own");
}
