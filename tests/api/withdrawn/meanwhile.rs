//! Coming back while the withdrawal is not on the disk yet.

use serde_json::{Value, json};

use super::{NAME, PASSWORD, Person};
use crate::support::{App, Gate, PATIENCE, Settings, eventually};

/// So many messages of one thread are delivered although a batch is being written.
const CROWD: usize = 70;

/// Facts on their way to the disk, of actors of this kind.
async fn in_flight(app: &App, kind: &str) -> i64 {
    let list = app.admin().get("/api/admin/actors?limit=500").send().await;
    let list: Value = list.good();
    let actors = list["items"].as_array().expect("a list").iter();
    let of_kind = actors.filter(|actor| actor["kind"] == kind);
    of_kind.filter_map(|actor| actor["factsInFlight"].as_i64()).sum()
}

/// Waits until so many facts of people are decided and not written.
async fn decided(app: &App, facts: i64, lamp: i64) {
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=1");
    eventually("it is decided", PATIENCE, async || {
        for _ in 0..CROWD {
            // Nobody waits for what becomes of it.
            drop(tokio::spawn(app.admin().post(&path).try_send()));
        }
        (in_flight(app, "user").await == facts).then_some(())
    })
    .await;
}

/// Somebody withdraws and is brought back, both in one commit, which is let through or not.
async fn withdrawn_and_back(app: &App, gate: &Gate, kim: &Person, lamp: i64, is_written: bool) {
    gate.shut();
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=1");
    let first = tokio::spawn(app.admin().post(&path).send());
    eventually("a commit waits", PATIENCE, async || {
        (in_flight(app, "shop").await > 0).then_some(())
    })
    .await;
    let body = json!({"password": PASSWORD});
    let gone = tokio::spawn(kim.client.post_json("/api/auth/withdraw", &body).send());
    decided(app, 1, lamp).await;
    let path = format!("/api/auth/{}/restore", kim.id);
    let back = tokio::spawn(app.admin().post(&path).send());
    decided(app, 2, lamp).await;
    if is_written {
        gate.open()
    } else {
        gate.fail()
    }
    drop(first.await.expect("an answer"));
    for answer in [gone, back] {
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status, if is_written { 200 } else { 503 }, "{answer}");
    }
    if !is_written {
        gate.open();
    }
}

#[tokio::test]
async fn who_comes_back_in_the_commit_that_withdraws_has_the_name_they_had() {
    let gate = Gate::new();
    let settings = |of: Settings| gate.before(of).with("HOTDEAL__HTTP__WORKERS", "1");
    let app = App::start_with(settings).await;
    let lamp = app.product(None, 100, 1).await;
    let mut kim = Person::join(&app, "restore.me", NAME).await;
    let (me, profile) = (kim.me().await, kim.profile(&app).await);
    for is_written in [false, true] {
        withdrawn_and_back(&app, &gate, &kim, lamp, is_written).await;
        kim.logs_in(&app).await;
        assert_eq!((kim.me().await, kim.profile(&app).await), (me.clone(), profile.clone()));
        let both = "SELECT count(*) FROM journal \
             WHERE facts LIKE '%Withdrawn%' AND facts LIKE '%Restored%'";
        assert_eq!(app.database.number(both).await, i64::from(is_written), "in one commit");
        app.audited();
    }
}
