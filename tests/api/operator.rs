//! What whoever runs the server can do about accounts without being let in: `hotdeal user`.

use serde_json::{Value, json};

use crate::support::{ADMIN_EMAIL, ADMIN_PASSWORD, Answer, App, Ended};

async fn log_in(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.anyone().post_json("/api/auth/login", &body).send().await
}

fn tokens(answer: Answer) -> (String, String) {
    let answer: Value = answer.with_status(200).good();
    let token = |name: &str| answer["data"][name].as_str().expect("a token").to_owned();
    (token("accessToken"), token("refreshToken"))
}

/// Runs `hotdeal user` while the server is down.
#[track_caller]
fn user(app: &mut App, arguments: &[&str], input: &str) -> Ended {
    app.kill();
    let ended = app.run_with_input(&[&["user"], arguments].concat(), input);
    app.start_again();
    ended
}

#[track_caller]
fn done(ended: &Ended) -> Value {
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[tokio::test]
async fn a_lost_admin_password_is_reset_and_whoever_had_it_is_out() {
    let mut app = App::start().await;
    let (access, refresh) = tokens(log_in(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await);
    let told = done(&user(&mut app, &["reset-password", ADMIN_EMAIL, "--json"], ""));
    let made = told["password"].as_str().expect("a password").to_owned();
    log_in(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await.refused(401, "PASSWORD_MISMATCH");
    let (new, _) = tokens(log_in(&app, ADMIN_EMAIL, &made).await);
    let old = app.anyone().with_token(Some(access));
    old.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    let body = json!({"refreshToken": refresh});
    let renewed = app.anyone().post_json("/api/auth/reissue", &body).send().await;
    renewed.refused(401, "TOKEN_MISMATCH");
    let new = app.anyone().with_token(Some(new));
    new.get("/api/admin/users").send().await.with_status(200);
    let facts = "SELECT count(*) FROM journal WHERE facts LIKE '%PasswordReset%'";
    assert_eq!(app.database.number(facts).await, 1);
    let told = "SELECT count(*) FROM journal WHERE facts LIKE '%argon2%'";
    assert_eq!(app.database.number(told).await, 0, "the journal tells no secret");
    app.audited();
}

#[tokio::test]
async fn an_account_is_made_with_the_password_that_is_typed() {
    let mut app = App::start().await;
    let words = "a bridge over the han river";
    let create = ["create", "Park@Mall.Test", "--role", "ADMIN", "--name", "Park"];
    let typed = [&create as &[&str], &["--password-stdin", "--json"]].concat();
    let told = done(&user(&mut app, &typed, &format!("{words}\n")));
    assert_eq!((&told["email"], &told["role"]), (&json!("park@mall.test"), &json!("ADMIN")));
    assert_eq!(told["password"], Value::Null, "who typed it knows it");
    let (access, _) = tokens(log_in(&app, "park@mall.test", words).await);
    let park = app.anyone().with_token(Some(access));
    let me: Value = park.get("/api/users/me").send().await.good();
    assert_eq!((&me["name"], &me["userId"]), (&json!("Park"), &told["userId"]));
    park.get("/api/admin/users").send().await.with_status(200);
    let again = user(&mut app, &typed, &format!("{words}\n"));
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(again.stderr.contains("park@mall.test"), "{again:?}");
    for (arguments, input) in [
        (&["create", "kim@mall.test", "--password-stdin"] as &[&str], "password123\n"),
        (&["create", "kim@mall.test", "--password-stdin"], "short\n"),
        (&["create", "kim at mall.test"], ""),
        (&["reset-password", "nobody@mall.test"], ""),
        (&["role", "nobody@mall.test", "ADMIN"], ""),
    ] {
        let refused = user(&mut app, arguments, input);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{arguments:?}: {refused:?}");
    }
    app.audited();
}

#[tokio::test]
async fn a_role_is_given_and_takes_effect_at_once() {
    let mut app = App::start().await;
    let (id, _) = app.signed_up("kim").await;
    let (access, refresh) =
        tokens(log_in(&app, "kim@shoppers.test", "a long enough password").await);
    let told = done(&user(&mut app, &["role", "kim@shoppers.test", "ADMIN", "--json"], ""));
    assert_eq!((&told["userId"], &told["role"]), (&json!(id), &json!("ADMIN")));
    let old = app.anyone().with_token(Some(access));
    old.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    let body = json!({"refreshToken": refresh});
    let (new, _) = tokens(app.anyone().post_json("/api/auth/reissue", &body).send().await);
    let new = app.anyone().with_token(Some(new));
    new.get("/api/admin/users").send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn an_admin_password_that_is_set_and_has_no_effect_is_told_at_the_start() {
    let mut app = App::start().await;
    let said = |app: &mut App| app.server().said().join("\n");
    assert!(!said(&mut app).contains("reset-password"));
    app.kill();
    app.start_again();
    assert!(!said(&mut app).contains("reset-password"), "it is as set: {}", said(&mut app));
    app.kill();
    app.start_again_with(&[("HOTDEAL__AUTH__ADMIN_PASSWORD", "another horse another battery")]);
    let told = said(&mut app);
    for words in ["auth.admin_password", ADMIN_EMAIL, "hotdeal user reset-password"] {
        assert!(told.contains(words), "no `{words}` in what is said at the start:\n{told}");
    }
    assert!(!told.contains("another horse"), "{told}");
    log_in(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await.with_status(200);
    app.kill();
    app.start_again_with(&[("HOTDEAL__AUTH__ADMIN_EMAIL", "boss@mall.test")]);
    assert!(said(&mut app).contains("boss@mall.test has no account"), "{}", said(&mut app));
}
