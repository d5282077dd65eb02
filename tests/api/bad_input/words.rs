//! A refusal names the member and speaks the caller's language, never that of the program.

use serde_json::Value;

use crate::support::{App, Problem};

/// How the readers of JSON, of queries and of numbers talk, in places no caller looks at.
const OF_THE_PROGRAM: &[&str] = &[
    "expected",
    "invalid type",
    "invalid value",
    "invalid length",
    "missing field",
    "unknown field",
    "unknown variant",
    "duplicate field",
    "out of range",
    "struct ",
    "u8",
    "u16",
    "u32",
    "u64",
    "i64",
    "f64",
    "EOF",
    "trailing",
    "at line",
    "`",
];

/// What is wrong with the words of a refusal.
pub(super) fn check(problem: &Problem, language: &str) -> Result<(), String> {
    let detail = problem.detail.as_deref();
    for text in [Some(problem.message.as_str()), detail].into_iter().flatten() {
        if let Some(found) = OF_THE_PROGRAM.iter().find(|words| text.contains(*words)) {
            return Err(format!("`{text}` says `{found}`"));
        }
        let is_korean = text.chars().any(|c| ('가'..='힣').contains(&c));
        if is_korean != (language == "ko") {
            return Err(format!("`{text}` is not in the language `{language}`"));
        }
    }
    let Some(member) = problem.member.as_deref().filter(|_| problem.status == 400) else {
        return Ok(());
    };
    let is_named = |text: &str| !member.is_empty() && text.starts_with(&format!("{member}: "));
    match is_named(&problem.message) && detail.is_some_and(is_named) {
        true => Ok(()),
        false => Err(format!("`{member}` is not named")),
    }
}

/// Bodies of which something is wrong, and what is told of it.
const TOLD: &[(&str, &str, &str, &str)] = &[
    (
        "/api/orders/v2",
        r#"{"orderItems":[{"productId":1,"quantity":-2}]}"#,
        "orderItems[0].quantity: 1 이상 1000000 이하의 정수여야 합니다",
        "orderItems[0].quantity: a whole number from 1 to 1000000",
    ),
    (
        "/api/orders/v2",
        r#"{"orderItems":[{"productId":"x","quantity":2}]}"#,
        "orderItems[0].productId: 1 이상 9007199254740991 이하의 정수여야 합니다",
        "orderItems[0].productId: a whole number from 1 to 9007199254740991",
    ),
    (
        "/api/orders/v2",
        r#"{"orderItems":[{"productId":1}]}"#,
        "orderItems[0].quantity: 값이 필요합니다",
        "orderItems[0].quantity: required",
    ),
    (
        "/api/orders/v2",
        r#"{"orderItems":7}"#,
        "orderItems: 배열이어야 합니다",
        "orderItems: a list",
    ),
    (
        "/api/orders/v2",
        r#"{"orderItems":["x"]}"#,
        "orderItems[0]: 객체여야 합니다",
        "orderItems[0]: an object",
    ),
    (
        "/api/orders/v1",
        r#"{"productId":1,"quantity":1e309}"#,
        "quantity: 너무 큰 수입니다",
        "quantity: too large a number",
    ),
    (
        "/api/orders/v1",
        r#"{"productId":1,"quantity":1,"quantity":2}"#,
        "quantity: 한 번만 보낼 수 있습니다",
        "quantity: send it once",
    ),
    (
        "/api/auth/login",
        r#"{"email":5,"password":"x"}"#,
        "email: 문자열이어야 합니다",
        "email: a text",
    ),
    (
        "/api/coupons/preload",
        r#"{"name":"x","totalCount":-1}"#,
        "totalCount: 1 이상 10000000 이하의 정수여야 합니다",
        "totalCount: a whole number from 1 to 10000000",
    ),
    (
        "/api/coupons/preload",
        r#"{"name":"x","policies":[{"discountType":"HALF"}]}"#,
        "policies[0].discountType: FIXED, RATE 중 하나여야 합니다",
        "policies[0].discountType: one of FIXED, RATE",
    ),
    (
        "/api/coupons/preload",
        r#"{"name":"x","policies":[{"discountType":5}]}"#,
        "policies[0].discountType: 문자열이어야 합니다",
        "policies[0].discountType: a text",
    ),
    (
        "/api/event/create",
        r#"{"eventType":"HOT_DEAL","eventDuration":"3"}"#,
        "eventDuration: 1 이상 3650 이하의 정수여야 합니다",
        "eventDuration: a whole number from 1 to 3650",
    ),
    (
        "/api/stocks/product/1/increase?quantity=many",
        "",
        "quantity: 1 이상 1000000 이하의 정수여야 합니다",
        "quantity: a whole number from 1 to 1000000",
    ),
    (
        "/api/stocks/product/x/increase?quantity=1",
        "",
        "productId: 1 이상 9007199254740991 이하의 정수여야 합니다",
        "productId: a whole number from 1 to 9007199254740991",
    ),
];

