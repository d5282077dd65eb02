//! How often one may call (rows 28, 57 and 58).

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

use super::operations::operations;
use crate::support::{Answer, App, PATIENCE, Role, Settings, eventually};

/// A server with these limits.
async fn limited(limits: &[(&str, &str)]) -> App {
    let limits: Vec<(String, String)> = limits
        .iter()
        .map(|(name, value)| (format!("HOTDEAL__{}", name.to_uppercase()), (*value).to_owned()))
        .collect();
    App::start_with(|settings: Settings| {
        limits.iter().fold(settings, |settings, (name, value)| settings.with(name, value))
    })
    .await
}

/// What `RateLimit` says: policy, calls left, seconds.
fn standing(answer: &Answer) -> (String, u64, u64) {
    let field = answer.header("ratelimit").unwrap_or_else(|| panic!("no RateLimit: {answer}"));
    let mut parts = field.split(';');
    let name = parts.next().expect("a name").trim_matches('"').to_owned();
    let number = |part: Option<&str>, start: &str| {
        let text = part.and_then(|part| part.strip_prefix(start));
        text.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{field}"))
    };
    (name, number(parts.next(), "r="), number(parts.next(), "t="))
}

fn refused(answer: &Answer, policy: &str) -> u64 {
    let problem = answer.refused(429, "RATE_LIMITED");
    assert_eq!(problem.kind, "https://iana.org/assignments/http-problem-types#quota-exceeded");
    let body: serde_json::Value = answer.read();
    assert_eq!(body["violated-policies"], json!([policy]), "{answer}");
    assert_eq!(body["retryable"], true);
    let wait = answer.header("retry-after").and_then(|text| text.parse().ok());
    let wait: u64 = wait.unwrap_or_else(|| panic!("when to come back? {answer}"));
    assert!(wait >= 1, "{answer}");
    assert_eq!(standing(answer), (policy.to_owned(), 0, wait));
    wait
}

#[tokio::test]
async fn row_57_a_person_has_an_allowance_for_each_group_and_is_told_where_they_stand() {
    let app = limited(&[("limits__sale_user", "5/3600"), ("limits__read_user", "3/3600")]).await;
    let lamp = app.product(None, 100, 50).await;
    let body = json!({"productId": lamp, "quantity": 1});
    let order = async |user: i64| app.shopper(user).post_json("/api/orders/v1", &body).send().await;
    for left in (0..5).rev() {
        let answer = order(1).await.with_status(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"sale-user\";q=5;w=3600"));
        assert_eq!((standing(&answer).0.as_str(), standing(&answer).1), ("sale-user", left));
    }
    let wait = refused(&order(1).await, "sale-user");
    assert!(wait <= 720, "a fifth of the window: {wait}");
    order(2).await.with_status(200);
    app.shopper(1).get("/api/users/me").send().await.with_status(200);
    assert_eq!(app.stock(lamp).await.sold, 6);
    app.audited();
}

#[tokio::test]
async fn row_57_a_call_beyond_the_allowance_has_no_effect_and_no_work() {
    let app = limited(&[("limits__sale_user", "1/3600"), ("limits__write_user", "2/3600")]).await;
    let lamp = app.product(None, 100, 50).await;
    let event = app.with_role(8, Role::Admin);
    let event = event.post_json("/api/coupons/preload", &crate::support::event_body("E", 5));
    let event: serde_json::Value = event.send().await.with_status(202).good();
    let facts = async || {
        let mut counts = Vec::new();
        for table in ["orders", "coupon_issues", "products", "answers"] {
            counts.push(app.database.number(&format!("SELECT count(*) FROM {table}")).await);
        }
        counts
    };
    let order = json!({"productId": lamp, "quantity": 1});
    app.shopper(1).post_json("/api/orders/v1", &order).send().await.with_status(200);
    let before = facts().await;
    for path in ["/api/orders/v1", "/api/orders/products", "/api/coupons/issue", "/coupons/issue"] {
        let body = json!({"productId": lamp, "quantity": 1, "eventId": event["eventId"],
            "orderItems": [order]});
        let answer = app.shopper(1).post_json(path, &body).key("limited").send().await;
        refused(&answer, "sale-user");
        // Refused before anybody looks at the body.
        let answer = app.shopper(1).post(path).raw("text/plain", "{").send().await;
        refused(&answer, "sale-user");
    }
    let path = format!("/api/stocks/product/{lamp}/increase?quantity=5");
    refused(&app.admin().post(&path).send().await, "write-user");
    assert_eq!(facts().await, before);
    assert_eq!(app.stock(lamp).await.quantity, 49);
    app.audited();
}

