//! Every kind of bad call, with the member its refusal must name.

use serde_json::Value;

use crate::support::product_body;

/// Numbers that are no count of pieces, as JSON text.
const NO_QUANTITY: &[&str] = &[
    "0",
    "-1",
    "1.5",
    "\"1\"",
    "2147483648",
    "9223372036854775808",
    "18446744073709551616",
    "1e309",
    "-0",
    "null",
    "true",
    "[1]",
    "{}",
    "1000001",
    "4294967297",
];
/// Numbers that are no identifier.
const NO_ID: &[&str] =
    &["0", "-1", "1.5", "\"1\"", "9007199254740992", "9223372036854775808", "1e309", "null", "[]"];
/// Numbers that are no price of a shop that sells in won.
const NO_PRICE: &[&str] = &[
    "0",
    "-1",
    "0.5",
    "12900.01",
    "\"12900\"",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "1e309",
    "1e18",
    "null",
    "[]",
];

/// One bad call: method, path, body, and the member its refusal must name.
pub(super) struct Bad {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) member: &'static str,
}

fn post(path: &str, body: String, member: &'static str) -> Bad {
    Bad { method: "POST", path: path.to_owned(), body: Some(body), member }
}

fn call(method: &'static str, path: String, member: &'static str) -> Bad {
    Bad { method, path, body: None, member }
}

/// `text` with the value of `member` replaced by the JSON text `value`, or taken out.
fn with(body: &Value, member: &str, value: Option<&str>) -> String {
    let mut members: Vec<String> = body
        .as_object()
        .expect("a body of the test")
        .iter()
        .filter(|(name, _)| *name != member)
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    members.extend(value.map(|value| format!("\"{member}\":{value}")));
    format!("{{{}}}", members.join(","))
}

pub(super) fn bad_orders(lamp: i64) -> Vec<Bad> {
    let mut calls = Vec::new();
    for quantity in NO_QUANTITY {
        let line = format!("{{\"productId\":{lamp},\"quantity\":{quantity}}}");
        calls.push(post("/api/orders/v1", line.clone(), "quantity"));
        for path in ["/api/orders/v2", "/api/orders/products"] {
            let good = format!("{{\"productId\":{lamp},\"quantity\":1}}");
            calls.push(post(path, format!("{{\"orderItems\":[{good},{line}]}}"), "quantity"));
        }
    }
    for id in NO_ID {
        let line = format!("{{\"productId\":{id},\"quantity\":1}}");
        calls.push(post("/api/orders/v1", line.clone(), "productId"));
        calls.push(post("/api/orders/v2", format!("{{\"orderItems\":[{line}]}}"), "productId"));
    }
    calls.push(post("/api/orders/v1", format!("{{\"productId\":{lamp}}}"), "quantity"));
    calls.push(post("/api/orders/v1", "{\"quantity\":1}".to_owned(), "productId"));
    calls.push(post(
        "/api/orders/v2",
        "{\"orderItems\":[{\"quantity\":1}]}".to_owned(),
        "productId",
    ));
    for items in ["[]", "null", "{}", "\"x\"", "[1]", "[[]]", "[null]"] {
        calls.push(post("/api/orders/v2", format!("{{\"orderItems\":{items}}}"), "orderItems"));
    }
    calls.push(post("/api/orders/v2", "{}".to_owned(), "orderItems"));
    let line = format!("{{\"productId\":{lamp},\"quantity\":1}}");
    let lines = vec![line; 10_001].join(",");
    calls.push(post("/api/orders/v2", format!("{{\"orderItems\":[{lines}]}}"), "orderItems"));
    // Each line is a quantity, their sum is none.
    let line = format!("{{\"productId\":{lamp},\"quantity\":1000000}}");
    calls.push(post("/api/orders/v2", format!("{{\"orderItems\":[{line},{line}]}}"), "orderItems"));
    calls
}

