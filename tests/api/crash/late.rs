//! PostgreSQL goes on with what it was sent after the ledger has stopped waiting: what was told to be
//! unknown becomes true later, and whoever hears of it then can rely on it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::live::deal;
use crate::support::{
    Answer, App, Asked, Client, OrderAnswer, PATIENCE, Store, eventually, product_body,
};

/// Longer than the ledger waits, and then as long again.
const LATE: Duration = Duration::from_secs(22);

const PASSWORD: &str = "a long enough password";

fn password() -> Value {
    json!({"password": PASSWORD})
}

/// A server whose commits of `what` wait until the gate is opened, after PostgreSQL has ended all that
/// it gives a deadline.
async fn gated(what: &str) -> Option<App> {
    let app = App::start().await;
    if app.database.store == Store::Sqlite {
        return None; // There a commit is a call, and its outcome known.
    }
    let tables = app.database.open().await;
    for sql in [
        "CREATE TABLE gate (shut integer)",
        "INSERT INTO gate VALUES (1)",
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NULL; \
         END $$",
        &format!(
            "CREATE CONSTRAINT TRIGGER wait AFTER {what} DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION wait()"
        ),
    ] {
        tables.spoil(sql).await;
    }
    tables.close().await;
    Some(app)
}

/// Logs out under a key on a connection that is in use, so that all is sent in one call.
async fn log_out_late(app: &App, who: &Client) {
    let created = app.admin().post_json("/api/products", &product_body("Lamp", 100)).send().await;
    created.with_status(201);
    let asked = who.post_json("/api/auth/logout", &password()).key("out").send().await;
    asked.refused(503, "OUTCOME_UNKNOWN");
    // Not a wait for something: PostgreSQL is late, and the server has looked again meanwhile.
    tokio::time::sleep(LATE - Duration::from_secs(10)).await;
    open_the_gate(app).await;
    is_written(app).await;
}

async fn is_written(app: &App) {
    eventually("the log-out is written after all", PATIENCE, async || {
        (app.database.number("SELECT count(*) FROM revoked_tokens").await == 1).then_some(())
    })
    .await;
}

/// Kills the server while PostgreSQL is busy with the commit of a log-out, and starts it again. (Under a
/// key no server would start: the log of kept answers is not to be had until that is written.)
async fn die_logging_out(app: &mut App, who: &Client) {
    let created = app.admin().post_json("/api/products", &product_body("Lamp", 100)).send().await;
    created.with_status(201);
    let asked = tokio::spawn(who.post_json("/api/auth/logout", &password()).send());
    eventually("PostgreSQL is busy with the commit", PATIENCE, async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name LIKE 'hotdeal ledger%' AND wait_event = 'PgSleep'";
        (app.database.number(waiting).await == 1).then_some(())
    })
    .await;
    asked.abort();
    app.kill();
    app.start_again();
}

async fn open_the_gate(app: &App) {
    let tables = app.database.open().await;
    tables.spoil("DELETE FROM gate").await;
    tables.close().await;
}

async fn logged_in(app: &App) -> (Client, String) {
    let (_, _) = app.signed_up("kim").await;
    let body = json!({"email": "kim@shoppers.test", "password": PASSWORD});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    let answer: Value = answer.with_status(200).good();
    let token = |name: &str| answer["data"][name].as_str().expect("a token").to_owned();
    (app.anyone().with_token(Some(token("accessToken"))), token("refreshToken"))
}

