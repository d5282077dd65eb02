//! Orders that their shop has not answered in time are rejected by themselves, and no others.

use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};

use super::parts::{Mall, told};
use super::{SHOPPER, stock};
use crate::support::{App, Listener, OrderAnswer, Over, PATIENCE, Wall, eventually};

const WITHIN: &str = "HOTDEAL__ORDERS__ANSWER_WITHIN_S";
const MINUTE_MS: i64 = 60_000;
/// Long after an end, and before any token has expired.
const LATER_MS: i64 = 10 * MINUTE_MS;

/// Two shops that have so many seconds to answer an order, where it is sure what time it is.
async fn mall(within_s: &str) -> Mall {
    let app = App::start_with(|with| with.with(WITHIN, within_s).sure_of_the_date());
    Mall::of(app.await).await
}

/// The same with a wall clock that is set by the test; a step stands after so long.
async fn mall_with(wall: &Wall, stands_ms: &str) -> Mall {
    let app = App::start_with(|with| {
        wall.before(with.with(WITHIN, "30").with("HOTDEAL_CLOCK_STANDS_MS", stands_ms))
    });
    Mall::of(app.await).await
}

async fn comes_to(mall: &Mall, order: i64, state: &str) {
    eventually(state, PATIENCE, async || (mall.told(order).await == state).then_some(())).await;
}

fn millis(order: &Value, pointer: &str) -> i64 {
    let at = order.pointer(pointer).and_then(Value::as_str).expect("a time");
    DateTime::parse_from_rfc3339(at).expect("a time").timestamp_millis()
}

/// What the server takes for the time, in milliseconds from the true one.
async fn ahead_ms(mall: &Mall) -> i64 {
    let path = format!("/api/stocks/product/{}/increase?quantity=1", mall.shops[0].2);
    let stock: Value = mall.app.admin().post(&path).send().await.with_status(200).good();
    millis(&stock, "/lastUpdated") - chrono::Utc::now().timestamp_millis()
}

async fn no_end_is_left(mall: &Mall) {
    assert_eq!(mall.app.database.number("SELECT count(*) FROM ends").await, 0);
    mall.app.audited();
}

#[tokio::test]
async fn what_is_not_answered_in_time_is_rejected_and_its_stock_comes_back() {
    let mall = mall("2").await;
    let (shop, seller, _) = &mall.shops[1];
    let token = seller.token().expect("the seller has logged in");
    let path = format!("/api/shops/{shop}/live");
    let mut board = Listener::at(Over::Sse, mall.app.url(), token, &path, None).await.expect("in");
    board.expect("board").await;
    let both = mall.wide().await.order_id;
    let alone = mall.lamps(3).await.order_id;
    let taken_on = mall.lamps(2).await.order_id;
    for order in [both, taken_on] {
        mall.step(0, order, "accept").await.with_status(200);
    }
    let placed = board.expect("order-placed").await;
    let changed = board.expect("order-changed").await;
    assert_eq!(*changed.data("/orderId"), json!(both));
    assert_eq!(
        (changed.data("/state"), changed.data("/reason")),
        (&json!("REJECTED"), &json!("NOT_ANSWERED"))
    );
    assert_eq!(mall.told(both).await, "ORDER_SUCCESS 2000: ACCEPTED REJECTED");
    let order = mall.state(both).await;
    assert_eq!(order["progress"][1]["reason"], "NOT_ANSWERED");
    assert_eq!(order["progress"][1].get("reasonText"), None);
    let (made_ms, end_ms) = (millis(&order, "/orderDate"), millis(&order, "/answerBy"));
    assert_eq!(placed.data("/answerBy"), &order["answerBy"]);
    let late_ms = millis(&order, "/progress/1/changedAt") - end_ms;
    assert_eq!(end_ms - made_ms, 2_000);
    assert!((0..20_000).contains(&late_ms), "{late_ms} ms after its end");
    comes_to(&mall, alone, "ORDER_CANCELLED 0: REJECTED").await;
    assert_eq!(mall.told(taken_on).await, "ORDER_SUCCESS 2000: ACCEPTED");
    assert_eq!(mall.stocks().await, ["6/4", "10/0"]);
    for step in ["accept", "reject"] {
        mall.step(1, both, step).await.refused(409, "ILLEGAL_STATE");
    }
    mall.step(0, taken_on, "ready").await.with_status(200);
    no_end_is_left(&mall).await;
}

#[tokio::test]
async fn nobody_gives_that_reason_by_hand_and_a_cancelled_order_has_no_end() {
    let mall = mall("600").await;
    let order = mall.wide().await.order_id;
    let (shop, seller, _) = &mall.shops[1];
    let path = format!("/api/shops/{shop}/orders/{order}/reject");
    let why = json!({"reason": "NOT_ANSWERED"});
    seller.post_json(&path, &why).send().await.refused(400, "INVALID_VALUE");
    let ends = "SELECT count(*) FROM ends";
    assert_eq!(mall.app.database.number(ends).await, 2, "one of each shop");
    mall.step(1, order, "reject").await.with_status(200);
    assert_eq!(mall.app.database.number(ends).await, 1);
    mall.app.audited();
    let path = format!("/api/orders/{order}");
    mall.app.shopper(SHOPPER).put(&path).send().await.with_status(200);
    no_end_is_left(&mall).await;
}

