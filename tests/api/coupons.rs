//! Coupons: prepared once, issued inside the window, one each, exactly as many as promised.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{
    Answer, App, BatchAnswer, CouponAnswer, PATIENCE, event_body, eventually, time_in_s,
};

mod held;
#[cfg(feature = "faults")]
mod interrupted;
mod window;

async fn issue(app: &App, event: i64, user: i64) -> Answer {
    app.shopper(user).post_json("/api/coupons/issue", &json!({"eventId": event})).send().await
}

#[tokio::test]
async fn a_preload_answers_at_once_and_tells_how_far_it_is() {
    let app = App::start().await;
    let body = event_body("Opening", 20_000);
    let answer = app.admin().post_json("/coupons/preload", &body).send().await.with_status(202);
    let batch: BatchAnswer = answer.good();
    let location = format!("/api/coupons/batches/{}", batch.batch_id);
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(batch.total, 20_000);
    assert!(matches!(batch.status.as_str(), "PREPARING" | "READY"), "{}", batch.status);
    let ready = app.preloaded(&body).await;
    assert_eq!((ready.batch_id, ready.event_id), (batch.batch_id, batch.event_id));
    assert_eq!((ready.prepared, ready.status.as_str()), (20_000, "READY"));
    // All are written, no code twice, and the shares are exact.
    let event = ready.event_id;
    let sql = format!("SELECT count(DISTINCT code) FROM coupons WHERE event_id = {event}");
    assert_eq!(app.database.number(&sql).await, 20_000);
    let sql = format!(
        "SELECT policy, count(*) FROM coupons WHERE event_id = {event} GROUP BY policy ORDER BY 1"
    );
    assert_eq!(app.database.rows::<(i32, i64)>(&sql).await, [(0, 8_000), (1, 12_000)]);
    app.audited();
}

#[tokio::test]
async fn the_same_request_twice_makes_one_batch() {
    let app = App::start().await;
    let body = event_body("Once", 10);
    let batches = futures_util::future::join_all(
        (0..5).map(|_| app.admin().post_json("/api/coupons/preload", &body).send()),
    )
    .await;
    let ids: BTreeSet<i64> =
        batches.iter().map(|answer| answer.good::<BatchAnswer>().batch_id).collect();
    assert_eq!(ids.len(), 1);
    let other: BatchAnswer =
        app.admin().post_json("/api/coupons/preload", &event_body("Twice", 10)).send().await.good();
    assert!(!ids.contains(&other.batch_id), "another request is another batch");
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_batches").await, 2);
}

#[tokio::test]
async fn a_shopper_gets_one_coupon_and_a_second_call_shows_it_again() {
    let app = App::start().await;
    let event = app.event(5).await;
    let answer = issue(&app, event, 7).await.with_status(200);
    let coupon: CouponAnswer = answer.good();
    assert!(coupon.coupon_key.len() >= 8, "not to be guessed: {}", coupon.coupon_key);
    match coupon.discount_type.as_str() {
        "FIXED" => assert_eq!(coupon.discount_amount, json!(3_000)),
        "RATE" => assert_eq!(coupon.discount_amount, json!(15)),
        other => panic!("a discount of type {other}"),
    }
    assert!(chrono::DateTime::parse_from_rfc3339(&coupon.issued_at).is_ok());
    for path in ["/coupons/issue", "/api/coupons/issue"] {
        let answer = app.shopper(7).post_json(path, &json!({"eventId": event})).send().await;
        let held = answer.refused(409, "DUPLICATE").coupon.expect("the coupon held");
        assert_eq!(held.coupon_key, coupon.coupon_key);
        assert_eq!(
            (held.discount_type, held.discount_amount),
            (coupon.discount_type.clone(), coupon.discount_amount.clone())
        );
        assert_eq!(held.issued_at, coupon.issued_at);
    }
    let sql = format!("SELECT count(*) FROM coupon_issues WHERE event_id = {event}");
    assert_eq!(app.database.number(&sql).await, 1);
    // The code is the one that was prepared.
    let sql = format!(
        "SELECT c.code FROM coupons c JOIN coupon_issues i \
         ON i.event_id = c.event_id AND i.ordinal = c.ordinal WHERE c.event_id = {event}"
    );
    assert_eq!(app.database.rows::<(String,)>(&sql).await, [(coupon.coupon_key,)]);
}

#[tokio::test]
async fn when_all_are_gone_it_is_sold_out_but_holders_still_see_theirs() {
    let mut app = App::start().await;
    let event = app.event(2).await;
    issue(&app, event, 1).await.with_status(200);
    issue(&app, event, 2).await.with_status(200);
    issue(&app, event, 3).await.refused(409, "SOLD_OUT");
    issue(&app, event, 1).await.refused(409, "DUPLICATE");
    app.kill();
    app.start_again();
    issue(&app, event, 3).await.refused(409, "SOLD_OUT");
    issue(&app, event, 2).await.refused(409, "DUPLICATE");
    app.audited();
}

