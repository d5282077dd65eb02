//! Problems: the same members in both languages, each with a page that explains its type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document;
use crate::support::{Answer, App, Client, Wire, event_body, product_body};

/// Calls that are refused, each in another way: who calls, how, and with what code.
async fn refusals(app: &App) -> Vec<(Client, &'static str, String, Option<Value>, &'static str)> {
    let lamp = app.product(None, 100, 1).await;
    let coupon = app.event(1).await;
    let body = json!({"eventId": coupon});
    app.shopper(1).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    let mut later = event_body("Later", 1);
    later["startsAt"] = crate::support::time_in_s(1_000).into();
    let later = app.preloaded(&later).await.event_id;
    let (user, admin) = (app.shopper(1), app.admin());
    let issue = "/api/coupons/issue".to_owned();
    let one = |product: i64, quantity: i64| json!({"productId": product, "quantity": quantity});
    let v1 = "/api/orders/v1".to_owned();
    vec![
        (app.anyone(), "GET", "/api/users/me".into(), None, "NOT_FOUND_TOKEN"),
        (user.clone(), "GET", "/api/admin/actors".into(), None, "FORBIDDEN"),
        (user.clone(), "GET", "/nowhere".into(), None, "NOT_FOUND"),
        (user.clone(), "PATCH", v1.clone(), None, "METHOD_NOT_ALLOWED"),
        (user.clone(), "POST", v1.clone(), None, "UNSUPPORTED_MEDIA_TYPE"),
        (user.clone(), "POST", v1.clone(), Some(json!({})), "MISSING_VALUE"),
        (user.clone(), "POST", v1.clone(), Some(one(lamp, 0)), "INVALID_VALUE"),
        (user.clone(), "POST", v1.clone(), Some(one(800_000_000, 1)), "NOT_FOUND_PRODUCT"),
        (user.clone(), "POST", v1, Some(one(lamp, 2)), "PRODUCT_SHORTAGE"),
        (user.clone(), "POST", issue.clone(), Some(body.clone()), "DUPLICATE"),
        (app.shopper(2), "POST", issue.clone(), Some(body), "SOLD_OUT"),
        (user.clone(), "POST", issue, Some(json!({"eventId": later})), "NOT_OPEN_YET"),
        (user, "GET", "/api/orders/800000000".into(), None, "NOT_FOUND_ORDER"),
        (admin.clone(), "GET", "/api/stocks/product/x".into(), None, "INVALID_VALUE"),
        (admin.clone(), "POST", "/api/products".into(), Some(product_body("", 1)), "INVALID_VALUE"),
        (
            admin,
            "PUT",
            "/api/admin/users/1/role".into(),
            Some(json!({"role": "GOD"})),
            "ROLE_INVALID_FORMAT",
        ),
    ]
}

fn members(problem: &Value) -> BTreeSet<String> {
    problem.as_object().expect("an object").keys().cloned().collect()
}

#[tokio::test]
async fn a_problem_has_the_same_members_in_korean_and_in_english() {
    let app = App::start().await;
    let is_korean =
        |text: &Value| text.as_str().expect("a text").chars().any(|c| ('가'..='힣').contains(&c));
    for (client, method, path, body, code) in refusals(&app).await {
        let ask = async |language: &str| -> Answer {
            let method = method.parse().expect("a method of the test");
            let asked = client.ask(method, &path).header("accept-language", language);
            match &body {
                Some(body) => asked.json(body).send().await,
                None => asked.send().await,
            }
        };
        let (korean, english) = (ask("ko").await, ask("en").await);
        for (answer, language) in [(&korean, "ko"), (&english, "en")] {
            assert_eq!(answer.problem().code, code, "{answer}");
            assert_eq!(answer.header("content-language"), Some(language), "{answer}");
            assert_eq!(answer.header("vary"), Some("accept-language"), "{answer}");
        }
        let (ko, en): (Value, Value) = (korean.read(), english.read());
        assert_eq!(members(&ko), members(&en), "{korean}\n{english}");
        for member in members(&ko) {
            let is_spoken = ["title", "message"].contains(&member.as_str());
            assert_eq!(is_spoken && ko[&member] != en[&member], is_spoken, "{member}: {korean}");
            if is_spoken {
                assert!(is_korean(&ko[&member]) && !is_korean(&en[&member]), "{korean}\n{english}");
            } else if member != "detail" {
                assert_eq!(ko[&member], en[&member], "{member} is no matter of language");
            }
        }
        let is_named = ko["status"] == 400 && ko.get("member").is_some();
        assert_eq!(ko["message"], ko[if is_named { "detail" } else { "title" }], "{korean}");
    }
}

/// The statuses with which each code is sent, over all operations.
fn statuses(document: &Value) -> BTreeMap<String, BTreeSet<i64>> {
    let responses = document["components"]["responses"].as_object().expect("responses");
    let mut found: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for (name, response) in responses {
        let status = name.split('.').next().and_then(|status| status.parse().ok());
        for code in response["x-codes"].as_array().expect("codes") {
            let code = code.as_str().expect("a name").to_owned();
            found.entry(code).or_default().insert(status.expect("a status"));
        }
    }
    found
}

