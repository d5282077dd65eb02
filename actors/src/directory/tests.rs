//! Finding an owner while the database is away.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use hotdeal_domain::ShopId;
use tokio::sync::Semaphore;
use tokio_test::{assert_pending, task};

use super::*;
use crate::lease::Lease;
use crate::ledger::StoreUrl;

/// How often the tables were asked for an owner, and who may get an answer.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static ANSWERS: Semaphore = Semaphore::const_new(0);

const AWAY: AskError = AskError::Unavailable("the database is away");

/// What is never taken in.
#[derive(Message)]
#[rtype(result = "()")]
struct Unheard;

/// An owner that is never activated: of shop 1 the database does not tell, and no other exists.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<Halt> for Nobody {
    type Result = ();

    fn handle(&mut self, _: Halt, _: &mut Self::Context) {}
}

impl Handler<Observe> for Nobody {
    type Result = Result<serde_json::Value, AskError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        Err(AWAY)
    }
}

impl Handler<Unheard> for Nobody {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Unheard, _: &mut Self::Context) -> Self::Result {
        Box::pin(std::future::pending())
    }
}

impl Owner for Nobody {
    const KIND: &'static str = "nobody";
    const GAUGES: &'static [&'static str] = &[];
    const MISSING: AskError = AskError::NoSuchShop;
    type Key = ShopId;
    type Card = ();

    fn stream(key: ShopId) -> StreamId {
        StreamId::Shop(key)
    }

    async fn exists(_: &Storage, key: ShopId) -> Result<bool, AskError> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        ANSWERS.acquire().await.expect("never closed").forget();
        if key.get() == 1 { Err(AWAY) } else { Ok(false) }
    }

    async fn rebuild(
        _: &Directory<Self>,
        _: ShopId,
        _: Arc<Activation>,
        _: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), AskError> {
        Err(AWAY)
    }
}

async fn directory() -> Directory<Nobody> {
    let url = StoreUrl::Sqlite("sqlite::memory:".into());
    let storage = Storage::open(&url).await.expect("a database");
    Directory::new(Ledger::new(10, Lease::for_ever()), storage, [Arbiter::current()].into(), 10)
}

#[actix::test]
async fn all_who_wait_for_one_activation_are_told_at_once_why_it_failed() {
    let directory = directory().await;
    for (shop, told) in [(1, AWAY), (2, AskError::NoSuchShop)] {
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

#[actix::test]
async fn an_owner_that_does_not_take_what_it_is_told_is_given_up() {
    let directory = directory().await;
    let key = ShopId::try_from(3).expect("an id");
    let activation = Activation::founding(StreamId::Shop(key));
    let meter = Arc::new(Meter::new(Nobody::GAUGES));
    let live = Live { addr: Nobody.start(), activation, meter, card: Arc::new(()) };
    let slot = Arc::new(OnceCell::new_with(Some(Ok(Arc::new(live)))));
    directory.shared.slots.pin().insert(key, slot);
    let live = directory.found(key).expect("it is live");
    // From here on nothing but the clock can end the wait, and it runs ahead.
    tokio::time::pause();
    assert!(directory.tell(key, Unheard).await.is_err());
    assert!(live.activation.is_failed());
    assert!(directory.found(key).is_none(), "whoever asks next has it rebuilt");
}
