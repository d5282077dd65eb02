//! A repeat long after the first answer: what has changed meanwhile is not in it.

use serde_json::{Value, json};

use super::is_replay;
use crate::deals::deal_body;
use crate::support::{Answer, App, PATIENCE, eventually, time_in_s};

/// Waits until a deal stands so.
async fn stands(app: &App, deal: &str, status: &str) {
    eventually(status, PATIENCE, async || {
        let told: Value = app.admin().get(deal).send().await.good();
        (told["status"] == json!(status)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_deals_turn_is_told_again_in_the_same_bytes_once_the_deal_has_begun_or_ended() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 10).await;
    let mut body = deal_body(10.0, &[lamp]);
    body["startEventTime"] = json!(time_in_s(5));
    body["endEventTime"] = json!(time_in_s(10));
    body.as_object_mut().expect("an object").remove("eventDuration");
    let opened = app.admin().post_json("/api/event/create", &body).send().await;
    let opened: Value = opened.with_status(201).good();
    let deal = format!("/api/event/{}", opened["eventId"]);
    let turn = async |how: &str| -> Answer {
        let asked = app.admin().post(&format!("{deal}/{how}")).key(how);
        asked.send().await.with_status(200)
    };
    let again = async |how: &str, first: &Answer| {
        let again = turn(how).await;
        assert!(is_replay(&again), "{again}");
        assert_eq!(again.text(), first.text(), "{how}");
    };
    // One changes nothing, the other does.
    let resumed = turn("resume").await;
    assert_eq!(resumed.good::<Value>()["status"], json!("SCHEDULED"));
    stands(&app, &deal, "RUNNING").await;
    again("resume", &resumed).await;
    let paused = turn("pause").await;
    assert_eq!(paused.good::<Value>()["status"], json!("PAUSED"));
    stands(&app, &deal, "ENDED").await;
    again("resume", &resumed).await;
    again("pause", &paused).await;
    assert_eq!(app.database.number("SELECT count(*) FROM idempotency").await, 2);
}