#[tokio::test]
async fn the_type_of_every_problem_leads_to_its_explanation() {
    let app = App::start().await;
    let document = document(&app);
    let sent = statuses(&document);
    assert_eq!(sent["PASSWORD_MISMATCH"], BTreeSet::from([400, 401]));
    let codes = document["components"]["schemas"]["ProblemCode"]["enum"].as_array().cloned();
    let codes = codes.expect("every code is listed");
    assert!(codes.len() > 40, "{} codes", codes.len());
    for code in &codes {
        let code = code.as_str().expect("a name");
        let page: Value =
            app.anyone().get(&format!("/api/problems/{code}")).send().await.with_status(200).good();
        assert_eq!(page["code"], *code);
        let status = page["status"].as_i64().expect("a status");
        assert!((400..600).contains(&status), "{page}");
        let statuses: Vec<i64> =
            serde_json::from_value(page["statuses"].clone()).expect("a list of statuses");
        assert!(statuses.contains(&status), "{page}");
        // Addresses and methods that nothing answers to belong to no operation.
        if let Some(sent) = sent.get(code) {
            assert!(statuses.iter().eq(sent), "{code} is sent with {sent:?}: {page}");
        }
        for title in ["titleKo", "titleEn"] {
            assert!(page[title].as_str().is_some_and(|text| !text.is_empty()), "{page}");
        }
    }
    app.anyone().get("/api/problems/NO_SUCH_CODE").send().await.refused(404, "NOT_FOUND");
    // A type is an address of this very server.
    for (client, method, path, body, _) in refusals(&app).await {
        let asked = client.ask(method.parse().expect("a method of the test"), &path);
        let answer = match &body {
            Some(body) => asked.json(body).send().await,
            None => asked.send().await,
        };
        let problem = answer.problem();
        assert!(codes.contains(&json!(problem.code)), "{answer}");
        let page: Value = app.anyone().get(&problem.kind).send().await.with_status(200).good();
        assert_eq!(page["code"], problem.code, "{answer}");
    }
}

/// What is no HTTP is turned away by the reader of HTTP itself, with the status alone.
#[tokio::test]
async fn whatever_reaches_a_route_is_answered_with_a_problem() {
    let app = App::start().await;
    let post = "POST /api/auth/login HTTP/1.1\r\nhost: mall\r\n";
    let json = "content-type: application/json\r\n";
    for (status, request) in [
        (404, "GET /nowhere HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (404, "GET /nowhere HTTP/1.0\r\n\r\n".to_owned()),
        (404, "GET /api/problems/%ff%fe HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (404, "GET /api/problems/%zz HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (404, "GET /%00/%2f%2e HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (404, format!("GET /{} HTTP/1.1\r\nhost: mall\r\n\r\n", "a".repeat(60_000))),
        (404, "OPTIONS * HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (404, "CONNECT mall:80 HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (405, "BREW /livez HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (405, "TRACE /livez HTTP/1.1\r\nhost: mall\r\n\r\n".to_owned()),
        (400, format!("{post}{json}transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")),
        (400, format!("{post}{json}content-length: 2\r\n\r\n{{}}")),
        (415, format!("{post}content-length: 2\r\n\r\n{{}}")),
    ] {
        let mut connection = Wire::open(&app).await;
        connection.say(&request).await;
        let answer = connection.answer().await;
        let shown: String = request.chars().take(100).collect();
        let version = if shown.contains("HTTP/1.0") { "1.0" } else { "1.1" };
        let line = format!("HTTP/{version} {status} ");
        assert!(answer.starts_with(&line), "{shown}: {answer}");
        assert!(answer.contains("content-type: application/problem+json"), "{shown}: {answer}");
        assert!(answer.contains(&format!("\"status\":{status},")), "{shown}: {answer}");
    }
}

#[tokio::test]
async fn who_asks_for_another_protocol_is_answered_at_once_in_this_one() {
    let app = App::start().await;
    let login = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    for (status, request) in [
        (200, "GET /livez HTTP/1.1\r\nupgrade: websocket\r\n\r\n".to_owned()),
        (200, "GET /livez HTTP/1.1\r\nupgrade: h2c\r\n\r\n".to_owned()),
        (404, "GET /nowhere HTTP/1.1\r\nupgrade: WebSocket\r\n\r\n".to_owned()),
        // The body of a request that would rather speak HTTP/2 is read.
        (400, format!("POST /api/auth/login HTTP/1.1\r\nupgrade: h2c\r\n{login}")),
    ] {
        let request = request.replacen("\r\n", "\r\nhost: mall\r\nconnection: upgrade\r\n", 1);
        let mut connection = Wire::open(&app).await;
        connection.say(&request).await;
        let answer = connection.answer().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        assert!(answer.contains("connection: close"), "{request}: {answer}");
        assert!(status != 400 || answer.contains("MISSING_VALUE"), "{request}: {answer}");
    }
}