#[tokio::test]
async fn row_57_every_route_but_the_probes_is_in_a_group() {
    let app = App::start().await;
    for operation in operations(&app) {
        let probe = ["/livez", "/readyz", "/metrics"].contains(&operation.template.as_str());
        assert_eq!(operation.group.is_none(), probe, "{operation:?}");
        let told = operation.statuses.contains(&429);
        assert_eq!(told, !probe, "{operation:?}");
    }
    for probe in ["/livez", "/readyz", "/metrics"] {
        let answer = app.anyone().get(probe).send().await.with_status(200);
        assert_eq!(answer.header("ratelimit"), None, "{answer}");
    }
}

#[tokio::test]
async fn row_57_an_allowance_fills_again_and_a_restart_gives_no_more_than_a_whole_one() {
    let mut app = limited(&[("limits__read_user", "2/12")]).await;
    let ask = async |app: &App| app.shopper(1).get("/api/event").send().await;
    let (begun, mut granted) = (Instant::now(), 0);
    let beyond = loop {
        let answer = ask(&app).await;
        if answer.status != 200 {
            break answer;
        }
        granted += 1;
    };
    // One more for each six seconds that a busy machine takes for these calls.
    let filled = begun.elapsed().as_secs() / 6;
    assert!((2..=2 + filled).contains(&granted), "{granted} in {:?}", begun.elapsed());
    refused(&beyond, "read-user");
    eventually("there is room again", PATIENCE, async || {
        (ask(&app).await.status == 200).then_some(())
    })
    .await;
    app.kill();
    app.start_again_with(&[("HOTDEAL__LIMITS__READ_USER", "2/3600")]);
    for _ in 0..2 {
        ask(&app).await.with_status(200);
    }
    refused(&ask(&app).await, "read-user");
}

#[tokio::test]
async fn row_57_an_address_has_an_allowance_over_all_its_people_and_strangers() {
    let app = limited(&[
        ("limits__auth_address", "3/3600"),
        ("limits__signup_address", "1/3600"),
        ("limits__read_address", "3/3600"),
    ]);
    let app = app.await;
    let log_in = json!({"email": "kim@shop.test", "password": "a long enough password"});
    for path in ["/api/auth/login", "/api/auth/signup", "/api/auth/reissue", "/api/auth/login"] {
        let answer = app.anyone().post_json(path, &log_in).send().await;
        assert_ne!(answer.status, 429, "{answer}");
    }
    refused(&app.anyone().post_json("/api/auth/login", &log_in).send().await, "auth-address");
    refused(&app.anyone().post_json("/api/auth/signup", &log_in).send().await, "signup-address");
    // Before the token is looked at: guessing tokens is a call, too.
    app.shopper(1).get("/api/event").send().await.with_status(200);
    app.shopper(2).get("/api/event").send().await.with_status(200);
    let guess = app.anyone().with_token(Some("guess".to_owned())).get("/api/event").send().await;
    guess.refused(401, "TOKEN_MISMATCH");
    let (policy, left, whole_in_s) = standing(&guess);
    assert_eq!((policy.as_str(), left), ("read-address", 0));
    assert!((3_000..=3_600).contains(&whole_in_s), "{whole_in_s}");
    refused(&app.shopper(3).get("/api/event").send().await, "read-address");
}

