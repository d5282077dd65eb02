//! Times as clients read them that were written for a server without offsets: `LocalDateTime`.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::live::{BOTH, follower};
use crate::support::{App, Listener, event_body, now_s};

const ZONE: &str = "-03:30";

/// What the whole contract answers with times in it: where they stand in the contract, and the
/// others beside them.
struct Told {
    wire: Vec<(&'static str, Value)>,
    others: Vec<(&'static str, Value)>,
}

async fn told(app: &App) -> Told {
    let lamp = app.product(None, 1_000, 5).await;
    let (_, token) = follower(app, "kim", &[lamp]).await;
    let kim = app.logged_in("kim").await;
    let mut live = Vec::new();
    for over in BOTH {
        live.push(Listener::connect(over, app.url(), &token, None).await.expect("let in"));
    }
    let opened: Value = app
        .admin()
        .post_json("/api/event/create", &deal_body(10.0, &[lamp]))
        .send()
        .await
        .with_status(201)
        .good();
    let ids = json!({"productIds": [lamp]});
    let found: Value = kim.post_json("/api/event/search-event", &ids).send().await.good();
    let stocks: Value = kim.post_json("/api/stocks/search", &ids).send().await.good();
    let stock: Value = kim.get(&format!("/api/stocks/product/{lamp}")).send().await.good();
    let me: Value = kim.get("/api/users/me").send().await.good();
    let body = json!({"productId": lamp, "quantity": 1});
    let order: Value = kim.post_json("/api/orders/v1", &body).send().await.good();
    let path = format!("/api/orders/{}", order["orderId"]);
    let (read, cancelled): (Value, Value) =
        (kim.get(&path).send().await.good(), kim.put(&path).send().await.good());
    let batch = app.preloaded(&event_body("Local", 5)).await;
    let issue = json!({"eventId": batch.event_id});
    let coupon: Value = kim.post_json("/api/coupons/issue", &issue).send().await.good();
    let again: Value = kim.post_json("/api/coupons/issue", &issue).send().await.read();
    let prepared: Value =
        app.admin().get(&format!("/api/coupons/batches/{}", batch.batch_id)).send().await.good();
    let users: Value = app.admin().get("/api/admin/users").send().await.good();
    let mut told = Told {
        wire: vec![
            ("createdAt", me["createdAt"].clone()),
            ("startEventTime", opened["startEventTime"].clone()),
            ("endEventTime", opened["endEventTime"].clone()),
            ("startEventTime", found[0]["startEventTime"].clone()),
            ("endEventTime", found[0]["endEventTime"].clone()),
            ("lastUpdated", stocks[0]["lastUpdated"].clone()),
            ("lastUpdated", stock["lastUpdated"].clone()),
            ("orderDate", order["orderDate"].clone()),
            ("orderDate", read["orderDate"].clone()),
            ("orderDate", cancelled["orderDate"].clone()),
            ("issuedAt", coupon["issuedAt"].clone()),
            ("issuedAt", again["coupon"]["issuedAt"].clone()),
        ],
        others: vec![
            ("validUntil", coupon["validUntil"].clone()),
            ("startsAt", prepared["startsAt"].clone()),
            ("createdAt of an admin's list", users["items"][0]["createdAt"].clone()),
        ],
    };
    for listener in &mut live {
        let ready = listener.expect("ready").await;
        told.others.push(("serverTime", ready.data("/serverTime").clone()));
        let deal = listener.expect("hot-deal").await;
        told.others.push(("at", deal.event["at"].clone()));
        for (member, pointer) in
            [("startEventTime", "/startEventTime"), ("endEventTime", "/endEventTime")]
        {
            told.wire.push((member, deal.data(pointer).clone()));
        }
    }
    told
}

async fn serving(local: Option<&str>) -> App {
    App::start_with(|settings| {
        let settings = settings.with("HOTDEAL__TIME__ZONE_OFFSET", ZONE);
        match local {
            Some(local) => settings.with("HOTDEAL__WIRE__LOCAL_TIMES", local),
            None => settings,
        }
    })
    .await
}

/// The instant of a time of the zone's clocks: `2026-11-21T10:00:00.123` and nothing more.
fn local(text: &str) -> Result<i64, String> {
    let has_form = text.len() == 23 && text.as_bytes()[19] == b'.';
    let read = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f");
    match read {
        Ok(local) if has_form => Ok(local.and_utc().timestamp() + (3 * 60 + 30) * 60),
        _ => Err(format!("{text} is no local time of three places")),
    }
}

fn with_offset(text: &str) -> Result<i64, String> {
    let read =
        chrono::DateTime::parse_from_rfc3339(text).map_err(|_| format!("{text}: no time"))?;
    let is_in_zone = text.ends_with(ZONE);
    is_in_zone.then_some(read.timestamp()).ok_or_else(|| format!("{text} has another offset"))
}

fn faults(told: &[(&str, Value)], read: fn(&str) -> Result<i64, String>) -> Vec<String> {
    let fault = |(member, value): &(&str, Value)| {
        let text = value.as_str().unwrap_or("nothing");
        read(text).err().map(|fault| format!("{member}: {fault}"))
    };
    told.iter().filter_map(fault).collect()
}

#[tokio::test]
async fn clients_without_offsets_read_the_times_of_the_contract_where_the_setting_is_on() {
    let app = serving(Some("true")).await;
    let told = told(&app).await;
    assert_eq!(faults(&told.wire, local), [""; 0], "of the contract");
    assert_eq!(faults(&told.others, with_offset), [""; 0], "all else keeps its offset");
    // They are the zone's clocks, not UTC's.
    for (member, value) in &told.wire {
        let since =
            now_s().cast_signed() - local(value.as_str().unwrap_or_default()).unwrap_or_default();
        let is_now = ["createdAt", "lastUpdated", "orderDate", "issuedAt"].contains(member);
        assert!(!is_now || (-60..600).contains(&since), "{member}: {value} is {since} s ago");
    }
}

#[tokio::test]
async fn times_of_the_contract_keep_their_offset_where_the_setting_is_off() {
    for setting in [None, Some("false")] {
        let app = serving(setting).await;
        let told = told(&app).await;
        assert_eq!(faults(&told.wire, with_offset), [""; 0], "{setting:?}");
        assert_eq!(faults(&told.others, with_offset), [""; 0], "{setting:?}");
    }
}
