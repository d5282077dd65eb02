//! Stock that an order over several shops has set aside is told from stock that is short: whoever
//! asks for it meanwhile is not told that there is none.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{SHOPPER, order, stock};
use crate::support::{Answer, App, Gate, OrderAnswer, PATIENCE, eventually};

/// How long somebody waits for stock that is held, with room for a busy machine.
const SOON: Duration = Duration::from_secs(3);

/// Shops with a product each, of which there are so many pieces.
async fn shops<const N: usize>(app: &App, pieces: [i64; N]) -> [i64; N] {
    let mut products = [0; N];
    for (number, pieces) in pieces.into_iter().enumerate() {
        let (shop, ..) = app.shop(&format!("Shop{number}"), "KRW").await;
        products[number] = app.product(Some(shop), 1_000, pieces).await;
    }
    products
}

async fn open_holds(app: &App) -> i64 {
    let list: Value = app.admin().get("/api/admin/actors?kind=shop").send().await.good();
    let shops = list["items"].as_array().expect("a list");
    shops.iter().filter_map(|shop| shop["size"]["openHolds"].as_i64()).sum()
}

/// An order that is under way, on a task of its own.
fn begun(app: &App, user: i64, lines: &[(i64, i64)]) -> JoinHandle<Answer> {
    let items: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    let body = json!({"orderItems": items});
    tokio::spawn(app.shopper(user).post_json("/api/orders/v2", &body).send())
}

