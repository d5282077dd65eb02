//! The demo: something to try on a new database, and a robot that shops there.

use serde_json::Value;

use crate::support::{App, PATIENCE, eventually};

async fn demo(robot: &str) -> App {
    App::start_with(|settings| {
        settings.with("HOTDEAL__DEMO__ENABLED", "true").with("HOTDEAL__DEMO__ROBOT", robot)
    })
    .await
}

#[tokio::test]
async fn a_newcomer_finds_a_deal_that_is_open_one_that_opens_soon_and_one_that_has_ended() {
    let app = demo("false").await;
    let deals = eventually("the shortest deal has ended", PATIENCE, async || {
        let answer = app.admin().get("/api/event").send().await.with_status(200);
        let deals: Vec<Value> = answer.good();
        let has = |status: &str| deals.iter().any(|deal| deal["status"] == status);
        (has("RUNNING") && has("SCHEDULED") && has("ENDED")).then_some(deals.len())
    });
    assert_eq!(deals.await, 6);
    let orders = app.database.number("SELECT count(*) FROM orders").await;
    assert_eq!(orders, 0, "nobody has ordered anything");
}

#[tokio::test]
async fn a_robot_shops_in_the_demo_and_goes_on_after_a_crash() {
    let mut app = demo("true").await;
    let orders = async |app: &App| app.database.number("SELECT count(*) FROM orders").await;
    let some = async |app: &App, before: i64| {
        eventually("the robot has ordered", PATIENCE, async || {
            let now = orders(app).await;
            (now > before).then_some(now)
        })
        .await
    };
    some(&app, 0).await;
    app.kill();
    let before = orders(&app).await;
    app.start_again();
    some(&app, before).await;
    app.audited();
}

#[tokio::test]
async fn without_the_demo_there_is_no_robot() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__DEMO__ROBOT", "true")).await;
    let people = app.database.number("SELECT count(*) FROM credentials").await;
    assert_eq!(people, 1, "the admin alone");
}
