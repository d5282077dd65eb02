//! A refusal tells what is true: where it rests on something that is not on the disk yet, it waits,
//! and is not given where that does not come there.

mod cases;
mod complete;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::support::{Answer, App, Asked, Gate, PATIENCE, Settings, eventually};
use cases::{CASES, case};

/// So many messages of one thread are delivered although a batch is being written.
const CROWD: usize = 70;

/// Something that is decided, and what is refused because of it.
struct Case {
    reason: Asked,
    refused: Vec<Refused>,
}

/// An operation by its name in the contract, and the code it is refused with.
struct Refused {
    operation: &'static str,
    code: &'static str,
    asked: Asked,
}

/// A refusal that was asked for.
struct Pending {
    operation: &'static str,
    code: &'static str,
    answer: JoinHandle<Answer>,
}

/// A product that nothing is about, with the number of its shop.
struct Filler {
    product: i64,
    shop: i64,
}

impl Filler {
    async fn new(app: &App) -> Self {
        let (shop, ..) = app.shop("Filler", "KRW").await;
        Self { product: app.product(Some(shop), 1_000, 1).await, shop }
    }

    /// Asks its shop so often that what else this thread has to send is sent as well.
    fn push(&self, app: &App) {
        let path = format!("/api/stocks/product/{}/increase?quantity=1", self.product);
        for _ in 0..CROWD {
            // Nobody waits for what becomes of it.
            drop(tokio::spawn(app.admin().post(&path).try_send()));
        }
    }

    /// Facts on their way to the disk, and messages handled, but for its own shop.
    async fn others_at_work(&self, app: &App) -> (i64, i64) {
        let list: Value = app.admin().get("/api/admin/actors?limit=500").send().await.good();
        let own = self.shop.to_string();
        let is_other = |actor: &&Value| actor["kind"] != "shop" || actor["id"] != own.as_str();
        let actors = list["items"].as_array().expect("a list").iter().filter(is_other);
        let sum =
            |of: fn(&Value) -> &Value| actors.clone().filter_map(|actor| of(actor).as_i64()).sum();
        (sum(|actor| &actor["factsInFlight"]), sum(|actor| &actor["messages"]["handledTotal"]))
    }
}

/// The reason is decided and not written; what rests on it is decided, too, or answered already.
async fn decided(app: &App, filler: &Filler, case: Case) -> (JoinHandle<Answer>, Vec<Pending>) {
    let reason = tokio::spawn(case.reason.send());
    eventually("the reason is decided", PATIENCE, async || {
        (filler.others_at_work(app).await.0 > 0).then_some(())
    })
    .await;
    let before = filler.others_at_work(app).await.1;
    let ask = |Refused { operation, code, asked }| {
        let answer = tokio::spawn(asked.send());
        Pending { operation, code, answer }
    };
    let refused: Vec<Pending> = case.refused.into_iter().map(ask).collect();
    let all = i64::try_from(refused.len()).expect("a few");
    eventually("what is refused is decided", PATIENCE, async || {
        filler.push(app);
        let answered = refused.iter().any(|pending| pending.answer.is_finished());
        (answered || filler.others_at_work(app).await.1 >= before + all).then_some(())
    })
    .await;
    (reason, refused)
}

fn settings(gate: &Gate, settings: Settings) -> Settings {
    gate.before(settings)
        // All that is asked at once comes by one thread.
        .with("HOTDEAL__HTTP__WORKERS", "1")
        .with("HOTDEAL__SUBSCRIPTIONS__PER_USER_MAX", "1")
}

/// Waits until the filler's asks are through.
async fn quiet(app: &App) {
    eventually("nothing is on its way", PATIENCE, async || {
        let list: Value = app.admin().get("/api/admin/actors?limit=500").send().await.good();
        let mut actors = list["items"].as_array().expect("a list").iter();
        actors.all(|actor| actor["factsInFlight"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn nobody_is_refused_for_what_does_not_come_to_the_disk() {
    let gate = Gate::new();
    let app = App::start_with(|of| settings(&gate, of)).await;
    let filler = Filler::new(&app).await;
    let mut wrong = Vec::new();
    for name in CASES {
        let case = case(&app, name).await;
        quiet(&app).await;
        gate.shut();
        let (reason, refused) = decided(&app, &filler, case).await;
        gate.fail();
        let reason = reason.await.expect("an answer");
        assert_eq!(reason.status, 503, "{name}: {reason}");
        gate.open();
        for Pending { operation, code, answer } in refused {
            let answer = answer.await.expect("an answer");
            // Once its owner is rebuilt it may be done, too.
            if answer.status != 503 && !answer.status.is_success() {
                wrong.push(format!("{name}: {operation}, {code}, rests on nothing: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    quiet(&app).await;
    app.audited();
}

#[tokio::test]
async fn a_refusal_is_given_once_what_it_rests_on_is_on_the_disk() {
    let gate = Gate::new();
    let app = App::start_with(|of| settings(&gate, of)).await;
    let filler = Filler::new(&app).await;
    for name in CASES {
        let case = case(&app, name).await;
        quiet(&app).await;
        gate.shut();
        let (reason, refused) = decided(&app, &filler, case).await;
        gate.open();
        let reason = reason.await.expect("an answer");
        assert!(reason.status.is_success(), "{name}: {reason}");
        let answers = refused.into_iter().map(async |pending| {
            let Pending { operation, code, answer } = pending;
            (operation, code, answer.await.expect("an answer"))
        });
        for (operation, code, answer) in join_all(answers).await {
            assert_eq!(answer.problem().code, code, "{name}, {operation}: {answer}");
        }
    }
    quiet(&app).await;
    app.audited();
}