#[tokio::test]
async fn an_end_that_passes_while_nobody_is_there_comes_and_another_setting_moves_none() {
    let wall = Wall::new();
    let mut mall = mall_with(&wall, "0").await;
    let body = json!({"orderItems": [{"productId": mall.shops[0].2, "quantity": 4}]});
    let ask = |app: &App| app.shopper(SHOPPER).post_json("/api/orders/v2", &body).key("kept");
    let first = ask(&mall.app).send().await.with_status(200);
    let alone = first.good::<OrderAnswer>().order_id;
    let both = mall.wide().await.order_id;
    mall.app.kill();
    wall.set(MINUTE_MS);
    mall.app.start_again_with(&[(WITHIN, "0")]);
    // Nobody asks for the shops: they are not in memory.
    comes_to(&mall, alone, "ORDER_CANCELLED 0: REJECTED").await;
    comes_to(&mall, both, "ORDER_CANCELLED 0: REJECTED REJECTED").await;
    assert_eq!(mall.stocks().await, ["10/0", "10/0"]);
    no_end_is_left(&mall).await;
    let again = ask(&mall.app).send().await.with_status(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
    assert_eq!(again.body, first.body, "what was told is told again");
    // Made where there is no bound, it has none later.
    let unbounded = mall.lamps(1).await.order_id;
    assert_eq!(mall.state(unbounded).await.get("answerBy"), None);
    mall.app.kill();
    wall.set(LATER_MS);
    mall.app.start_again();
    let bounded = mall.lamps(1).await.order_id;
    mall.app.kill();
    wall.set(2 * LATER_MS);
    mall.app.start_again();
    comes_to(&mall, bounded, "ORDER_CANCELLED 0: REJECTED").await;
    assert_eq!(mall.told(unbounded).await, "ORDER_SUCCESS 1000: NEW");
    no_end_is_left(&mall).await;
}

#[tokio::test]
async fn a_shop_that_nobody_used_is_woken_up_at_its_end() {
    let app = App::start_with(|with| {
        with.with(WITHIN, "6").with("HOTDEAL__ACTORS__IDLE_AFTER_S", "1").sure_of_the_date()
    });
    let mall = Mall::of(app.await).await;
    let order = mall.lamps(3).await.order_id;
    let path = format!("/api/admin/actors/shop/{}", mall.shops[0].0);
    eventually("the shop is let go", PATIENCE, async || {
        (mall.app.admin().get(&path).send().await.status == 404).then_some(())
    })
    .await;
    assert_eq!(mall.told(order).await, "ORDER_SUCCESS 3000: NEW");
    comes_to(&mall, order, "ORDER_CANCELLED 0: REJECTED").await;
    assert_eq!(stock(&mall.app, mall.shops[0].2).await, "10/0");
    no_end_is_left(&mall).await;
}

#[tokio::test]
async fn a_step_of_the_wall_clock_that_stands_brings_an_end_and_one_that_does_not_brings_none() {
    let wall = Wall::new();
    let mut mall = mall_with(&wall, "5000").await;
    // The order is made ten minutes later, by a clock that stands.
    wall.set(LATER_MS);
    let is_ahead = async || (ahead_ms(&mall).await > LATER_MS / 2).then_some(());
    eventually("the step forward is followed", PATIENCE, is_ahead).await;
    let order = mall.lamps(3).await.order_id;
    // Back again: its end is more than ten minutes away.
    wall.set(0);
    let is_back = async || (ahead_ms(&mall).await < LATER_MS / 2).then_some(());
    eventually("the step back is followed", PATIENCE, is_back).await;
    // A start by a wrong date, which somebody sets right before it has stood.
    mall.app.kill();
    wall.set(2 * LATER_MS);
    mall.app.start_again();
    wall.set(0);
    let is_back = async || (ahead_ms(&mall).await < LATER_MS / 2).then_some(());
    eventually("the date is right again", PATIENCE, is_back).await;
    assert_eq!(mall.told(order).await, "ORDER_SUCCESS 3000: NEW");
    mall.app.audited();
    wall.set(LATER_MS + MINUTE_MS);
    comes_to(&mall, order, "ORDER_CANCELLED 0: REJECTED").await;
    no_end_is_left(&mall).await;
}

#[tokio::test]
async fn of_an_answer_and_an_end_that_meet_one_wins() {
    const ORDERS: usize = 24;
    let mall = mall("1").await;
    let lamp = mall.shops[0].2;
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=100000");
    mall.app.admin().post(&path).send().await.with_status(200);
    let (mut taken_on, mut rejected) = (0, 0);
    for round in 0_i64.. {
        let answers = (0..ORDERS).map(async |number| {
            let order = mall.lamps(1).await.order_id;
            let end_ms = millis(&mall.state(order).await, "/answerBy");
            // From some milliseconds before the end to some after it.
            let offset_ms = i64::try_from(number).expect("few") - 16 + round % 8;
            let left_ms = end_ms + offset_ms - chrono::Utc::now().timestamp_millis();
            tokio::time::sleep(Duration::from_millis(left_ms.max(0).unsigned_abs())).await;
            (order, mall.step(0, order, "accept").await)
        });
        for (order, answer) in futures_util::future::join_all(answers).await {
            if answer.status == 200 {
                taken_on += 1;
                assert_eq!(mall.told(order).await, "ORDER_SUCCESS 1000: ACCEPTED");
            } else {
                answer.refused(409, "ILLEGAL_STATE");
                rejected += 1;
                assert_eq!(mall.told(order).await, "ORDER_CANCELLED 0: REJECTED");
            }
        }
        if round >= 2 && taken_on > 0 && rejected > 0 {
            break;
        }
        assert!(round < 30, "{taken_on} taken on, {rejected} rejected");
    }
    let sold = format!("SELECT sold FROM stocks WHERE product_id = {lamp}");
    assert_eq!(mall.app.database.number(&sold).await, taken_on);
    assert_eq!(told(&mall.state(mall.wide().await.order_id).await), "ORDER_SUCCESS 2300: NEW NEW");
    mall.app.audited();
}
