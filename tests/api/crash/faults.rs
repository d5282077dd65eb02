//! Every named place where a write can die, one after the other; and the mutant that answers
//! before the commit, which the crash test must catch, or it would prove nothing.

use futures_util::future::join_all;
use hotdeal_domain::SplitMix64;

use super::history::{CouponTry, History, OrderTry, Outcome};
use super::load::Stage;
use super::{LOAD_MAX_MS, crash, last_commit_is_over, seed, verdict};
use crate::support::{App, PATIENCE, Store, eventually};

/// Places where the process dies.
pub(super) const DEADLY: [&str; 7] = [
    "before-begin",
    "after-journal-rows",
    "after-table-rows",
    "after-key-rows",
    "after-fence",
    "before-commit",
    "after-commit-before-answers",
];
/// The process dies while PostgreSQL does what it was sent in one call.
pub(super) const ON_ITS_WAY: &str = "sent-not-answered";
/// The commit is done, but the connection is lost before that is known. The process lives.
const LOST_ACK: &str = "commit-lost-ack";
/// Crashes within which the mutant must have been caught. About one in five hits the moment
/// between answer and commit, and one in twenty on a busy core, so that it escapes less than once
/// in a million runs.
const MUTANT_CYCLES: u32 = 300;

/// A small crowd, all at once: orders of one shop and of several, and coupons.
struct Crowd {
    orders: Vec<OrderTry>,
    coupons: Vec<CouponTry>,
}

impl Crowd {
    fn new(first_user: i64, products: &[i64], event: i64) -> Self {
        let (a, b) = (products[0], products[1]);
        let lines = [vec![(a, 1)], vec![(b, 2)], vec![(a, 1), (b, 1)], vec![(b, 3), (a, 2)]];
        let orders = (first_user..).zip(lines).map(|(user, lines)| OrderTry::new(user, lines));
        let coupons = (first_user..first_user + 4).map(|user| CouponTry::new(user, event));
        Self { orders: orders.collect(), coupons: coupons.collect() }
    }

    /// One order of one shop alone, with a key: what its batch holds is certain. Of a crowd the
    /// first batch may hold a coupon without a key, or what a shop sets aside for an order over
    /// several and sets aside again.
    async fn ask_first(&mut self, app: &App) {
        let order = &mut self.orders[0];
        order.ask(&app.shopper(order.user)).await;
    }

    async fn ask(&mut self, app: &App) {
        let orders = self.orders.iter_mut().map(async |order| {
            let client = app.shopper(order.user);
            order.ask(&client).await;
        });
        let coupons = self.coupons.iter_mut().map(async |coupon| {
            let client = app.shopper(coupon.user);
            coupon.ask(&client).await;
        });
        futures_util::future::join(join_all(orders), join_all(coupons)).await;
    }

    fn answered(&self) -> usize {
        let orders = self.orders.iter().filter(|order| order.outcome != Outcome::Unknown).count();
        orders + self.coupons.iter().filter(|coupon| coupon.outcome != Outcome::Unknown).count()
    }
}

/// Two shops with a product each, and an event.
async fn stage(app: &App) -> (Vec<i64>, i64) {
    let mut products = Vec::new();
    for name in ["Left", "Right"] {
        let (shop, ..) = app.shop(name, "KRW").await;
        products.push(app.product(Some(shop), 500, 100_000).await);
    }
    (products, app.event(1_000).await)
}

async fn rows_of(app: &App, crowd: &Crowd) -> i64 {
    let first = crowd.orders[0].user;
    let of_crowd = format!("user_id >= {first} AND user_id < {}", first + 4);
    app.database.number(&format!("SELECT count(*) FROM orders WHERE {of_crowd}")).await
        + app.database.number(&format!("SELECT count(*) FROM coupon_issues WHERE {of_crowd}")).await
}

/// Everybody has asked; now nobody is left without the one answer that is true.
async fn settled(app: &App, history: &mut History, crowd: Crowd, fault: &str) {
    let total = i64::try_from(crowd.orders.len() + crowd.coupons.len()).expect("a few");
    let asked = rows_of(app, &crowd).await;
    assert!(
        asked >= i64::try_from(crowd.answered()).expect("a few"),
        "{fault}: an answer without a row"
    );
    let first = crowd.orders[0].user;
    history.grow_old();
    history.orders.extend(crowd.orders);
    history.coupons.extend(crowd.coupons);
    let broken = verdict::on_tables(&app.database, history).await;
    assert!(broken.is_empty(), "{fault}:\n{}", broken.join("\n"));
    history.settle(app).await;
    for broken in [
        verdict::over_http(app, history).await,
        verdict::on_tables(&app.database, history).await,
        history.unfair(),
    ] {
        assert!(broken.is_empty(), "{fault}, once settled:\n{}", broken.join("\n"));
    }
    let made = history.orders.iter().filter(|order| order.user >= first);
    assert!(made.clone().all(|order| matches!(order.outcome, Outcome::Done(_))), "{fault}");
    let issued = history.coupons.iter().filter(|coupon| coupon.user >= first);
    assert_eq!(i64::try_from(made.count() + issued.count()).expect("a few"), total);
}

