//! Who writes by cookie proves that the page is ours; a token in a header needs no such proof.

use reqwest::Method;
use serde_json::{Value, json};

use super::{FORM, csrf, signed_up, visitor};
use crate::support::{ADMIN_EMAIL, ADMIN_PASSWORD, App, Settings};

/// Every address where a form is sent by somebody who is logged in.
const FORMS: [&str; 14] = [
    "/products/1/order",
    "/products/1/follow",
    "/products/1/unfollow",
    "/coupons/1/claim",
    "/orders/1/cancel",
    "/notices/read",
    "/console/shops/1/orders/1/accept",
    "/console/shops/1/orders/1/ready",
    "/console/shops/1/orders/1/done",
    "/console/shops/1/orders/1/reject",
    "/admin/users/1/role",
    "/admin/log",
    "/me/password",
    "/logout",
];

/// Logs in an admin, who may do everything, by the form.
async fn admin(app: &App) -> String {
    let form = format!(
        "email={}&password={}",
        ADMIN_EMAIL.replace('@', "%40"),
        ADMIN_PASSWORD.replace(' ', "+")
    );
    let answer = visitor(app).post("/login").raw(FORM, form).send().await.with_status(303);
    super::cookie_of(&answer)
}

#[tokio::test]
async fn every_write_by_cookie_needs_the_token_of_its_session() {
    let app = App::start().await;
    let (cookie, other) = (admin(&app).await, admin(&app).await);
    let foreign = csrf(&app, &other).await;
    let document: Value = app.anyone().get("/api/openapi.json").send().await.good();
    let mut writes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let needs_token =
                operation["security"].as_array().is_some_and(|needs| !needs.is_empty());
            if needs_token && method != "get" {
                let path =
                    path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
                let path = path.collect::<Vec<_>>().join("/");
                writes.push((
                    Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
                    path,
                ));
            }
        }
    }
    assert!(writes.len() > 25, "{writes:?}");
    for (method, path) in &writes {
        for token in [None, Some(""), Some("AAAAAAAAAAAAAAAAAAAAAA"), Some(foreign.as_str())] {
            let asked =
                visitor(&app).ask(method.clone(), path).json(&json!({})).header("cookie", &cookie);
            let asked =
                if let Some(token) = token { asked.header("x-csrf-token", token) } else { asked };
            asked.send().await.refused(403, "CSRF_MISMATCH");
        }
    }
    for path in FORMS {
        for field in ["", "csrf=", "csrf=AAAAAAAAAAAAAAAAAAAAAA", &format!("csrf={foreign}")] {
            let sent = visitor(&app)
                .post(path)
                .raw(FORM, field.to_owned())
                .header("cookie", &cookie)
                .send()
                .await;
            assert_eq!(sent.status.as_u16(), 403, "{path} {field}: {sent}");
            assert!(sent.text().contains("CSRF_MISMATCH"), "{sent}");
        }
    }
    // Nothing has happened: the session goes on.
    visitor(&app).get("/api/users/me").header("cookie", &cookie).send().await.with_status(200);
    let token = csrf(&app, &cookie).await;
    let good =
        visitor(&app).post("/api/noop").json(&json!({"eventId": 1})).header("cookie", &cookie);
    good.header("x-csrf-token", &token).send().await.with_status(200);
}

#[tokio::test]
async fn a_form_of_another_page_is_refused_even_the_one_to_log_in() {
    let app = App::start().await;
    signed_up(&app, "kim").await;
    let form = format!("email=kim%40shoppers.test&password={}", super::PASSWORD.replace(' ', "+"));
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("origin", app.url(), 303),
    ] {
        let sent =
            visitor(&app).post("/login").raw(FORM, form.clone()).header(name, value).send().await;
        assert_eq!(sent.status.as_u16(), status, "{name}: {value}");
        assert_eq!(super::set_cookie(&sent).is_some(), status == 303, "{sent}");
    }
}

#[tokio::test]
async fn a_named_origin_reads_nothing_by_cookie_and_opens_no_live_connection() {
    let named = |s: Settings| s.with("HOTDEAL__HTTP__CORS_ORIGINS", "https://shop.example");
    let app = App::start_with(named).await;
    let cookie = signed_up(&app, "kim").await;
    let cross = visitor(&app)
        .get("/api/users/me")
        .header("cookie", &cookie)
        .header("origin", "https://shop.example");
    let cross = cross.send().await;
    assert!(cross.header("access-control-allow-origin").is_some());
    assert!(cross.header("access-control-allow-credentials").is_none(), "a browser hides it");
    let asks = visitor(&app)
        .ask(Method::OPTIONS, "/api/orders/v1")
        .header("origin", "https://shop.example");
    let asks = asks.header("access-control-request-method", "POST").send().await.with_status(204);
    assert!(asks.header("access-control-allow-credentials").is_none());
    let headers = asks.header("access-control-allow-headers").expect("headers");
    assert!(!headers.contains("x-csrf-token"), "{headers}");
    let own = app.url().to_owned();
    for (origin, expected) in [
        ("https://shop.example", [403, 403]),
        ("https://evil.example", [403, 403]),
        (own.as_str(), [101, 200]),
    ] {
        let found =
            crate::live::doors::statuses(&app, "", &[("cookie", &cookie), ("origin", origin)])
                .await;
        assert_eq!(found, expected, "{origin}");
    }
    let access = cookie.trim_start_matches("__Host-session=").split('~').next();
    let token = format!("Bearer {}", access.expect("an access token"));
    let found = crate::live::doors::statuses(
        &app,
        "",
        &[("authorization", &token), ("origin", "https://shop.example")],
    )
    .await;
    assert_eq!(found, [101, 200], "with a token it may");
}
