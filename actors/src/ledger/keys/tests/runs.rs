//! Answers that are found by the runs of their marks.

use std::time::Duration;

use hotdeal_domain::UnixMillis;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::world::{World, world};
use crate::audit::unmarked;
use crate::clock;
use crate::ledger::WriteError;
use crate::ledger::delete::Delete;
use crate::ledger::keys::log::RUN;
use crate::ledger::keys::rows::{MarksMerge, OLD_ANSWERS, OLD_MARKS};

impl World {
    /// Forgets what is older, in as many portions as it takes.
    async fn purge(&self, what: &'static Delete, before: UnixMillis) {
        while self.mall.shared.host.ledger.delete(what, before).await.expect("forgotten") {}
    }

    /// The first and the last number of the log, and how many there are; and the number of marks.
    async fn kept(&self) -> [i64; 4] {
        [
            self.number("SELECT min(number) FROM answers").await,
            self.number("SELECT max(number) FROM answers").await,
            self.number("SELECT count(*) FROM answers").await,
            self.number("SELECT count(*) FROM answer_marks").await,
        ]
    }

    async fn number(&self, sql: &str) -> i64 {
        let asked = Statement::from_string(DbBackend::Sqlite, sql);
        let row = self.tables.query_one_raw(asked).await.expect("read").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    /// Answers nobody asks for, so that those around them come into a run.
    async fn fill(&self, many: usize) {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) \
             INSERT INTO answers SELECT (SELECT last_sequence FROM streams WHERE stream = 'keys:1') \
             + i, 9, 11 * i, 0, 0, NULL, '{{}}', {} FROM n",
            clock::now().0
        );
        self.tables.execute_unprepared(&sql).await.expect("written");
        let sql = "UPDATE streams SET last_sequence = (SELECT max(number) FROM answers) \
                   WHERE stream = 'keys:1'";
        self.tables.execute_unprepared(sql).await.expect("written");
        self.mall.start_over().await.expect("from the tables");
        self.knows_what_is_kept().await;
        let shared = &self.mall.shared;
        let in_no_run = "SELECT count(*) FROM answers \
                         WHERE number > (SELECT COALESCE(max(run), 0) FROM answer_marks)";
        while self.number(in_no_run).await >= 8_192 {
            // The sweep may be writing the same.
            _ = shared.host.keys.log().write_runs(&shared.host.ledger, &shared.host.storage).await;
        }
    }
}

#[actix::test]
async fn an_answer_is_found_wherever_its_mark_is() {
    let world = world("").await;
    let product = world.product(10).await;
    let mut first = Vec::new();
    for key in ["in the first run", "in the second run", "in no run"] {
        first.push((key, world.order(product, key).await.expect("ordered").value));
        if key != "in no run" {
            world.fill(RUN).await;
        }
    }
    assert_eq!(world.number("SELECT count(DISTINCT run) FROM answer_marks").await, 2);
    assert_eq!(world.number("SELECT count(*) FROM answer_marks").await, 2 * 8_192);
    for (key, order) in &first {
        let told = world.order(product, key).await.expect("its answer");
        assert_eq!((&told.value, told.replayed), (order, true), "{key}");
    }
    world.mall.start_over().await.expect("from the tables");
    for (key, order) in &first {
        let told = world.order(product, key).await.expect("its answer");
        assert_eq!((&told.value, told.replayed), (order, true), "{key}, after a start");
    }
    assert_eq!(world.orders_made().await, 3);
    world.mall.close().await;
}

#[actix::test]
async fn runs_become_few_and_what_is_in_them_is_found() {
    let world = world("").await;
    let product = world.product(10).await;
    let first = world.order(product, "first").await.expect("ordered").value;
    world.fill(8 * RUN).await;
    let second = world.order(product, "second").await.expect("ordered").value;
    world.fill(RUN).await;
    let runs = "SELECT count(DISTINCT run) FROM answer_marks";
    let mut left = world.number(runs).await;
    for _ in 0..6_000 {
        if left <= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        left = world.number(runs).await;
    }
    assert_eq!(left, 2, "runs to be asked for a key");
    assert_eq!(world.number("SELECT count(*) FROM answer_marks").await, 9 * 8_192);
    for (key, order) in [("first", first), ("second", second)] {
        let told = world.order(product, key).await.expect("its answer");
        assert_eq!((&told.value, told.replayed), (&order, true), "{key}");
    }
    world.mall.close().await;
}

