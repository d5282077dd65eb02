//! The cookie of a session: what it opens, how it is renewed, how it ends.

use serde_json::{Value, json};

use super::{FORM, PASSWORD, cookie_of, csrf, set_cookie, signed_up, visitor};
use crate::support::App;

/// The number of whoever has this cookie, or the status of the refusal.
async fn who(app: &App, cookie: &str) -> Result<i64, u16> {
    let answer = visitor(app).get("/api/users/me").header("cookie", cookie).send().await;
    match answer.status.as_u16() {
        200 => Ok(answer.good::<Value>()["userId"].as_i64().expect("a number")),
        status => Err(status),
    }
}

/// The cookie with an access token that nobody takes, as one that has expired.
fn expired(cookie: &str) -> String {
    let (_, refresh) = cookie.split_once('~').expect("two tokens");
    format!("__Host-session=x.y.z~{refresh}")
}

#[tokio::test]
async fn a_cookie_is_guarded_and_opens_pages_and_api() {
    let app = App::start().await;
    let form = format!("email=kim%40shoppers.test&password={}", PASSWORD.replace(' ', "+"));
    signed_up(&app, "kim").await;
    let answer =
        visitor(&app).post("/login").raw(FORM, format!("{form}&return=/orders")).send().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, Some("/orders")),
        "{answer}"
    );
    let set = set_cookie(&answer).expect("a cookie");
    for guard in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=86400"] {
        assert!(set.contains(guard), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = cookie_of(&answer);
    assert!(who(&app, &cookie).await.is_ok());
    for path in ["/orders", "/notices", "/me"] {
        let page = visitor(&app).get(path).header("cookie", &cookie).send().await.with_status(200);
        assert_eq!(page.header("cache-control"), Some("private, no-store"), "{path}");
    }
    // A header decides alone, whatever the cookie is.
    let both = visitor(&app)
        .get("/api/users/me")
        .header("cookie", &cookie)
        .header("authorization", "Bearer x");
    both.send().await.refused(401, "TOKEN_MISMATCH");
    for odd in ["__Host-session=", "__Host-session=x", "__Host-session=x~y", "session=x", "=;;="] {
        assert_eq!(who(&app, odd).await, Err(401), "{odd}");
    }
    let wrong = visitor(&app)
        .post("/login")
        .raw(FORM, "email=kim%40shoppers.test&password=wrong+and+wrong");
    let wrong = wrong.header("accept-language", "ko").send().await.with_status(200);
    assert!(
        wrong.text().contains("이메일이나 비밀번호가 맞지 않습니다")
            && set_cookie(&wrong).is_none()
    );
}

