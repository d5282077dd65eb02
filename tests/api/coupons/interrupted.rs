//! A preparation of coupons that is interrupted goes on by itself.

use crate::support::{App, BatchAnswer, PATIENCE, event_body, eventually};

#[tokio::test]
async fn a_preparation_goes_on_after_a_failed_commit_though_nobody_asks_for_a_coupon() {
    let mut app = App::start().await;
    app.kill();
    // The first batch opens the event, the next ones bring its coupons.
    app.start_again_with(&[("HOTDEAL_FAULT", "commit-lost-ack:4")]);
    let body = event_body("Interrupted", 40_000);
    let answer = app.admin().post_json("/api/coupons/preload", &body).send().await;
    let batch: BatchAnswer = answer.with_status(202).good();
    let path = format!("/api/coupons/batches/{}", batch.batch_id);
    let ready = eventually("the coupons are ready", PATIENCE, async || {
        let batch: BatchAnswer = app.admin().get(&path).send().await.good();
        (batch.status == "READY").then_some(batch)
    })
    .await;
    assert_eq!((ready.prepared, ready.total), (40_000, 40_000));
    let logged = app.server().logged();
    assert!(logged.contains("the commit was not answered"), "nothing was interrupted: {logged}");
    app.audited();
}
