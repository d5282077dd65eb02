//! Nobody reads what is kept aside.

use serde_json::Value;

use super::{NAME, Person};
use crate::deals::deal_body;
use crate::support::{App, Role, Store};

/// A part of the name that stands in nothing else.
const TOLD: &str = "Zyxophon";

/// Every address that can be read, about `user` where it is about somebody or something.
fn reads(user: i64) -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../../contract/openapi.json"))
        .expect("JSON is committed");
    let paths = document["paths"].as_object().expect("paths");
    let readable = paths.iter().filter(|(path, operations)| {
        // Streams do not end.
        operations.get("get").is_some() && !path.contains("live") && !path.starts_with("/ws")
    });
    let filled = |(path, _): (&String, &Value)| {
        let parts = path.split('/').map(|part| match part {
            "{kind}" => "user".to_owned(),
            of if of.starts_with('{') => user.to_string(),
            word => word.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        [path.clone(), format!("{path}?email=restore&productId=1&limit=100")]
    };
    readable.flat_map(filled).collect()
}

/// Where the name can be read.
async fn told(app: &App, user: i64) -> Vec<String> {
    let mut found = Vec::new();
    for path in reads(user) {
        for client in [app.admin(), app.with_role(user, Role::User), app.shopper(1), app.anyone()] {
            let answer = client.get(&path).send().await;
            if answer.text().contains(TOLD) {
                found.push(format!("{path} -> {}", answer.status));
            }
        }
    }
    found
}

/// The columns in which the name stands.
async fn columns(app: &App) -> Vec<String> {
    let sql = match app.database.store {
        Store::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table'"
        }
        Store::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let mut found = Vec::new();
    for (table, column) in app.database.rows::<(String, String)>(sql).await {
        let like = format!("CAST({column} AS TEXT) LIKE '%{TOLD}%'");
        if app.database.number(&format!("SELECT count(*) FROM {table} WHERE {like}")).await > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test]
async fn a_name_that_is_kept_aside_can_be_read_nowhere() {
    let mut app = App::start_with(|of| of.with("HOTDEAL__LOG__FILTER", "debug")).await;
    let mut kim = Person::join(&app, "restore.me", NAME).await;
    let lamp = app.product(None, 1_000, 5).await;
    let follow = serde_json::json!({"productIds": [lamp]});
    let followed = kim.client.post_json("/api/subscribe/sub-product", &follow).send().await;
    followed.with_status(201);
    let deal = app.admin().post_json("/api/event/create", &deal_body(10.0, &[lamp]));
    deal.send().await.with_status(201);
    let order = serde_json::json!({"productId": lamp, "quantity": 1});
    kim.client.post_json("/api/orders/v1", &order).send().await.with_status(200);
    let before = told(&app, kim.id).await;
    assert!(before.iter().any(|read| read.contains("/api/admin/users")), "{before:?}");
    kim.withdraws().await;
    assert_eq!(told(&app, kim.id).await, Vec::<String>::new());
    assert_eq!(columns(&app).await, ["kept_profiles.name"]);
    kim.is_restored(&app).await;
    assert_eq!(columns(&app).await, ["profiles.name"]);
    assert!(!told(&app, kim.id).await.is_empty());
    assert!(!app.server().logged().contains(TOLD), "the log tells nobody's name");
}
