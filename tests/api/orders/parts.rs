//! The shop's side of an order: what a shop does with its part of it, and what the buyer can cancel meanwhile.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SHOPPER, order, stock};
use crate::support::{Answer, App, Client, OrderAnswer, time_in_s};

/// Two shops with a product each.
pub(crate) struct Mall {
    pub(crate) app: App,
    /// Number, seller and product of each.
    pub(crate) shops: [(i64, Client, i64); 2],
}

impl Mall {
    pub(crate) async fn open() -> Self {
        Self::of(App::start().await).await
    }

    pub(crate) async fn of(app: App) -> Self {
        let (left, _, left_seller) = app.shop("Left", "KRW").await;
        let (right, _, right_seller) = app.shop("Right", "KRW").await;
        let lamp = app.product(Some(left), 1_000, 10).await;
        let bulb = app.product(Some(right), 300, 10).await;
        Self { app, shops: [(left, left_seller, lamp), (right, right_seller, bulb)] }
    }

    /// An order of two lamps and a bulb.
    pub(crate) async fn wide(&self) -> OrderAnswer {
        let lines = [(self.shops[0].2, 2), (self.shops[1].2, 1)];
        order(&self.app, SHOPPER, &lines).await.with_status(200).good()
    }

    /// An order of so many lamps.
    pub(crate) async fn lamps(&self, pieces: i64) -> OrderAnswer {
        order(&self.app, SHOPPER, &[(self.shops[0].2, pieces)]).await.with_status(200).good()
    }

    /// A step of one of the shops.
    pub(crate) async fn step(&self, shop: usize, order: i64, step: &str) -> Answer {
        let (shop, seller, _) = &self.shops[shop];
        stepped(seller, *shop, order, step).await
    }

    /// The order as its buyer sees it.
    pub(super) async fn state(&self, order: i64) -> Value {
        let path = format!("/api/orders/{order}");
        self.app.shopper(SHOPPER).get(&path).send().await.with_status(200).good()
    }

    /// `STATUS standing: STATE STATE`
    pub(super) async fn told(&self, order: i64) -> String {
        told(&self.state(order).await)
    }

    pub(super) async fn stocks(&self) -> [String; 2] {
        let [(_, _, lamp), (_, _, bulb)] = self.shops;
        [stock(&self.app, lamp).await, stock(&self.app, bulb).await]
    }
}

pub(crate) fn told(order: &Value) -> String {
    let parts = order["progress"].as_array().expect("parts").iter();
    let states: Vec<&str> = parts.filter_map(|part| part["state"].as_str()).collect();
    let (status, standing) = (order["status"].as_str(), &order["standingOrderPrice"]);
    format!("{} {standing}: {}", status.expect("a state"), states.join(" "))
}

pub(crate) async fn stepped(seller: &Client, shop: i64, order: i64, step: &str) -> Answer {
    let path = format!("/api/shops/{shop}/orders/{order}/{step}");
    match step {
        "accept" => seller.post_json(&path, &json!({"expectedAt": time_in_s(1_200)})),
        "delay" => seller.post_json(&path, &json!({"expectedAt": time_in_s(2_400)})),
        "reject" => seller.post_json(&path, &json!({"reason": "OUT_OF_STOCK", "text": "Sorry"})),
        _ => seller.ask(Method::POST, &path),
    }
    .send()
    .await
}

fn cancel_part(app: &App, order: i64, shop: i64) -> crate::support::Asked {
    let path = format!("/api/orders/{order}/cancel");
    app.shopper(SHOPPER).post_json(&path, &json!({"shopId": shop}))
}

#[tokio::test]
async fn a_shop_takes_an_order_on_makes_it_ready_and_hands_it_over() {
    let mall = Mall::open().await;
    let made = mall.lamps(2).await;
    let shop = mall.shops[0].0;
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 2000: NEW");
    let accepted: Value = mall.step(0, made.order_id, "accept").await.with_status(200).good();
    assert_eq!(
        (&accepted["orderId"], &accepted["shopId"], &accepted["state"]),
        (&json!(made.order_id), &json!(shop), &json!("ACCEPTED"))
    );
    let expected = accepted["expectedAt"].as_str().expect("a time").to_owned();
    let later: Value = mall.step(0, made.order_id, "delay").await.with_status(200).good();
    assert_eq!(later["state"], "ACCEPTED");
    assert_ne!(later["expectedAt"].as_str(), Some(expected.as_str()));
    assert_eq!(mall.state(made.order_id).await["progress"][0]["expectedAt"], later["expectedAt"]);
    mall.step(0, made.order_id, "ready").await.with_status(200);
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 2000: READY");
    mall.step(0, made.order_id, "done").await.with_status(200);
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 2000: DONE");
    for step in ["accept", "delay", "ready", "done", "reject"] {
        mall.step(0, made.order_id, step).await.refused(409, "ILLEGAL_STATE");
    }
    assert_eq!(mall.stocks().await, ["8/2", "10/0"]);
    mall.app.audited();
}