#[tokio::test]
async fn who_has_to_log_in_is_led_there_and_back_and_nowhere_else() {
    let app = App::start().await;
    let asked = visitor(&app).get("/orders?before=7").send().await;
    assert_eq!(
        (asked.status.as_u16(), asked.header("location")),
        (303, Some("/login?return=/orders%3Fbefore%3D7"))
    );
    let sent = visitor(&app)
        .post("/products/7/order")
        .raw(FORM, "quantity=1")
        .header("referer", &format!("{}/products/7", app.url()));
    assert_eq!(sent.send().await.header("location"), Some("/login?return=/products/7"));
    signed_up(&app, "kim").await;
    for (back, to) in [
        ("/orders%3Fbefore%3D7", "/orders?before=7"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ] {
        let form = format!(
            "email=kim%40shoppers.test&password={}&return={back}",
            PASSWORD.replace(' ', "+")
        );
        let answer = visitor(&app).post("/login").raw(FORM, form).send().await.with_status(303);
        assert_eq!(answer.header("location"), Some(to), "{back}");
    }
}

#[tokio::test]
async fn a_session_is_renewed_on_the_way_and_a_lost_answer_costs_nothing() {
    let mut app = App::start().await;
    let first = signed_up(&app, "kim").await;
    let user = who(&app, &first).await.expect("logged in");
    let old = expired(&first);
    let renewed = visitor(&app).get("/me").header("cookie", &old).send().await.with_status(200);
    let second = cookie_of(&renewed);
    assert_eq!(renewed.header("cache-control"), Some("no-store"));
    // Others may keep a picture, and never somebody's session with it.
    let icon = visitor(&app).get("/favicon.svg").header("cookie", "__Host-session=x~y");
    let icon = icon.send().await.with_status(200);
    assert!(set_cookie(&icon).is_none() || icon.header("cache-control") == Some("no-store"));
    assert_ne!(second, first);
    assert_eq!(who(&app, &second).await, Ok(user));
    // The answer was lost, even with the server: the same tokens again, as long as they are unused.
    app.kill();
    app.start_again();
    let again =
        visitor(&app).get("/api/users/me").header("cookie", &old).send().await.with_status(200);
    assert_eq!(cookie_of(&again), second);
    // Once they were used, the older one is somebody else's: the session ends.
    let third =
        visitor(&app).get("/").header("cookie", &expired(&second)).send().await.with_status(200);
    let third = cookie_of(&third);
    assert_eq!(who(&app, &third).await, Ok(user));
    let stolen = visitor(&app).get("/").header("cookie", &old).send().await.with_status(200);
    assert!(
        set_cookie(&stolen)
            .is_some_and(|set| set.starts_with("__Host-session=;") && set.contains("Max-Age=0")),
        "{stolen}"
    );
    assert_eq!(who(&app, &expired(&third)).await, Err(401));
    assert_eq!(who(&app, &third).await, Err(401), "its access token is void, too");
    app.audited();
}

#[tokio::test]
async fn a_log_out_ends_the_session_and_empties_the_cookie() {
    let app = App::start().await;
    let cookie = signed_up(&app, "kim").await;
    let token = csrf(&app, &cookie).await;
    let out =
        visitor(&app).post("/logout").raw(FORM, format!("csrf={token}")).header("cookie", &cookie);
    let out = out.send().await.with_status(303);
    assert!(
        set_cookie(&out)
            .is_some_and(|set| set.starts_with("__Host-session=;") && set.contains("Max-Age=0")),
        "{out}"
    );
    assert_eq!(who(&app, &cookie).await, Err(401));
    assert_eq!(who(&app, &expired(&cookie)).await, Err(401), "nothing renews it");
    app.audited();
}

#[tokio::test]
async fn a_new_role_comes_with_the_next_request() {
    let app = App::start().await;
    let cookie = signed_up(&app, "kim").await;
    let user = who(&app, &cookie).await.expect("logged in");
    let admin = app.anyone().post_json(
        "/api/auth/login",
        &json!({"email": crate::support::ADMIN_EMAIL, "password": crate::support::ADMIN_PASSWORD}),
    );
    let admin: Value = admin.send().await.good();
    let admin = app.anyone().with_token(admin["data"]["accessToken"].as_str().map(str::to_owned));
    let role = admin.put(&format!("/api/admin/users/{user}/role")).json(&json!({"role": "SELLER"}));
    role.send().await.with_status(200);
    let me =
        visitor(&app).get("/api/users/me").header("cookie", &cookie).send().await.with_status(200);
    assert_eq!(me.good::<Value>()["role"], "SELLER");
    assert_ne!(cookie_of(&me), cookie);
}

#[tokio::test]
async fn the_log_in_page_says_where_no_browser_would_keep_the_cookie() {
    let behind =
        |s: crate::support::Settings| s.with("HOTDEAL__HTTP__TRUSTED_PROXIES", "127.0.0.1");
    let (bare, proxied) = (App::start().await, App::start_with(behind).await);
    for (app, headers, is_told) in [
        (&bare, vec![("host", "localhost:8080")], false),
        (&bare, vec![("host", "127.0.0.1:8080")], false),
        (&bare, vec![("host", "mall.example")], true),
        (&bare, vec![("host", "mall.example"), ("x-forwarded-proto", "https")], true),
        (&proxied, vec![("host", "mall.example"), ("x-forwarded-proto", "https")], false),
        (&proxied, vec![("host", "mall.example"), ("x-forwarded-proto", "http")], true),
    ] {
        for path in ["/login", "/signup"] {
            let mut asked = visitor(app).get(path).header("accept-language", "en");
            for (name, value) in &headers {
                asked = asked.header(name, value);
            }
            let text = asked.send().await.with_status(200).text();
            assert_eq!(text.contains("cannot keep you logged in"), is_told, "{path} {headers:?}");
        }
    }
}
