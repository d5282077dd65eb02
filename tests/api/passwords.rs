//! Another password: set by who knows the one before, and good against who does not.

use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

const BEFORE: &str = "a long enough password";
const AFTER: &str = "a longer walk in the hills";

async fn change(client: &Client, from: &str, to: &str) -> Answer {
    let body = json!({"password": from, "newPassword": to});
    client.post_json("/api/auth/password", &body).send().await
}

async fn log_in(app: &App, password: &str) -> Answer {
    let body = json!({"email": "kim@shoppers.test", "password": password});
    app.anyone().post_json("/api/auth/login", &body).send().await
}

fn token(answer: &Answer, name: &str) -> String {
    let told: Value = answer.good();
    told["data"][name].as_str().expect("a token").to_owned()
}

async fn is_let_in(client: &Client) -> bool {
    let answer = client.get("/api/users/me").send().await;
    if answer.status != 200 {
        answer.refused(401, "TOKEN_MISMATCH");
    }
    answer.status == 200
}

#[tokio::test]
async fn another_password_ends_every_session_but_the_one_it_was_set_in() {
    let mut app = App::start().await;
    let (_, other) = app.signed_up("kim").await;
    let mine = log_in(&app, BEFORE).await.with_status(200);
    let elsewhere = log_in(&app, BEFORE).await.with_status(200);
    let me = app.anyone().with_token(Some(token(&mine, "accessToken")));
    change(&me, BEFORE, AFTER).await.with_status(200);
    assert!(is_let_in(&me).await, "one goes on");
    let stranger = app.anyone().with_token(Some(token(&elsewhere, "accessToken")));
    for gone in [&other, &stranger] {
        assert!(!is_let_in(gone).await, "a session that did not know the password");
    }
    let reissue = async |app: &App, answer: &Answer| {
        let body = json!({"refreshToken": token(answer, "refreshToken")});
        app.anyone().post_json("/api/auth/reissue", &body).send().await
    };
    reissue(&app, &elsewhere).await.refused(401, "TOKEN_MISMATCH");
    log_in(&app, BEFORE).await.refused(401, "PASSWORD_MISMATCH");
    log_in(&app, AFTER).await.with_status(200);
    // After a crash, too.
    app.kill();
    app.start_again();
    assert!(is_let_in(&me.again(&app)).await);
    assert!(!is_let_in(&stranger.again(&app)).await);
    reissue(&app, &mine).await.with_status(200);
    reissue(&app, &elsewhere).await.refused(401, "TOKEN_MISMATCH");
    log_in(&app, BEFORE).await.refused(401, "PASSWORD_MISMATCH");
    app.audited();
    // Neither password is anywhere in the journal.
    for secret in [BEFORE, AFTER, "argon2"] {
        let sql = format!("SELECT count(*) FROM journal WHERE facts LIKE '%{secret}%'");
        assert_eq!(app.database.number(&sql).await, 0, "{secret}");
    }
}

#[tokio::test]
async fn a_password_is_not_changed_without_the_one_before_nor_to_a_bad_one() {
    let app = App::start().await;
    let (_, kim) = app.signed_up("kim").await;
    change(&kim, "not the password", AFTER).await.refused(400, "PASSWORD_MISMATCH");
    for bad in ["short", "password", &"x".repeat(1_025)] {
        let problem = change(&kim, BEFORE, bad).await.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some("newPassword"), "{bad}");
    }
    for body in [json!({"password": BEFORE}), json!({"newPassword": AFTER})] {
        let answer = kim.post_json("/api/auth/password", &body).send().await;
        answer.refused(400, "MISSING_VALUE");
    }
    log_in(&app, BEFORE).await.with_status(200);
    let sql = "SELECT count(*) FROM journal WHERE facts LIKE '%PasswordChanged%'";
    assert_eq!(app.database.number(sql).await, 0);
}

#[tokio::test]
async fn guesses_at_the_password_are_counted_as_at_a_log_in() {
    let app =
        App::start_with(|settings| settings.with("HOTDEAL__AUTH__WRONG_PER_ACCOUNT_MAX", "3"));
    let app = app.await;
    let (_, kim) = app.signed_up("kim").await;
    for _ in 0..3 {
        change(&kim, "not the password", AFTER).await.refused(400, "PASSWORD_MISMATCH");
    }
    change(&kim, BEFORE, AFTER).await.refused(429, "TOO_MANY_ATTEMPTS");
    log_in(&app, BEFORE).await.refused(429, "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn a_repeat_under_the_key_gets_the_first_answer_although_the_password_is_another() {
    let app = App::start().await;
    let (_, kim) = app.signed_up("kim").await;
    let ask = async |from: &str| {
        let body = json!({"password": from, "newPassword": AFTER});
        kim.post_json("/api/auth/password", &body).key("change-1").send().await
    };
    let first = ask(BEFORE).await.with_status(200);
    let again = ask(BEFORE).await.with_status(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.body, again.body);
    ask("a guess at it").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let sql = "SELECT password_number FROM credentials WHERE email = 'kim@shoppers.test'";
    assert_eq!(app.database.number(sql).await, 1);
}

#[tokio::test]
async fn of_two_who_change_it_at_once_one_does() {
    let app = App::start().await;
    let (_, kim) = app.signed_up("kim").await;
    let others = ["the first of two walks", "the second of two walks"];
    let both = others.map(|to| change(&kim, BEFORE, to));
    let mut done = Vec::new();
    for (answer, to) in futures_util::future::join_all(both).await.into_iter().zip(others) {
        match answer.status.as_u16() {
            200 => done.push(to),
            503 => drop(answer.refused(503, "BUSY")),
            _ => drop(answer.refused(400, "PASSWORD_MISMATCH")),
        }
    }
    assert_eq!(done.len(), 1, "{done:?}");
    log_in(&app, done[0]).await.with_status(200);
    app.audited();
}
