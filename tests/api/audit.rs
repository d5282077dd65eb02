//! The audit names whatever was changed behind the server, in the tables alone or in the journal
//! with them.

mod tamperings;

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::orders::parts::stepped;
use crate::support::{App, Client, Tables};
use tamperings::{Tampering, tamperings};

/// Where a tampering may reach: kept aside before, and put back after each.
const TABLES: &[&str] = &[
    "journal",
    "streams",
    "id_blocks",
    "answers",
    "answer_marks",
    "credentials",
    "kept_profiles",
    "sessions",
    "shops",
    "products",
    "stocks",
    "orders",
    "order_lines",
    "ends",
    "new_parts",
    "order_parts",
    "part_counts",
    "coupon_batches",
    "coupons",
    "coupon_issues",
    "deals",
    "deal_items",
];

/// A mall in which everything has happened once, and the numbers of what is in it.
struct World {
    /// The platform's own shop, and another.
    home: i64,
    other: i64,
    /// Of the platform's shop: once 400, now 1,000.
    lamp: i64,
    /// Of the other shop, at 2,000.
    bulb: i64,
    /// Two lamps at 1,000 each.
    plain: i64,
    /// A lamp at a tenth less.
    dealt: i64,
    /// A lamp and a bulb, under the key `wide`.
    wide: i64,
    /// The same, cancelled under a key.
    cancelled: i64,
    /// The same, of which the platform's shop has taken its part on and the other has rejected its own.
    parted: i64,
    /// Coupons, of which one is issued, under a key.
    event: i64,
    /// Somebody who has signed up and has been made a counsellor.
    person: i64,
    /// Somebody who has signed up, and no more.
    newcomer: i64,
    /// Somebody who has withdrawn.
    gone: i64,
}

async fn ordered(shopper: &Client, products: &[(i64, i64)], key: Option<&str>) -> i64 {
    let items: Vec<Value> = products
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    let asked = shopper.post_json("/api/orders/v2", &json!({"orderItems": items}));
    let asked = match key {
        Some(key) => asked.key(key),
        None => asked,
    };
    let order: Value = asked.send().await.with_status(200).good();
    order["orderId"].as_i64().expect("a number")
}

async fn filled(app: &App) -> World {
    let (other, _, _) = app.shop("Bulbs", "KRW").await;
    let home = app.database.number("SELECT min(id) FROM shops").await;
    let (lamp, bulb) =
        (app.product(None, 400, 50).await, app.product(Some(other), 2_000, 50).await);
    let path = format!("/api/products/{lamp}");
    let dearer = json!({"productPrice": 1_000});
    app.admin().put(&path).json(&dearer).send().await.with_status(200);
    let (person, _) = app.signed_up("kim").await;
    let (newcomer, _) = app.signed_up("lee").await;
    let (gone, client) = app.signed_up("park").await;
    let password = json!({"password": "a long enough password"});
    client.post_json("/api/auth/withdraw", &password).send().await.with_status(200);
    let role = json!({"role": "COUNSELLOR"});
    let path = format!("/api/admin/users/{person}/role");
    let login =
        json!({"email": crate::support::ADMIN_EMAIL, "password": crate::support::ADMIN_PASSWORD});
    let login: Value =
        app.anyone().post_json("/api/auth/login", &login).send().await.with_status(200).good();
    let token = login["data"]["accessToken"].as_str().expect("a token").to_owned();
    let admin = app.anyone().with_token(Some(token));
    admin.put(&path).json(&role).send().await.with_status(200);
    let shopper = app.shopper(newcomer);
    let plain = ordered(&shopper, &[(lamp, 2)], None).await;
    let wide = ordered(&shopper, &[(lamp, 1), (bulb, 1)], Some("wide")).await;
    let cancelled = ordered(&shopper, &[(lamp, 1), (bulb, 1)], None).await;
    let path = format!("/api/orders/{cancelled}");
    shopper.put(&path).key("cancel").send().await.with_status(200);
    let deal = app.admin().post_json("/api/event/create", &deal_body(10.0, &[lamp]));
    deal.send().await.with_status(201);
    let dealt = ordered(&shopper, &[(lamp, 1)], None).await;
    let event = app.event(30).await;
    let issue = shopper.post_json("/api/coupons/issue", &json!({"eventId": event}));
    issue.key("coupon").send().await.with_status(200);
    let parted = parted(app, &shopper, [home, other], &[(lamp, 1), (bulb, 1)]).await;
    World {
        home,
        other,
        lamp,
        bulb,
        plain,
        dealt,
        wide,
        cancelled,
        parted,
        event,
        person,
        newcomer,
        gone,
    }
}

/// An order of which one shop takes its part on and the other rejects its own.
async fn parted(app: &App, shopper: &Client, shops: [i64; 2], lines: &[(i64, i64)]) -> i64 {
    let order = ordered(shopper, lines, None).await;
    for (shop, step) in shops.into_iter().zip(["accept", "reject"]) {
        stepped(&app.admin(), shop, order, step).await.with_status(200);
    }
    order
}

async fn keep_aside(tables: &Tables) {
    for table in TABLES {
        tables.spoil(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
}

async fn put_back(tables: &Tables) {
    for table in TABLES {
        tables.spoil(&format!("DELETE FROM {table}")).await;
        tables.spoil(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
}

/// What is wrong with how the audit tells a tampering.
async fn examined(app: &App, tables: &Tables, tampering: &Tampering) -> Option<String> {
    for sql in &tampering.sql {
        assert!(tables.spoil(sql).await > 0, "{}: nothing is changed by {sql}", tampering.name);
    }
    let ended = app.run(&["audit"]);
    put_back(tables).await;
    let told: Vec<&str> = ended.stdout.lines().skip(1).collect();
    let is_told = told.iter().any(|told| tampering.told.iter().all(|part| told.contains(part)));
    let name = tampering.name;
    match ended.status.code() {
        Some(1) if is_told => None,
        Some(1) => Some(format!("{name}: told otherwise than {:?}: {told:?}", tampering.told)),
        _ => Some(format!("{name}: NOT FOUND {} {}", ended.stdout, ended.stderr)),
    }
}

#[tokio::test]
async fn the_audit_names_whatever_was_changed_behind_the_server() {
    // Every order is to be answered, and nobody waits so long.
    let app = App::start_with(|with| with.with("HOTDEAL__ORDERS__ANSWER_WITHIN_S", "86400")).await;
    let world = filled(&app).await;
    app.audited();
    let tables = app.database.open().await;
    keep_aside(&tables).await;
    let all = tamperings(&world);
    let mut wrong = Vec::new();
    for tampering in &all {
        wrong.extend(examined(&app, &tables, tampering).await);
    }
    tables.close().await;
    app.audited();
    let (missed, count) = (wrong.len(), all.len());
    assert!(wrong.is_empty(), "{missed} of {count} tamperings:\n{}", wrong.join("\n"));
}
