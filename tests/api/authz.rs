//! Who may do what: every route as everybody (row 1 of the security checks). A route that is not
//! in the table below fails: what nobody has thought about is allowed to nobody.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::security::operations::operations;
use crate::support::{
    App, Claims, Client, Role, SECRET, event_body, mint_claims, now_s, product_body,
};

/// A route: method, path, a body, and who may use it (`None`: everybody, also without a token).
type Route = (&'static str, String, Option<Value>, Option<&'static [Role]>);

const SHOPPERS: &[Role] = &[Role::User, Role::Seller, Role::Counsellor, Role::Admin];
/// Whoever has an account.
const ACCOUNTS: &[Role] = &Role::ALL;
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
        (post, "/api/auth/logout".into(), Some(json!({"password": "x"})), Some(ACCOUNTS)),
        (post, "/api/auth/withdraw".into(), Some(json!({"password": "x"})), Some(ACCOUNTS)),
        (
            post,
            "/api/auth/password".into(),
            Some(json!({"password": "x", "newPassword": "a longer walk in the hills"})),
            Some(ACCOUNTS),
        ),
        (post, "/api/auth/800000000/restore".into(), None, Some(ADMINS)),
        ("GET", "/api/admin/users".into(), None, Some(ADMINS)),
        ("PUT", "/api/admin/users/1/role".into(), Some(json!({"role": "USER"})), Some(ADMINS)),
        ("GET", "/api/products".into(), None, Some(SHOPPERS)),
        ("GET", "/api/products/categories".into(), None, Some(SHOPPERS)),
        (post, "/api/products/import".into(), Some(json!({})), Some(SELLERS)),
        ("PUT", format!("/api/products/{lamp}"), Some(product_body("Lamp", 5)), Some(SELLERS)),
        ("PATCH", format!("/api/products/{lamp}"), Some(json!({})), Some(SELLERS)),
        ("DELETE", "/api/products/800000000".into(), None, Some(SELLERS)),
        ("GET", "/api/admin/events".into(), None, Some(ADMINS)),
        ("GET", "/api/admin/log-level".into(), None, Some(ADMINS)),
        ("PUT", "/api/admin/log-level".into(), Some(json!({"filter": "warn"})), Some(ADMINS)),
        ("GET", "/api/problems/BUSY".into(), None, None),
        ("GET", "/api/openapi.json".into(), None, None),
        ("GET", "/docs".into(), None, None),
        ("GET", "/api/docs".into(), None, None),
        ("GET", "/docs/start.js".into(), None, None),
        ("GET", "/livez".into(), None, None),
        ("GET", "/readyz".into(), None, None),
        ("GET", "/metrics".into(), None, None),
        ("GET", "/api/users/me".into(), None, Some(ACCOUNTS)),
        (post, "/api/products/search-product".into(), Some(ids.clone()), Some(SHOPPERS)),
        ("GET", format!("/api/products/{lamp}"), None, Some(SHOPPERS)),
        (post, "/api/stocks/search".into(), Some(ids), Some(SHOPPERS)),
        ("GET", stock(""), None, Some(SHOPPERS)),
        (post, "/api/orders/v1".into(), Some(line), Some(SHOPPERS)),
        (post, "/api/orders/v2".into(), Some(lines.clone()), Some(SHOPPERS)),
        (post, "/api/orders/products".into(), Some(lines), Some(SHOPPERS)),
        ("GET", "/api/orders/1".into(), None, Some(SHOPPERS)),
        ("PUT", "/api/orders/1".into(), None, Some(SHOPPERS)),
        (post, "/api/noop".into(), Some(json!({"eventId": event})), Some(SHOPPERS)),
        ("GET", "/api/coupons/batches/800000000".into(), None, Some(SELLERS)),
        (post, "/coupons/issue".into(), Some(json!({"eventId": event})), Some(SHOPPERS)),
        (post, "/api/coupons/issue".into(), Some(json!({"eventId": event})), Some(SHOPPERS)),
        ("GET", "/api/coupons/mine".into(), None, Some(SHOPPERS)),
        ("GET", "/api/coupons/events".into(), None, Some(SHOPPERS)),
        ("GET", "/api/public/products".into(), None, None),
        ("GET", "/api/public/stocks".into(), None, None),
        ("GET", "/api/public/shops".into(), None, None),
        ("GET", "/api/public/deals".into(), None, None),
        ("GET", "/api/public/events".into(), None, None),
        ("GET", "/api/shops".into(), None, Some(SHOPPERS)),
        ("GET", format!("/api/shops/{shop}"), None, Some(SHOPPERS)),
        (post, "/api/products".into(), Some(product_body("Lamp", 5)), Some(SELLERS)),
        (post, stock("/increase?quantity=1"), None, Some(SELLERS)),
        (post, stock("/reset?quantity=50"), None, Some(SELLERS)),
        (post, stock("/adjust?delta=1&reason=COUNT"), None, Some(SELLERS)),
        (post, stock("/low?quantity=20"), None, Some(SELLERS)),
        (post, "/coupons/preload".into(), Some(event_body("Who", 3)), Some(SELLERS)),
        (post, "/api/coupons/preload".into(), Some(event_body("Who", 3)), Some(SELLERS)),
        (post, "/api/shops".into(), Some(json!({"name": "S", "currency": "KRW"})), Some(SELLERS)),
        ("GET", format!("/api/shops/{shop}/sales"), None, Some(SELLERS)),
        (post, "/api/event/create".into(), Some(deal_body(5.0, &[lamp])), Some(SELLERS)),
        (
            post,
            "/api/event/search-event".into(),
            Some(json!({"productIds": [lamp]})),
            Some(SHOPPERS),
        ),
        ("GET", "/api/event".into(), None, Some(SHOPPERS)),
        ("GET", "/api/event/1".into(), None, Some(SHOPPERS)),
        (post, "/api/event/1/pause".into(), None, Some(SELLERS)),
        (post, "/api/event/1/resume".into(), None, Some(SELLERS)),
        (post, "/api/event/1/cancel".into(), None, Some(SELLERS)),
        (
            post,
            "/api/subscribe/sub-product".into(),
            Some(json!({"productIds": [lamp]})),
            Some(SHOPPERS),
        ),
        ("GET", format!("/api/subscribe/search-sub-user?productId={lamp}"), None, Some(SHOPPERS)),
        ("DELETE", format!("/api/subscribe/cancel-sub?productId={lamp}"), None, Some(SHOPPERS)),
        ("GET", "/api/notifications".into(), None, Some(SHOPPERS)),
        (
            post,
            "/api/notifications/read".into(),
            Some(json!({"upTo": "notices:1"})),
            Some(SHOPPERS),
        ),
        ("GET", "/api/admin/notifications".into(), None, Some(ADMINS)),
        (post, "/api/live/ticket".into(), None, Some(SHOPPERS)),
        // Without the headers of a handshake nobody gets through: who may, is told otherwise.
        ("GET", "/api/live".into(), None, Some(SHOPPERS)),
        ("GET", "/api/live/stream".into(), None, Some(SHOPPERS)),
        ("GET", format!("/api/shops/{shop}/live"), None, Some(SELLERS)),
        ("GET", format!("/api/shops/{shop}/events"), None, Some(SELLERS)),
        ("GET", "/ws".into(), None, None),
        ("GET", "/ws/websocket".into(), None, None),
        ("GET", "/ws/info".into(), None, None),
        ("GET", "/ws/000/abc/websocket".into(), None, None),
        ("GET", "/api/asyncapi.json".into(), None, None),
        ("GET", "/api/admin/connections".into(), None, Some(ADMINS)),
        ("GET", "/api/admin/actors".into(), None, Some(ADMINS)),
        ("GET", format!("/api/admin/actors/shop/{shop}"), None, Some(ADMINS)),
        ("GET", format!("/api/admin/history/shop/{shop}"), None, Some(ADMINS)),
        ("GET", format!("/api/admin/shops/{shop}/stock-history"), None, Some(ADMINS)),
    ]
}

