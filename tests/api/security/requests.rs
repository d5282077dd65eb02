//! Requests that are no sound HTTP, or not meant for this server (rows 11, 21, 24, 25, 27, 29, 50).

use serde_json::json;

use super::operations::operations;
use crate::support::{
    ADMIN_EMAIL, ADMIN_PASSWORD, App, PATIENCE, Role, Settings, Wire, mint, time_in_s,
};

fn head(app: &App, start: &str, more: &str) -> String {
    let host = app.url().trim_start_matches("http://");
    let token = mint(900_000_001, Role::Admin);
    format!("{start} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{more}\r\n")
}

#[tokio::test]
async fn row_11_admins_can_have_an_address_of_their_own() {
    let apart = |settings: Settings| settings.with("HOTDEAL__HTTP__ADMIN_BIND", "127.0.0.1:0");
    let mut app = App::start_with(apart).await;
    let said = app.server().said().join("\n");
    let own = said.lines().find_map(|line| line.strip_prefix("for admins alone"));
    let own = own.unwrap_or_else(|| panic!("where? {said}"));
    let own = app.admin().at(own.trim().trim_end_matches("/admin/"));
    let mut found = 0;
    for operation in operations(&app) {
        let path = operation.path(7);
        let method: reqwest::Method = operation.method.parse().expect("a method");
        if !operation.template.starts_with("/api/admin/") {
            continue;
        }
        found += 1;
        // Where everybody comes there is no such path, for nobody and with no method.
        for client in [app.admin(), app.shopper(7), app.anyone()] {
            for method in [method.clone(), reqwest::Method::DELETE] {
                client.ask(method, &path).send().await.refused(404, "NOT_FOUND");
            }
        }
        // There it is what it always is.
        let (status, code) = match operation.id.as_str() {
            "setRole" | "setLogLevel" => (415, Some("UNSUPPORTED_MEDIA_TYPE")),
            "getActor" => (404, Some("NOT_FOUND_ACTOR")),
            "getHistory" | "getStockHistory" => (404, Some("NOT_FOUND_HISTORY")),
            "listUsers" | "listAllEvents" | "getLogLevel" | "getTelling" | "listActors"
            | "listConnections" => (200, None),
            other => panic!("what does {other} answer?"),
        };
        let there = own.ask(method.clone(), &path).send().await.with_status(status);
        assert!(operation.statuses.contains(&status), "{there}");
        if let Some(code) = code {
            there.refused(status, code);
        }
        own.ask(reqwest::Method::DELETE, &path).send().await.refused(405, "METHOD_NOT_ALLOWED");
        let shopper = own.with_token(app.shopper(7).token().map(str::to_owned));
        shopper.ask(method.clone(), &path).send().await.refused(403, "FORBIDDEN");
        let anyone = own.with_token(None).ask(method, &path).send().await;
        anyone.refused(401, "NOT_FOUND_TOKEN");
    }
    assert!(found >= 9, "{found} operations of admins");
    own.get("/api/admin/users").send().await.with_status(200);
    app.shopper(1).get("/api/event").send().await.with_status(200);
}