#[tokio::test]
async fn wherever_a_write_dies_no_answer_is_without_a_row_and_no_row_without_its_answer() {
    let mut app = App::start().await;
    let (products, event) = stage(&app).await;
    let mut history = History::default();
    history.on_hand = products.iter().map(|&product| (product, 100_000)).collect();
    let mut first_user = 20_000;
    let is_postgres = app.database.store == Store::Postgres;
    for fault in DEADLY.into_iter().chain(is_postgres.then_some(ON_ITS_WAY)) {
        for batch in 1..=3 {
            let setting = format!("{fault}:{batch}");
            app.kill();
            app.start_again_with(&[("HOTDEAL_FAULT", &setting)]);
            let mut crowd = Crowd::new(first_user, &products, event);
            first_user += 10;
            if batch == 1 {
                crowd.ask_first(&app).await;
            } else {
                crowd.ask(&app).await;
            }
            // A crowd that went through in fewer batches meets the fault with a later call.
            let mut more = 0;
            while app.server().is_running() && more < 50 {
                more += 1;
                let mut late = CouponTry::new(first_user, event);
                late.ask(&app.shopper(first_user)).await;
                crowd.coupons.push(late);
                first_user += 1;
            }
            first_user += 10;
            eventually(&format!("it dies at {setting}"), PATIENCE, async || {
                (!app.server().is_running()).then_some(())
            })
            .await;
            let rows = rows_of(&app, &crowd).await;
            let answered = i64::try_from(crowd.answered()).expect("a few");
            if fault == "after-commit-before-answers" && batch == 1 {
                assert!(rows > 0 && answered == 0, "{setting}: {rows} rows, {answered} answers");
            } else if batch == 1 && fault != ON_ITS_WAY {
                assert_eq!((rows, answered), (0, 0), "{setting}: the first batch was not written");
            }
            app.kill();
            last_commit_is_over(&app).await;
            app.audited();
            app.start_again();
            settled(&app, &mut history, crowd, &setting).await;
            app.audited();
        }
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_unknown_until_the_key_tells() {
    let mut app = App::start().await;
    let (products, event) = stage(&app).await;
    let mut history = History::default();
    history.on_hand = products.iter().map(|&product| (product, 100_000)).collect();
    for (batch, first_user) in [(1, 30_000), (2, 30_100), (3, 30_200)] {
        let setting = format!("{LOST_ACK}:{batch}");
        app.kill();
        app.start_again_with(&[("HOTDEAL_FAULT", &setting)]);
        let mut crowd = Crowd::new(first_user, &products, event);
        if batch == 1 {
            // Without a key: under one the server looks for the answer by itself.
            let coupon = &mut crowd.coupons[1];
            coupon.ask(&app.shopper(coupon.user)).await;
        } else {
            crowd.ask(&app).await;
        }
        assert!(app.server().is_running(), "{setting}: the process lives");
        if batch == 1 {
            assert_eq!(crowd.answered(), 0, "{setting}: nobody was told that it is unknown");
            assert!(rows_of(&app, &crowd).await > 0, "{setting}: and yet it is there");
        }
        if batch == 3 && app.database.store == Store::Postgres {
            // As any batch on a connection that was in use a moment ago.
            let logged = app.server().logged();
            assert!(logged.contains("the armed fault, in one call"), "{setting}: {logged}");
        }
        // On the same server: what the actors knew is forgotten, and rebuilt from the database.
        settled(&app, &mut history, crowd, &setting).await;
        app.audited();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_answers_before_the_commit_is_caught() {
    let mutant = [("HOTDEAL_MUTANT", "answer-before-commit")];
    let mut chance = SplitMix64::new(seed());
    let mut app = App::start().await;
    let stage = Stage::set(&app).await;
    for cycle in 1..=MUTANT_CYCLES {
        app.kill();
        app.start_again_with(&mutant);
        // Each crash is judged by itself: what the last one lost is not counted again.
        let mut history = History::default();
        let found = crash(&mut app, &stage, &mut history, &mut chance, LOAD_MAX_MS).await;
        app.start_again();
        if let Some(lost) = found.iter().find(|found| found.starts_with("lost: ")) {
            println!("caught in cycle {cycle}: {lost}");
            return;
        }
    }
    panic!("{MUTANT_CYCLES} crashes of a server that answers too early, and nothing was missed");
}
