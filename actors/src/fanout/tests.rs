//! What the fan-out promises to connections, without any network.

use std::future::poll_fn;
use std::sync::Arc;

use hotdeal_domain::account::TokenId;
use hotdeal_domain::{EventId, UnixMillis, UserId};

use super::*;
use crate::clock;

const SETTINGS: FanoutSettings = FanoutSettings {
    connections_max: 5,
    per_user_max: 2,
    waiting_max: 4,
    waiting_bytes_max: 1_000,
    heartbeat_s: 25,
    silence_s: 60,
    lasts_s: 1_800,
};

fn fanout() -> Fanout {
    Fanout::new(Arc::default(), SETTINGS)
}

fn user(number: i64) -> UserId {
    UserId::try_from(number).expect("an id")
}

fn event(number: i64) -> EventId {
    EventId::try_from(number).expect("an id")
}

fn visitor(number: i64) -> Visitor {
    let token = TokenId(u128::try_from(number).expect("positive"));
    Visitor {
        pass: Pass { user: user(number), token, session: None, epoch: 0 },
        until: UnixMillis(clock::now().0 + 60_000),
        transport: Transport::WebSocket,
    }
}

fn frame(sequence: Option<i64>, state_of: Option<i64>, text: &str) -> Arc<Frame> {
    let state_of = state_of.map(event);
    let mut frame = Frame::new(text.to_owned(), String::new());
    (frame.sequence, frame.state_of) = (sequence, state_of);
    Arc::new(frame)
}

fn tell(fanout: &Fanout, to: &[i64], sequence: i64) {
    let frame = frame(Some(sequence), None, &format!("notice {sequence}"));
    let to = to.iter().map(|number| (user(*number), frame.clone())).collect();
    fanout.publish(Delivery::Personal { to });
}

async fn next(subscription: &Subscription) -> String {
    match poll_fn(|cx| subscription.poll(cx)).await {
        Some(Item::Frame(frame)) => frame.text().to_string(),
        Some(Item::Beat) => "beat".to_owned(),
        Some(Item::Ended(reason)) => format!("ended: {}", reason.name()),
        None => "over".to_owned(),
    }
}

#[actix::test]
async fn a_notice_reaches_all_connections_of_its_people_and_no_others() {
    let fanout = fanout();
    let subscriptions: Vec<Subscription> =
        [1, 1, 2, 3].map(|number| fanout.join(visitor(number)).expect("room")).into();
    tell(&fanout, &[1, 3], 7);
    tell(&fanout, &[1, 2, 3], 8);
    for (subscription, expected) in subscriptions.iter().zip([
        ["notice 7", "notice 8"].as_slice(),
        &["notice 7", "notice 8"],
        &["notice 8"],
        &["notice 7", "notice 8"],
    ]) {
        for text in expected {
            assert_eq!(next(subscription).await, *text);
        }
    }
    assert_eq!(fanout.view().delivered_total, 7);
}

#[actix::test]
async fn what_a_connection_has_got_otherwise_is_left_out() {
    let fanout = fanout();
    let mut subscription = fanout.join(visitor(1)).expect("room");
    for sequence in [5, 6, 7] {
        tell(&fanout, &[1], sequence);
    }
    subscription.has_through(6);
    assert_eq!(next(&subscription).await, "notice 7");
}

#[actix::test]
async fn a_slow_connection_is_ended_and_its_neighbour_notices_nothing() {
    let fanout = fanout();
    let (slow, quick) =
        (fanout.join(visitor(1)).expect("room"), fanout.join(visitor(2)).expect("room"));
    for sequence in 1..=5 {
        tell(&fanout, &[1, 2], sequence);
        assert_eq!(next(&quick).await, format!("notice {sequence}"));
    }
    assert_eq!(next(&slow).await, "ended: slow");
    assert_eq!(next(&slow).await, "over");
    drop(slow);
    tell(&fanout, &[1, 2], 6);
    assert_eq!(next(&quick).await, "notice 6");
    let slow = fanout.view().ended.into_iter().find(|ended| ended.reason == "slow");
    assert_eq!(slow.map(|ended| ended.total), Some(1));
}

