//! Whatever goes wrong is told as a problem, in the shopper's language.

use serde_json::json;

use crate::support::{App, Role, Wire, mint};

#[tokio::test]
async fn an_unknown_path_is_404_and_a_known_one_with_another_method_405() {
    let app = App::start().await;
    for path in ["/nowhere", "/nowhere/", "/api", "/api/products/1/2", "/api//products"] {
        let answer = app.shopper(1).get(path).send().await;
        assert_eq!(answer.problem().status, 404, "{answer}");
    }
    for (method, path, allowed) in [
        ("GET", "/api/orders/v1", "POST"),
        ("DELETE", "/api/auth/login", "POST"),
        ("PATCH", "/api/orders/1", "GET"),
        ("DELETE", "/api/orders/1", "PUT"),
        ("GET", "/api/coupons/issue", "POST"),
        ("GET", "/coupons/issue", "POST"),
        ("POST", "/livez", "GET"),
    ] {
        let method = method.parse().expect("a method of the test");
        let answer = app.shopper(1).ask(method, path).send().await;
        assert_eq!(answer.problem().status, 405, "{answer}");
        let allow = answer.header("allow").expect("405 tells what is allowed");
        assert!(allow.contains(allowed), "{answer} allows {allow}");
    }
}

#[tokio::test]
async fn broken_bodies_are_told_apart() {
    let app = App::start().await;
    let json = "application/json";
    for (content_type, body, status) in [
        (json, "", 400),
        (json, "{", 400),
        (json, "{\"eventId\":1,}", 400),
        (json, "{\"eventId\":1}}", 400),
        (json, "[]", 400),
        (json, "null", 400),
        (json, "\"eventId\"", 400),
        (json, "\u{feff}{\"eventId\":1}", 400),
        ("text/plain", "{\"eventId\":1}", 415),
        ("application/xml", "<eventId>1</eventId>", 415),
        ("application/x-www-form-urlencoded", "eventId=1", 415),
        ("", "{\"eventId\":1}", 415),
    ] {
        let asked = app.shopper(1).post("/api/coupons/issue").raw(content_type, body);
        let answer = asked.send().await;
        assert_eq!(answer.problem().status, status, "`{content_type}` `{body}`: {answer}");
    }
    // What is JSON by its type is taken, whatever its parameters.
    for content_type in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"]
    {
        let asked = app.shopper(1).post("/api/coupons/issue").raw(content_type, "{\"eventId\":1}");
        asked.send().await.refused(404, "NOT_FOUND_EVENT");
    }
    let bytes: &[u8] = b"{\"eventId\":\"\xff\xfe\"}";
    let answer = app.shopper(1).post("/api/coupons/issue").raw(json, bytes).send().await;
    assert_eq!(answer.problem().status, 400, "{answer}");
}

#[tokio::test]
async fn deeply_nested_bodies_are_refused_and_harm_nothing() {
    let app = App::start().await;
    for text in ["[".repeat(100_000), format!("{{\"eventId\":{}1", "[".repeat(50_000))] {
        let answer =
            app.shopper(1).post("/api/coupons/issue").raw("application/json", text).send().await;
        assert_eq!(answer.problem().status, 400);
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn oversize_bodies_are_refused_whether_their_size_is_told_or_not() {
    let app = App::start().await;
    let body = format!("{{\"eventId\":1,\"x\":\"{}\"}}", "x".repeat(4 << 20));
    let post = || app.shopper(1).post("/api/coupons/issue");
    // A server may close the connection while we still send: that is a refusal, too.
    if let Ok(answer) = post().raw("application/json", body.clone()).try_send().await {
        assert_eq!(answer.problem().status, 413, "{answer}");
    }
    let mut connection = Wire::open(&app).await;
    connection.say(&head(&app, "transfer-encoding: chunked")).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..64 {
        connection.say(&chunk).await;
    }
    if let Some(status) = connection.status().await {
        assert_eq!(status, 413);
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn a_problem_speaks_korean_unless_english_is_asked_for() {
    let app = App::start().await;
    let event = json!({"eventId": 800_000_000});
    let ask = async |language: Option<&str>| {
        let mut asked = app.shopper(1).post_json("/api/coupons/issue", &event);
        if let Some(language) = language {
            asked = asked.header("accept-language", language);
        }
        asked.send().await.refused(404, "NOT_FOUND_EVENT")
    };
    let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    for language in [None, Some("ko"), Some("ko-KR,ko;q=0.9,en;q=0.8"), Some("fr"), Some("*")] {
        let problem = ask(language).await;
        assert!(is_korean(&problem.title), "{language:?}: {problem:?}");
    }
    for language in ["en", "en-US,en;q=0.9,ko;q=0.8", "en-GB"] {
        let problem = ask(Some(language)).await;
        assert!(!is_korean(&problem.title), "{language}: {problem:?}");
        assert!(problem.title.is_ascii(), "{language}: {problem:?}");
    }
}

#[tokio::test]
async fn who_comes_without_a_token_is_401_and_who_may_not_is_403() {
    let app = App::start().await;
    let answer = app.anyone().get("/api/users/me").send().await;
    assert_eq!(answer.problem().status, 401);
    assert!(answer.header("www-authenticate").is_some_and(|text| text.starts_with("Bearer")));
    let answer = app.shopper(1).get("/api/admin/actors").send().await;
    assert_eq!(answer.problem().status, 403);
}

#[tokio::test]
async fn no_problem_tells_what_is_inside() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 1).await;
    let body = json!({"productId": lamp, "quantity": 2});
    let answers = [
        app.shopper(1).post_json("/api/orders/v1", &body).send().await,
        app.shopper(1).post("/api/orders/v1").raw("application/json", "{").send().await,
        app.shopper(1).get("/api/orders/%27%20OR%201=1").send().await,
        app.shopper(1).get("/api/orders/999").send().await,
        app.anyone().get("/api/orders/999").send().await,
    ];
    for answer in answers {
        let problem = answer.problem();
        let text = answer.text();
        for inside in
            ["serde", "actix", "sqlx", "SELECT", "panicked", ".rs", "hotdeal_actors", "argon2"]
        {
            assert!(!text.contains(inside), "{answer} tells of {inside}");
        }
        assert!(problem.detail.is_none_or(|detail| !detail.is_empty()));
    }
}

/// The head of a POST to issue a coupon, with one more header.
fn head(app: &App, header: &str) -> String {
    let host = app.url().trim_start_matches("http://");
    let token = mint(1, Role::User);
    format!(
        "POST /api/coupons/issue HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{header}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
    let short = |settings: crate::support::Settings| {
        settings.with("HOTDEAL__HTTP__BODY_DEADLINE_MS", "300")
    };
    let app = App::start_with(short).await;
    for header in ["content-length: 100", "transfer-encoding: chunked"] {
        let mut connection = Wire::open(&app).await;
        connection.say(&head(&app, header)).await;
        // The deadline ends it, not the client, who stays.
        let status = connection.status().await;
        assert!(matches!(status, Some(408) | None), "{header}: {status:?}");
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn what_is_not_http_is_turned_away() {
    let app = App::start().await;
    for noise in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut connection = Wire::open(&app).await;
        connection.say(noise).await;
        let status = connection.status().await;
        assert!(status.is_none_or(|status| (400..506).contains(&status)), "{noise:?}: {status:?}");
    }
    app.anyone().get("/livez").send().await.with_status(200);
}
