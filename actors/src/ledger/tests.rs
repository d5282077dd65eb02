//! What the ledger promises, against a real SQLite file, one step at a time.

mod kept;
mod killed;
mod plans;

use std::time::{Duration, Instant};

use hotdeal_domain::batch::BatchLimits;
use hotdeal_domain::coupon::{CouponFact, CouponIssued};
use hotdeal_domain::shop::{Movement, Product, ShopFact, ShopProfile};
use hotdeal_domain::stream::{CouponStream, ShopStream};
use hotdeal_domain::{Amount, Currency, EventId, ProductId, ShopId, Stream, UserId};
use hotdeal_migration::{Migrator, MigratorTrait};
use sea_orm::EntityTrait;
use tokio::sync::oneshot::{self, Receiver};
use tokio_test::{assert_pending, assert_ready, task};

use super::dialect::dialect_of;
use super::queue::Ledger;
use super::writer::{TurnReport, Writer};
use super::*;
use crate::clock;
use crate::lease::Lease;
use crate::mall::statements;
use crate::storage::StoreUrl;

const LIMITS: BatchLimits = BatchLimits { entries_max: 100, rows_max: 1_000 };

struct World {
    ledger: Ledger,
    writer: Writer,
    url: String,
    _folder: tempfile::TempDir,
}

type Written = Receiver<Result<(), WriteError>>;

async fn world() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("ledger.db").display());
    let db = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&db, None).await.expect("a schema");
    let database = dialect_of(&StoreUrl::Sqlite(url.clone()));
    let ledger = Ledger::new(100, Lease::for_ever());
    let writer = Writer::new(database, order(), clock::now, ledger.clone());
    World { ledger, writer, url, _folder: folder }
}

fn order() -> Arc<StatementOrder> {
    StatementOrder::new(statements())
}

impl World {
    async fn turn(&mut self) -> TurnReport {
        let next = self.ledger.next(LIMITS).await.expect("the ledger is open");
        self.writer.turn(next).await
    }

    async fn activate<S: Stream>(&mut self, key: S::Key) -> Owned<S> {
        let ledger = self.ledger.clone();
        let asking = actix::spawn(async move { ledger.activate::<S>(key).await });
        self.turn().await;
        asking.await.expect("no panic").expect("an activation")
    }

    fn push(&self, work: Work) -> Written {
        let (done, written) = oneshot::channel();
        let done = Box::new(move |outcome| _ = done.send(outcome));
        self.ledger.take().expect("a place").push(Entry { work, key: None, done });
        written
    }

    fn issue(&self, owner: &Owned<CouponStream>, user: i64, ordinal: u32) -> Written {
        self.push(Work::Fact(owner.part(issued(user, ordinal))))
    }

    /// The facts in the journal of all streams, by the counts of their segments.
    async fn journalled(&self) -> Vec<i64> {
        let db = sea_orm::Database::connect(&self.url).await.expect("a database");
        let rows = hotdeal_entities::journal::Entity::find().all(&db).await.expect("rows");
        rows.iter().map(|row| row.sequence - row.first_sequence + 1).collect()
    }
}

fn issued(user: i64, ordinal: u32) -> CouponFact {
    let user = UserId::try_from(user).expect("an id");
    CouponFact::CouponIssued(CouponIssued { user, ordinal, at: clock::now() })
}

fn event(number: i64) -> EventId {
    EventId::try_from(number).expect("an id")
}

fn shop(number: i64) -> ShopId {
    ShopId::try_from(number).expect("an id")
}

fn outcome(written: &mut Written) -> Option<Result<(), WriteError>> {
    written.try_recv().ok()
}

