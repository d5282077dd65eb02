//! Pages of other origins, where the settings name them (`http.cors_origins`).

use reqwest::Method;
use serde_json::json;

use crate::live::doors::statuses;
use crate::support::{Answer, App, Role, Settings, mint};

const SHOP: &str = "https://shop.example";
const LOCAL: &str = "http://localhost:3000";
const FOREIGN: [&str; 6] = [
    "https://evil.example",
    "null",
    "https://shop.example.evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://SHOP.example",
];

async fn app() -> App {
    let origins = format!("{SHOP}, {LOCAL}");
    let named = |settings: Settings| settings.with("HOTDEAL__HTTP__CORS_ORIGINS", &origins);
    App::start_with(named).await
}

/// A browser's question before a call with a token, a body and a key.
async fn preflight(app: &App, origin: &str, method: &str, path: &str) -> Answer {
    let asked = app.anyone().ask(Method::OPTIONS, path).header("origin", origin);
    let asked = asked.header("access-control-request-method", method);
    let headers = "authorization,content-type,idempotency-key,last-event-id";
    asked.header("access-control-request-headers", headers).send().await
}

/// The members of a list, in all lines of a header.
fn list(answer: &Answer, name: &str) -> Vec<String> {
    let lines = answer.headers.get_all(name).iter().map(|line| line.to_str().expect("visible"));
    let members = lines.flat_map(|line| line.split(','));
    members.map(|member| member.trim().to_lowercase()).collect()
}

#[track_caller]
fn has(answer: &Answer, name: &str, members: &[&str]) {
    let found = list(answer, name);
    for member in members {
        assert!(
            found.contains(&(*member).to_owned()),
            "no {member} in {name}: {found:?}; {answer}"
        );
    }
}

#[tokio::test]
async fn a_browser_learns_before_a_call_what_a_named_page_may_send() {
    let app = app().await;
    for (method, path, status, methods) in [
        ("POST", "/api/orders/v1", 204, ["POST"].as_slice()),
        ("PUT", "/api/products/1", 204, &["GET", "PUT", "PATCH", "DELETE"]),
        ("GET", "/api/live/stream", 204, &["GET"]),
        ("POST", "/api/nowhere", 404, &[]),
    ] {
        for origin in [SHOP, LOCAL] {
            let answer = preflight(&app, origin, method, path).await;
            assert_eq!(answer.status, status, "{answer}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer}");
            has(&answer, "vary", &["origin"]);
            if status != 204 {
                continue;
            }
            assert!(answer.body.is_empty() && answer.header("content-type").is_none(), "{answer}");
            let methods: Vec<String> = methods.iter().map(|method| method.to_lowercase()).collect();
            let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
            has(&answer, "access-control-allow-methods", &methods);
            let headers = ["authorization", "content-type", "idempotency-key", "last-event-id"];
            has(&answer, "access-control-allow-headers", &headers);
            has(&answer, "vary", &["access-control-request-method"]);
            let kept = answer.header("access-control-max-age").and_then(|age| age.parse().ok());
            assert!(kept.is_some_and(|age: u32| (60..=86_400).contains(&age)), "{answer}");
        }
        for origin in FOREIGN {
            let answer = preflight(&app, origin, method, path).await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}: {answer}");
            assert_ne!(answer.status, 204, "{origin}: {answer}");
            has(&answer, "vary", &["origin"]);
        }
    }
    // A method that is not there is no preflight's business, nor is OPTIONS without a question.
    let answer = app.anyone().ask(Method::OPTIONS, "/api/orders/v1").header("origin", SHOP);
    answer.send().await.refused(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_named_page_reads_every_answer_and_others_read_none() {
    let app = app().await;
    let lamp = app.product(None, 100, 5).await;
    let order = json!({"productId": lamp, "quantity": 1});
    let calls = || {
        [
            (200, app.shopper(1).get("/api/users/me")),
            (200, app.shopper(1).post_json("/api/orders/v1", &order).key("k-1")),
            (401, app.anyone().get("/api/users/me")),
            (400, app.shopper(1).post_json("/api/orders/v1", &json!({}))),
            (404, app.anyone().get("/api/nowhere")),
            (405, app.anyone().ask(Method::DELETE, "/api/auth/login")),
            (200, app.anyone().get("/livez")),
        ]
    };
    for (origin, allowed) in
        [SHOP, LOCAL].map(|it| (it, Some(it))).into_iter().chain(FOREIGN.map(|it| (it, None)))
    {
        for (status, asked) in calls() {
            let answer = asked.header("origin", origin).send().await;
            // The account of the token is nobody's.
            assert!(answer.status == status || answer.status == 404, "{origin}: {answer}");
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{answer}");
            has(&answer, "vary", &["origin"]);
            if allowed.is_some() {
                let told = ["location", "link", "retry-after", "ratelimit", "idempotent-replayed"];
                has(&answer, "access-control-expose-headers", &told);
            }
        }
    }
    for (_, asked) in calls() {
        let answer = asked.send().await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{answer}");
        has(&answer, "vary", &["origin"]);
    }
    let twice = app.anyone().get("/livez").header("origin", SHOP).header("origin", SHOP);
    assert_eq!(twice.send().await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_named_page_opens_live_connections_and_reads_the_stream() {
    let app = app().await;
    let token = format!("Bearer {}", mint(11, Role::User));
    for (origin, expected) in [(SHOP, [101, 200]), (LOCAL, [101, 200]), (FOREIGN[0], [403, 403])] {
        let headers = [("authorization", token.as_str()), ("origin", origin)];
        assert_eq!(statuses(&app, "", &headers).await, expected, "{origin}");
    }
    let asked = app.anyone().get("/api/live/stream").header("authorization", &token);
    let stream = asked.header("origin", SHOP).send_or_begin(true).await;
    assert_eq!(stream.header("access-control-allow-origin"), Some(SHOP), "{stream}");
    // A ticket is bought and used by the same page.
    let bought = app.shopper(11).post("/api/live/ticket").header("origin", SHOP).send().await;
    assert_eq!(bought.header("access-control-allow-origin"), Some(SHOP), "{bought}");
    let bought: serde_json::Value = bought.read();
    let path = format!("/api/live/stream?ticket={}", bought["ticket"].as_str().expect("a ticket"));
    let stream = app.anyone().get(&path).header("origin", SHOP).send_or_begin(true).await;
    assert_eq!(stream.status, 200);
}

#[test]
fn what_is_no_origin_stops_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("mall.db").display());
    for wrong in ["*", "shop.example", "https://shop.example/", "https://*.example", "null"] {
        let settings = Settings::for_tests(&url).with("HOTDEAL__HTTP__CORS_ORIGINS", wrong);
        let server = crate::support::Hotdeal::start(&["serve"], folder.path(), &settings.0);
        let ended = server.ended();
        assert_eq!(ended.status.code(), Some(3), "{wrong}: {ended:?}");
        assert!(ended.stderr.contains("http.cors_origins"), "{wrong}: {}", ended.stderr);
    }
}
