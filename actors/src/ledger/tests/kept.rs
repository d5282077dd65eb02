//! What is kept for a time only goes portion by portion, with entries in between.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, PaginatorTrait as _};

use super::super::delete::PORTION;
use super::*;
use crate::ledger::keys::OLD_KEYS;
use crate::notice::forget::Forget;
use crate::notice::read::OldNews;

async fn count<E: EntityTrait>(db: &DatabaseConnection) -> u64
where
    E::Model: Sync,
{
    E::find().count(db).await.expect("counted")
}

#[actix::test]
async fn what_has_outlived_its_time_goes_portion_by_portion_and_entries_in_between() {
    let mut world = world().await;
    let activation = world.activate(event(1)).await;
    let db = sea_orm::Database::connect(&world.url).await.expect("a database");
    let (rows, portion) = (2 * PORTION + 1, PORTION);
    let insert = format!(
        "INSERT INTO idempotency WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
         WHERE i < {rows}) SELECT 1, 'ask', 'key ' || i, '', '', i % 2 FROM n"
    );
    db.execute_unprepared(&insert).await.expect("inserted");
    let ledger = world.ledger.clone();
    for left in [rows - portion, rows - 2 * portion, 0] {
        let mut purging = task::spawn(ledger.delete(&OLD_KEYS, UnixMillis(2)));
        assert_pending!(purging.poll());
        let mut written = world.issue(&activation, i64::try_from(left).unwrap_or(0) + 1, 0);
        world.turn().await;
        assert!(outcome(&mut written).is_some(), "it did not wait for the whole purge");
        assert_eq!(count::<hotdeal_entities::idempotency::Entity>(&db).await, left);
        assert_eq!(assert_ready!(purging.poll()), Ok(left > 0));
    }
}

#[actix::test]
async fn old_news_is_forgotten_portion_by_portion_and_how_far_that_went_is_known() {
    use hotdeal_entities::{deal_news, notices_forgotten, notifications};
    let mut world = world().await;
    let activation = world.activate(event(1)).await;
    let db = sea_orm::Database::connect(&world.url).await.expect("a database");
    // Six batches of 500 notices each, half of them of deal 1 and half of deal 2.
    for statement in [
        "INSERT INTO notifications WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 \
         FROM n WHERE i < 2999) SELECT i, 1 + i / 500, 7, 1 + (i / 500) % 2, 'OPENED', \
         'Lamp', 5, 4, 'KRW', 1, NULL FROM n",
        "INSERT INTO deal_news VALUES (1, 1, 'OPENED', 1, 9, 1, 6, 1, 1, 5), \
         (1, 2, 'PAUSED', 1, 0, NULL, NULL, 0, 0, 5), (2, 1, 'OPENED', 1, 9, 1, 6, 1, 1, 6)",
    ] {
        db.execute_unprepared(statement).await.expect("inserted");
    }
    let news = |number, told| OldNews { deal: EventId::try_from(1).expect("an id"), number, told };
    let ledger = world.ledger.clone();
    for (at, from, notices, left) in
        [(101, 1, 2_500, 3), (102, 2, 2_000, 3), (103, 4, 1_500, 3), (104, 7, 1_500, 1)]
    {
        let old = vec![news(1, Some((from, 6))), news(2, None)];
        let (told_before, until) = (UnixMillis(6), UnixMillis(at));
        let forget = Forget { part: 1, news: old, told_before, at: until };
        let mut forgetting = task::spawn(forget.run(&ledger));
        assert_pending!(forgetting.poll());
        let mut written = world.issue(&activation, at, 0);
        world.turn().await;
        assert!(outcome(&mut written).is_some(), "it did not wait for all of it");
        assert_eq!(assert_ready!(forgetting.poll()), Ok(()));
        assert_eq!(count::<notifications::Entity>(&db).await, notices);
        assert_eq!(count::<deal_news::Entity>(&db).await, left);
        let row = notices_forgotten::Entity::find_by_id(1).one(&db).await.expect("read");
        let row = row.expect("it is known with the first portion");
        assert_eq!((row.through, row.told_before, row.forgotten_at), (6, 6, at));
    }
}
