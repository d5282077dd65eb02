//! A deal begins and ends at its instant, without anything that happens then.

use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{create, deal_body, opened, ordered, searched};
use crate::support::App;

fn spelled(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An order as this test's own clock and the server tell it, in milliseconds.
struct Made {
    asked: i64,
    answered: i64,
    at: i64,
    price: i64,
}

/// Orders without a pause until `until`.
async fn orders(app: &App, product: i64, until: DateTime<Utc>) -> Vec<Made> {
    let mut made = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(60);
    while Utc::now() < until && Instant::now() < deadline {
        let asked = Utc::now().timestamp_millis();
        let order = ordered(app, 1, &[(product, 1)]).await;
        let answered = Utc::now().timestamp_millis();
        let at = DateTime::parse_from_rfc3339(&order.order_date).expect("a time");
        let (at, price) = (at.timestamp_millis(), order.items[0].product_price);
        made.push(Made { asked, answered, at, price });
    }
    made
}

/// Watches one deal, which begins so many milliseconds from now. Whatever is answered must be
/// sound; whether orders stand on either side of both instants, close enough to tell, hangs also on
/// what else the machine does.
async fn could_tell(app: &App, lamp: i64, begins_in: i64) -> bool {
    let start = Utc::now() + chrono::Duration::milliseconds(begins_in);
    let end = start + chrono::Duration::milliseconds(1_000);
    let mut body = deal_body(10.0, &[lamp]);
    body["startEventTime"] = spelled(start).into();
    body["endEventTime"] = spelled(end).into();
    body.as_object_mut().expect("an object").remove("eventDuration");
    if create(app, &body).await.status != 201 {
        assert!(Utc::now() >= end, "only one that has ended is not opened");
        return false;
    }
    let found = searched(app, &[lamp]).await;
    assert!(found.is_empty() || Utc::now() >= start, "it has not begun");
    let made = orders(app, lamp, end + chrono::Duration::milliseconds(300)).await;
    let (start, end) = (start.timestamp_millis(), end.timestamp_millis());
    // By our own clock: not before the instant, and within 50 ms after it.
    for Made { asked, answered, price, .. } in &made {
        let is_before = *answered < start || *asked >= end + 50;
        let is_within = *asked >= start + 50 && *answered < end;
        assert!(!is_before || *price == 1_000, "asked {} ms after the start", asked - start);
        assert!(!is_within || *price == 900, "asked {} ms after the start", asked - start);
    }
    for Made { at, price, .. } in &made {
        let expected = if (start..end).contains(at) { 900 } else { 1_000 };
        assert_eq!(
            *price,
            expected,
            "{} ms after the start, {} after the end",
            at - start,
            at - end
        );
    }
    assert!(searched(app, &[lamp]).await.is_empty(), "it has ended");
    app.audited();
    [start, end].into_iter().all(|instant| {
        let before = made.iter().map(|made| made.at).filter(|at| *at < instant).max();
        let after = made.iter().map(|made| made.at).filter(|at| *at >= instant).min();
        before.zip(after).is_some_and(|(before, after)| after - before < 500)
    })
}

#[tokio::test]
async fn the_price_changes_at_the_instant_of_the_start_and_of_the_end() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 1_000_000).await;
    for begins_in in [1_000, 2_000, 4_000, 8_000] {
        if could_tell(&app, lamp, begins_in).await {
            return;
        }
    }
    panic!("nothing was ordered close enough to the start and the end to tell, four times");
}

#[tokio::test]
async fn a_time_without_an_offset_is_read_in_the_zone_of_the_server() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 5).await;
    let mut body = deal_body(10.0, &[lamp]);
    let seoul = Utc::now() + chrono::Duration::hours(9) - chrono::Duration::minutes(1);
    body["startEventTime"] = seoul.format("%Y-%m-%dT%H:%M:%S").to_string().into();
    opened(&app, &body).await;
    assert_eq!(ordered(&app, 1, &[(lamp, 1)]).await.total_order_price, 900);
}
