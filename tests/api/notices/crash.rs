//! A server that dies while people are told: everybody is told of everything once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hotdeal_domain::SplitMix64;

use super::{all_is_told, opened};
use crate::crash::seed;
use crate::subscriptions::{account, follow};
use crate::support::{App, PATIENCE, eventually};

/// Together five thousand notices: five entries of the ledger.
const PEOPLE: usize = 50;
const PRODUCTS: usize = 100;
/// Kills at moments of chance.
const KILLS: u64 = 8;

struct Crowd {
    people: Vec<i64>,
    products: Vec<i64>,
}

impl Crowd {
    async fn gather(app: &App) -> Self {
        let names: Vec<String> = (0..PEOPLE).map(|number| format!("p{number}")).collect();
        let people = join_all(names.iter().map(|name| account(app, name))).await;
        // The first brings the shop into memory, which takes a crowd only then.
        let first = app.product(None, 1_000, 0).await;
        let others = join_all((1..PRODUCTS).map(|_| app.product(None, 1_000, 0))).await;
        let products = [vec![first], others].concat();
        join_all(people.iter().map(|user| async {
            follow(app, *user, &products).await.with_status(201);
        }))
        .await;
        Self { people, products }
    }

    /// Everybody was told of each product of the deal, once.
    async fn was_told_once(&self, app: &App, event: i64, context: &str) {
        all_is_told(app).await;
        let sql = format!("SELECT user_id, product_id FROM notifications WHERE deal_id = {event}");
        let told: Vec<(i64, i64)> = app.database.rows(&sql).await;
        let each: BTreeSet<(i64, i64)> = told.iter().copied().collect();
        assert_eq!((told.len(), each.len()), (PEOPLE * PRODUCTS, PEOPLE * PRODUCTS), "{context}");
        let (people, products): (BTreeSet<i64>, BTreeSet<i64>) = each.into_iter().unzip();
        assert!(self.people.iter().copied().eq(people.into_iter()), "{context}");
        assert!(products.iter().all(|product| self.products.contains(product)), "{context}");
        app.audited();
    }
}

#[tokio::test]
async fn kill_9_while_thousands_are_told_loses_and_repeats_no_notice() {
    let mut app = App::start().await;
    let mut crowd = Crowd::gather(&app).await;
    crowd.people.sort_unstable();
    let mut chance = SplitMix64::new(seed());
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let event = opened(&app, &crowd.products).await;
        // At once, or after some of the rows are seen.
        let rows = chance.below(5) * 1_000;
        let sql = format!("SELECT count(*) FROM notifications WHERE deal_id = {event}");
        let tables = app.database.open().await;
        let at_least = i64::from(rows);
        let seen = eventually("rows are there", PATIENCE, async || {
            let count: Vec<(i64,)> = tables.rows(&sql).await;
            (count[0].0 >= at_least).then_some(count[0].0)
        })
        .await;
        app.kill();
        tables.close().await;
        let left = app.database.number(&sql).await;
        interrupted += u32::from(left < 5_000);
        app.audited();
        app.start_again();
        crowd
            .was_told_once(&app, event, &format!("kill {kill} at {seen}, {left} were there"))
            .await;
    }
    println!("{interrupted} of {KILLS} kills came before the last notice");
    assert!(interrupted > 0, "no kill came in between: the test shows nothing");
}

#[tokio::test]
async fn wherever_a_telling_dies_it_goes_on_from_there() {
    let mut app = App::start().await;
    let mut crowd = Crowd::gather(&app).await;
    crowd.people.sort_unstable();
    // The deal is the first batch with facts; chunks are the next few.
    for fault in ["after-journal-rows", "after-table-rows", "before-commit"] {
        for batch in [2, 3] {
            died_and_went_on(&mut app, &crowd, &format!("{fault}:{batch}")).await;
        }
    }
    died_and_went_on(&mut app, &crowd, "after-commit-before-answers:2").await;
}

async fn died_and_went_on(app: &mut App, crowd: &Crowd, setting: &str) {
    app.kill();
    app.start_again_with(&[("HOTDEAL_FAULT", setting)]);
    let event = opened(app, &crowd.products).await;
    eventually(&format!("it dies at {setting}"), PATIENCE, async || {
        (!app.server().is_running()).then_some(())
    })
    .await;
    app.kill();
    app.start_again();
    crowd.was_told_once(app, event, setting).await;
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_told_once() {
    let mut app = App::start().await;
    let mut crowd = Crowd::gather(&app).await;
    crowd.people.sort_unstable();
    for batch in [2, 3] {
        let setting = format!("commit-lost-ack:{batch}");
        app.kill();
        app.start_again_with(&[("HOTDEAL_FAULT", &setting)]);
        let event = opened(&app, &crowd.products).await;
        crowd.was_told_once(&app, event, &setting).await;
        // Also to who listens: what was found in the tables afterwards is counted with the rest.
        let all = serde_json::json!(PEOPLE * PRODUCTS);
        eventually(&format!("{setting}: all was handed on"), PATIENCE, async || {
            (all_is_told(&app).await["noticesTotal"] == all).then_some(())
        })
        .await;
        assert!(app.server().is_running(), "{setting}: the process lives");
    }
}

#[tokio::test]
async fn an_audit_of_a_server_at_work_sees_one_moment() {
    let app = App::start().await;
    let crowd = Crowd::gather(&app).await;
    for _ in 0..4 {
        opened(&app, &crowd.products).await;
        app.audited();
    }
    all_is_told(&app).await;
    app.audited();
}