#[tokio::test]
async fn an_order_of_one_shop_that_is_rejected_is_cancelled_and_tells_why() {
    let mut mall = Mall::open().await;
    let made = mall.lamps(2).await;
    let rejected: Value = mall.step(0, made.order_id, "reject").await.with_status(200).good();
    assert_eq!(
        (&rejected["state"], &rejected["reason"]),
        (&json!("REJECTED"), &json!("OUT_OF_STOCK"))
    );
    for _ in 0..2 {
        let order = mall.state(made.order_id).await;
        assert_eq!(told(&order), "ORDER_CANCELLED 0: REJECTED");
        assert_eq!(order["progress"][0]["reasonText"], "Sorry");
        assert_eq!(order["totalOrderPrice"], 2_000, "it stays as it was ordered");
        assert_eq!(mall.stocks().await, ["10/0", "10/0"]);
        mall.app.audited();
        // And so it is for a shop that has to be rebuilt.
        mall.app.kill();
        mall.app.start_again();
    }
    // All of it can be sold again.
    mall.lamps(10).await;
}

#[tokio::test]
async fn of_an_order_over_two_shops_one_rejects_and_the_other_goes_on() {
    let mall = Mall::open().await;
    for (rejecting, other, after) in
        [(0, 1, "300: REJECTED ACCEPTED"), (1, 0, "2000: ACCEPTED REJECTED")]
    {
        let made = mall.wide().await;
        mall.step(other, made.order_id, "accept").await.with_status(200);
        mall.step(rejecting, made.order_id, "reject").await.with_status(200);
        assert_eq!(mall.told(made.order_id).await, format!("ORDER_SUCCESS {after}"));
        mall.step(rejecting, made.order_id, "accept").await.refused(409, "ILLEGAL_STATE");
        mall.step(other, made.order_id, "ready").await.with_status(200);
        mall.step(other, made.order_id, "done").await.with_status(200);
        mall.app.audited();
    }
    assert_eq!(mall.stocks().await, ["8/2", "9/1"]);
    // The second to reject ends the order.
    let made = mall.wide().await;
    mall.step(1, made.order_id, "reject").await.with_status(200);
    mall.step(0, made.order_id, "reject").await.with_status(200);
    assert_eq!(mall.told(made.order_id).await, "ORDER_CANCELLED 0: REJECTED REJECTED");
    let path = format!("/api/orders/{}", made.order_id);
    let cancelled: Value = mall.app.shopper(SHOPPER).put(&path).send().await.good();
    assert_eq!(told(&cancelled), "ORDER_CANCELLED 0: REJECTED REJECTED", "nothing changes");
    assert_eq!(mall.stocks().await, ["8/2", "9/1"]);
    mall.app.audited();
}

#[tokio::test]
async fn the_buyer_cancels_one_part_and_then_the_rest() {
    let mall = Mall::open().await;
    let app = &mall.app;
    let [(left, ..), (right, ..)] = &mall.shops;
    let made = mall.wide().await;
    let first: Value = cancel_part(app, made.order_id, *right).send().await.with_status(200).good();
    assert_eq!(told(&first), "ORDER_SUCCESS 2000: NEW CANCELLED");
    let again: Value = cancel_part(app, made.order_id, *right).send().await.with_status(200).good();
    assert_eq!(again, first, "a second time nothing changes");
    assert_eq!(mall.stocks().await, ["8/2", "10/0"]);
    mall.step(1, made.order_id, "accept").await.refused(409, "ILLEGAL_STATE");
    mall.step(0, made.order_id, "accept").await.with_status(200);
    let path = format!("/api/orders/{}", made.order_id);
    let all: Value = app.shopper(SHOPPER).put(&path).send().await.with_status(200).good();
    assert_eq!(told(&all), "ORDER_CANCELLED 0: CANCELLED CANCELLED");
    assert_eq!(mall.stocks().await, ["10/0", "10/0"]);
    // The other way round, part by part.
    let made = mall.wide().await;
    for (shop, after) in [
        (left, "ORDER_SUCCESS 300: CANCELLED NEW"),
        (right, "ORDER_CANCELLED 0: CANCELLED CANCELLED"),
    ] {
        let left: Value = cancel_part(app, made.order_id, *shop).send().await.good();
        assert_eq!(told(&left), after);
    }
    assert_eq!(mall.stocks().await, ["10/0", "10/0"]);
    app.audited();
}

