//! Orders of one and of several shops: all or nothing, cancelled once.

mod hang_up;
#[cfg(feature = "faults")]
mod held;
#[cfg(feature = "faults")]
mod lapses;
mod lists;
pub(crate) mod parts;

use serde_json::{Value, json};

use crate::support::{Answer, App, OrderAnswer};

/// A shopper whose number no seller of the test can have been given.
pub(crate) const SHOPPER: i64 = 900_003;

async fn order(app: &App, user: i64, lines: &[(i64, i64)]) -> Answer {
    let items: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    let body = json!({"orderItems": items});
    app.shopper(user).post_json("/api/orders/v2", &body).send().await
}

/// `quantity/sold`
async fn stock(app: &App, product: i64) -> String {
    let stock = app.stock(product).await;
    assert_eq!(stock.held, 0, "nothing is left held");
    format!("{}/{}", stock.quantity, stock.sold)
}

#[tokio::test]
async fn an_order_tells_what_was_bought_and_for_how_much() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 10).await;
    let bulb = app.product(None, 500, 10).await;
    let made: OrderAnswer = order(&app, 7, &[(bulb, 3), (lamp, 1)]).await.with_status(200).good();
    assert_eq!((made.user_id, made.status.as_str()), (7, "ORDER_SUCCESS"));
    assert_eq!((made.total_order_count, made.total_order_price), (4, 14_400));
    assert!(chrono::DateTime::parse_from_rfc3339(&made.order_date).is_ok(), "{}", made.order_date);
    let mut items: Vec<_> = made
        .items
        .iter()
        .map(|item| (item.product_id, item.quantity, item.product_price, item.item_total_price))
        .collect();
    items.sort_unstable();
    assert_eq!(items, [(lamp, 1, 12_900, 12_900), (bulb, 3, 500, 1_500)]);
    assert!(made.items.iter().all(|item| item.product_name == "Desk lamp"));

    let path = format!("/api/orders/{}", made.order_id);
    assert_eq!(app.shopper(7).get(&path).send().await.good::<OrderAnswer>(), made);
    assert_eq!(app.admin().get(&path).send().await.good::<OrderAnswer>(), made);
    assert_eq!((stock(&app, lamp).await, stock(&app, bulb).await), ("9/1".into(), "7/3".into()));
}

#[tokio::test]
async fn each_of_the_three_routes_takes_an_order() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 10).await;
    let one = json!({"productId": lamp, "quantity": 2});
    let many = json!({"orderItems": [one]});
    for (path, body) in
        [("/api/orders/v1", &one), ("/api/orders/v2", &many), ("/api/orders/products", &many)]
    {
        let made: OrderAnswer =
            app.shopper(1).post_json(path, body).send().await.with_status(200).good();
        assert_eq!((made.total_order_count, made.total_order_price), (2, 200), "{path}");
    }
    assert_eq!(stock(&app, lamp).await, "4/6");
}

#[tokio::test]
async fn lines_of_the_same_product_are_summed() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let made: OrderAnswer = order(&app, 1, &[(lamp, 2), (lamp, 1), (lamp, 2)]).await.good();
    assert_eq!((made.items.len(), made.items[0].quantity), (1, 5));
    assert_eq!(stock(&app, lamp).await, "0/5");
    // Summed before they are compared with the stock: 3 + 3 of 5 is too much.
    let other = app.product(None, 100, 5).await;
    order(&app, 1, &[(other, 3), (other, 3)]).await.refused(422, "PRODUCT_SHORTAGE");
    assert_eq!(stock(&app, other).await, "5/0");
}

#[tokio::test]
async fn a_shortage_names_the_product_and_takes_nothing() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let bulb = app.product(None, 100, 1).await;
    let problem = order(&app, 1, &[(lamp, 5), (bulb, 2)]).await.refused(422, "PRODUCT_SHORTAGE");
    assert_eq!(problem.product_ids, Some(vec![bulb]));
    assert_eq!((stock(&app, lamp).await, stock(&app, bulb).await), ("5/0".into(), "1/0".into()));
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 0);
}