pub(super) fn bad_products() -> Vec<Bad> {
    let good = product_body("Lamp", 100);
    let products = "/api/products";
    let mut calls: Vec<Bad> = NO_PRICE
        .iter()
        .map(|price| post(products, with(&good, "productPrice", Some(price)), "productPrice"))
        .collect();
    let long_name = format!("\"{}\"", "가".repeat(201));
    let long_text = format!("\"{}\"", "x".repeat(1_001));
    for (member, values) in [
        ("productName", vec!["\"\"", "\"   \"", "1", "null", "[]", long_name.as_str()]),
        ("productDescription", vec!["1", "{}", long_text.as_str()]),
        ("productCategory", vec!["\"\"", "\"CHEESE\"", "1", "\"food\""]),
        ("productImageUrl", vec!["1", "[]"]),
        ("shopId", vec!["0", "-1", "\"1\"", "1.5", "9007199254740992"]),
    ] {
        for value in values {
            calls.push(post(products, with(&good, member, Some(value)), member));
        }
    }
    for member in ["productName", "productPrice"] {
        calls.push(post(products, with(&good, member, None), member));
    }
    calls
}

pub(super) fn bad_stock(lamp: i64) -> Vec<Bad> {
    let path = |call: &str| format!("/api/stocks/product/{lamp}/{call}");
    let mut calls = Vec::new();
    for quantity in
        ["", "-1", "1.5", "x", "2147483648", "9223372036854775808", "1e309", "1%20", "1000001"]
    {
        calls.push(call("POST", path(&format!("increase?quantity={quantity}")), "quantity"));
    }
    calls.push(call("POST", path("increase?quantity=0"), "quantity"));
    calls.push(call("POST", path("increase"), "quantity"));
    calls.push(call("POST", path("increase?Quantity=1"), "quantity"));
    for quantity in ["", "-1", "1.5", "x", "2147483648", "9223372036854775808"] {
        calls.push(call("POST", path(&format!("reset?quantity={quantity}")), "quantity"));
    }
    for delta in ["", "0", "1.5", "x", "9223372036854775808", "-9223372036854775809", "1000001"] {
        calls.push(call("POST", path(&format!("adjust?delta={delta}&reason=COUNT")), "delta"));
    }
    for reason in ["", "count", "GIFT", "1"] {
        calls.push(call("POST", path(&format!("adjust?delta=1&reason={reason}")), "reason"));
    }
    calls.push(call("POST", path("adjust?delta=1"), "reason"));
    for id in ["0", "-1", "1.5", "x", "9007199254740992", "9223372036854775808"] {
        calls.push(call(
            "POST",
            format!("/api/stocks/product/{id}/increase?quantity=1"),
            "productId",
        ));
        calls.push(call("GET", format!("/api/stocks/product/{id}"), "productId"));
        calls.push(call("GET", format!("/api/products/{id}"), "productId"));
        calls.push(call("GET", format!("/api/orders/{id}"), "orderId"));
        calls.push(call("PUT", format!("/api/orders/{id}"), "orderId"));
    }
    for ids in ["null", "1", "[0]", "[-1]", "[1.5]", "[\"1\"]", "[9223372036854775808]", "{}"] {
        for search in ["/api/stocks/search", "/api/products/search-product"] {
            calls.push(post(search, format!("{{\"productIds\":{ids}}}"), "productIds"));
        }
    }
    calls
}

