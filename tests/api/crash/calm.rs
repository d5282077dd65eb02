//! A load without a crash, and what is left afterwards: whoever was turned away was turned away for
//! a reason, and all that nobody has can be ordered.

use hotdeal_domain::SplitMix64;

use super::history::{History, OrderTry, Outcome};
use super::load::{self, Stage};
use super::verdict;
use crate::support::{App, PATIENCE, eventually};

/// Orders that are made before the load ends: the products of which there is little run out.
const ORDERS: usize = 150;

/// Loads the server for a while, then orders what is left; answers what was wrong.
pub(super) async fn calm(
    app: &App,
    stage: &Stage,
    history: &mut History,
    chance: &mut SplitMix64,
) -> Vec<String> {
    let load = load::begin(app, stage, history, chance);
    eventually("enough orders are made", PATIENCE, async || {
        (stage.acknowledged() >= ORDERS).then_some(())
    })
    .await;
    load.stop();
    load.end(history).await;
    history.settle(app).await;
    let mut wrong = history.unfair();
    wrong.extend(order_what_is_left(app, stage, history).await);
    wrong
}

/// Of each product all that is free can be ordered in one go, and nothing after that.
async fn order_what_is_left(app: &App, stage: &Stage, history: &mut History) -> Vec<String> {
    let mut wrong = Vec::new();
    let products: Vec<i64> = history.on_hand.keys().copied().collect();
    for product in products {
        let left = app.stock(product).await.quantity;
        if left > 0 {
            let all = one_more(app, stage, history, product, left).await;
            if !matches!(all, Outcome::Done(_)) {
                wrong.push(format!("kept back: {left} of {product} are left, and: {all:?}"));
            }
        }
        let more = one_more(app, stage, history, product, 1).await;
        if !matches!(more, Outcome::Refused(..)) {
            wrong.push(format!("oversold: {product} had run out, and yet: {more:?}"));
        }
    }
    wrong.extend(history.unfair());
    wrong
}

async fn one_more(
    app: &App,
    stage: &Stage,
    history: &mut History,
    product: i64,
    pieces: i64,
) -> Outcome<crate::support::OrderAnswer> {
    let mut order = OrderTry::new(stage.next_user(), vec![(product, pieces)]);
    order.settle(app).await;
    let outcome = order.outcome.clone();
    history.orders.push(order);
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_turned_away_is_turned_away_for_a_reason_and_what_is_left_can_be_ordered() {
    let mut chance = SplitMix64::new(super::seed());
    let app = App::start().await;
    let stage = Stage::set(&app).await;
    let mut history = History::default();
    let mut wrong = calm(&app, &stage, &mut history, &mut chance).await;
    wrong.extend(verdict::on_tables(&app.database, &history).await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.audited();
}

#[cfg(feature = "faults")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_orders_over_several_shops_for_nothing_is_caught() {
    let mutant = "wide-orders-refused";
    let mut chance = SplitMix64::new(super::seed());
    let app = App::start_with(|settings| settings.with("HOTDEAL_MUTANT", mutant)).await;
    let stage = Stage::set(&app).await;
    let wrong = calm(&app, &stage, &mut History::default(), &mut chance).await;
    let found = wrong.iter().find(|found| found.starts_with("unfair: "));
    println!("caught: {}", found.unwrap_or_else(|| panic!("it was not: {wrong:?}")));
}