#[tokio::test]
async fn unknown_products_are_all_named_and_nothing_is_taken() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let lines = [(lamp, 1), (800_000_001, 1), (800_000_002, 1)];
    let problem = order(&app, 1, &lines).await.refused(404, "NOT_FOUND_PRODUCT");
    let mut named = problem.product_ids.expect("those that are unknown");
    named.sort_unstable();
    assert_eq!(named, [800_000_001, 800_000_002]);
    assert_eq!(stock(&app, lamp).await, "5/0");
}

/// Three shops with a product each, of which the last is short.
async fn three_shops(app: &App) -> [i64; 3] {
    let mut products = [0; 3];
    for (slot, (name, pieces)) in products.iter_mut().zip([("A", 10), ("B", 10), ("C", 1)]) {
        let (shop, ..) = app.shop(name, "KRW").await;
        *slot = app.product(Some(shop), 1_000, pieces).await;
    }
    products
}

#[tokio::test]
async fn an_order_over_three_shops_is_one_order() {
    let mut app = App::start().await;
    let [a, b, c] = three_shops(&app).await;
    let made: OrderAnswer = order(&app, SHOPPER, &[(c, 1), (a, 2), (b, 3)]).await.good();
    assert_eq!((made.total_order_count, made.total_order_price, made.items.len()), (6, 6_000, 3));
    assert_eq!(
        [stock(&app, a).await, stock(&app, b).await, stock(&app, c).await],
        ["8/2", "7/3", "0/1"]
    );
    let sql = format!(
        "SELECT count(DISTINCT shop_id) FROM order_lines WHERE order_id = {}",
        made.order_id
    );
    assert_eq!(app.database.number(&sql).await, 3);
    app.audited();
    // And it is so for shops that have to be rebuilt.
    app.kill();
    app.start_again();
    let path = format!("/api/orders/{}", made.order_id);
    assert_eq!(app.shopper(SHOPPER).get(&path).send().await.good::<OrderAnswer>(), made);
    let cancelled: OrderAnswer = app.shopper(SHOPPER).put(&path).send().await.good();
    assert_eq!(cancelled.status, "ORDER_CANCELLED");
    assert_eq!(
        [stock(&app, a).await, stock(&app, b).await, stock(&app, c).await],
        ["10/0", "10/0", "1/0"]
    );
    app.audited();
}

#[tokio::test]
async fn an_order_over_three_shops_one_of_them_short_takes_nothing_anywhere() {
    let app = App::start().await;
    let [a, b, c] = three_shops(&app).await;
    let problem =
        order(&app, SHOPPER, &[(a, 2), (b, 3), (c, 2)]).await.refused(422, "PRODUCT_SHORTAGE");
    assert_eq!(problem.product_ids, Some(vec![c]));
    assert_eq!(
        [stock(&app, a).await, stock(&app, b).await, stock(&app, c).await],
        ["10/0", "10/0", "1/0"]
    );
    for table in ["orders", "order_lines"] {
        assert_eq!(app.database.number(&format!("SELECT count(*) FROM {table}")).await, 0);
    }
    app.audited();
}

#[tokio::test]
async fn shops_of_different_currencies_do_not_share_an_order() {
    let app = App::start().await;
    let (pounds, ..) = app.shop("Pounds", "GBP").await;
    let (won, ..) = app.shop("Won", "KRW").await;
    let a = app.product(Some(pounds), 1, 5).await;
    let b = app.product(Some(won), 1, 5).await;
    let answer = order(&app, SHOPPER, &[(a, 1), (b, 1)]).await;
    assert!(matches!(answer.problem().status, 400 | 409 | 422), "{answer}");
    assert_eq!((stock(&app, a).await, stock(&app, b).await), ("5/0".into(), "5/0".into()));
}

#[tokio::test]
async fn crossing_orders_over_two_shops_never_block_each_other_and_never_oversell() {
    let app = App::start().await;
    let [a, b, _] = three_shops(&app).await;
    let crowd = (0..60_i64).map(|n| {
        let lines = if n % 2 == 0 { [(a, 1), (b, 1)] } else { [(b, 1), (a, 1)] };
        let app = &app;
        async move {
            loop {
                let answer = order(app, 100 + n, &lines).await;
                if answer.status != 503 || answer.problem().code != "STOCK_HELD" {
                    return answer;
                }
            }
        }
    });
    let answers = futures_util::future::join_all(crowd).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(422, "PRODUCT_SHORTAGE");
    }
    // Who is told that it is held comes again: nobody is turned away for what nobody buys.
    assert_eq!(made, 10, "of ten");
    assert_eq!((stock(&app, a).await, stock(&app, b).await), ("0/10".into(), "0/10".into()));
    app.audited();
}

