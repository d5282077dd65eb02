//! Orders.

use serde_json::{Value, json};

use super::{has_members, is_time, shopper, with_members};
use crate::support::App;

const ORDER: &[&str] =
    &["userId", "orderId", "items", "totalOrderCount", "totalOrderPrice", "orderDate", "status"];
const ITEM: &[&str] = &["productId", "productName", "quantity", "productPrice", "itemTotalPrice"];

#[tokio::test]
async fn an_order_of_several_products_is_taken_at_both_addresses() {
    let app = App::start().await;
    let (lamp, bulb) = (app.product(None, 12_900, 9).await, app.product(None, 500, 9).await);
    let body = json!({"orderItems": [
        {"productId": lamp, "quantity": 1},
        {"productId": bulb, "quantity": 2},
    ]});
    for path in ["/api/orders/products", "/api/orders/v2"] {
        let answer = shopper(&app, 7).post_json(path, &body).send().await;
        let order = with_members(&answer, 200, ORDER);
        assert_eq!((&order["userId"], &order["status"]), (&json!(7), &json!("ORDER_SUCCESS")));
        assert_eq!(order["totalOrderCount"], 3, "{order}");
        assert_eq!(order["totalOrderPrice"], 13_900, "{order}");
        is_time(&order["orderDate"]);
        let mut items = order["items"].as_array().expect("a list").clone();
        items.iter().for_each(|item| has_members(item, ITEM));
        items.sort_by_key(|item| item["productId"].as_i64());
        for (item, (product, quantity, price)) in
            items.iter().zip([(lamp, 1, 12_900), (bulb, 2, 500)])
        {
            assert_eq!(
                (&item["productId"], &item["quantity"]),
                (&json!(product), &json!(quantity))
            );
            assert_eq!(item["productPrice"], price, "{item}");
            assert_eq!(item["itemTotalPrice"], quantity * price, "{item}");
        }
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|item| item["productName"] == "Desk lamp"), "{order}");
    }
}

#[tokio::test]
async fn an_order_of_one_product_is_answered_the_same() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 9).await;
    let body = json!({"productId": lamp, "quantity": 2});
    let order =
        with_members(&shopper(&app, 7).post_json("/api/orders/v1", &body).send().await, 200, ORDER);
    assert_eq!((&order["totalOrderCount"], &order["totalOrderPrice"]), (&json!(2), &json!(25_800)));
    has_members(&order["items"][0], ITEM);
}

#[tokio::test]
async fn an_order_is_read_by_its_owner_and_by_admins() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 9).await;
    let body = json!({"productId": lamp, "quantity": 2});
    let made: Value = shopper(&app, 7).post_json("/api/orders/v1", &body).send().await.good();
    let path = format!("/api/orders/{}", made["orderId"]);
    for client in [shopper(&app, 7), app.admin()] {
        assert_eq!(with_members(&client.get(&path).send().await, 200, ORDER), made);
    }
    // Another's order is answered as one that is not there.
    let foreign = shopper(&app, 8).get(&path).send().await;
    foreign.refused(404, "NOT_FOUND_ORDER");
    let none = shopper(&app, 8).get("/api/orders/800000000").send().await;
    assert_eq!(foreign.text(), none.text());
}

#[tokio::test]
async fn an_order_is_cancelled_by_its_owner_once_and_again_without_effect() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 9).await;
    let body = json!({"productId": lamp, "quantity": 2});
    let made: Value = shopper(&app, 7).post_json("/api/orders/v1", &body).send().await.good();
    let path = format!("/api/orders/{}", made["orderId"]);
    shopper(&app, 8).put(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    assert_eq!(app.stock(lamp).await.quantity, 7);
    for time in ["first", "second"] {
        let cancelled = with_members(&shopper(&app, 7).put(&path).send().await, 200, ORDER);
        assert_eq!(cancelled["status"], "ORDER_CANCELLED", "the {time} time");
        assert_eq!(app.stock(lamp).await.quantity, 9, "the {time} time");
    }
}