/// So many shares of orders hold stock.
async fn hold(app: &App, shares: i64) {
    eventually(&format!("{shares} shares are held"), PATIENCE, async || {
        (open_holds(app).await == shares).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_order_that_comes_to_nothing_turns_nobody_away() {
    let app = App::start().await;
    let [lamp, bulb] = shops(&app, [1, 0]).await;
    let both = [(lamp, 1), (bulb, 1)];
    for round in 0..60 {
        let hopeless = (0..6).map(|n| order(&app, SHOPPER + 1 + n, &both));
        let (hopeless, buyer) =
            futures_util::future::join(join_all(hopeless), order(&app, SHOPPER, &[(lamp, 1)]))
                .await;
        assert_eq!(buyer.status, 200, "round {round}: nobody bought it, and: {buyer}");
        for answer in hopeless {
            answer.refused(422, "PRODUCT_SHORTAGE");
        }
        let made: OrderAnswer = buyer.good();
        let cancelled = app.shopper(SHOPPER).put(&format!("/api/orders/{}", made.order_id));
        cancelled.send().await.with_status(200);
    }
    app.audited();
}

#[tokio::test]
async fn stock_that_is_held_is_not_called_short() {
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    let [lamp, bulb] = shops(&app, [1, 5]).await;
    gate.shut();
    let first = begun(&app, SHOPPER + 1, &[(lamp, 1), (bulb, 1)]);
    hold(&app, 2).await;
    let since = Instant::now();
    let second = order(&app, SHOPPER + 2, &[(lamp, 1), (bulb, 1)]).await;
    let problem = second.refused(503, "STOCK_HELD");
    assert!(since.elapsed() < SOON, "it took {:?}", since.elapsed());
    assert_eq!(problem.product_ids, Some(vec![lamp]));
    assert_eq!(second.header("retry-after"), Some("1"), "{second}");
    assert_eq!(second.read::<Value>()["retryable"], json!(true), "{second}");
    gate.open();
    first.await.expect("an answer").with_status(200);
    // Now it is sold.
    order(&app, SHOPPER + 2, &[(lamp, 1), (bulb, 1)]).await.refused(422, "PRODUCT_SHORTAGE");
    assert_eq!((stock(&app, lamp).await, stock(&app, bulb).await), ("0/1".into(), "4/1".into()));
    app.audited();
}

#[tokio::test]
async fn stock_that_is_held_cannot_be_written_off_and_is_told_from_stock_that_is_sold() {
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    let [lamp, bulb] = shops(&app, [3, 5]).await;
    let write_off = |pieces| {
        let path = format!("/api/stocks/product/{lamp}/adjust?delta=-{pieces}&reason=WRITE_OFF");
        app.admin().post(&path).send()
    };
    gate.shut();
    let first = begun(&app, SHOPPER + 1, &[(lamp, 2), (bulb, 1)]);
    hold(&app, 2).await;
    // While a commit is under way, a few requests wait for it, and many do not.
    let mut many: FuturesUnordered<_> = (0..256).map(|_| write_off(2)).collect();
    let held = timeout(PATIENCE, many.next()).await.expect("at once").expect("an answer");
    let problem = held.refused(503, "STOCK_HELD");
    assert_eq!(problem.product_ids, Some(vec![lamp]));
    assert_eq!(held.header("retry-after"), Some("1"), "{held}");
    gate.open();
    first.await.expect("an answer").with_status(200);
    while let Some(answer) = many.next().await {
        assert!([409, 503].contains(&answer.status.as_u16()), "{answer}");
    }
    // Now it is sold.
    write_off(2).await.refused(409, "STOCK_BELOW_SOLD");
    write_off(1).await.with_status(200);
    assert_eq!(stock(&app, lamp).await, "0/2");
    app.audited();
}

/// Sets a lamp aside for an order that then comes to nothing, and answers what an order of the lamp
/// alone is told.
async fn lamp_after_a_failed_order(app: &App, gate: &Gate) -> Answer {
    let [lamp, bulb, cable] = shops(app, [1, 1, 9]).await;
    gate.shut();
    let first = begun(app, SHOPPER + 1, &[(bulb, 1), (cable, 1)]);
    hold(app, 2).await;
    order(app, SHOPPER + 2, &[(lamp, 1), (bulb, 1)]).await.refused(503, "STOCK_HELD");
    gate.open();
    first.await.expect("an answer").with_status(200);
    order(app, SHOPPER + 3, &[(lamp, 1)]).await
}

#[tokio::test]
async fn what_was_set_aside_for_an_order_that_came_to_nothing_is_free_again() {
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    lamp_after_a_failed_order(&app, &gate).await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn a_server_that_keeps_the_stock_of_orders_that_came_to_nothing_is_caught() {
    let gate = Gate::new();
    let mutant = |of| gate.before(of).with("HOTDEAL_MUTANT", "failed-holds-stay");
    let app = App::start_with(mutant).await;
    lamp_after_a_failed_order(&app, &gate).await.refused(503, "STOCK_HELD");
}

#[tokio::test]
async fn who_waits_for_stock_that_is_held_gets_it_once_it_is_free() {
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    let [lamp, bulb, cable, switch] = shops(&app, [1, 1, 9, 9]).await;
    gate.shut();
    let first = begun(&app, SHOPPER + 1, &[(bulb, 1), (cable, 1)]);
    hold(&app, 2).await;
    // It holds the lamp and waits for the bulb, in vain.
    let second = begun(&app, SHOPPER + 2, &[(lamp, 1), (bulb, 1)]);
    hold(&app, 3).await;
    // Each waits for the lamp; some of them longer than the second does for the bulb.
    let mut others = Vec::new();
    eventually("the second has waited long enough", PATIENCE, async || {
        let user = SHOPPER + 10 + i64::try_from(others.len()).expect("a few");
        others.push(begun(&app, user, &[(lamp, 1), (switch, 1)]));
        second.is_finished().then_some(())
    })
    .await;
    let problem = second.await.expect("an answer").refused(503, "STOCK_HELD");
    assert_eq!(problem.product_ids, Some(vec![bulb]));
    hold(&app, 4).await;
    gate.open();
    first.await.expect("an answer").with_status(200);
    let others = join_all(others).await.into_iter().map(|other| other.expect("an answer"));
    let made = others.filter(|other| other.status == 200).count();
    assert_eq!(made, 1, "it had waited when the lamp was free");
    assert_eq!((stock(&app, lamp).await, stock(&app, bulb).await), ("0/1".into(), "0/1".into()));
    app.audited();
}

#[tokio::test]
async fn a_person_holds_stock_for_eight_orders_at_a_time_and_for_no_ninth() {
    let gate = Gate::new();
    let app = App::start_with(|settings| gate.before(settings)).await;
    let [lamp, bulb] = shops(&app, [100, 100]).await;
    let lines = [(lamp, 1), (bulb, 1)];
    gate.shut();
    let eight: Vec<_> = (0..8).map(|_| begun(&app, SHOPPER, &lines)).collect();
    hold(&app, 16).await;
    let ninth = order(&app, SHOPPER, &lines).await;
    ninth.refused(429, "TOO_MANY_HOLDS");
    assert_eq!(ninth.header("retry-after"), Some("1"), "{ninth}");
    assert_eq!(ninth.read::<Value>()["retryable"], json!(true), "{ninth}");
    // It is a bound for a person, not for the shops.
    let others: Vec<_> = (1..=3).map(|n| begun(&app, SHOPPER + n, &lines)).collect();
    hold(&app, 22).await;
    gate.open();
    for asked in eight.into_iter().chain(others) {
        asked.await.expect("an answer").with_status(200);
    }
    order(&app, SHOPPER, &lines).await.with_status(200);
    app.audited();
}
