//! The codes below the table, each with its status and a call that meets it.

use serde_json::{Value, json};

use super::shopper;
use crate::support::{Answer, App};

#[tokio::test]
async fn each_code_comes_with_its_status() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 1).await;
    let event = app.event(1).await;
    app.signed_up("taken").await;
    let post = async |path: &str, body: Value| -> Answer {
        shopper(&app, 7).post_json(path, &body).send().await
    };
    let admin = app.admin();
    let role = admin.put("/api/admin/users/1/role").json(&json!({"role": "GOD"}));
    role.send().await.refused(400, "ROLE_INVALID_FORMAT");
    let restore = admin.post("/api/auth/800000000/restore").send().await;
    restore.refused(404, "NOT_FOUND_USER");
    let issue = json!({"eventId": 800_000_000});
    post("/coupons/issue", issue).await.refused(404, "NOT_FOUND_EVENT");
    shopper(&app, 7).get("/api/orders/800000000").send().await.refused(404, "NOT_FOUND_ORDER");
    let order = json!({"productId": 800_000_000, "quantity": 1});
    post("/api/orders/v1", order).await.refused(404, "NOT_FOUND_PRODUCT");
    app.anyone().get("/api/users/me").send().await.refused(401, "NOT_FOUND_TOKEN");
    let bad = app.anyone().with_token(Some("bad".to_owned()));
    bad.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    let wrong = json!({"email": "taken@shoppers.test", "password": "not this one"});
    post("/api/auth/login", wrong).await.refused(401, "PASSWORD_MISMATCH");
    for path in ["/api/auth/logout", "/api/auth/withdraw"] {
        post(path, json!({"password": "not this one"})).await.refused(400, "PASSWORD_MISMATCH");
    }
    let short = json!({"productId": lamp, "quantity": 2});
    post("/api/orders/v1", short).await.refused(422, "PRODUCT_SHORTAGE");
    let issue = json!({"eventId": event});
    post("/coupons/issue", issue.clone()).await.with_status(200);
    post("/coupons/issue", issue.clone()).await.refused(409, "DUPLICATE");
    let late = shopper(&app, 8).post_json("/coupons/issue", &issue).send().await;
    late.refused(409, "SOLD_OUT");
    let taken = json!({
        "email": "taken@shoppers.test",
        "name": "Kim",
        "password": "a long walk by the sea",
    });
    post("/api/auth/signup", taken).await.refused(409, "DUPLICATE_EMAIL");
    // Nothing is asked of other services yet, so nobody is told so; the code is kept for it.
    let kept: Value = app.anyone().get("/api/problems/FAILED_CALL_API").send().await.good();
    assert_eq!(kept["status"], 502);
}

/// `error` is the status' name; `message` is what a person reads.
#[tokio::test]
async fn a_refusal_has_the_members_that_existing_clients_read() {
    let app = App::start().await;
    let answer = app.anyone().get("/api/users/me").send().await;
    let body: Value = answer.read();
    for (member, value) in [
        ("error", json!("UNAUTHORIZED")),
        ("code", json!("NOT_FOUND_TOKEN")),
        ("message", json!("로그인이 필요합니다")),
        ("status", json!(401)),
        ("type", json!("/api/problems/NOT_FOUND_TOKEN")),
        ("title", json!("로그인이 필요합니다")),
    ] {
        assert_eq!(body[member], value, "{member}");
    }
    let answer = shopper(&app, 1).post_json("/api/orders/v1", &json!({})).send().await;
    let problem = answer.refused(400, "MISSING_VALUE");
    assert_eq!(
        (problem.error.as_str(), problem.member.as_deref()),
        ("BAD_REQUEST", Some("productId"))
    );
}