#[tokio::test]
async fn an_order_of_which_a_part_is_ready_is_not_cancelled_but_its_other_parts_are() {
    let mall = Mall::open().await;
    let app = &mall.app;
    let made = mall.wide().await;
    for step in ["accept", "ready"] {
        mall.step(1, made.order_id, step).await.with_status(200);
    }
    let path = format!("/api/orders/{}", made.order_id);
    app.shopper(SHOPPER).put(&path).send().await.refused(409, "ILLEGAL_STATE");
    let [(left, ..), (right, ..)] = &mall.shops;
    cancel_part(app, made.order_id, *right).send().await.refused(409, "ILLEGAL_STATE");
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 2300: NEW READY");
    cancel_part(app, made.order_id, *left).send().await.with_status(200);
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 300: CANCELLED READY");
    mall.step(1, made.order_id, "done").await.with_status(200);
    app.shopper(SHOPPER).put(&path).send().await.refused(409, "ILLEGAL_STATE");
    assert_eq!(mall.stocks().await, ["10/0", "9/1"]);
    app.audited();
}

#[tokio::test]
async fn what_a_shop_says_is_checked() {
    let mall = Mall::open().await;
    let made = mall.lamps(1).await;
    let (shop, seller, _) = &mall.shops[0];
    let path = |step: &str| format!("/api/shops/{shop}/orders/{}/{step}", made.order_id);
    for expected in [time_in_s(-1), time_in_s(91 * 86_400), "soon".to_owned(), String::new()] {
        let body = json!({"expectedAt": expected});
        let refused = seller.post_json(&path("accept"), &body).send().await;
        let problem = refused.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some("expectedAt"), "{expected}");
    }
    let missing = seller.post_json(&path("accept"), &json!({})).send().await;
    assert_eq!(missing.refused(400, "MISSING_VALUE").member.as_deref(), Some("expectedAt"));
    for (body, member) in [
        (json!({"reason": "BORED"}), "reason"),
        (json!({"reason": ""}), "reason"),
        (json!({"reason": "OTHER", "text": "x".repeat(201)}), "text"),
        (json!({"reason": "OTHER", "text": "a\u{0}b"}), "text"),
    ] {
        let refused = seller.post_json(&path("reject"), &body).send().await;
        let problem = refused.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some(member), "{body}");
    }
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 1000: NEW", "nothing happened");
    let longest = json!({"reason": "OTHER", "text": "가".repeat(200)});
    seller.post_json(&path("reject"), &longest).send().await.with_status(200);
    let order = mall.state(made.order_id).await;
    assert_eq!(order["progress"][0]["reasonText"], "가".repeat(200));
    mall.app.audited();
}

#[tokio::test]
async fn nobody_takes_a_step_for_another_shop() {
    let mall = Mall::open().await;
    let app = &mall.app;
    let made = mall.lamps(1).await;
    let [(left, seller, _), (right, other, _)] = &mall.shops;
    for step in ["accept", "delay", "ready", "done", "reject"] {
        stepped(other, *left, made.order_id, step).await.refused(403, "FORBIDDEN");
        stepped(&app.shopper(SHOPPER), *left, made.order_id, step).await.refused(403, "FORBIDDEN");
        // A shop that has no part in it.
        stepped(other, *right, made.order_id, step).await.refused(404, "NOT_FOUND_ORDER");
        stepped(seller, *left, 800_000_000, step).await.refused(404, "NOT_FOUND_ORDER");
        stepped(&app.admin(), 800_000_000, made.order_id, step)
            .await
            .refused(404, "NOT_FOUND_SHOP");
    }
    cancel_part(app, made.order_id, *right).send().await.refused(404, "NOT_FOUND_SHOP");
    cancel_part(app, 800_000_000, *left).send().await.refused(404, "NOT_FOUND_ORDER");
    let path = format!("/api/orders/{}/cancel", made.order_id);
    let stranger = app.shopper(SHOPPER + 1).post_json(&path, &json!({"shopId": left}));
    stranger.send().await.refused(404, "NOT_FOUND_ORDER");
    assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 1000: NEW", "nothing happened");
    // An admin may.
    stepped(&app.admin(), *left, made.order_id, "accept").await.with_status(200);
}

