//! Accounts.

use serde_json::{Value, json};

use super::{is_time, with_members};
use crate::support::{Answer, App, Client};

const PASSWORD: &str = "a long walk by the sea";

async fn sign_up(app: &App, email: &str) -> Answer {
    let body = json!({"email": email, "name": "Kim", "password": PASSWORD});
    app.anyone().post_json("/api/auth/signup", &body).send().await
}

async fn log_in(app: &App, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    app.anyone().post_json("/api/auth/login", &body).send().await
}

/// A new account: its number, its tokens, and a client with the access token.
async fn account(app: &App, email: &str) -> (i64, Value, Client) {
    let signed_up: Value = sign_up(app, email).await.with_status(201).good();
    let tokens: Value = log_in(app, email).await.with_status(200).good();
    let token = tokens["data"]["accessToken"].as_str().expect("a token").to_owned();
    let number = signed_up["data"]["authId"].as_i64().expect("a number");
    (number, tokens, app.anyone().with_token(Some(token)))
}

#[tokio::test]
async fn sign_up_answers_201_with_the_account_and_a_message() {
    let app = App::start().await;
    let answer = sign_up(&app, "kim@example.com").await;
    let body = with_members(&answer, 201, &["data.authId", "data.email", "data.name", "message"]);
    assert!(body["data"]["authId"].is_i64() && body["message"].is_string(), "{body}");
    assert_eq!(
        (&body["data"]["email"], &body["data"]["name"]),
        (&json!("kim@example.com"), &json!("Kim"))
    );
    sign_up(&app, "kim@example.com").await.refused(409, "DUPLICATE_EMAIL");
}

#[tokio::test]
async fn log_in_and_reissue_answer_200_with_both_tokens_and_a_message() {
    let app = App::start().await;
    sign_up(&app, "kim@example.com").await.with_status(201);
    let members = ["data.accessToken", "data.refreshToken", "message"];
    let tokens = with_members(&log_in(&app, "kim@example.com").await, 200, &members);
    let body = json!({"refreshToken": tokens["data"]["refreshToken"]});
    let answer = app.anyone().post_json("/api/auth/reissue", &body).send().await;
    let renewed = with_members(&answer, 200, &members);
    for tokens in [&tokens, &renewed] {
        let token = tokens["data"]["accessToken"].as_str().expect("a token").to_owned();
        let me = app.anyone().with_token(Some(token)).get("/api/users/me").send().await;
        me.with_status(200);
    }
    let body = json!({"email": "kim@example.com", "password": "not this one"});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    answer.refused(401, "PASSWORD_MISMATCH");
    let body = json!({"refreshToken": "no token"});
    let answer = app.anyone().post_json("/api/auth/reissue", &body).send().await;
    answer.refused(401, "TOKEN_MISMATCH");
}

#[tokio::test]
async fn log_out_takes_the_password_and_answers_200_with_a_message() {
    let app = App::start().await;
    let (_, _, client) = account(&app, "kim@example.com").await;
    let wrong = client.post_json("/api/auth/logout", &json!({"password": "not this one"}));
    wrong.send().await.refused(400, "PASSWORD_MISMATCH");
    let right = client.post_json("/api/auth/logout", &json!({"password": PASSWORD}));
    with_members(&right.send().await, 200, &["message"]);
    client.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
}

#[tokio::test]
async fn withdraw_takes_the_password_and_restore_brings_the_account_back() {
    let app = App::start().await;
    let (number, _, client) = account(&app, "kim@example.com").await;
    // By the path; by the query, with the path as it stands in the old documentation.
    for restore in [
        format!("/api/auth/{number}/restore"),
        format!("/api/auth/%7BauthId%7D/restore?authId={number}"),
    ] {
        let tokens: Value = log_in(&app, "kim@example.com").await.with_status(200).good();
        let token = tokens["data"]["accessToken"].as_str().expect("a token").to_owned();
        let client = client.with_token(Some(token));
        let wrong = client.post_json("/api/auth/withdraw", &json!({"password": "not this one"}));
        wrong.send().await.refused(400, "PASSWORD_MISMATCH");
        let right = client.post_json("/api/auth/withdraw", &json!({"password": PASSWORD}));
        with_members(&right.send().await, 200, &["message"]);
        // As a wrong password, to the letter.
        let withdrawn = log_in(&app, "kim@example.com").await;
        withdrawn.refused(401, "PASSWORD_MISMATCH");
        let unknown = log_in(&app, "nobody@example.com").await;
        assert_eq!(withdrawn.text(), unknown.text());
        let answer = app.admin().post(&restore).send().await;
        with_members(&answer, 200, &["message"]);
    }
    log_in(&app, "kim@example.com").await.with_status(200);
    let answer = app.admin().post("/api/auth/800000000/restore").send().await;
    answer.refused(404, "NOT_FOUND_USER");
}

#[tokio::test]
async fn me_answers_200_with_the_account() {
    let app = App::start().await;
    let (_, _, client) = account(&app, "kim@example.com").await;
    let answer = client.get("/api/users/me").send().await;
    let me = with_members(&answer, 200, &["email", "name", "createdAt"]);
    assert_eq!((&me["email"], &me["name"]), (&json!("kim@example.com"), &json!("Kim")));
    is_time(&me["createdAt"]);
}