#[tokio::test]
async fn row_57_asking_for_what_is_not_there_is_counted_like_looking_something_up() {
    let app = limited(&[("limits__read_address", "6/3600")]).await;
    for (method, path, status, code) in [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("POST", "/api/nowhere", 404, "NOT_FOUND"),
        ("DELETE", "/api/auth/login", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "/api/users/me", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/livez", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let method = method.parse().expect("a method");
        let answer = app.anyone().ask(method, path).send().await;
        answer.refused(status, code);
        assert_eq!(standing(&answer).0, "read-address", "{answer}");
    }
    // One allowance for what is there and what is not.
    app.shopper(1).get("/api/event").send().await.with_status(200);
    for path in ["/nowhere", "/api/auth/login", "/api/event"] {
        refused(&app.shopper(1).get(path).send().await, "read-address");
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

/// A call from behind a proxy that says it heard from `origin`.
async fn through(app: &App, origin: &str) -> Answer {
    app.anyone().get("/api/problems/BUSY").header("x-forwarded-for", origin).send().await
}

#[tokio::test]
async fn row_28_a_made_up_address_is_not_believed_unless_a_trusted_proxy_says_it() {
    let app = limited(&[("limits__read_address", "2/3600")]).await;
    for origin in ["9.9.9.1", "9.9.9.2"] {
        through(&app, origin).await.with_status(200);
    }
    for name in ["x-forwarded-for", "forwarded", "x-real-ip", "x-user-id", "true-client-ip"] {
        let asked = app.anyone().get("/api/problems/BUSY").header(name, "9.9.9.3");
        refused(&asked.send().await, "read-address");
    }

    let app =
        limited(&[("limits__read_address", "2/3600"), ("http__trusted_proxies", "127.0.0.0/8")])
            .await;
    for _ in 0..2 {
        through(&app, "9.9.9.1").await.with_status(200);
    }
    refused(&through(&app, "9.9.9.1").await, "read-address");
    refused(&through(&app, "6.6.6.6, 9.9.9.1").await, "read-address");
    through(&app, "9.9.9.2").await.with_status(200);
    for last in 0..2 {
        through(&app, &format!("2001:db8::{last}")).await.with_status(200);
    }
    refused(&through(&app, "2001:db8::ffff").await, "read-address");
}

#[tokio::test]
async fn row_28_wrong_passwords_are_counted_by_the_same_address() {
    let app =
        limited(&[("auth__wrong_per_address_max", "3"), ("http__trusted_proxies", "127.0.0.1")])
            .await;
    let guess = async |origin: &str, number: usize| {
        let body = json!({"email": format!("n{number}@shop.test"), "password": "a wild guess"});
        let asked = app.anyone().post_json("/api/auth/login", &body);
        asked.header("x-forwarded-for", origin).send().await.status.as_u16()
    };
    for number in 0..3 {
        assert_eq!(guess("9.9.9.1", number).await, 401);
    }
    assert_eq!(guess("9.9.9.1", 3).await, 429);
    assert_eq!(guess("9.9.9.2", 4).await, 401);
}

#[tokio::test]
async fn row_58_a_thousand_at_once_by_one_person_get_one_coupon() {
    let app = App::start().await;
    let event = app.event(50).await;
    let body = json!({"eventId": event});
    let sessions: Vec<_> = (0..50).map(|_| app.shopper(7)).collect();
    let asked =
        (0..1_000).map(|n| sessions[n % 50].post_json("/coupons/issue", &body).send_until_let_in());
    let answers = futures_util::future::join_all(asked).await;
    let mut counts = BTreeMap::new();
    for answer in &answers {
        *counts.entry(answer.status.as_u16()).or_insert(0) += 1;
    }
    let odd = answers.iter().find(|answer| ![200, 409].contains(&answer.status.as_u16()));
    let odd = odd.map(ToString::to_string).unwrap_or_default();
    assert_eq!(counts, BTreeMap::from([(200, 1), (409, 999)]), "{odd}");
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_issues").await, 1);
}

#[test]
fn a_limit_or_proxy_that_is_none_stops_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("mall.db").display());
    for (name, value, key) in [
        ("HOTDEAL__LIMITS__SALE_USER", "many", "limits.sale_user"),
        ("HOTDEAL__LIMITS__SALE_USER", "5", "limits.sale_user"),
        ("HOTDEAL__LIMITS__AUTH_ADDRESS", "0/60", "limits.auth_address"),
        ("HOTDEAL__LIMITS__READ_USER", "5/0", "limits.read_user"),
        ("HOTDEAL__LIMITS__KEYS_MAX", "0", "limits.keys_max"),
        ("HOTDEAL__HTTP__TRUSTED_PROXIES", "everybody", "http.trusted_proxies"),
        ("HOTDEAL__HTTP__TRUSTED_PROXIES", "10.0.0.0/99", "http.trusted_proxies"),
        ("HOTDEAL__HTTP__ADMIN_BIND", "nowhere", "http.admin_bind"),
        ("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "0", "http.unread_deadline_ms"),
    ] {
        let settings = Settings::for_tests(&url).with(name, value);
        let server = crate::support::Hotdeal::start(&["serve"], folder.path(), &settings.0);
        let ended = server.ended();
        assert_eq!(ended.status.code(), Some(3), "{name}={value}: {ended:?}");
        assert!(ended.stderr.contains(key), "{name}={value}: {}", ended.stderr);
    }
}
