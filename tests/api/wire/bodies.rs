//! What holds of every row: who may call, and what becomes of a body that is not as it should be.

use serde_json::{Value, json};

use crate::subscriptions::account;
use crate::support::{Answer, App, Client, Role, time_in_s};

/// Who may call a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Public,
    User,
    Seller,
    Admin,
}

use Who::{Admin, Public, Seller, User};

/// A row of the table: a good call, and the members its body must have.
struct Row {
    method: &'static str,
    path: String,
    who: Who,
    body: Option<Value>,
    required: &'static [&'static str],
}

fn row(
    method: &'static str,
    path: &str,
    who: Who,
    body: Option<Value>,
    required: &'static [&'static str],
) -> Row {
    Row { method, path: path.to_owned(), who, body, required }
}

/// What the rows are about.
struct Mall {
    seller: Client,
    lamp: i64,
    event: i64,
    /// Somebody who has signed up.
    follower: i64,
}

async fn mall(app: &App) -> Mall {
    let (shop, _, seller) = app.shop("Rows", "KRW").await;
    let lamp = app.product(Some(shop), 100, 100_000).await;
    let follower = account(app, "follower").await;
    Mall { seller, lamp, event: app.event(100).await, follower }
}

#[rustfmt::skip]
fn rows(mall: &Mall) -> Vec<Row> {
    let Mall { lamp, event, .. } = mall;
    let ids = Some(json!({"productIds": [lamp]}));
    let one = json!({"productId": lamp, "quantity": 1});
    let many = Some(json!({"orderItems": [one]}));
    let product = Some(json!({
        "productName": "Desk lamp", "productDescription": "It gives light.", "productPrice": 100,
        "productImageUrl": "https://pictures.test/lamp.png", "productCategory": "HOME_LIVING",
    }));
    let deal = Some(json!({
        "eventType": "HOT_DEAL", "eventDiscount": 10, "eventDuration": 3,
        "startEventTime": time_in_s(-60), "productIds": [lamp],
    }));
    let coupons = Some(json!({
        "name": "Winter", "totalCount": 4, "startsAt": time_in_s(-60), "endsAt": time_in_s(3_600),
        "policies": [{"discountType": "FIXED", "discountAmount": 3000, "allocationPercentage": 100}],
        "validDays": 7,
    }));
    let coupon = Some(json!({"eventId": event}));
    let password = Some(json!({"password": "not the one"}));
    let preload: &[&str] = &["name", "totalCount", "policies", "startsAt", "endsAt", "validDays"];
    let create: &[&str] = &["eventType", "eventDiscount", "eventDuration", "startEventTime", "productIds"];
    let stock = format!("/api/stocks/product/{lamp}");
    let path = format!("/api/products/{lamp}");
    vec![
        row("POST", "/api/auth/signup", Public, Some(json!({"email": "kim@example.com", "name": "Kim", "password": "a long walk by the sea"})), &["email", "name", "password"]),
        row("POST", "/api/auth/login", Public, Some(json!({"email": "kim@example.com", "password": "a long walk by the sea"})), &["email", "password"]),
        row("POST", "/api/auth/reissue", Public, Some(json!({"refreshToken": "no token"})), &["refreshToken"]),
        row("POST", "/api/auth/logout", User, password.clone(), &["password"]),
        row("POST", "/api/auth/withdraw", User, password, &["password"]),
        row("POST", "/api/auth/800000000/restore", Admin, None, &[]),
        row("GET", "/api/users/me", User, None, &[]),
        row("POST", "/api/products/search-product", User, ids.clone(), &["productIds"]),
        row("GET", &path, User, None, &[]),
        row("POST", "/api/products", Seller, product.clone(), &["productName", "productPrice"]),
        row("PUT", &path, Seller, product, &[]),
        row("DELETE", "/api/products/800000000", Seller, None, &[]),
        row("POST", "/api/stocks/search", User, ids.clone(), &["productIds"]),
        row("GET", &stock, User, None, &[]),
        row("POST", &format!("{stock}/increase?quantity=1"), Seller, None, &[]),
        row("POST", &format!("{stock}/reset?quantity=90000"), Seller, None, &[]),
        row("POST", "/api/event/create", Seller, deal, create),
        row("POST", "/api/event/search-event", User, ids.clone(), &["productIds"]),
        row("POST", "/api/orders/products", User, many.clone(), &["orderItems"]),
        row("POST", "/api/orders/v2", User, many, &["orderItems"]),
        row("POST", "/api/orders/v1", User, Some(one), &["productId", "quantity"]),
        row("GET", "/api/orders/800000000", User, None, &[]),
        row("PUT", "/api/orders/800000000", User, None, &[]),
        row("POST", "/api/subscribe/sub-product", User, ids, &["productIds"]),
        row("GET", &format!("/api/subscribe/search-sub-user?productId={lamp}"), User, None, &[]),
        row("DELETE", &format!("/api/subscribe/cancel-sub?productId={lamp}"), User, None, &[]),
        row("POST", "/coupons/preload", Seller, coupons.clone(), preload),
        row("POST", "/api/coupons/preload", Seller, coupons, preload),
        row("POST", "/coupons/issue", User, coupon.clone(), &["eventId"]),
        row("POST", "/api/coupons/issue", User, coupon, &["eventId"]),
    ]
}