#[tokio::test]
async fn row_11_what_admins_cannot_take_back_needs_a_log_in_of_now() {
    let app = App::start().await;
    let pair = async |path: &str, body: serde_json::Value| {
        let answer = app.anyone().post_json(path, &body).send().await.with_status(200);
        let answer: serde_json::Value = answer.good();
        let token = |name: &str| answer["data"][name].as_str().expect("a token").to_owned();
        (token("accessToken"), token("refreshToken"))
    };
    let password = json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    let (_, refresh) = pair("/api/auth/login", password.clone()).await;
    let (renewed, _) = pair("/api/auth/reissue", json!({"refreshToken": refresh})).await;
    let renewed = app.anyone().with_token(Some(renewed));
    let (kim, _) = app.signed_up("kim").await;
    let product = app.product(None, 10_000, 5).await;
    let opened = app.admin().post_json(
        "/api/event/create",
        &json!({
            "eventType": "HOT_DEAL", "eventDiscount": 10, "eventDuration": 1,
            "startEventTime": time_in_s(0), "productIds": [product],
        }),
    );
    let opened: serde_json::Value = opened.send().await.with_status(201).good();
    let deal = opened["eventId"].as_i64().expect("its number");
    let role = format!("/api/admin/users/{kim}/role");
    let cancel = format!("/api/event/{deal}/cancel");
    for (way, path, body) in [
        (reqwest::Method::PUT, &role, json!({"role": "ADMIN"})),
        (reqwest::Method::POST, &cancel, json!({})),
    ] {
        let refused = renewed.ask(way.clone(), path).json(&body).send().await;
        let challenge = refused.header("www-authenticate").map(str::to_owned);
        refused.refused(401, "LOGIN_TOO_OLD");
        let expected = "Bearer error=\"insufficient_user_authentication\"";
        assert_eq!(challenge.as_deref(), Some(expected), "{path}");
    }
    // What can be taken back goes on, and nothing has come of the others.
    for step in ["pause", "resume"] {
        renewed.post(&format!("/api/event/{deal}/{step}")).send().await.with_status(200);
    }
    let users = renewed.get("/api/admin/users").send().await.with_status(200).text();
    assert_eq!(users.matches("\"ADMIN\"").count(), 1, "{users}");
    // After logging in again both are done.
    let (fresh, _) = pair("/api/auth/login", password).await;
    let fresh = app.anyone().with_token(Some(fresh));
    let given = fresh.put(&role).json(&json!({"role": "SELLER"}));
    given.send().await.with_status(200);
    fresh.post(&cancel).send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn row_21_bodies_that_are_hard_to_read_are_refused_or_read_cheaply() {
    let app = App::start().await;
    let event = app.event(5).await;
    let issue = |body: String| {
        app.shopper(1).post("/api/coupons/issue").raw("application/json", body).send()
    };
    let deep = format!("{}{event}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(issue(format!("{{\"eventId\":{deep}}}")).await.problem().status, 400);
    // A member nobody knows is passed over, however deep it goes.
    let passed_over = issue(format!("{{\"x\":{deep},\"eventId\":{}}}", event + 1)).await;
    passed_over.refused(404, "NOT_FOUND_EVENT");
    let many: Vec<String> = (0..60_000).map(|number| format!("\"k{number}\":0")).collect();
    let many = format!("{{\"eventId\":{event},{}}}", many.join(","));
    issue(many).await.with_status(200);
    // The same where it has to be said what is missing or wrong.
    let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    for (more, member) in [("", "email"), (r#","email":1"#, "email")] {
        let body = format!("{{\"x\":{deep}{more}}}");
        let asked = app.anyone().post("/api/auth/login").raw("application/json", body).send();
        let answer = tokio::time::timeout(PATIENCE, asked).await.expect("an answer");
        let problem = answer.problem();
        assert_eq!((problem.status, problem.member.as_deref()), (400, Some(member)));
    }
    // An address that would grow where it is normalised is none.
    let long = json!({"email": format!("{}@x.kr", "\u{fdfa}".repeat(300_000)), "password": "x"});
    app.anyone().post_json("/api/auth/login", &long).send().await.refused(401, "PASSWORD_MISMATCH");
    // Which of two was meant? Nobody knows.
    let twice = issue(format!("{{\"eventId\":{event},\"eventId\":{event}}}")).await.problem();
    assert_eq!((twice.status, twice.member.as_deref()), (400, Some("eventId")));
    for trailing in ["x", "{}", "\0"] {
        let answer = issue(format!("{{\"eventId\":{event}}}{trailing}")).await;
        assert_eq!(answer.problem().status, 400, "{trailing:?}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_issues").await, 1);
}

#[tokio::test]
async fn row_24_nobody_writes_lines_or_colours_into_the_log() {
    let loud = |settings: Settings| settings.with("HOTDEAL__LOG__FILTER", "trace");
    let mut app = App::start_with(loud).await;
    let forged = "forged\u{1b}[31m\r\n2026-01-01T00:00:00Z  INFO hotdeal: all is lost";
    let path = "/api/forged%0d%0a%1b%5b31m-all-is-lost?x=%0aall-is-lost";
    app.admin().get(path).send().await;
    let body = json!({"email": forged, "password": forged, "filter": forged, "eventId": forged});
    for path in ["/api/auth/login", "/api/coupons/issue", "/api/auth/signup"] {
        app.admin().post_json(path, &body).send().await;
    }
    let filter = app.admin().ask(reqwest::Method::PUT, "/api/admin/log-level");
    assert_eq!(filter.json(&body).send().await.status, 400);
    for line in ["x-forged: a\r\n\u{1b}[31mall is lost: 1\r\n", "forged: \u{1b}[31mall is lost\r\n"]
    {
        let mut wire = Wire::open(&app).await;
        wire.say(&head(&app, "GET /livez", line)).await;
        wire.status().await;
    }
    let logged = app.server().logged();
    assert!(logged.contains("parse error"), "it tells of what came in");
    for line in logged.lines() {
        assert!(!line.contains('\u{1b}'), "a colour: {line:?}");
        assert!(!line.starts_with("2026-01-01T00:00:00Z"), "a line of somebody else: {line:?}");
    }
}

#[tokio::test]
async fn row_25_heads_have_a_bound_and_readable_values() {
    let app = App::start().await;
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    // The bound of a whole head is 128 KiB.
    let long = format!("x-long: {}\r\n", "x".repeat(192 << 10));
    let path = format!("GET /{}", "x".repeat(192 << 10));
    for (what, start, more) in [
        ("200 headers", "GET /livez", many.as_str()),
        ("192 KiB in one header", "GET /livez", long.as_str()),
        ("192 KiB of path", path.as_str(), ""),
        ("no name", "GET /livez", ": x\r\n"),
        ("a space in a name", "GET /livez", "x y: z\r\n"),
        ("a NUL", "GET /livez", "x: a\0b\r\n"),
    ] {
        let mut wire = Wire::open(&app).await;
        wire.say(&head(&app, start, more)).await;
        let status = wire.status().await;
        assert!(matches!(status, Some(400 | 413 | 414 | 431)), "{what}: {status:?}");
    }
    // Bytes that are no text are no token and no key.
    let path = "/api/coupons/issue";
    for (name, status) in [("authorization", 401), ("idempotency-key", 400)] {
        let value = reqwest::header::HeaderValue::from_bytes(b"Bearer \xff\xfe").expect("opaque");
        let body = json!({"eventId": 1});
        let asked = app.shopper(1).post_json(path, &body).raw_header(name, value);
        assert_eq!(asked.send().await.problem().status, status, "{name}");
    }
}

#[tokio::test]
async fn row_27_other_methods_are_405_and_no_header_changes_the_method() {
    let app = App::start().await;
    for method in ["TRACE", "CONNECT", "PATCH", "OPTIONS", "PROPFIND", "get", "NONSENSE"] {
        let mut wire = Wire::open(&app).await;
        wire.say(&head(&app, &format!("{method} /api/users/me"), "")).await;
        let status = wire.status().await;
        assert!(matches!(status, Some(405) | Some(400)), "{method}: {status:?}");
    }
    let lamp = app.product(None, 100, 5).await;
    let path = format!("/api/products/{lamp}");
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let asked = app.admin().get(&path).header(name, "DELETE");
        asked.send().await.with_status(200);
    }
    app.admin().get(&format!("{path}?_method=DELETE")).send().await.with_status(200);
    assert_eq!(app.product_view(lamp).await.product_id, lamp, "it is still on sale");
}

#[tokio::test]
async fn row_29_what_comes_twice_is_refused() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=1&quantity=9");
    let refused = app.admin().post(&path).send().await.refused(400, "INVALID_VALUE");
    assert_eq!(refused.member.as_deref(), Some("quantity"));
    let body = format!("{{\"productId\":{lamp},\"quantity\":1,\"quantity\":5}}");
    let asked = app.shopper(1).post("/api/orders/v1").raw("application/json", body);
    assert_eq!(asked.send().await.problem().member.as_deref(), Some("quantity"));
    let asked = app.shopper(1).post_json("/api/orders/v1", &json!({"productId": lamp}));
    let asked = asked.header("authorization", "Bearer x").send().await;
    assert_eq!(asked.problem().status, 401, "two tokens are no token");
    assert_eq!(app.stock(lamp).await.quantity, 5);
}

#[tokio::test]
async fn row_50_no_other_site_may_read_an_answer() {
    let app = App::start().await;
    let own = app.url().to_owned();
    for origin in ["https://evil.test", "null", &format!("{own}.evil.test"), &own] {
        for asked in [
            app.shopper(1).get("/api/users/me"),
            app.anyone().get("/api/openapi.json"),
            app.anyone()
                .ask(reqwest::Method::OPTIONS, "/api/orders/v1")
                .header("access-control-request-method", "POST"),
        ] {
            let answer = asked.header("origin", origin).send().await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, None, "{origin}: {answer}");
            // Row 49: nor does an answer tell what made it.
            for name in ["server", "x-powered-by", "via"] {
                assert_eq!(answer.header(name), None, "{answer}");
            }
        }
    }
}