#[tokio::test]
async fn a_log_out_whose_repeat_is_told_that_it_is_done_has_closed_every_door() {
    let Some(app) = gated("INSERT ON revoked_tokens").await else { return };
    let (kim, _) = logged_in(&app).await;
    log_out_late(&app, &kim).await;
    kim.post_json("/api/auth/logout", &password()).key("out").send().await.with_status(200);
    kim.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_because_it_has_ended_opens_no_door() {
    let Some(app) = gated("INSERT ON revoked_tokens").await else { return };
    let (kim, refresh) = logged_in(&app).await;
    log_out_late(&app, &kim).await;
    let body = json!({"refreshToken": refresh});
    let refused = app.anyone().post_json("/api/auth/reissue", &body).send().await;
    refused.refused(401, "TOKEN_MISMATCH");
    kim.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
}

#[tokio::test]
async fn a_log_out_that_is_written_after_the_next_start_has_closed_every_door() {
    let Some(mut app) = gated("INSERT ON revoked_tokens").await else { return };
    let (kim, refresh) = logged_in(&app).await;
    die_logging_out(&mut app, &kim).await;
    let kim = kim.again(&app);
    kim.get("/api/users/me").send().await.with_status(200);
    open_the_gate(&app).await;
    is_written(&app).await;
    let body = json!({"refreshToken": refresh});
    let refused = app.anyone().post_json("/api/auth/reissue", &body).send().await;
    refused.refused(401, "TOKEN_MISMATCH");
    kim.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    app.audited();
}

#[tokio::test]
async fn what_waits_for_a_lock_of_the_database_is_given_up_for_certain() {
    let app = App::start().await;
    if app.database.store == Store::Sqlite {
        return;
    }
    let kim = app.signed_up("kim").await.1;
    let tables = app.database.open().await;
    tables.spoil("BEGIN; LOCK TABLE revoked_tokens IN EXCLUSIVE MODE").await;
    let created = app.admin().post_json("/api/products", &product_body("Lamp", 100)).send().await;
    created.with_status(201);
    kim.post_json("/api/auth/logout", &password())
        .key("out")
        .send()
        .await
        .refused(503, "UNAVAILABLE");
    tables.spoil("ROLLBACK").await;
    tables.close().await;
    assert_eq!(app.database.number("SELECT count(*) FROM revoked_tokens").await, 0);
    kim.post_json("/api/auth/logout", &password()).key("out").send().await.with_status(200);
    kim.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
}

/// Sends what rests on a change that is written late, and lets that be written once this waits for it.
async fn sent_before_it_is_written(app: &App, asked: Asked) -> Answer {
    let opened = async {
        eventually("it waits for what is written late", PATIENCE, async || {
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
            (app.database.number(waiting).await > 0).then_some(())
        })
        .await;
        open_the_gate(app).await;
    };
    tokio::join!(asked.send(), opened).0
}

#[tokio::test]
async fn a_change_of_a_product_that_is_written_late_is_not_undone_by_the_next_one() {
    let Some(app) = gated("UPDATE ON products").await else { return };
    let lamp = app.product(None, 1_000, 0).await;
    let path = format!("/api/products/{lamp}");
    let change = |body: Value| app.admin().ask(Method::PATCH, &path).json(&body);
    let cheaper = || change(json!({"productPrice": 900})).key("cheaper").send();
    cheaper().await.refused(503, "OUTCOME_UNKNOWN");
    let renamed = change(json!({"productName": "Other"}));
    sent_before_it_is_written(&app, renamed).await.with_status(200);
    cheaper().await.with_status(200);
    let seen = app.product_view(lamp).await;
    assert_eq!((&*seen.product_name, seen.original_price), ("Other", json!(900)));
}

#[tokio::test]
async fn a_role_that_is_written_late_is_not_undone_by_a_first_shop() {
    let Some(app) = gated("UPDATE ON credentials").await else { return };
    let (kim, _) = app.signed_up("kim").await;
    let path = format!("/api/admin/users/{kim}/role");
    let role = || app.admin().put(&path).json(&json!({"role": "COUNSELLOR"})).key("role").send();
    role().await.refused(503, "OUTCOME_UNKNOWN");
    let body = json!({"name": "Shop", "currency": "KRW", "ownerId": kim});
    let opened = app.admin().post_json("/api/shops", &body);
    sent_before_it_is_written(&app, opened).await.with_status(201);
    role().await.with_status(200);
    let sql =
        format!("SELECT count(*) FROM credentials WHERE user_id = {kim} AND role = 'COUNSELLOR'");
    assert_eq!(app.database.number(&sql).await, 1, "the role that was told");
}

#[tokio::test]
async fn a_pause_that_is_written_late_is_not_passed_over_by_the_resume_that_follows_it() {
    let Some(app) = gated("UPDATE ON deals").await else { return };
    let lamp = app.product(None, 1_000, 10).await;
    let deal = deal(&app, 10.0, &[lamp]).await;
    let moved = |how: &str| app.admin().post(&format!("/api/event/{deal}/{how}"));
    moved("pause").send().await.refused(503, "OUTCOME_UNKNOWN");
    // The rows still say that it runs: that there is nothing to change must not rest on them.
    let resumed = sent_before_it_is_written(&app, moved("resume")).await.with_status(200);
    assert_eq!(resumed.good::<Value>()["status"], json!("RUNNING"));
    let body = json!({"productId": lamp, "quantity": 1});
    let ordered = app.shopper(1).post_json("/api/orders/v1", &body).send().await;
    let ordered: OrderAnswer = ordered.with_status(200).good();
    assert_eq!(ordered.items[0].product_price, 900);
    app.audited();
}