#[actix::test]
async fn nothing_is_answered_before_the_commit_and_everything_after_it() {
    let mut world = world().await;
    let activation = world.activate::<CouponStream>(event(1)).await;
    let written = world.issue(&activation, 1, 0);
    let behind = world.push(Work::Barrier(activation.activation().clone()));
    let (mut written, mut behind) = (task::spawn(written), task::spawn(behind));
    assert_pending!(written.poll(), "an answer escaped before the ledger wrote");
    assert_pending!(behind.poll(), "a refusal overtook the fact it hangs on");
    assert_eq!(activation.pending(), 2);
    world.turn().await;
    assert_eq!(assert_ready!(written.poll()), Ok(Ok(())));
    assert_eq!(assert_ready!(behind.poll()), Ok(Ok(())));
    assert_eq!((activation.pending(), activation.durable_sequence()), (0, 1));
    assert_eq!(world.journalled().await, [1]);
}

#[actix::test]
async fn facts_that_queue_up_together_are_one_segment_in_order() {
    let mut world = world().await;
    let activation = world.activate::<CouponStream>(event(1)).await;
    let all: Vec<_> = (0..5).map(|n| world.issue(&activation, i64::from(n) + 1, n)).collect();
    let turn = world.turn().await;
    assert_eq!((turn.transactions, turn.entries), (1, 5));
    assert_eq!(world.journalled().await, [5]);
    for mut written in all {
        assert_eq!(outcome(&mut written), Some(Ok(())));
    }
}

#[actix::test]
async fn a_row_in_the_way_fails_its_own_entry_alone_and_what_was_decided_on_top_of_it() {
    let mut world = world().await;
    let (first, second) = (
        world.activate::<CouponStream>(event(1)).await,
        world.activate::<CouponStream>(event(2)).await,
    );
    let mut innocent = world.issue(&second, 1, 0);
    let mut fine = world.issue(&first, 1, 0);
    let mut twice = world.issue(&first, 1, 1); // The table allows one coupon a shopper.
    let mut on_top = world.issue(&first, 2, 2);
    world.turn().await;
    assert_eq!(outcome(&mut innocent), Some(Ok(())));
    assert_eq!(outcome(&mut fine), Some(Ok(())));
    assert_eq!(outcome(&mut twice), Some(Err(WriteError::Conflict)));
    assert_eq!(outcome(&mut on_top), Some(Err(WriteError::Aborted)));
    assert!(first.is_failed() && !second.is_failed());
}

#[actix::test]
async fn a_row_in_the_way_of_many_costs_them_few_commits() {
    let mut world = world().await;
    let (first, second) = (
        world.activate::<CouponStream>(event(1)).await,
        world.activate::<CouponStream>(event(2)).await,
    );
    let mut fine = world.issue(&first, 1, 0);
    let innocent: Vec<_> = (0..62).map(|n| world.issue(&second, i64::from(n) + 1, n)).collect();
    let mut twice = world.issue(&first, 1, 1);
    let turn = world.turn().await;
    assert_eq!(outcome(&mut fine), Some(Ok(())));
    assert_eq!(outcome(&mut twice), Some(Err(WriteError::Conflict)));
    for mut written in innocent {
        assert_eq!(outcome(&mut written), Some(Ok(())));
    }
    // All 64; then two halves, quarters, ... of which one goes on.
    assert_eq!(turn.transactions, 1 + 2 * 6);
}

#[actix::test]
async fn a_stale_owner_writes_nothing_and_the_others_of_its_batch_do() {
    let mut world = world().await;
    let stale = world.activate::<CouponStream>(event(1)).await;
    let other = world.activate::<CouponStream>(event(2)).await;
    // Another node takes the stream over: this writer does not hear of it.
    let mut elsewhere = dialect_of(&StoreUrl::Sqlite(world.url.clone()));
    elsewhere.begin().await.expect("begun");
    let raised = elsewhere.raise_epoch(&StreamId::Event(event(1)).to_string()).await;
    elsewhere.commit().await.expect("committed");
    assert_eq!(raised.expect("raised").epoch, stale.epoch + 1);

    let mut late = world.issue(&stale, 1, 0);
    let mut fine = world.issue(&other, 1, 0);
    world.turn().await;
    assert_eq!(outcome(&mut late), Some(Err(WriteError::Aborted)));
    assert_eq!(outcome(&mut fine), Some(Ok(())));
    assert!(stale.is_failed() && !other.is_failed());
    assert_eq!(world.journalled().await, [1]);
}