#[actix::test]
async fn the_latest_state_of_an_event_replaces_one_that_still_waits() {
    let fanout = fanout();
    let subscription = fanout.join(visitor(1)).expect("room");
    assert!(subscription.follow(event(9)));
    for left in (0..20).rev() {
        let frame = frame(None, Some(9), &format!("left {left}"));
        fanout.publish(Delivery::Event { event: event(9), frame });
    }
    fanout.publish(Delivery::Event { event: event(8), frame: frame(None, Some(8), "other") });
    assert_eq!(next(&subscription).await, "left 0");
    tell(&fanout, &[1], 1);
    assert_eq!(next(&subscription).await, "notice 1");
}

#[actix::test]
async fn events_are_followed_as_long_as_somebody_does() {
    let fanout = fanout();
    let one = fanout.join(visitor(1)).expect("room");
    let other = fanout.join(visitor(2)).expect("room");
    assert!(one.follow(event(9)) && one.follow(event(9)) && other.follow(event(9)));
    one.unfollow(event(9));
    assert_eq!(fanout.followed(), [(event(9), 2)], "the second beginning was the last");
    drop(other);
    assert_eq!(fanout.followed(), []);
    assert!((1..=16).all(|number| one.follow(event(number))));
    assert!(!one.follow(event(17)));
}

#[actix::test]
async fn a_void_token_ends_its_connections_at_once() {
    let revocations: Arc<Revocations> = Arc::default();
    let fanout = Fanout::new(revocations.clone(), SETTINGS);
    let (voided, other) =
        (fanout.join(visitor(1)).expect("room"), fanout.join(visitor(2)).expect("room"));
    tokio::task::yield_now().await;
    revocations.void_account(user(1), 1, UnixMillis(i64::MAX));
    assert_eq!(next(&voided).await, "ended: revoked");
    let late = fanout.join(visitor(1)).expect("room");
    assert_eq!(next(&late).await, "ended: revoked");
    tell(&fanout, &[2], 1);
    assert_eq!(next(&other).await, "notice 1");
}

#[actix::test]
async fn nobody_takes_more_seats_than_there_are() {
    let fanout = fanout();
    let subscriptions: Vec<Subscription> =
        [1, 1, 2, 2, 3].map(|number| fanout.join(visitor(number)).expect("room")).into();
    assert_eq!(fanout.join(visitor(4)).err(), Some(Turned::Full));
    drop(subscriptions);
    let again: Vec<Subscription> =
        [1, 1].map(|number| fanout.join(visitor(number)).expect("room")).into();
    assert_eq!(fanout.join(visitor(1)).err(), Some(Turned::PersonFull));
    drop(again);
    fanout.close();
    assert_eq!(fanout.join(visitor(1)).err(), Some(Turned::Stopping));
    assert_eq!(fanout.view().people, 0);
}

#[actix::test]
async fn a_thread_that_is_behind_sends_its_connections_away_to_resume() {
    let fanout = fanout();
    let (one, idle) =
        (fanout.join(visitor(1)).expect("room"), fanout.join(visitor(2)).expect("room"));
    // The actor cannot run before this test waits for something.
    for sequence in 1..=(actor::MAILBOX_MAX as i64 + 10) {
        tell(&fanout, &[1], sequence);
    }
    assert_eq!(next(&one).await, "ended: behind");
    assert_eq!(next(&idle).await, "ended: behind");
    tell(&fanout, &[3], 1);
    let back = fanout.join(visitor(3)).expect("room");
    tell(&fanout, &[3], 2);
    assert!(["notice 1", "notice 2"].contains(&next(&back).await.as_str()));
}

#[test]
fn sessions_that_come_together_leave_one_after_the_other() {
    let mut of_tenth = [0; 10];
    for number in 0..10_000 {
        let life = shard::life_ms(1_800, number);
        assert!((1_620_000..=1_800_000).contains(&life), "{life}");
        of_tenth[usize::try_from((1_800_000 - life) / 18_000).expect("positive")] += 1;
    }
    assert!(of_tenth.iter().all(|sessions| (800..1_200).contains(sessions)), "{of_tenth:?}");
    assert_eq!(shard::life_ms(1, 7).clamp(900, 1_000), shard::life_ms(1, 7));
}
