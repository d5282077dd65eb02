//! Who may do what: every route with every role, and none of them without a token.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, Role, event_body, product_body};

/// A route: method, path, a body, and who may use it (`None`: everybody, also without a token).
type Route = (&'static str, String, Option<Value>, Option<&'static [Role]>);

const SHOPPERS: &[Role] = &[Role::User, Role::Seller, Role::Admin];
const SELLERS: &[Role] = &[Role::Seller, Role::Admin];
const ADMINS: &[Role] = &[Role::Admin];

fn routes(lamp: i64, event: i64, shop: i64) -> Vec<Route> {
    let ids = json!({"productIds": [lamp]});
    let line = json!({"productId": lamp, "quantity": 1});
    let lines = json!({"orderItems": [line]});
    let stock = |call: &str| format!("/api/stocks/product/{lamp}{call}");
    let post = "POST";
    vec![
        (post, "/api/auth/signup".into(), Some(json!({})), None),
        (post, "/api/auth/login".into(), Some(json!({})), None),
        (post, "/api/auth/reissue".into(), Some(json!({})), None),
        (post, "/api/auth/logout".into(), Some(json!({"password": "x"})), Some(SHOPPERS)),
        (post, "/api/auth/withdraw".into(), Some(json!({"password": "x"})), Some(SHOPPERS)),
        (post, "/api/auth/800000000/restore".into(), None, Some(ADMINS)),
        ("GET", "/api/admin/users".into(), None, Some(ADMINS)),
        ("PUT", "/api/admin/users/1/role".into(), Some(json!({"role": "USER"})), Some(ADMINS)),
        ("GET", "/api/products".into(), None, Some(SHOPPERS)),
        ("GET", "/api/products/categories".into(), None, Some(SHOPPERS)),
        (post, "/api/products/import".into(), Some(json!({})), Some(SELLERS)),
        ("PUT", format!("/api/products/{lamp}"), Some(product_body("Lamp", 5)), Some(SELLERS)),
        ("DELETE", "/api/products/800000000".into(), None, Some(SELLERS)),
        ("GET", "/livez".into(), None, None),
        ("GET", "/readyz".into(), None, None),
        ("GET", "/metrics".into(), None, None),
        ("GET", "/api/users/me".into(), None, Some(SHOPPERS)),
        (post, "/api/products/search-product".into(), Some(ids.clone()), Some(SHOPPERS)),
        ("GET", format!("/api/products/{lamp}"), None, Some(SHOPPERS)),
        (post, "/api/stocks/search".into(), Some(ids), Some(SHOPPERS)),
        ("GET", stock(""), None, Some(SHOPPERS)),
        (post, "/api/orders/v1".into(), Some(line), Some(SHOPPERS)),
        (post, "/api/orders/v2".into(), Some(lines.clone()), Some(SHOPPERS)),
        (post, "/api/orders/products".into(), Some(lines), Some(SHOPPERS)),
        ("GET", "/api/orders/1".into(), None, Some(SHOPPERS)),
        ("PUT", "/api/orders/1".into(), None, Some(SHOPPERS)),
        (post, "/coupons/issue".into(), Some(json!({"eventId": event})), Some(SHOPPERS)),
        (post, "/api/coupons/issue".into(), Some(json!({"eventId": event})), Some(SHOPPERS)),
        ("GET", format!("/api/shops/{shop}"), None, Some(SHOPPERS)),
        (post, "/api/products".into(), Some(product_body("Lamp", 5)), Some(SELLERS)),
        (post, stock("/increase?quantity=1"), None, Some(SELLERS)),
        (post, stock("/reset?quantity=50"), None, Some(SELLERS)),
        (post, stock("/adjust?delta=1&reason=COUNT"), None, Some(SELLERS)),
        (post, "/coupons/preload".into(), Some(event_body("Who", 3)), Some(SELLERS)),
        (post, "/api/coupons/preload".into(), Some(event_body("Who", 3)), Some(SELLERS)),
        (post, "/api/shops".into(), Some(json!({"name": "S", "currency": "KRW"})), Some(SELLERS)),
        ("GET", format!("/api/shops/{shop}/sales"), None, Some(SELLERS)),
        (post, "/api/event/create".into(), Some(deal_body(5.0, &[lamp])), Some(ADMINS)),
        (
            post,
            "/api/event/search-event".into(),
            Some(json!({"productIds": [lamp]})),
            Some(SHOPPERS),
        ),
        ("GET", "/api/event".into(), None, Some(SHOPPERS)),
        ("GET", "/api/event/1".into(), None, Some(SHOPPERS)),
        (post, "/api/event/1/pause".into(), None, Some(ADMINS)),
        (post, "/api/event/1/resume".into(), None, Some(ADMINS)),
        (post, "/api/event/1/cancel".into(), None, Some(ADMINS)),
        ("GET", "/api/admin/actors".into(), None, Some(ADMINS)),
        ("GET", format!("/api/admin/actors/shop/{shop}"), None, Some(ADMINS)),
    ]
}

#[tokio::test]
async fn each_route_lets_in_whom_it_should_and_nobody_else() {
    let app = App::start().await;
    let (shop, owner, _) = app.shop("Doors", "KRW").await;
    let lamp = app.product(Some(shop), 100, 50).await;
    let event = app.event(50).await;
    let mut wrong = Vec::new();
    for (method, path, body, allowed) in routes(lamp, event, shop) {
        let ask = |client: crate::support::Client| {
            let asked = client.ask(method.parse().expect("a method of the test"), &path);
            match &body {
                Some(body) => asked.json(body).send(),
                None => asked.send(),
            }
        };
        let status = ask(app.anyone()).await.status.as_u16();
        if (status == 401) != allowed.is_some() {
            wrong.push(format!("{method} {path} without a token: {status}"));
        }
        let Some(allowed) = allowed else { continue };
        for role in Role::ALL {
            // The seller is the one of this very shop.
            let user = if role == Role::Seller { owner } else { 4_000 + role as i64 };
            let answer = ask(app.with_role(user, role)).await;
            let is_in = !matches!(answer.status.as_u16(), 401 | 403);
            // Counsellors and partners are people and servers of the mall: whether they shop,
            // too, nobody has said. More than shoppers they may not.
            let may_be_in = matches!(role, Role::Counsellor | Role::Partner) && allowed == SHOPPERS;
            if !may_be_in && is_in != allowed.contains(&role) {
                wrong.push(format!("{role:?}: {answer}"));
            }
            if answer.status.is_server_error() {
                wrong.push(format!("{role:?}: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_openapi_document_tells_every_route_and_who_may_use_it() {
    let app = App::start().await;
    let ended = app.run(&["openapi"]);
    assert!(ended.status.success(), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let mut operations = std::collections::BTreeSet::new();
    for (method, path, _, allowed) in routes(7, 8, 9) {
        let path = path.split('?').next().expect("a path").to_owned();
        let names = document["paths"].as_object().expect("paths");
        let (_, item) = names
            .iter()
            .find(|(template, item)| {
                matches(template, &path) && item.get(method.to_lowercase()).is_some()
            })
            .unwrap_or_else(|| panic!("{method} {path} is not described"));
        let operation = &item[method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{path} has no id"));
        assert!(operations.insert(id.to_owned()), "{id} is there twice");
        let needs_a_token = operation["security"].as_array().is_some_and(|ways| !ways.is_empty());
        assert_eq!(needs_a_token, allowed.is_some(), "{method} {path}");
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (mut left, mut right) = (template.split('/'), path.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(name), Some(part)) if name == part || name.starts_with('{') => {}
            _ => return false,
        }
    }
}