#[tokio::test]
async fn coupons_are_issued_inside_the_window_only() {
    let app = App::start().await;
    let mut early = event_body("Tomorrow", 5);
    early["startsAt"] = time_in_s(86_400).into();
    early["endsAt"] = time_in_s(90_000).into();
    let batch = app.preloaded(&early).await;
    let answer = issue(&app, batch.event_id, 1).await;
    let problem = answer.problem();
    assert!(problem.status < 500, "{answer}");
    assert_ne!(problem.code, "SOLD_OUT");

    let mut past = event_body("Yesterday", 5);
    past["startsAt"] = time_in_s(-9_000).into();
    past["endsAt"] = time_in_s(-60).into();
    let answer = app.admin().post_json("/api/coupons/preload", &past).send().await;
    assert_eq!(answer.problem().status, 400, "{answer}");

    // A window that closes while the test looks on: from then on, never again. It is asked for
    // before it closes, also by a machine with much else to do, and has coupons for whoever asks:
    // there are five milliseconds between two.
    let mut brief = event_body("A moment", 2_000);
    brief["endsAt"] = time_in_s(5).into();
    let event = app.preloaded(&brief).await.event_id;
    let mut user = 0;
    let closed = eventually("the window closes", PATIENCE, async || {
        user += 1;
        let answer = issue(&app, event, user).await;
        (answer.status != 200).then(|| answer.problem())
    })
    .await;
    assert_ne!(closed.code, problem.code, "not open yet and closed are told apart");
    assert_eq!(issue(&app, event, 999_999).await.problem().code, closed.code);
    let sql = format!("SELECT count(*) FROM coupon_issues WHERE event_id = {event}");
    assert_eq!(app.database.number(&sql).await, user - 1);
}

#[tokio::test]
async fn a_time_without_an_offset_is_read_in_the_zone_of_the_server() {
    let app = App::start().await;
    let mut body = event_body("Local", 5);
    // In Seoul, where the default zone is, it is nine hours later than in UTC.
    let local = chrono::Utc::now() + chrono::Duration::hours(9);
    let text = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    body["startsAt"] = text(local - chrono::Duration::minutes(30)).into();
    body["endsAt"] = text(local + chrono::Duration::minutes(30)).into();
    let event = app.preloaded(&body).await.event_id;
    issue(&app, event, 1).await.with_status(200);
}

#[tokio::test]
async fn an_unknown_event_or_batch_is_not_found() {
    let app = App::start().await;
    issue(&app, 800_000_000, 1).await.refused(404, "NOT_FOUND_EVENT");
    let answer = app.admin().get("/api/coupons/batches/800000000").send().await;
    assert_eq!(answer.problem().status, 404);
}

#[tokio::test]
async fn exactly_as_many_as_promised_go_to_a_crowd() {
    let app = App::start().await;
    let event = app.event(100).await;
    // 400 shoppers, each of whom asks twice at the same time.
    let crowd = (0..800_i64).map(|n| {
        let shopper = app.shopper(1 + n / 2);
        let asked = shopper.post_json("/api/coupons/issue", &json!({"eventId": event}));
        async move { (n / 2, asked.send_until_let_in().await) }
    });
    let answers = futures_util::future::join_all(crowd).await;
    let mut issued = BTreeMap::new();
    for (user, answer) in answers.iter().filter(|(_, answer)| answer.status == 200) {
        let coupon: CouponAnswer = answer.good();
        assert_eq!(issued.insert(*user, coupon.coupon_key), None, "{user} got two");
    }
    for (user, answer) in answers.iter().filter(|(_, answer)| answer.status != 200) {
        match issued.get(user) {
            Some(key) => {
                let held = answer.refused(409, "DUPLICATE").coupon.expect("the coupon held");
                assert_eq!(&held.coupon_key, key);
            }
            None => drop(answer.refused(409, "SOLD_OUT")),
        }
    }
    assert_eq!(issued.len(), 100);
    assert_eq!(issued.values().collect::<BTreeSet<_>>().len(), 100, "no code twice");
    let sql = format!(
        "SELECT user_id, ordinal FROM coupon_issues WHERE event_id = {event} ORDER BY ordinal"
    );
    let rows: Vec<(i64, i64)> = app.database.rows(&sql).await;
    assert!(rows.iter().map(|row| row.1).eq(0..100), "in order, without a gap");
    let holders: BTreeSet<i64> = rows.iter().map(|row| row.0 - 1).collect();
    assert!(holders.iter().eq(issued.keys()));
    app.audited();
}

#[tokio::test]
async fn the_draw_can_be_proved_from_the_recorded_seed() {
    let app = App::start().await;
    let event = app.event(500).await;
    let sql = format!("SELECT policy FROM coupons WHERE event_id = {event} ORDER BY ordinal");
    let written: Vec<(i32,)> = app.database.rows(&sql).await;
    let sql = format!("SELECT seed, terms FROM coupon_batches WHERE event_id = {event}");
    let recorded: Vec<(String, String)> = app.database.rows(&sql).await;
    let (seed, terms) = &recorded[0];
    let seed: u64 = seed.parse().expect("a number of 64 bits");
    let terms: hotdeal_domain::coupon::CouponTerms = serde_json::from_str(terms).expect("terms");
    let draw = hotdeal_domain::coupon::Draw::new(&terms.policies, terms.total, seed);
    for (ordinal, (policy,)) in (0..).zip(written) {
        assert_eq!(draw.policy(ordinal).map(i32::from), Some(policy), "coupon {ordinal}");
    }
}

#[tokio::test]
async fn a_seller_preloads_for_the_own_shop() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Coupons", "KRW").await;
    let answer = seller.post_json("/api/coupons/preload", &event_body("Mine", 3)).send().await;
    let batch: BatchAnswer = answer.with_status(202).good();
    let sql = format!("SELECT shop_id FROM coupon_batches WHERE id = {}", batch.batch_id);
    assert_eq!(app.database.number(&sql).await, shop);
    let answer: Value =
        seller.get(&format!("/api/coupons/batches/{}", batch.batch_id)).send().await.good();
    assert_eq!(answer["total"], 3);
}