pub(super) fn bad_coupons() -> Vec<Bad> {
    let good = crate::support::event_body("Bad", 10);
    let preload = "/api/coupons/preload";
    let policy = |kind: &str, amount: &str, share: &str| {
        format!(
            "[{{\"discountType\":{kind},\"discountAmount\":{amount},\"allocationPercentage\":{share}}}]"
        )
    };
    let mut calls: Vec<Bad> = NO_ID
        .iter()
        .map(|id| post("/api/coupons/issue", format!("{{\"eventId\":{id}}}"), "eventId"))
        .collect();
    calls.push(post("/api/coupons/issue", "{}".to_owned(), "eventId"));
    calls.push(post("/coupons/issue", "{\"EventId\":1}".to_owned(), "eventId"));
    for total in [
        "0",
        "-1",
        "1.5",
        "\"10\"",
        "10000001",
        "2147483648",
        "9223372036854775808",
        "1e309",
        "null",
    ] {
        calls.push(post(preload, with(&good, "totalCount", Some(total)), "totalCount"));
    }
    for (kind, amount, share) in [
        ("\"FIXED\"", "0", "100"),
        ("\"FIXED\"", "-5", "100"),
        ("\"FIXED\"", "1.5", "100"),
        ("\"FIXED\"", "9007199254740992", "100"),
        ("\"FIXED\"", "\"5\"", "100"),
        ("\"RATE\"", "0", "100"),
        ("\"RATE\"", "101", "100"),
        ("\"RATE\"", "-1", "100"),
        ("\"RATE\"", "1e309", "100"),
        ("\"HALF\"", "5", "100"),
        ("\"FIXED\"", "5", "99"),
        ("\"FIXED\"", "5", "101"),
        ("\"FIXED\"", "5", "0"),
        ("\"FIXED\"", "5", "-1"),
        ("\"FIXED\"", "5", "50.5"),
        ("\"FIXED\"", "5", "356"),
        ("\"FIXED\"", "5", "null"),
    ] {
        let policies = policy(kind, amount, share);
        calls.push(post(preload, with(&good, "policies", Some(&policies)), ""));
    }
    for (member, values) in [
        ("policies", vec!["[]", "null", "{}"]),
        ("name", vec!["\"\"", "1", "null"]),
        (
            "startsAt",
            vec![
                "\"\"",
                "\"tomorrow\"",
                "\"2026-02-30T00:00:00+09:00\"",
                "\"9999-12-31T20:00:00Z\"",
                "1",
                "null",
            ],
        ),
        (
            "endsAt",
            vec![
                "\"\"",
                "\"2001-01-01T00:00:00+09:00\"",
                "\"2026-13-01T00:00:00Z\"",
                "\"9999-12-31T06:00:00Z\"",
                "\"9999-12-31T23:59:59\"",
                "{}",
            ],
        ),
        ("validDays", vec!["0", "-1", "1.5", "3651", "\"7\"", "1e309"]),
        ("minimumPrice", vec!["-1", "0.5", "\"1\"", "9007199254740992"]),
    ] {
        for value in values {
            calls.push(post(preload, with(&good, member, Some(value)), member));
        }
    }
    // The event and its coupons may last nearly so long, and not longer.
    let late = with(&good, "endsAt", Some("\"9999-12-31T05:00:00Z\""));
    let late = late.replace("\"validDays\":7", "\"validUntil\":\"9999-12-31T06:00:00Z\"");
    calls.push(post(preload, late, "validUntil"));
    for member in ["name", "totalCount", "policies", "startsAt", "endsAt"] {
        calls.push(post(preload, with(&good, member, None), member));
    }
    calls
}

pub(super) fn bad_accounts() -> Vec<Bad> {
    let signup = "/api/auth/signup";
    let good = serde_json::json!({
        "email": "new@shop.test", "name": "New", "password": "a long enough password",
    });
    let long = format!("\"{}\"", "x".repeat(2_000));
    let mut calls = Vec::new();
    for (member, values) in [
        (
            "email",
            vec![
                "\"\"",
                "\"nobody\"",
                "\"a@\"",
                "\"@b\"",
                "\"a b@c.test\"",
                "1",
                "null",
                long.as_str(),
            ],
        ),
        ("name", vec!["\"\"", "\"  \"", "1", "null", long.as_str()]),
        ("password", vec!["\"\"", "1", "null", long.as_str()]),
    ] {
        for value in values {
            calls.push(post(signup, with(&good, member, Some(value)), member));
        }
        calls.push(post(signup, with(&good, member, None), member));
    }
    for member in ["email", "password"] {
        calls.push(post("/api/auth/login", with(&good, member, None), member));
        calls.push(post("/api/auth/login", with(&good, member, Some("1")), member));
    }
    for (member, value) in [
        ("currency", "\"XXX\""),
        ("currency", "1"),
        ("name", "\"\""),
        ("ownerId", "0"),
        ("ownerId", "\"1\""),
    ] {
        let shop = serde_json::json!({"name": "S", "currency": "KRW", "ownerId": 1});
        calls.push(post("/api/shops", with(&shop, member, Some(value)), member));
    }
    calls
}