#[tokio::test]
async fn an_order_is_cancelled_once_and_its_stock_returns_once() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let made: OrderAnswer = order(&app, 1, &[(lamp, 4)]).await.good();
    let path = format!("/api/orders/{}", made.order_id);
    let first: OrderAnswer = app.shopper(1).put(&path).send().await.with_status(200).good();
    assert_eq!(first, OrderAnswer { status: "ORDER_CANCELLED".to_owned(), ..made });
    assert_eq!(stock(&app, lamp).await, "5/0");
    let again: OrderAnswer = app.shopper(1).put(&path).send().await.with_status(200).good();
    assert_eq!(again, first, "a second time nothing changes");
    assert_eq!(stock(&app, lamp).await, "5/0");
    assert_eq!(app.shopper(1).get(&path).send().await.good::<OrderAnswer>(), first);
    app.audited();
}

#[tokio::test]
async fn twenty_cancellations_at_once_return_the_stock_once() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let made: OrderAnswer = order(&app, 1, &[(lamp, 2)]).await.good();
    let path = format!("/api/orders/{}", made.order_id);
    let answers =
        futures_util::future::join_all((0..20).map(|_| app.shopper(1).put(&path).send())).await;
    for answer in &answers {
        assert_eq!(answer.good::<OrderAnswer>().status, "ORDER_CANCELLED");
    }
    assert_eq!(stock(&app, lamp).await, "5/0");
    app.audited();
}

#[tokio::test]
async fn anothers_order_does_not_exist_for_a_shopper() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let made: OrderAnswer = order(&app, 1, &[(lamp, 1)]).await.good();
    let path = format!("/api/orders/{}", made.order_id);
    app.shopper(2).get(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    app.shopper(2).put(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    app.shopper(1).get("/api/orders/800000000").send().await.refused(404, "NOT_FOUND_ORDER");
    app.shopper(1).put("/api/orders/800000000").send().await.refused(404, "NOT_FOUND_ORDER");
    assert_eq!(stock(&app, lamp).await, "4/1");
    let after: OrderAnswer = app.shopper(1).get(&path).send().await.good();
    assert_eq!(after.status, "ORDER_SUCCESS");
}

#[tokio::test]
async fn a_crowd_gets_exactly_the_stock() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 100).await;
    let crowd = (0..300_i64).map(|n| {
        let body = json!({"productId": lamp, "quantity": 1, "userId": 1});
        app.shopper(1_000 + n).post_json("/api/orders/v1", &body).send_until_let_in()
    });
    let answers = futures_util::future::join_all(crowd).await;
    let mut orders = std::collections::BTreeSet::new();
    for answer in &answers {
        if answer.status == 200 {
            let made: OrderAnswer = answer.good();
            assert!(made.user_id >= 1_000, "the user is the one of the token");
            orders.insert(made.order_id);
        } else {
            answer.refused(422, "PRODUCT_SHORTAGE");
        }
    }
    assert_eq!(orders.len(), 100, "neither oversold nor undersold");
    assert_eq!(stock(&app, lamp).await, "0/100");
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 100);
    app.audited();
}

#[tokio::test]
async fn an_order_of_the_largest_size_is_taken() {
    let app = App::start().await;
    let lamp = app.product(None, 1, 1_000_000).await;
    // 10,000 lines of one product: the bound counts lines, and they are summed.
    let lines: Vec<(i64, i64)> = (0..10_000).map(|_| (lamp, 2)).collect();
    let made: OrderAnswer = order(&app, 1, &lines).await.good();
    assert_eq!((made.items.len(), made.total_order_count), (1, 20_000));
    assert_eq!(stock(&app, lamp).await, "980000/20000");
}