/// Everybody who may come: what to call them, their role, and a client.
async fn everybody(app: &App, seller: &Client) -> Vec<(&'static str, Option<Role>, Client)> {
    let mut claims = Claims::of(4_900, Role::Admin);
    claims.exp = now_s() - 60;
    let expired = app.anyone().with_token(Some(mint_claims(&claims, SECRET)));
    let (_, revoked) = app.signed_up("gone").await;
    let password = json!({"password": "a long enough password"});
    revoked.post_json("/api/auth/logout", &password).send().await.with_status(200);
    let mut everybody = vec![
        ("nobody", None, app.anyone()),
        ("an expired token", None, expired),
        ("a revoked token", None, revoked),
    ];
    for role in Role::ALL {
        // The seller is the one of this very shop.
        let client = match role {
            Role::Seller => seller.clone(),
            _ => app.with_role(4_000 + role as i64, role),
        };
        everybody.push((role.name(), Some(role), client));
    }
    everybody
}

#[tokio::test]
async fn each_route_lets_in_whom_it_should_and_nobody_else() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Doors", "KRW").await;
    let lamp = app.product(Some(shop), 100, 50).await;
    let event = app.event(50).await;
    let described = operations(&app);
    let everybody = everybody(&app, &seller).await;
    let mut wrong = Vec::new();
    let mut asked_for = std::collections::BTreeSet::new();
    for (method, path, body, allowed) in routes(lamp, event, shop) {
        let operation = described.iter().find(|operation| operation.is_at(method, &path));
        let operation = operation.unwrap_or_else(|| panic!("{method} {path} is not described"));
        asked_for.insert(operation.id.clone());
        for (who, role, client) in &everybody {
            let mut asked = client.ask(method.parse().expect("a method of the test"), &path);
            if let Some(body) = &body {
                asked = asked.json(body);
            }
            // A stream of events that lets somebody in does not end.
            let is_endless = ["openLiveStream", "openShopLive"].contains(&operation.id.as_str());
            let answer = asked.send_or_begin(is_endless).await;
            let status = answer.status.as_u16();
            let sound = match (allowed, role) {
                (None, _) => !matches!(status, 401 | 403) || operation.id == "logIn",
                (Some(_), None) => status == 401,
                (Some(allowed), Some(role)) if !allowed.contains(role) => status == 403,
                (Some(_), Some(_)) => !matches!(status, 401 | 403),
            };
            if !sound || status >= 500 {
                wrong.push(format!("{who}: {answer}"));
            }
            if !operation.statuses.contains(&status) {
                wrong.push(format!("{who}: {status} is not documented: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left_out: Vec<_> =
        described.iter().filter(|operation| !asked_for.contains(&operation.id)).collect();
    assert!(left_out.is_empty(), "who may do this, nobody has said: {left_out:#?}");
}

#[tokio::test]
async fn the_openapi_document_tells_every_route_and_who_may_use_it() {
    let app = App::start().await;
    let described = operations(&app);
    let mut seen = std::collections::BTreeSet::new();
    for (method, path, _, allowed) in routes(7, 8, 9) {
        let operation = described.iter().find(|operation| operation.is_at(method, &path));
        let operation = operation.unwrap_or_else(|| panic!("{method} {path} is not described"));
        assert!(seen.insert(operation.id.clone()), "{} is there twice", operation.id);
        let role = match allowed {
            None => "PUBLIC",
            Some(ACCOUNTS) => "ACCOUNT",
            Some(SHOPPERS) => "USER",
            Some(SELLERS) => "SELLER",
            Some(_) => "ADMIN",
        };
        assert_eq!(operation.role, role, "{method} {path}");
    }
}
