//! What is left of the deals, told live to whoever looks.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{App, PATIENCE, Settings, time_in_s};

/// A page that is told live.
struct Viewer {
    response: Response,
    text: String,
}

impl Viewer {
    async fn comes(app: &App) -> Self {
        let response = reqwest::Client::builder().no_proxy().build().expect("a plain client");
        let response = response.get(format!("{}/live", app.url())).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                let told = (line("event: "), line("data: "));
                self.text = rest.to_owned();
                if let (Some(name), Some(data)) = told {
                    return Some((name, serde_json::from_str(&data).expect("JSON")));
                }
                continue;
            }
            let chunk =
                tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("in time");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).expect("text"));
        }
    }

    /// What is told next of what is left of a product.
    async fn left_of(&mut self, product: i64) -> i64 {
        loop {
            let (_, data) = self.next().await.expect("it goes on");
            let offers = data["offers"].as_array().into_iter().flatten();
            if let Some(offer) = offers.into_iter().find(|offer| offer["product"] == product) {
                return offer["left"].as_i64().expect("a number");
            }
        }
    }
}

async fn deal(app: &App, product: i64) {
    let body = json!({
        "eventType": "HOT_DEAL", "eventDiscount": 10, "productIds": [product],
        "startEventTime": time_in_s(-60), "endEventTime": time_in_s(3_600),
    });
    app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
}

#[tokio::test]
async fn who_looks_is_told_what_is_left_as_it_changes() {
    let app = App::start().await;
    let (lamp, desk) = (app.product(None, 12_900, 5).await, app.product(None, 99_000, 7).await);
    deal(&app, lamp).await;
    deal(&app, desk).await;
    let mut viewer = Viewer::comes(&app).await;
    let (name, ready) = viewer.next().await.expect("it begins");
    assert!(name == "ready" && ready["now"].as_i64().is_some_and(|now| now > 1_700_000_000_000));
    assert_eq!(viewer.left_of(lamp).await, 5);
    let order = json!({"productId": lamp, "quantity": 2});
    app.shopper(7).post_json("/api/orders/v1", &order).send().await.with_status(200);
    let (_, change) = viewer.next().await.expect("it goes on");
    let offers = change["offers"].as_array().expect("offers");
    assert_eq!(offers.len(), 1, "only what has changed: {change}");
    assert_eq!((&offers[0]["left"], &offers[0]["total"]), (&json!(3), &json!(5)));
    // Who comes now is told all of it.
    let mut late = Viewer::comes(&app).await;
    assert_eq!(late.left_of(lamp).await, 3);
    let mut later = Viewer::comes(&app).await;
    assert_eq!(later.left_of(desk).await, 7);
}

#[tokio::test]
async fn no_more_look_than_there_is_room_for_and_a_place_becomes_free() {
    let few = |s: Settings| s.with("HOTDEAL__PAGES__VIEWERS_MAX", "2");
    let app = App::start_with(few).await;
    let (first, _second) = (Viewer::comes(&app).await, Viewer::comes(&app).await);
    let turned_away = super::visitor(&app).get("/live").send().await;
    assert_eq!(turned_away.status.as_u16(), 503, "{turned_away}");
    drop(first);
    crate::support::eventually("a place is free", PATIENCE, async || {
        (super::visitor(&app).get("/live").begin().await == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_server_stops_although_somebody_looks() {
    let mut app = App::start().await;
    let mut viewer = Viewer::comes(&app).await;
    viewer.next().await.expect("it begins");
    let server = app.take_server();
    let begun = std::time::Instant::now();
    server.ask_to_stop();
    assert_eq!(server.ended().status.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "it did not wait for the viewer");
    while viewer.next().await.is_some() {}
}
