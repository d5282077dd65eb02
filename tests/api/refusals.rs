//! A refusal tells what is true: where it rests on something that is not on the disk yet, it waits,
//! and is not given where that does not come there.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::deals::deal_body;
use crate::support::{Answer, App, Asked, Gate, PATIENCE, Settings, eventually};

/// No account has such a number.
const SHOPPER: i64 = 700_000;

/// Something that is decided, and what is refused because of it.
struct Case {
    reason: Asked,
    refused: Vec<Asked>,
    code: &'static str,
}

/// A price at which one piece can be ordered and two cannot.
const DEAR: i64 = 1 << 52;

fn order(app: &App, user: i64, lines: &[(i64, i64)]) -> Asked {
    let items: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    app.shopper(user).post_json("/api/orders/v2", &json!({"orderItems": items}))
}

/// Products of two shops, so many of each.
async fn two(app: &App, pieces: i64) -> [i64; 2] {
    let mut products = [0; 2];
    for product in &mut products {
        let number = app.database.number("SELECT count(*) FROM shops").await;
        let (shop, ..) = app.shop(&format!("Shop{number}"), "KRW").await;
        *product = app.product(Some(shop), 1_000, pieces).await;
    }
    products
}

/// Each case by its name.
const CASES: [&str; 4] =
    ["the last piece", "a product off sale", "a price too high", "a product off sale in a deal"];

async fn case(app: &App, name: &str) -> Case {
    let [lamp, bulb] = two(app, 5).await;
    let withdrawn = || app.admin().ask(reqwest::Method::DELETE, &format!("/api/products/{lamp}"));
    let wide = || order(app, SHOPPER, &[(lamp, 1), (bulb, 1)]);
    match name {
        "the last piece" => Case {
            reason: order(app, 1, &[(lamp, 5)]),
            refused: vec![wide()],
            code: "PRODUCT_SHORTAGE",
        },
        "a product off sale" => {
            Case { reason: withdrawn(), refused: vec![wide()], code: "NOT_FOUND_PRODUCT" }
        }
        "a price too high" => Case {
            reason: app
                .admin()
                .ask(reqwest::Method::PATCH, &format!("/api/products/{lamp}"))
                .json(&json!({"productPrice": DEAR})),
            refused: vec![order(app, SHOPPER, &[(lamp, 2), (bulb, 1)])],
            code: "ORDER_TOO_LARGE",
        },
        "a product off sale in a deal" => Case {
            reason: withdrawn(),
            refused: vec![
                app.admin().post_json("/api/event/create", &deal_body(10.0, &[lamp, bulb])),
            ],
            code: "NOT_FOUND_PRODUCT",
        },
        _ => panic!("there is no case `{name}`"),
    }
}

/// Facts on their way to the disk, and messages that actors have handled.
async fn at_work(app: &App) -> (i64, i64) {
    let list: Value = app.admin().get("/api/admin/actors?limit=500").send().await.good();
    let actors = list["items"].as_array().expect("a list");
    let sum = |of: fn(&Value) -> &Value| actors.iter().filter_map(|actor| of(actor).as_i64()).sum();
    (sum(|actor| &actor["factsInFlight"]), sum(|actor| &actor["messages"]["handledTotal"]))
}

/// The reason is decided and not written; what rests on it is decided, too, or answered already.
async fn decided(app: &App, case: Case) -> (JoinHandle<Answer>, Vec<JoinHandle<Answer>>) {
    let reason = tokio::spawn(case.reason.send());
    eventually("the reason is decided", PATIENCE, async || {
        (at_work(app).await.0 > 0).then_some(())
    })
    .await;
    let before = at_work(app).await.1;
    let refused: Vec<_> =
        case.refused.into_iter().map(|asked| tokio::spawn(asked.send())).collect();
    eventually("what is refused is decided", PATIENCE, async || {
        let is_answered = refused.iter().any(JoinHandle::is_finished);
        (is_answered || at_work(app).await.1 > before).then_some(())
    })
    .await;
    (reason, refused)
}

async fn answers(asked: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    join_all(asked).await.into_iter().map(|answer| answer.expect("an answer")).collect()
}

fn settings(gate: &Gate, settings: Settings) -> Settings {
    // All that is asked at once comes by one thread.
    gate.before(settings).with("HOTDEAL__HTTP__WORKERS", "1")
}

#[tokio::test]
async fn nobody_is_refused_for_what_does_not_come_to_the_disk() {
    let gate = Gate::new();
    let app = App::start_with(|of| settings(&gate, of)).await;
    let mut wrong = Vec::new();
    for name in CASES {
        let case = case(&app, name).await;
        let code = case.code;
        gate.shut();
        let (reason, refused) = decided(&app, case).await;
        gate.fail();
        let reason = reason.await.expect("an answer");
        assert_eq!(reason.status, 503, "{name}: {reason}");
        gate.open();
        for answer in answers(refused).await {
            // Once its owner is rebuilt it may be done, too.
            if answer.status != 503 && !answer.status.is_success() {
                wrong.push(format!("{name}: {code} rests on nothing: {answer}"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.audited();
}

#[tokio::test]
async fn a_refusal_is_given_once_what_it_rests_on_is_on_the_disk() {
    let gate = Gate::new();
    let app = App::start_with(|of| settings(&gate, of)).await;
    for name in CASES {
        let case = case(&app, name).await;
        let code = case.code;
        gate.shut();
        let (reason, refused) = decided(&app, case).await;
        gate.open();
        let reason = reason.await.expect("an answer");
        assert!(reason.status.is_success(), "{name}: {reason}");
        for answer in answers(refused).await {
            assert_eq!(answer.problem().code, code, "{name}: {answer}");
        }
    }
    app.audited();
}
