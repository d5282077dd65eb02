//! Finding an owner while the database is away.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use hotdeal_domain::ShopId;
use hotdeal_domain::stream::ShopStream;
use tokio::sync::Semaphore;
use tokio_test::{assert_pending, task};

use super::running::{Halt, Observe};
use super::*;
use crate::host::mailbox;
use crate::lease::Lease;
use crate::storage::StoreUrl;

/// How often the tables were asked for an owner, and who may get an answer.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static ANSWERS: Semaphore = Semaphore::const_new(0);

const AWAY: RequestError = RequestError::Unavailable("the database is away");

/// What is never taken in.
#[derive(Message)]
#[rtype(result = "()")]
struct Unheard;

/// An owner that is never activated: of shop 1 the database does not tell, and no other exists.
struct Nobody;

impl Handles<Unheard> for Nobody {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Unheard, _: &mut OwnerContext<Self>) -> Self::Result {
        Box::pin(std::future::pending())
    }
}

impl Owner for Nobody {
    const KIND: &'static str = "nobody";
    const GAUGES: &'static [&'static str] = &[];
    type Key = ShopId;
    type Stream = ShopStream;
    type Card = ();
    type Node = ();

    fn key(number: i64) -> Option<ShopId> {
        number.try_into().ok()
    }

    async fn exists(_: &Storage, key: ShopId) -> Result<bool, RequestError> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        ANSWERS.acquire().await.expect("never closed").forget();
        if key.get() == 1 { Err(AWAY) } else { Ok(false) }
    }

    async fn rebuild(
        _: &Directory<Self>,
        _: ShopId,
        _: Owned<ShopStream>,
        _: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), RequestError> {
        Err(AWAY)
    }

    fn state(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

async fn directory() -> Directory<Nobody> {
    let url = StoreUrl::Sqlite("sqlite::memory:".into());
    let storage = Storage::open(&url).await.expect("a database");
    let ledger = Ledger::new(10, Lease::for_ever());
    let host = Host::new(ledger, storage, [Arbiter::current()].into(), 10);
    Directory::new((), &host)
}

#[actix::test]
async fn all_who_wait_for_one_activation_are_told_at_once_why_it_failed() {
    let directory = directory().await;
    for (shop, told) in [(1, AWAY), (2, RequestError::Missing)] {
        let key = ShopId::try_from(shop).expect("an id");
        let refusal = async || directory.live(key).await.err();
        let mut crowd: Vec<_> = (0..50).map(|_| task::spawn(refusal())).collect();
        for waiting in &mut crowd {
            assert_pending!(waiting.poll());
        }
        let before = ASKED.load(Ordering::Relaxed);
        ANSWERS.add_permits(1);
        for waiting in crowd {
            let answered = tokio::time::timeout(Duration::from_secs(20), waiting);
            let answer = answered.await.expect("one answer for all of them");
            assert_eq!(answer, Some(told.clone()));
        }
        assert_eq!(ASKED.load(Ordering::Relaxed), before, "nobody of them has asked again");
        // Who comes later asks anew.
        ANSWERS.add_permits(1);
        assert_eq!(refusal().await, Some(told));
        assert_eq!(ASKED.load(Ordering::Relaxed), before + 1);
    }
}

async fn live_nobody(directory: &Directory<Nobody>, key: ShopId) -> Arc<Live<Nobody>> {
    let activation = Owned::founding(key);
    let meter = Arc::new(Meter::new(Nobody::GAUGES));
    let live = Arc::new(Live {
        addr: Running::new(Nobody).start(),
        activation,
        meter,
        card: Arc::new(()),
    });
    directory.shared.live.pin().insert(key, live.clone());
    live
}

#[actix::test]
async fn an_owner_that_does_not_take_what_it_is_told_is_given_up() {
    let directory = directory().await;
    let key = ShopId::try_from(3).expect("an id");
    let live = live_nobody(&directory, key).await;
    // From here on nothing but the clock can end the wait, and it runs ahead.
    tokio::time::pause();
    assert!(directory.tell(key, Unheard).await.is_err());
    assert!(live.activation.is_failed());
    assert!(directory.found(key).is_none(), "whoever asks next has it rebuilt");
}

#[actix::test]
async fn nothing_is_left_of_who_hangs_up_before_it_is_known_whether_there_is_an_owner() {
    let directory = directory().await;
    for shop in 10..1_010 {
        let key = ShopId::try_from(shop).expect("an id");
        let mut asking = task::spawn(directory.live(key));
        let mut beside = task::spawn(directory.live(key));
        assert!(asking.poll().is_pending() && beside.poll().is_pending());
    }
    assert_eq!(directory.shared.activating.lock().len(), 0, "slots of callers who are gone");
}

#[actix::test]
async fn who_waits_for_an_activation_whose_beginner_hangs_up_goes_on_with_it() {
    let directory = directory().await;
    let key = ShopId::try_from(2).expect("an id");
    let mut first = task::spawn(directory.live(key));
    let mut second = task::spawn(directory.live(key));
    assert!(first.poll().is_pending() && second.poll().is_pending());
    drop(first);
    ANSWERS.add_permits(1);
    let told = tokio::time::timeout(Duration::from_secs(20), second).await.expect("told");
    assert_eq!(told.err(), Some(RequestError::Missing));
    assert!(directory.shared.activating.lock().is_empty());
}

#[actix::test]
async fn who_failed_is_not_remembered_for_ever() {
    let directory = directory().await;
    for shop in 1..=5_000 {
        let key = ShopId::try_from(shop).expect("an id");
        let live = live_nobody(&directory, key).await;
        directory.bury(key, &live);
    }
    assert_eq!(directory.rebuilt_total(), 5_000);
    let kept = directory.shared.rebuilt.lock().len();
    assert!(kept <= 1_024, "{kept} keys of actors that ever failed");
    for (shop, restarts) in [(1, 0), (5_000, 1)] {
        let key = ShopId::try_from(shop).expect("an id");
        let live = live_nobody(&directory, key).await;
        let seen = directory.view_at(key).map(|view| view.restarts);
        assert_eq!(seen, Some(restarts), "{shop}");
        directory.bury(key, &live);
    }
}

#[actix::test]
async fn who_asks_an_owner_whose_mailbox_is_full_is_told_so() {
    let directory = directory().await;
    let key = ShopId::try_from(4).expect("an id");
    let live = live_nobody(&directory, key).await;
    // It shares the thread, so it takes in nothing until this waits for something.
    while live.post(Unheard).is_ok() {}
    let mut asking = task::spawn(directory.ask(key, || Observe));
    let told = asking.poll();
    assert!(matches!(told, std::task::Poll::Ready(Err(RequestError::Busy))), "{told:?}");
    assert_eq!(directory.rejected_total(), 1);
    // What it must be told waits for room.
    let mut telling = task::spawn(directory.tell(key, Observe));
    assert_pending!(telling.poll());
    let told = tokio::time::timeout(Duration::from_secs(20), telling).await.expect("told");
    assert_eq!(told, Ok(Ok(serde_json::Value::Null)));
    assert_eq!(live.meter.depth(), 0);
}

#[actix::test]
async fn an_owner_whose_mailbox_stays_full_is_given_up_by_who_must_tell_it_something() {
    let directory = directory().await;
    let key = ShopId::try_from(4).expect("an id");
    let live = live_nobody(&directory, key).await;
    let depth = std::iter::repeat_with(|| live.post(Unheard)).take_while(Result::is_ok).count();
    let mut telling = task::spawn(directory.tell(key, Observe));
    assert_pending!(telling.poll());
    drop(telling);
    assert_eq!(live.meter.depth(), i64::try_from(depth).expect("a few"), "and no more");
    let told =
        mailbox::told_within(Duration::ZERO, &live.addr, &live.meter, &live.activation, Observe);
    assert!(told.await.is_err() && live.activation.is_failed());
}

#[actix::test]
async fn a_message_whose_sender_has_hung_up_does_not_count_as_waiting() {
    let directory = directory().await;
    let key = ShopId::try_from(4).expect("an id");
    let live = live_nobody(&directory, key).await;
    for _ in 0..5 {
        let mut asking = task::spawn(directory.ask(key, || Observe));
        assert_pending!(asking.poll());
        drop(asking);
    }
    // Once this one is answered, those before it have had their turn.
    assert!(directory.ask(key, || Observe).await.is_ok());
    assert_eq!(live.meter.depth(), 0);
    assert_eq!(live.meter.messages().handled_total, 1, "nobody wants to know of the others");
    // An actor that ends takes what waits with it.
    for _ in 0..5 {
        live.post(Unheard).expect("it has room");
    }
    assert_eq!(live.meter.depth(), 5);
    live.post(Halt).expect("it has room");
    let waits = mailbox::ask(&live.addr, &live.meter, Unheard, Duration::from_secs(20)).await;
    assert_eq!(waits, Err(mailbox::Unanswered::Gone), "the actor ends, and nobody answers");
    assert_eq!(live.meter.depth(), 0);
}
