//! A deal that would leave nothing to pay for a product does not make its price.

use serde_json::{Value, json};

use super::{amount_body, create, deal_body, opened, ordered, price, searched};
use crate::support::{App, OrderAnswer, Tables};

#[tokio::test]
async fn more_off_than_a_piece_costs_is_refused_with_all_such_products() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Second", "KRW").await;
    let lamp = app.product(None, 1_000, 5).await;
    let chair = app.product(None, 1_001, 5).await;
    let bulb = app.product(Some(shop), 600, 5).await;
    let problem = create(&app, &amount_body(1_000, &[bulb, chair, lamp]))
        .await
        .refused(422, "DISCOUNT_TOO_LARGE");
    let mut named = problem.product_ids.expect("those of which nothing is left to pay");
    named.sort_unstable();
    let mut both = [lamp, bulb];
    both.sort_unstable();
    assert_eq!(named, both);
    assert_eq!(app.database.number("SELECT count(*) FROM deals").await, 0);
    // What is unknown is told first, as before.
    let unknown = create(&app, &amount_body(5_000, &[lamp, 800_000_001])).await;
    assert_eq!(unknown.refused(404, "NOT_FOUND_PRODUCT").product_ids, Some(vec![800_000_001]));
    assert_eq!(price(&app, 1, lamp, 1).await, 1_000);
    opened(&app, &amount_body(999, &[lamp, chair])).await;
    assert_eq!((price(&app, 1, lamp, 1).await, price(&app, 1, chair, 1).await), (1, 2));
    app.audited();
}

#[tokio::test]
async fn a_percentage_that_rounds_to_nothing_is_refused_as_well() {
    let app = App::start().await;
    let sweet = app.product(None, 1, 5).await;
    let problem =
        create(&app, &deal_body(50.01, &[sweet])).await.refused(422, "DISCOUNT_TOO_LARGE");
    assert_eq!(problem.product_ids, Some(vec![sweet]));
    opened(&app, &deal_body(50.0, &[sweet])).await;
    assert_eq!(price(&app, 1, sweet, 1).await, 1, "half of it, rounded up");
    app.audited();
}

#[tokio::test]
async fn a_price_that_falls_to_the_discount_leaves_the_product_out_of_the_deal() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let chair = app.product(None, 5_000, 50).await;
    let mut body = amount_body(300, &[lamp, chair]);
    body["quota"] = json!(4);
    let off = opened(&app, &body).await;
    assert_eq!(price(&app, 1, lamp, 1).await, 700);
    let path = format!("/api/products/{lamp}");
    let costs = async |app: &App, price: i64| {
        let change = json!({"productPrice": price});
        app.admin().put(&path).json(&change).send().await.with_status(200);
    };
    costs(&app, 300).await;
    for _ in 0..2 {
        let order = ordered(&app, 1, &[(lamp, 2), (chair, 1)]).await;
        let mut prices: Vec<i64> = order.items.iter().map(|item| item.product_price).collect();
        prices.sort_unstable();
        assert_eq!(prices, [300, 4_700], "the lamp costs its own price");
        let found = searched(&app, &[lamp, chair]).await;
        assert_eq!((found.len(), &found[0]["productId"]), (1, &json!(chair)));
        app.kill();
        app.start_again();
    }
    // Another deal makes the price meanwhile, although it takes off less.
    opened(&app, &deal_body(10.0, &[lamp])).await;
    assert_eq!(price(&app, 1, lamp, 1).await, 270);
    costs(&app, 301).await;
    assert_eq!(searched(&app, &[lamp]).await[0]["eventId"], json!(off));
    // What it cost meanwhile has taken nothing of the quota: one of four is gone.
    assert_eq!(price(&app, 1, lamp, 3).await, 1);
    assert_eq!(price(&app, 1, lamp, 1).await, 271);
    app.audited();
}

/// An order for nothing, of a deal that takes off too much, as a version before this rule made
/// them.
async fn made_as_before(tables: &Tables, deal: i64, order: i64, product: i64) {
    for sql in [
        "UPDATE journal SET facts = \
         replace(facts, '\"type\":\"FIXED\",\"value\":400', '\"type\":\"FIXED\",\"value\":1500')"
            .into(),
        format!("UPDATE deals SET discount = 1500 WHERE id = {deal}"),
        format!(
            "UPDATE journal SET facts = replace(replace(facts, '\"unit_price\":600', \
             '\"unit_price\":0'), '\"total\":600', '\"total\":0') \
             WHERE facts LIKE '%\"id\":{order},%'"
        ),
        format!("UPDATE orders SET total = 0 WHERE id = {order}"),
        format!("UPDATE order_lines SET unit_price = 0 WHERE order_id = {order}"),
        format!("UPDATE stocks SET value_rest = value_rest - 600 WHERE product_id = {product}"),
    ] {
        assert!(tables.spoil(&sql).await > 0, "nothing is changed by {sql}");
    }
}

#[tokio::test]
async fn a_deal_that_was_opened_with_too_much_off_is_left_out_and_its_orders_stand() {
    let mut app = App::start().await;
    let lamp = app.product(None, 1_000, 50).await;
    let chair = app.product(None, 5_000, 50).await;
    let deal = opened(&app, &amount_body(400, &[lamp, chair])).await;
    let order = ordered(&app, 1, &[(lamp, 1)]).await.order_id;
    app.kill();
    let tables = app.database.open().await;
    made_as_before(&tables, deal, order, lamp).await;
    tables.close().await;
    app.audited();
    app.start_again();
    assert_eq!(price(&app, 2, lamp, 1).await, 1_000);
    assert_eq!(price(&app, 2, chair, 1).await, 3_500);
    let found = searched(&app, &[lamp, chair]).await;
    assert_eq!((found.len(), &found[0]["productId"]), (1, &json!(chair)));
    let path = format!("/api/orders/{order}");
    let stands: OrderAnswer = app.shopper(1).get(&path).send().await.with_status(200).good();
    assert_eq!(stands.total_order_price, 0);
    app.shopper(1).put(&path).send().await.with_status(200);
    let told: Value = super::detail(&app, deal).await;
    assert_eq!((&told["status"], &told["sold"]), (&json!("RUNNING"), &json!(1)), "{told}");
    app.audited();
}