#[actix::test]
async fn an_earlier_activation_of_the_same_stream_is_refused_without_the_database() {
    let mut world = world().await;
    let earlier = world.activate::<CouponStream>(event(1)).await;
    let later = world.activate::<CouponStream>(event(1)).await;
    assert!(earlier.is_failed());
    let mut refused = world.issue(&earlier, 1, 0);
    let mut written = world.issue(&later, 1, 0);
    world.turn().await;
    assert_eq!(outcome(&mut refused), Some(Err(WriteError::Aborted)));
    assert_eq!(outcome(&mut written), Some(Ok(())));
}

#[actix::test]
async fn facts_of_several_streams_are_written_all_or_not_at_all() {
    let mut world = world().await;
    let (first, second) = (
        world.activate::<CouponStream>(event(1)).await,
        world.activate::<CouponStream>(event(2)).await,
    );
    let part = |owner: &Owned<CouponStream>, ordinal| owner.part(issued(9, ordinal));
    let mut both = world.push(Work::Facts(vec![part(&first, 0), part(&second, 0)]));
    world.turn().await;
    assert_eq!(outcome(&mut both), Some(Ok(())));
    // The second time the first part is in the way, and the second part must not be written.
    let mut again = world.push(Work::Facts(vec![part(&first, 1), part(&second, 1)]));
    world.turn().await;
    assert_eq!(outcome(&mut again), Some(Err(WriteError::Conflict)));
    assert_eq!(world.journalled().await, [1, 1]);
}

#[actix::test]
async fn a_stream_is_founded_once() {
    let mut world = world().await;
    let opened = |owner| {
        let fact = ShopFact::ShopOpened(ShopProfile {
            id: shop(5),
            owner: UserId::try_from(owner).expect("an id"),
            name: "shop".into(),
            currency: Currency::Krw,
            opened_at: clock::now(),
        });
        Work::Fact(Owned::<ShopStream>::founding(shop(5)).part(fact))
    };
    let mut first = world.push(opened(1));
    world.turn().await;
    let mut second = world.push(opened(2));
    world.turn().await;
    assert_eq!(outcome(&mut first), Some(Ok(())));
    assert_eq!(outcome(&mut second), Some(Err(WriteError::Conflict)));
}

#[actix::test]
async fn a_database_that_is_gone_writes_nothing_and_says_so() {
    let mut world = world().await;
    let activation = world.activate::<CouponStream>(event(1)).await;
    let mut nowhere = Writer::new(
        dialect_of(&StoreUrl::Postgres("postgres://nobody@127.0.0.1:9/none".into())),
        order(),
        clock::now,
        world.ledger.clone(),
    );
    nowhere.adopt(activation.activation());
    let mut written = world.issue(&activation, 1, 0);
    let next = world.ledger.next(LIMITS).await.expect("the ledger is open");
    let turn = nowhere.turn(next).await;
    assert!(turn.error.is_some());
    assert_eq!(outcome(&mut written), Some(Err(WriteError::Aborted)));
    assert!(activation.is_failed());
}

#[test]
fn the_queue_has_a_bound_and_a_place_unused_is_free_again() {
    let ledger = Ledger::new(2, Lease::for_ever());
    let (first, second) = (ledger.take(), ledger.take());
    assert!(first.is_some() && second.is_some());
    assert!(ledger.take().is_none());
    drop(first);
    assert!(ledger.take().is_some());
    ledger.close();
    assert!(ledger.take().is_none(), "a closed ledger takes nothing");
}

