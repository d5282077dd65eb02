//! One key, one asker at a time; and a fresh key asks nobody.

use hotdeal_domain::UserId;
use tokio_test::{assert_pending, assert_ready, task};

use super::turns::WITHIN;
use super::*;

fn claim(key: &str) -> KeyClaim {
    claim_of(UserId::try_from(1).expect("an id"), key)
}

fn claim_of(principal: UserId, key: &str) -> KeyClaim {
    let scope = KeyScope { principal, operation: "placeOrder", key: key.into() };
    KeyClaim { scope, fingerprint: [0; 16] }
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_for_a_key_is_sent_away_and_leaves_nothing_behind() {
    let keys = Keys::default();
    let first = keys.claim(claim("a")).await.expect("nobody holds it");
    let began = tokio::time::Instant::now();
    assert!(keys.claim(claim("a")).await.is_none());
    assert!((WITHIN..WITHIN * 2).contains(&began.elapsed()));
    drop(first);
    assert_eq!(keys.under_way(), 0);
}

#[tokio::test]
async fn a_key_is_one_askers_at_a_time_in_the_order_they_came() {
    let keys = Keys::default();
    let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
    let mut second = task::spawn(keys.claim(claim("a")));
    let mut third = task::spawn(keys.claim(claim("a")));
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    let _other = assert_ready!(task::spawn(keys.claim(claim("b"))).poll());
    drop(first);
    assert_pending!(third.poll());
    let second = assert_ready!(second.poll());
    assert_pending!(third.poll());
    drop(second);
    assert!(third.is_woken());
    drop(assert_ready!(third.poll()));
}

#[tokio::test]
async fn nothing_is_left_of_a_key_that_nobody_holds_or_waits_for() {
    let keys = Keys::default();
    let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
    let mut gone = task::spawn(keys.claim(claim("a")));
    let mut second = task::spawn(keys.claim(claim("a")));
    assert_pending!(gone.poll());
    assert_pending!(second.poll());
    // One whose turn came but who has hung up passes it on.
    drop(first);
    drop(gone);
    drop(assert_ready!(second.poll()));
    let first = assert_ready!(task::spawn(keys.claim(claim("a"))).poll());
    let mut gone = task::spawn(keys.claim(claim("a")));
    assert_pending!(gone.poll());
    drop(first);
    drop(gone);
    assert_eq!(keys.under_way(), 0);
}

#[tokio::test]
async fn nothing_is_left_of_a_key_that_two_threads_let_go_of_at_once() {
    let (keys, runtime) = (Keys::default(), tokio::runtime::Handle::current());
    let together = std::sync::Barrier::new(2);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let _within = runtime.enter();
                for round in 0..50_000 {
                    // One has it, and the other waits for it and gives up.
                    let mut asking = task::spawn(keys.claim(claim(&round.to_string())));
                    let asked = asking.poll();
                    together.wait();
                    drop((asking, asked));
                }
            });
        }
    });
    assert_eq!(keys.under_way(), 0, "keys that nobody holds or waits for");
}

#[test]
fn the_same_key_of_another_person_or_operation_is_another() {
    let mark = |number, operation, key: &str| {
        let principal = UserId::try_from(number).expect("an id");
        mark_of(&KeyScope { principal, operation, key: key.into() })
    };
    let all = [
        mark(7, "placeOrder", "key"),
        mark(8, "placeOrder", "key"),
        mark(7, "cancelOrder", "key"),
        mark(7, "placeOrder", "yek"),
    ];
    assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    // Rows of earlier processes are found by it.
    assert_eq!(all[0], -6_341_610_112_451_033_772);
}

mod appended;
mod fresh;
mod killed;
mod runs;
mod world;