async fn refused(app: &App, path: &str, body: &str, language: &str) -> Problem {
    let asked = app.admin().post(path).header("accept-language", language);
    let asked =
        if body.is_empty() { asked } else { asked.raw("application/json", body.to_owned()) };
    asked.send().await.problem()
}

#[tokio::test]
async fn a_refusal_names_the_member_and_what_it_must_be_in_the_callers_language() {
    let app = App::start().await;
    let mut wrong = Vec::new();
    for (path, body, ko, en) in TOLD {
        for (language, told) in [("ko", ko), ("en", en)] {
            let problem = refused(&app, path, body, language).await;
            let said = (problem.message.as_str(), problem.detail.as_deref());
            if (problem.status, said) != (400, (*told, Some(*told))) {
                wrong.push(format!("{path} {body}: {} {said:?}, not `{told}`", problem.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} refusals say something else:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_body_that_has_no_member_to_name_is_refused_in_the_callers_language() {
    let app = App::start().await;
    for body in [
        "{",
        "[]",
        "7",
        "null",
        "\"x\"",
        "{\"productId\":1,}",
        "{\"productId\":\"\u{1}\"}",
        "\u{feff}{}",
    ] {
        for language in ["ko", "en"] {
            let problem = refused(&app, "/api/orders/v1", body, language).await;
            assert_eq!(problem.status, 400, "{body}: {problem:?}");
            assert_eq!(check(&problem, language), Ok(()), "{body}");
            assert!(problem.detail.is_some(), "{body}: {problem:?}");
        }
    }
}

#[tokio::test]
async fn lines_of_an_import_are_refused_in_the_callers_language() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Lamps", "KRW").await;
    let path = format!("/api/products/import?shopId={shop}&dryRun=true");
    for (media, body) in [
        ("application/x-ndjson", &b"{\"name\":1,\"price\":1}\n{\"name\":\"x\"}\nnonsense\n"[..]),
        ("text/csv", &b"name,price\n\xff\xfe,5\nLamp,five\nLamp,\n"[..]),
    ] {
        for language in ["ko", "en"] {
            let asked = seller.post(&path).header("accept-language", language);
            let answer = asked.raw(media, body).send().await;
            let report: Value = answer.with_status(200).good();
            let errors = report["errors"].as_array().expect("a list");
            assert_eq!(errors.len(), 3, "{report}");
            for error in errors {
                let message = error["message"].as_str().expect("a sentence");
                let is_korean = message.chars().any(|c| ('가'..='힣').contains(&c));
                assert_eq!(is_korean, language == "ko", "{report}");
                let found = OF_THE_PROGRAM.iter().find(|words| message.contains(*words));
                assert_eq!(found, None, "{report}");
                let member = error["member"].as_str().unwrap_or_default();
                assert!(message.starts_with(member), "{report}");
            }
        }
    }
}