#[actix::test]
async fn work_without_a_place_is_refused_and_its_activation_stands() {
    let ledger = Ledger::new(1, Lease::for_ever());
    let activation = Owned::<CouponStream>::founding(event(1));
    let _taken = ledger.take().expect("a place");
    let refused = ledger.commit(Work::Barrier(activation.activation().clone()), None).await;
    assert_eq!(refused, Err(WriteError::Full));
    assert_eq!((activation.pending(), activation.is_failed()), (0, false));
}

#[actix::test]
async fn an_entry_lost_to_a_panic_is_answered_as_unknown_and_its_actor_is_given_up() {
    let mut world = world().await;
    let activation = world.activate::<CouponStream>(event(1)).await;
    let mut written = world.issue(&activation, 1, 0);
    drop(world.ledger.next(LIMITS).await);
    assert_eq!(outcome(&mut written), Some(Err(WriteError::Unknown)));
    assert!(activation.is_failed());
    assert_eq!(activation.pending(), 0);
}

#[actix::test]
async fn stock_moved_by_many_facts_is_written_once_as_their_sum() {
    let mut world = world().await;
    let owner = world.activate::<ShopStream>(shop(3)).await;
    let product = Product {
        id: ProductId::try_from(8).expect("an id"),
        name: "thing".into(),
        description: "".into(),
        price: Amount::try_from(5).expect("an amount"),
        image_url: "".into(),
        category: "OTHER".into(),
        created_at: clock::now(),
    };
    let moved = |pieces: u32| ShopFact::StockMoved {
        product: product.id,
        movement: Movement::Increased(pieces),
        delta: i64::from(pieces),
        at: clock::now(),
    };
    world.push(Work::Fact(owner.part(ShopFact::ProductCreated(Box::new(product.clone())))));
    (1..=10).for_each(|pieces| drop(world.push(Work::Fact(owner.part(moved(pieces))))));
    world.turn().await;
    let db = sea_orm::Database::connect(&world.url).await.expect("a database");
    let row = hotdeal_entities::stocks::Entity::find_by_id(8).one(&db).await.expect("read");
    assert_eq!(row.expect("a row").on_hand, 55);
}

#[actix::test]
async fn while_a_batch_is_written_nobody_is_told_that_the_ledger_is_idle() {
    let mut world = world().await;
    let activation = world.activate::<CouponStream>(event(1)).await;
    let ledger = world.ledger.clone();
    assert_ready!(task::spawn(ledger.idle()).poll(), "nothing is being written");
    drop(world.issue(&activation, 1, 0));
    let next = world.ledger.next(LIMITS).await.expect("the ledger is open");
    let mut idle = task::spawn(ledger.idle());
    assert_pending!(idle.poll(), "the batch has been taken and is not written");
    world.writer.turn(next).await;
    assert_ready!(idle.poll());
}

#[actix::test]
async fn a_ledger_that_closes_leaves_nobody_waiting() {
    for _ in 0..500 {
        let ledger = Ledger::new(10, Lease::for_ever());
        let (asked, closed) = (ledger.clone(), ledger.clone());
        let start = Arc::new(std::sync::Barrier::new(3));
        let (one, other) = (start.clone(), start.clone());
        let asking = std::thread::spawn(move || {
            one.wait();
            tokio_test::block_on(async {
                let chore = asked.reserve(1).await;
                (
                    chore,
                    asked
                        .commit(
                            Work::Barrier(
                                Owned::<CouponStream>::founding(event(1)).activation().clone(),
                            ),
                            None,
                        )
                        .await,
                )
            })
        });
        let closing = std::thread::spawn(move || {
            other.wait();
            closed.close();
        });
        start.wait();
        let write = async {
            // Whatever is dropped unwritten answers that.
            while ledger.next(LIMITS).await.is_some() {}
        };
        tokio::time::timeout(Duration::from_secs(20), write).await.expect("it ends");
        closing.join().expect("no panic");
        let waited = Instant::now();
        while !asking.is_finished() {
            assert!(waited.elapsed() < Duration::from_secs(20), "who asked waits for ever");
            std::thread::yield_now();
        }
    }
}