#[actix::test]
async fn a_mark_is_found_while_its_run_is_being_merged() {
    let world = world("").await;
    let product = world.product(10).await;
    let first = world.order(product, "first").await.expect("ordered").value;
    world.fill(RUN).await;
    let second = world.order(product, "second").await.expect("ordered").value;
    world.fill(RUN).await;
    let shared = &world.mall.shared;
    let owner = shared
        .host
        .keys
        .log()
        .owned(&shared.host.ledger, &shared.host.storage)
        .await
        .expect("ours");
    for through in [i64::MIN, -1, 0, i64::MAX] {
        let merge = MarksMerge { epoch: owner.epoch, from: vec![8_192], into: 2 * 8_192, through };
        merge.run(&shared.host.ledger).await.expect("moved");
        assert_eq!(
            unmarked(&shared.host.storage).await.expect("read"),
            [0; 0],
            "through {through}"
        );
        for (key, order) in [("first", &first), ("second", &second)] {
            let told = world.order(product, key).await.expect("its answer");
            assert_eq!((&told.value, told.replayed), (order, true), "{key}, through {through}");
        }
    }
    assert_eq!(world.number("SELECT count(DISTINCT run) FROM answer_marks").await, 1);
    assert_eq!(world.number("SELECT count(*) FROM answer_marks").await, 2 * 8_192);
    // Who has lost the log moves nothing: the next one has read where all is.
    let merge =
        MarksMerge { epoch: owner.epoch - 1, from: vec![2 * 8_192], into: 5 * 8_192, through: 0 };
    assert_eq!(merge.run(&shared.host.ledger).await, Err(WriteError::Aborted));
    world.mall.close().await;
}

#[actix::test]
async fn what_is_too_old_goes_with_its_marks_and_the_log_has_no_gap() {
    let world = world("").await;
    let product = world.product(10).await;
    world.order(product, "old").await.expect("ordered");
    world.fill(RUN).await;
    world.order(product, "new").await.expect("ordered");
    let before = clock::now();
    // Two of the old ones are not older, as where the clock was set back: what is behind them stays.
    let sql = format!("UPDATE answers SET recorded_at = {} WHERE number <= 5000", before.0 - 10);
    world.tables.execute_unprepared(&sql).await.expect("written");
    let sql = format!("UPDATE answers SET recorded_at = {} WHERE number > 5000", before.0 + 10);
    world.tables.execute_unprepared(&sql).await.expect("written");
    let sql = format!("UPDATE answers SET recorded_at = {} WHERE number IN (4501, 4502)", before.0);
    world.tables.execute_unprepared(&sql).await.expect("written");
    world.purge(&OLD_ANSWERS, before).await;
    world.purge(&OLD_MARKS, before).await;
    let last = 2 + 8_192;
    assert_eq!(world.kept().await, [4_501, last, last - 4_500, 8_192], "half of the run is left");
    let all = "UPDATE answers SET recorded_at = 0 WHERE number <= 8192";
    world.tables.execute_unprepared(all).await.expect("written");
    world.purge(&OLD_ANSWERS, before).await;
    world.purge(&OLD_MARKS, before).await;
    assert_eq!(world.kept().await, [8_193, last, 2, 0]);
    assert!(!world.order(product, "old").await.expect("ordered anew").replayed);
    assert!(world.order(product, "new").await.expect("its answer").replayed);
    world.mall.close().await;
}

#[actix::test]
async fn what_cannot_be_forgotten_keeps_nothing_else_from_that() {
    let world = world("").await;
    let sql = "INSERT INTO sessions VALUES ('over', 1, 1, 1, 1, NULL, NULL)";
    world.tables.execute_unprepared(sql).await.expect("written");
    let sql = "ALTER TABLE idempotency RENAME TO elsewhere";
    world.tables.execute_unprepared(sql).await.expect("renamed");
    let mut purge = crate::mall::purge::Purge::default();
    purge.begin();
    for _ in 0..20 {
        purge.go_on(&world.mall.shared).await;
    }
    assert_eq!(world.number("SELECT count(*) FROM sessions").await, 0, "sessions that are over");
    world.mall.close().await;
}
