//! The admins' pages: for admins alone, and what their forms do.

use serde_json::Value;

use super::console::{enters, presses, shows};
use super::{signed_up, visitor};
use crate::support::{ADMIN_EMAIL, ADMIN_PASSWORD, App};

/// Every page of the admins'.
const PAGES: [&str; 5] =
    ["/admin/", "/admin/actors", "/admin/actors/ledger/1", "/admin/users", "/admin/log"];

#[tokio::test]
async fn they_are_for_admins_alone() {
    let app = App::start().await;
    let kim = signed_up(&app, "kim").await;
    let admin = enters(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    for path in PAGES {
        let guest = visitor(&app).get(path).header("accept", "text/html").send().await;
        assert_eq!(guest.status.as_u16(), 303, "{path}: {guest}");
        shows(&app, &kim, path).await.with_status(403);
        shows(&app, &admin, path).await.with_status(200);
    }
    let front = shows(&app, &kim, "/").await;
    assert!(!front.text().contains("href=\"/admin/\""), "shoppers have no link there");
    assert!(shows(&app, &admin, "/").await.text().contains("href=\"/admin/\""));
}

#[tokio::test]
async fn an_admin_finds_an_actor_and_what_it_was_at_an_earlier_fact() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Lamps", "KRW").await;
    let lamp = app.product(Some(shop), 1_000, 10).await;
    let admin = enters(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let id = format!("shop/{shop}");
    let list = shows(&app, &admin, &format!("/admin/actors?find={id}")).await.with_status(200);
    let link = format!("href=\"/admin/actors/{id}\"");
    assert!(list.text().contains(&link), "{list}");
    let none = shows(&app, &admin, "/admin/actors?kind=nothing").await.with_status(200);
    assert!(none.text().contains("No actor matches"), "{none}");
    shows(&app, &admin, "/admin/actors?sort=beauty").await.with_status(400);
    shows(&app, &admin, "/admin/actors/shop/999999").await.with_status(404);

    let body = serde_json::json!({"productId": lamp, "quantity": 4});
    app.shopper(7).post_json("/api/orders/v1", &body).send().await.with_status(200);
    let now = shows(&app, &admin, &format!("/admin/actors/{id}?product={lamp}")).await;
    let last = app.admin().get(&format!("/api/admin/history/shop/{shop}?product={lamp}"));
    let last: Value = last.send().await.good();
    let sequence = last["at"]["sequence"].as_i64().expect("a number");
    assert!(now.text().contains("<b class=\"figure\">6</b>"), "{now}");
    let path = format!("/admin/actors/{id}?product={lamp}&sequence={}", sequence - 1);
    let before = shows(&app, &admin, &path).await.with_status(200);
    assert!(before.text().contains("<b class=\"figure\">10</b>"), "{before}");
    let path = format!("/admin/actors/{id}?sequence=0");
    shows(&app, &admin, &path).await.with_status(400);
}

#[tokio::test]
async fn roles_and_the_log_are_set_by_form() {
    let app = App::start().await;
    signed_up(&app, "kim").await;
    let admin = enters(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let found = shows(&app, &admin, "/admin/users?find=KIM%40").await.with_status(200);
    assert!(found.text().contains("kim@shoppers.test"), "{found}");
    let none = shows(&app, &admin, "/admin/users?find=nobody").await.with_status(200);
    assert!(none.text().contains("Nobody matches"), "{none}");
    let users = app.admin().get("/api/admin/users?email=kim").send().await;
    let users: Value = users.with_status(200).good();
    let kim = users["items"][0]["userId"].as_i64().expect("a number");
    let path = format!("/admin/users/{kim}/role");
    presses(&app, &admin, &path, "role=KING").await.with_status(400);
    presses(&app, &admin, &path, "role=COUNSELLOR").await.with_status(303);
    let users: Value = app.admin().get("/api/admin/users?email=kim").send().await.good();
    assert_eq!(users["items"][0]["role"], "COUNSELLOR");

    let wrong = presses(&app, &admin, "/admin/log", "filter=%3D%3D%3D").await.with_status(400);
    assert!(wrong.text().contains("Nothing was changed"), "{wrong}");
    presses(&app, &admin, "/admin/log", "filter=warn").await.with_status(303);
    let level: Value = app.admin().get("/api/admin/log-level").send().await.good();
    assert_eq!(level["filter"], "warn");
}

#[tokio::test]
async fn where_admins_have_an_address_of_their_own_their_pages_are_there_alone() {
    let bind =
        |with: crate::support::Settings| with.with("HOTDEAL__HTTP__ADMIN_BIND", "127.0.0.1:0");
    let app = App::start_with(bind).await;
    for path in ["/admin", "/admin/", "/admin/actors", "/admin/log"] {
        let answer = visitor(&app).get(path).header("accept", "text/html").send().await;
        assert_eq!(answer.status.as_u16(), 404, "{path}: {answer}");
    }
    visitor(&app).get("/login").send().await.with_status(200);
}
