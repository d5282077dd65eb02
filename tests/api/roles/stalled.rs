//! The same while what was decided first is not on the disk yet.

use serde_json::Value;

use super::{Admin, admins, expect_one_left};
use crate::support::{Answer, App, Gate, PATIENCE, Settings, eventually};

/// Looks at the server, each one answered, by which what was sent before has come as far as it can.
const LOOKS: usize = 40;

struct World {
    app: App,
    gate: Gate,
    one: Admin,
    other: Admin,
}

impl World {
    async fn new() -> Self {
        let gate = Gate::new();
        let settings = |of: Settings| gate.before(of).with("HOTDEAL__HTTP__WORKERS", "1");
        let app = App::start_with(settings).await;
        let (one, other) = (Admin::first(&app).await, Admin::join(&app, "kim").await);
        Self { app, gate, one, other }
    }

    async fn in_flight(&self) -> i64 {
        let list = self.app.admin().get("/api/admin/actors?limit=500").send().await;
        let list: Value = list.good();
        let actors = list["items"].as_array().expect("a list").iter();
        actors.filter_map(|actor| actor["factsInFlight"].as_i64()).sum()
    }

    /// Both take the role from each other, and nothing is written; then `then` happens.
    async fn both(&self, then: impl FnOnce(&Gate)) -> [Result<Answer, reqwest::Error>; 2] {
        eventually("nothing is on its way", PATIENCE, async || {
            (self.in_flight().await == 0).then_some(())
        })
        .await;
        self.gate.shut();
        let asked = [self.one.demotes(&self.other), self.other.demotes(&self.one)];
        let asked = asked.map(|asked| tokio::spawn(asked.try_send()));
        eventually("one is decided", PATIENCE, async || (self.in_flight().await > 0).then_some(()))
            .await;
        for _ in 0..LOOKS {
            self.in_flight().await;
        }
        then(&self.gate);
        let [first, second] = asked;
        [first.await.expect("it ends"), second.await.expect("it ends")]
    }
}

#[tokio::test]
async fn of_two_changes_behind_a_commit_that_is_stalled_one_is_made() {
    let world = World::new().await;
    let answers = world.both(Gate::open).await;
    let [first, second] = answers.map(|answer| answer.expect("an answer"));
    expect_one_left(&world.app, [&first, &second]).await;
    world.app.audited();
}

#[tokio::test]
async fn a_change_that_did_not_come_to_the_disk_counts_for_nothing() {
    let world = World::new().await;
    for answer in world.both(Gate::fail).await {
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 503, "{answer}");
    }
    world.gate.open();
    assert_eq!(admins(&world.app).await, 2);
    // And each of them can still be taken.
    let answer = world.one.demotes(&world.other).send().await;
    answer.with_status(200);
    assert_eq!(admins(&world.app).await, 1);
    world.app.audited();
}

#[tokio::test]
async fn a_crash_between_two_changes_leaves_an_admin() {
    let mut world = World::new().await;
    let mut server = world.app.take_server();
    let answers = {
        let (kill, killed) = tokio::sync::oneshot::channel();
        let killing = tokio::spawn(async move {
            drop(killed.await);
            server.kill();
        });
        let answers = world.both(|_| _ = kill.send(())).await;
        killing.await.expect("it is killed");
        answers
    };
    assert!(answers.iter().all(Result::is_err), "nobody heard of what is not on the disk");
    world.gate.open();
    world.app.start_again();
    assert_eq!(admins(&world.app).await, 2);
    let (one, other) = (&mut world.one, &mut world.other);
    (one.client, other.client) = (one.client.again(&world.app), other.client.again(&world.app));
    let (first, second) = tokio::join!(one.demotes(other).send(), other.demotes(one).send());
    expect_one_left(&world.app, [&first, &second]).await;
    world.app.kill();
    world.app.start_again();
    assert_eq!(admins(&world.app).await, 1);
    world.app.audited();
}