async fn call(client: &Client, row: &Row, body: Option<&Value>) -> Answer {
    let asked = client.ask(row.method.parse().expect("a method of the test"), &row.path);
    match body {
        Some(body) => asked.json(body).send().await,
        None => asked.send().await,
    }
}

#[tokio::test]
async fn a_bad_token_is_401_and_too_little_right_403() {
    let app = App::start().await;
    let mall = mall(&app).await;
    for row in rows(&mall) {
        let body = row.body.as_ref();
        let without = call(&app.anyone(), &row, body).await;
        let bad = app.anyone().with_token(Some("bad".to_owned()));
        if row.who == Public {
            assert_ne!(without.status.as_u16(), 403, "{without}");
            continue;
        }
        without.refused(401, "NOT_FOUND_TOKEN");
        call(&bad, &row, body).await.refused(401, "TOKEN_MISMATCH");
        let user = call(&app.with_role(5_001, Role::User), &row, body).await;
        let seller = call(&mall.seller, &row, body).await;
        for (answer, is_in) in [(&user, row.who == User), (&seller, row.who != Admin)] {
            match is_in {
                true => assert!(!matches!(answer.status.as_u16(), 401 | 403), "{answer}"),
                false => drop(answer.refused(403, "FORBIDDEN")),
            }
        }
    }
}

#[tokio::test]
async fn a_missing_member_is_400_and_so_is_one_of_another_type() {
    let app = App::start().await;
    let mall = mall(&app).await;
    let mut seen = 0;
    for row in rows(&mall) {
        let Some(good) = &row.body else { continue };
        for member in row.required {
            let mut without = good.clone();
            without.as_object_mut().expect("an object").remove(*member);
            let problem =
                call(&app.admin(), &row, Some(&without)).await.refused(400, "MISSING_VALUE");
            assert_eq!(problem.member.as_deref(), Some(*member), "{} {}", row.method, row.path);
            for other in [json!({"a": 1}), json!(true)] {
                let mut wrong = good.clone();
                wrong[*member] = other;
                let answer = call(&app.admin(), &row, Some(&wrong)).await;
                let problem = answer.refused(400, "INVALID_VALUE");
                let named = problem.member.unwrap_or_default();
                assert!(named.starts_with(member), "{answer} does not name {member}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen} bodies tried");
}

#[tokio::test]
async fn a_member_nobody_knows_changes_nothing_of_the_answer() {
    let app = App::start().await;
    let mall = mall(&app).await;
    for (number, row) in (6_000..).zip(rows(&mall)) {
        let Some(mut body) = row.body.clone() else { continue };
        body["nobodyKnowsThis"] = json!({"role": "ADMIN", "price": 0});
        let client = match row.who {
            User if row.path.starts_with("/api/subscribe/") => app.shopper(mall.follower),
            Public | User => app.with_role(number, Role::User),
            Seller | Admin => app.admin(),
        };
        let answer = call(&client, &row, Some(&body)).await;
        let path = row.path.as_str();
        let expected = match path {
            "/api/auth/signup" | "/api/products" | "/api/event/create" => 201,
            "/api/subscribe/sub-product" => 201,
            "/coupons/preload" | "/api/coupons/preload" => 202,
            "/api/auth/reissue" => 401,
            // Nobody's account has that password.
            "/api/auth/logout" | "/api/auth/withdraw" => 400,
            _ => 200,
        };
        assert_eq!(answer.status.as_u16(), expected, "{answer}");
    }
}

#[tokio::test]
async fn another_method_is_405_and_an_unknown_path_404() {
    let app = App::start().await;
    let mall = mall(&app).await;
    for row in rows(&mall) {
        let path = row.path.split('?').next().expect("a path");
        let answer = app.admin().ask(reqwest::Method::TRACE, path).send().await;
        answer.refused(405, "METHOD_NOT_ALLOWED");
        let allowed = answer.header("allow").expect("what is allowed").to_owned();
        assert!(allowed.split(", ").any(|method| method == row.method), "{path}: {allowed}");
        let answer = app.admin().get(&format!("{path}/and/no/further")).send().await;
        answer.refused(404, "NOT_FOUND");
    }
}