#[tokio::test]
async fn a_seller_sees_an_order_with_their_own_lines_and_their_sum_alone() {
    let mall = Mall::open().await;
    let app = &mall.app;
    let made = mall.wide().await;
    let path = format!("/api/orders/{}", made.order_id);
    for (place, total) in [(0, 2_000), (1, 300)] {
        let (shop, seller, product) = &mall.shops[place];
        let seen: Value = seller.get(&path).send().await.with_status(200).good();
        assert_eq!(seen["items"].as_array().map(Vec::len), Some(1), "{seen}");
        assert_eq!(seen["items"][0]["productId"], *product);
        assert_eq!(
            (&seen["totalOrderPrice"], &seen["standingOrderPrice"]),
            (&json!(total), &json!(total))
        );
        assert_eq!(seen["progress"].as_array().map(Vec::len), Some(1), "{seen}");
        assert_eq!(seen["progress"][0]["shopId"], *shop);
    }
    let (_, _, stranger) = app.shop("Stranger", "KRW").await;
    stranger.get(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    app.shopper(SHOPPER + 1).get(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    let all: Value = app.admin().get(&path).send().await.good();
    assert_eq!(told(&all), "ORDER_SUCCESS 2300: NEW NEW");
}

#[tokio::test]
async fn pieces_of_a_rejected_part_go_at_the_price_of_the_deal_again() {
    let mut mall = Mall::open().await;
    let [(.., lamp), (.., bulb)] = mall.shops;
    let mut body = crate::deals::deal_body(50.0, &[lamp, bulb]);
    (body["quota"], body["personLimit"]) = (json!(2), json!(2));
    mall.app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
    let made = mall.wide().await;
    assert_eq!(made.total_order_price, 1_150, "both at half their price");
    assert_eq!(mall.lamps(1).await.total_order_price, 1_000, "two of two are gone");
    mall.step(0, made.order_id, "reject").await.with_status(200);
    mall.app.audited();
    // Counted in memory, and counted anew from the tables.
    assert_eq!(mall.lamps(1).await.total_order_price, 500);
    mall.app.kill();
    mall.app.start_again();
    assert_eq!(mall.lamps(1).await.total_order_price, 500);
    assert_eq!(mall.lamps(1).await.total_order_price, 1_000);
    mall.app.audited();
}

#[tokio::test]
async fn a_buyer_who_cancels_races_the_shop_that_is_ready_and_one_of_them_wins() {
    let mall = Mall::open().await;
    let (mut cancelled, mut ready) = (0, 0);
    for round in 0..40 {
        let made = mall.wide().await;
        mall.step(1, made.order_id, "accept").await.with_status(200);
        let path = format!("/api/orders/{}", made.order_id);
        let buyer = mall.app.shopper(SHOPPER).put(&path).send();
        let shop = mall.step(1, made.order_id, "ready");
        let (buyer, shop) = match round % 2 {
            0 => futures_util::future::join(buyer, shop).await,
            _ => {
                let (shop, buyer) = futures_util::future::join(shop, buyer).await;
                (buyer, shop)
            }
        };
        match (buyer.status.as_u16(), shop.status.as_u16()) {
            (200, 409) => {
                cancelled += 1;
                let told = mall.told(made.order_id).await;
                assert_eq!(told, "ORDER_CANCELLED 0: CANCELLED CANCELLED");
            }
            (409, 200) => {
                ready += 1;
                assert_eq!(mall.told(made.order_id).await, "ORDER_SUCCESS 2300: NEW READY");
                let [(left, ..), _] = &mall.shops;
                mall.step(1, made.order_id, "done").await.with_status(200);
                cancel_part(&mall.app, made.order_id, *left).send().await.with_status(200);
                // Room for the next round.
                let bulb = mall.shops[1].2;
                let more = format!("/api/stocks/product/{bulb}/increase?quantity=1");
                mall.app.admin().post(&more).send().await.with_status(200);
            }
            _ => panic!("both, or neither: {buyer} and {shop}"),
        }
    }
    println!("{cancelled} cancelled, {ready} ready");
    let [left, right] = mall.stocks().await;
    assert_eq!((left.as_str(), right), ("10/0", format!("10/{ready}")));
    mall.app.audited();
}

#[tokio::test]
async fn twenty_who_reject_at_once_return_the_stock_once() {
    let mall = Mall::open().await;
    let made = mall.wide().await;
    let all = (0..20).map(|who| mall.step(who % 2, made.order_id, "reject"));
    let answers = futures_util::future::join_all(all).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(409, "ILLEGAL_STATE");
    }
    assert_eq!(done, 2, "each shop once");
    assert_eq!(mall.stocks().await, ["10/0", "10/0"]);
    mall.app.audited();
}
