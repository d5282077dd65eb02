//! Asks under fresh keys, and under keys that only the tables know.

use hotdeal_domain::idempotency::KEPT_MS;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::world::{READERS, world};
use super::{claim, mark_of};
use crate::clock;
use crate::error::RequestError;
use crate::order::OrderError;

#[actix::test]
async fn a_fresh_key_waits_for_no_reader() {
    let world = world("").await;
    let product = world.product(10).await;
    world.knows_what_is_kept().await;
    world.order(product, "warm").await.expect("ordered");
    let mut busy = Vec::new();
    for _ in 0..READERS {
        busy.push(world.mall.shared.host.storage.db.begin().await.expect("a reader"));
    }
    let first = world.order(product, "fresh").await.expect("nobody is asked about a fresh key");
    assert!(!first.replayed);
    let repeat = world.order(product, "fresh").await;
    assert!(
        matches!(repeat, Err(OrderError::Request(RequestError::Unavailable(_)))),
        "a repeat is looked up: {repeat:?}"
    );
    drop(busy);
    let repeat = world.order(product, "fresh").await.expect("told again");
    assert_eq!((repeat.value, repeat.replayed), (first.value, true));
    world.mall.close().await;
}

/// Answers of an earlier process, in the log and in the table of before it.
fn kept_before(many: i64) -> [String; 3] {
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})");
    let at = clock::now().0 - 10_000;
    [
        format!(
            "{numbers} INSERT INTO idempotency \
             SELECT 1, 'placeOrder', 'key-' || i, '00', '{{}}', {at} + i / 3 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO answers SELECT i, 1, 7 * i, 0, 0, NULL, '{{}}', {at} + i / 3 FROM n"
        ),
        format!("INSERT INTO streams (stream, epoch, last_sequence) VALUES ('keys:1', 1, {many})"),
    ]
}

#[actix::test]
async fn a_node_knows_after_its_start_which_keys_were_kept_however_many() {
    let many = 9_000;
    let world = world(&kept_before(many).join(";")).await;
    world.knows_what_is_kept().await;
    let filter = world.mall.shared.host.keys.filter();
    for number in 1..=many {
        assert!(!filter.is_fresh(mark_of(&claim(&format!("key-{number}")).scope)), "key-{number}");
        assert!(!filter.is_fresh(7 * number), "answer {number}");
    }
    let fresh = (0..1_000).filter(|number| filter.is_fresh(7 * number + 1));
    assert!(fresh.count() > 950);
    world.mall.close().await;
}

#[actix::test]
async fn an_answer_of_before_the_log_is_given_again_until_its_time_is_over() {
    let world = world("").await;
    let product = world.product(2).await;
    let first = world.order_of(1, product, None).await.expect("ordered").value;
    let kept = async |key: &str, at: i64| {
        let answer = serde_json::to_string(&first).expect("plain data");
        let row = format!(
            "INSERT INTO idempotency VALUES (1, 'placeOrder', '{key}', '{}', '{answer}', {at})",
            "00".repeat(16)
        );
        world.tables.execute_unprepared(&row).await.expect("written");
    };
    kept("known", clock::now().0 - KEPT_MS + 60_000).await;
    kept("over", clock::now().0 - KEPT_MS).await;
    world.mall.start_over().await.expect("from the tables");
    world.knows_what_is_kept().await;
    let told = world.order(product, "known").await.expect("its answer");
    assert_eq!((&told.value, told.replayed), (&first, true));
    let other = world.order(product, "over").await.expect("ordered anew");
    assert!(!other.replayed);
    world.mall.close().await;
}

#[actix::test]
async fn an_earlier_process_keeps_nothing_once_the_next_one_has_looked() {
    let world = world("").await;
    let product = world.product(2).await;
    world.knows_what_is_kept().await;
    let next = world.another().await;
    // It owns the log, and has not touched the shop.
    let late = world.order(product, "late").await;
    assert!(matches!(late, Err(OrderError::Request(RequestError::Unavailable(_)))), "{late:?}");
    let first = next.order(product, "late").await.expect("ordered once").value;
    let told = next.order(product, "late").await.expect("told again");
    assert_eq!((&told.value, told.replayed), (&first, true));
    assert_eq!(world.orders_made().await, 1);
    next.mall.close().await;
    world.mall.close().await;
}

#[actix::test]
async fn who_has_had_the_database_to_itself_again_reads_anew_what_others_kept() {
    let world = world("").await;
    let product = world.product(2).await;
    world.knows_what_is_kept().await;
    world.order(product, "known").await.expect("ordered");
    let other = world.another().await;
    let first = other.order(product, "elsewhere").await.expect("ordered").value;
    other.mall.close().await;
    world.mall.start_over().await.expect("from the tables");
    world.knows_what_is_kept().await;
    let told = world.order(product, "elsewhere").await.expect("its answer");
    assert_eq!((told.value, told.replayed), (first, true));
    assert!(world.order(product, "known").await.expect("its answer").replayed);
    assert_eq!(world.orders_made().await, 2);
    world.mall.close().await;
}
