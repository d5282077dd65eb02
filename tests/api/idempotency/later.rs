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
    assert_eq!(app.database.number("SELECT count(*) FROM answers").await, 2);
}

const PASSWORD: &str = "a long enough password";

/// Somebody's tokens: for access, and to renew it.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        let told: Value = answer.good();
        let token = |name: &str| told["data"][name].as_str().expect("a token").to_owned();
        Self { access: token("accessToken"), refresh: token("refreshToken") }
    }

    async fn is_let_in(&self, app: &App) -> bool {
        let client = app.anyone().with_token(Some(self.access.clone()));
        client.get("/api/users/me").send().await.status == 200
    }
}

async fn log_in(app: &App, key: &str) -> Answer {
    let body = json!({"email": "kim@shoppers.test", "password": PASSWORD});
    app.anyone().post_json("/api/auth/login", &body).key(key).send().await
}

async fn reissue(app: &App, pair: &Pair, key: &str) -> Answer {
    let body = json!({"refreshToken": pair.refresh});
    app.anyone().post_json("/api/auth/reissue", &body).key(key).send().await
}

#[tokio::test]
async fn a_log_in_repeated_after_the_log_out_hands_out_no_dead_tokens() {
    let app = App::start().await;
    let (user, _) = app.signed_up("kim").await;
    let first = log_in(&app, "in-1").await;
    let pair = Pair::of(&first);
    let again = log_in(&app, "in-1").await.with_status(200);
    assert!(is_replay(&again));
    assert_eq!(again.text(), first.text());
    let client = app.anyone().with_token(Some(pair.access.clone()));
    let out = client.post_json("/api/auth/logout", &json!({"password": PASSWORD})).send().await;
    out.with_status(200);
    let count = format!("SELECT count(*) FROM sessions WHERE user_id = {user}");
    let sessions = app.database.number(&count).await;
    // Nobody is logged in behind the back of who has logged out, and the client is told what to do.
    let spent = log_in(&app, "in-1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert!(spent.detail.is_some_and(|detail| detail.contains("새 키")));
    assert_eq!(app.database.number(&count).await, sessions);
    assert!(Pair::of(&log_in(&app, "in-2").await).is_let_in(&app).await);
    app.audited();
}

#[tokio::test]
async fn a_log_in_repeated_after_its_refresh_token_was_used_does_not_hand_it_out_again() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let first = Pair::of(&log_in(&app, "in-1").await);
    let second = Pair::of(&reissue(&app, &first, "re-1").await);
    log_in(&app, "in-1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert!(second.is_let_in(&app).await, "the session goes on");
    assert!(Pair::of(&reissue(&app, &second, "re-2").await).is_let_in(&app).await);
}

#[tokio::test]
async fn tokens_handed_out_again_after_a_change_of_role_are_good() {
    let app = App::start().await;
    let (user, _) = app.signed_up("kim").await;
    let give = async |role: &str| {
        let asked = app.admin().put(&format!("/api/admin/users/{user}/role"));
        asked.json(&json!({"role": role})).send().await.with_status(200);
    };
    let first = Pair::of(&log_in(&app, "in-1").await);
    give("SELLER").await;
    let again = Pair::of(&log_in(&app, "in-1").await);
    assert!(again.is_let_in(&app).await, "of a log-in");
    assert_eq!(again.refresh, first.refresh, "the same session");
    let renewed = Pair::of(&reissue(&app, &first, "re-1").await);
    give("USER").await;
    let again = Pair::of(&reissue(&app, &first, "re-1").await);
    assert!(again.is_let_in(&app).await, "of a renewal");
    assert_eq!(again.refresh, renewed.refresh, "the same session");
}
