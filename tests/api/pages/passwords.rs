//! Passwords: the link of a first start, and another password of one's own.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use serde_json::json;

use super::{FORM, PASSWORD, cookie_of, csrf, signed_up, visitor};
use crate::support::{App, Client, Hotdeal, Store};

/// Somebody at this address who follows no redirection.
fn at(url: &str) -> Client {
    let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
    Client::new(http.expect("a plain client can be built"), url.to_owned(), None)
}

/// What a first start has printed: the address, the token of the link, the admin and the password beside it.
fn told(server: &mut Hotdeal) -> (String, String, [String; 2]) {
    let url = server.ready_at().expect("it serves");
    let printed = server.said().join("\n");
    let (_, link) = printed.split_once("/first-password?token=").expect("a link is printed");
    let token = link.split(' ').next().unwrap_or_default().to_owned();
    let admin = printed.lines().find_map(|line| line.strip_prefix("admin ")).expect("an admin");
    let (email, password) = admin.split_once(", password ").expect("a password");
    let password = password.split(' ').next().unwrap_or_default();
    (url, token, [email, password].map(ToOwned::to_owned))
}

async fn sent(url: &str, token: &str, password: &str) -> crate::support::Answer {
    let form = format!("token={token}&password={}", password.replace(' ', "+"));
    at(url).post("/first-password").raw(FORM, form).send().await
}

async fn logs_in(url: &str, email: &str, password: &str) -> bool {
    let body = json!({"email": email, "password": password});
    at(url).post_json("/api/auth/login", &body).send().await.status.as_u16() == 200
}

fn new_server(folder: &std::path::Path) -> Hotdeal {
    let bind = ("HOTDEAL__HTTP__BIND".to_owned(), "127.0.0.1:0".to_owned());
    Hotdeal::start(&[], folder, &BTreeMap::from([bind]))
}

#[tokio::test]
async fn the_link_of_a_first_start_sets_the_admins_password_once() {
    if Store::of_this_run() == Store::Postgres {
        // A server without settings has a database of its own.
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = new_server(folder.path());
    let (url, token, [email, made]) = told(&mut server);
    let page = at(&url).get(&format!("/first-password?token={token}")).send().await;
    let page = page.with_status(200);
    assert!(page.text().contains(&email), "{page}");
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let weak = sent(&url, &token, "password").await.with_status(400);
    assert!(weak.text().contains(&token), "the link goes on: {weak}");
    assert!(logs_in(&url, &email, &made).await, "nothing was changed");
    sent(&url, "another", PASSWORD).await.with_status(410);
    at(&url).get("/first-password?token=another").send().await.with_status(410);
    at(&url).get("/first-password").send().await.with_status(410);

    let set = sent(&url, &token, PASSWORD).await.with_status(303);
    let cookie = cookie_of(&set);
    at(&url).get("/me").header("cookie", &cookie).send().await.with_status(200);
    assert!(logs_in(&url, &email, PASSWORD).await && !logs_in(&url, &email, &made).await);
    sent(&url, &token, "yet another walk by the sea").await.with_status(410);
    assert!(logs_in(&url, &email, PASSWORD).await, "it works once");

    server.kill();
    let mut server = new_server(folder.path());
    let url = server.ready_at().expect("it starts again");
    assert!(!server.said().join("\n").contains("first-password"), "it is printed once");
    assert!(logs_in(&url, &email, PASSWORD).await);
    sent(&url, &token, "yet another walk by the sea").await.with_status(410);
}

#[tokio::test]
async fn the_link_is_void_once_the_password_was_changed_otherwise() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = new_server(folder.path());
    let (url, token, [email, made]) = told(&mut server);
    let body = json!({"email": email, "password": made});
    let login =
        at(&url).post_json("/api/auth/login", &body).send().await.good::<serde_json::Value>();
    let access = login["data"]["accessToken"].as_str().expect("a token");
    let change = json!({"password": made, "newPassword": PASSWORD});
    let changed = at(&url).post_json("/api/auth/password", &change);
    let changed = changed.header("authorization", &format!("Bearer {access}"));
    changed.send().await.with_status(200);
    sent(&url, &token, "yet another walk by the sea").await.with_status(410);
    assert!(logs_in(&url, &email, PASSWORD).await);
}

#[tokio::test]
async fn who_knows_their_password_changes_it_and_is_logged_out_elsewhere() {
    let app = App::start().await;
    let cookie = signed_up(&app, "kim").await;
    let form = format!("email=kim%40shoppers.test&password={}", PASSWORD.replace(' ', "+"));
    let elsewhere = cookie_of(&visitor(&app).post("/login").raw(FORM, form).send().await);
    let csrf = csrf(&app, &cookie).await;
    let change = async |now: &str, new: &str| {
        let (now, new) = (now.replace(' ', "+"), new.replace(' ', "+"));
        let form = format!("csrf={csrf}&password={now}&newPassword={new}");
        let sent = visitor(&app).post("/me/password").raw(FORM, form).header("cookie", &cookie);
        sent.send().await
    };
    let wrong = change("not my password", "a longer walk in the hills").await.with_status(400);
    assert!(wrong.text().contains("That is not your password"), "{wrong}");
    let weak = change(PASSWORD, "password").await.with_status(400);
    assert!(weak.text().contains("At least 8 characters"), "{weak}");
    assert!(logs_in(app.url(), "kim@shoppers.test", PASSWORD).await, "nothing was changed");

    let done = change(PASSWORD, "a longer walk in the hills").await.with_status(303);
    let to = done.header("location").expect("a page").to_owned();
    let page = visitor(&app).get(&to).header("cookie", &cookie).send().await.with_status(200);
    assert!(page.text().contains("Your password is changed"), "{page}");
    let other = visitor(&app).get("/me").header("cookie", &elsewhere).send().await;
    assert_eq!(other.status.as_u16(), 303, "it is logged out: {other}");
    assert!(logs_in(app.url(), "kim@shoppers.test", "a longer walk in the hills").await);
    assert!(!logs_in(app.url(), "kim@shoppers.test", PASSWORD).await);
}
