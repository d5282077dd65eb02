//! What a person can follow, and what is told of a deal.

use hotdeal_domain::UnixMillis;
use hotdeal_domain::deal::DealState;
use hotdeal_domain::notice::{FollowFact, NewsKind, SubscriptionRefusal, Subscriptions};

use crate::table::{check, product, shows_all};

const AT: UnixMillis = UnixMillis(7);
const MOST: usize = 4;

/// Somebody who follows products 1, 2 and 3.
fn follower() -> Subscriptions {
    Subscriptions::restored([2, 1, 3].map(product))
}

fn told(outcome: Result<Option<FollowFact>, SubscriptionRefusal>) -> String {
    match outcome {
        Ok(Some(FollowFact::Subscribed { products, at })) => {
            assert_eq!(at, AT);
            let ids: Vec<String> = products.iter().map(ToString::to_string).collect();
            format!("Subscribed {}", ids.join(","))
        }
        Ok(Some(FollowFact::Unsubscribed { product, .. })) => format!("Unsubscribed {product}"),
        Ok(Some(other)) => panic!("{other:?}"),
        Ok(None) => "Nothing".to_owned(),
        Err(refusal) => format!("{refusal:?}"),
    }
}

#[test]
fn a_person_follows_each_product_once_and_no_more_than_can_be() {
    let seen = check(
        "asked most -> outcome
         1        4 -> Nothing
         1,2,3    4 -> Nothing
         4        4 -> Subscribed 4
         4,1,4    4 -> Subscribed 4
         4,5      4 -> TooMany(4)
         5,4      5 -> Subscribed 5,4
         1        2 -> Nothing
         4        2 -> TooMany(2)",
        |row| {
            let ids = row.text(0).split(',').map(|id| product(id.parse().expect("a number")));
            let ids: Vec<_> = ids.collect();
            told(follower().decide_subscribe(&ids, row.number(1), AT))
        },
    );
    shows_all(&seen, &["Nothing", "Subscribed", "TooMany"]);
}

#[test]
fn only_what_is_followed_can_be_left() {
    let seen = check(
        "product -> outcome
         2 -> Unsubscribed 2
         4 -> NotSubscribed",
        |row| told(follower().decide_unsubscribe(product(row.number(0)), AT).map(Some)),
    );
    shows_all(&seen, &["Unsubscribed", "NotSubscribed"]);
}

#[test]
fn what_was_decided_is_so_once_it_is_applied() {
    let mut follower = follower();
    let five = product(5);
    let fact = follower.decide_subscribe(&[five], MOST, AT).expect("room").expect("new");
    follower.apply(&fact);
    assert_eq!(follower.decide_subscribe(&[five], MOST, AT), Ok(None));
    let left = follower.decide_unsubscribe(five, AT).expect("it is followed");
    follower.apply(&left);
    assert_eq!(follower.decide_unsubscribe(five, AT), Err(SubscriptionRefusal::NotSubscribed));
    assert_eq!(follower.products().map(|id| id.get()).collect::<Vec<_>>(), [1, 2, 3]);
    follower.end_all();
    assert_eq!(follower.products().len(), 0);
}

#[test]
fn every_turn_of_a_deal_is_news_with_a_name() {
    for (state, kind) in [
        (DealState::Open, NewsKind::Resumed),
        (DealState::Paused, NewsKind::Paused),
        (DealState::Cancelled, NewsKind::Cancelled),
    ] {
        assert_eq!(NewsKind::of_turn(state), kind);
    }
    for kind in NewsKind::ALL {
        assert_eq!(NewsKind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(NewsKind::from_name("opened"), None);
}
