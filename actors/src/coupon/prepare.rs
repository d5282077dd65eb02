//! Writing the coupons of a batch before any can be issued: in chunks through the ledger, a few
//! at a time so that sales go on, and from where the last activation stopped.

use std::sync::Arc;
use std::time::Duration;

use actix::ActorContext as _;
use hotdeal_domain::coupon::{CouponFact, Draw};
use hotdeal_domain::stream::CouponStream;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::actor::{EventActor, EventCard};
use super::rows::{self, CouponRow};
use crate::host::directory::{OwnerContext, Running};
use crate::ledger::{Entry, Ledger, Owned, Place, Rows, Work, WriteError};
use crate::meter::Meter;

/// Coupons of one entry: some milliseconds to write, beside which a commit is little.
const CHUNK_ROWS: u32 = 2_000;
/// Chunks on their way at the same time: enough that a transaction finds the next one waiting,
/// few enough that an order waits for no more than these.
const CHUNKS_IN_FLIGHT: usize = 2;

/// How often a preparation looks for a free place in the ledger's queue, and for how long: a
/// queue that stays full a minute is not emptied, and the next activation goes on.
const PLACE_EVERY: Duration = Duration::from_millis(5);
const PLACE_MAX: Duration = Duration::from_secs(60);

/// How the writing ended.
enum End {
    Ready,
    /// A row stood in the way: a code that exists already.
    Failed,
    /// The activation was given up; the next one goes on.
    Interrupted,
}

/// Starts writing what is missing of the actor's batch.
pub(crate) fn start(actor: &EventActor, ctx: &mut OwnerContext<EventActor>) {
    let terms = actor.pool.terms();
    let writing = Preparation {
        activation: actor.shell.activation.clone(),
        ledger: actor.ledger.clone(),
        card: actor.card.clone(),
        meter: actor.shell.meter.clone(),
        draw: actor.pool.draw().clone(),
        from: actor.prepared,
        total: terms.total,
    };
    Running::spawn(ctx, writing.run(), |end, actor, ctx| actor.prepared(end, ctx));
}

struct Preparation {
    activation: Owned<CouponStream>,
    ledger: Ledger,
    card: Arc<EventCard>,
    meter: Arc<Meter>,
    draw: Draw,
    from: u32,
    total: u32,
}

impl Preparation {
    async fn run(self) -> End {
        let in_flight = Arc::new(Semaphore::new(CHUNKS_IN_FLIGHT));
        let failure: Arc<Mutex<Option<WriteError>>> = Arc::default();
        let mut from = self.from;
        let mut next = self.derived(from);
        while from < self.total {
            let Ok(permit) = in_flight.clone().acquire_owned().await else { break };
            if failure.lock().is_some() {
                break;
            }
            let Ok(coupons) = next.await else {
                failure.lock().get_or_insert(WriteError::Aborted);
                break;
            };
            // Whoever prepares is not idle.
            self.meter.used();
            from = self.end(from);
            // The next chunk is derived while this one is written.
            next = self.derived(from);
            let first_failure = failure.clone();
            let Some(place) = place(&self.ledger).await else {
                failure.lock().get_or_insert(WriteError::Aborted);
                break;
            };
            place.push(Entry {
                work: self.rows(coupons),
                key: None,
                done: Box::new(move |outcome| {
                    if let Err(error) = outcome {
                        first_failure.lock().get_or_insert(error);
                    }
                    drop(permit);
                }),
            });
        }
        // Every permit back: every chunk has its outcome.
        let all = u32::try_from(CHUNKS_IN_FLIGHT).unwrap_or(u32::MAX);
        drop(in_flight.acquire_many(all).await);
        let outcome = *failure.lock();
        match outcome {
            None => End::Ready,
            Some(WriteError::Conflict) => End::Failed,
            Some(_) => End::Interrupted,
        }
    }

    fn rows(&self, coupons: Vec<CouponRow>) -> Work {
        let (event, count) = (self.activation.key(), coupons.len());
        let activation = self.activation.activation().clone();
        let write = Box::new(move |rows: &mut Rows| rows::prepare(event, &coupons, rows));
        Work::Rows { activation, count, write }
    }

    /// Where the chunk that begins here ends.
    fn end(&self, from: u32) -> u32 {
        from.saturating_add(CHUNK_ROWS).min(self.total)
    }

    /// The chunk from here, derived on another thread: it takes a millisecond or two.
    fn derived(&self, from: u32) -> JoinHandle<Vec<CouponRow>> {
        let (card, draw, to) = (self.card.clone(), self.draw.clone(), self.end(from));
        let row = move |ordinal| CouponRow {
            ordinal,
            code: card.codes.code(ordinal),
            policy: draw.policy(ordinal).unwrap_or(0),
        };
        tokio::task::spawn_blocking(move || (from..to).map(row).collect())
    }
}

/// A place in the ledger's queue: a preparation waits where a shopper would be refused. `None`
/// when there was none for long, or there will be none because the ledger has closed.
async fn place(ledger: &Ledger) -> Option<Place> {
    let free = async {
        loop {
            match ledger.take() {
                None if !ledger.is_closed() => tokio::time::sleep(PLACE_EVERY).await,
                place => return place,
            }
        }
    };
    tokio::time::timeout(PLACE_MAX, free).await.unwrap_or(None)
}

impl EventActor {
    fn prepared(&mut self, end: End, ctx: &mut OwnerContext<Self>) {
        let fact = match end {
            End::Ready => CouponFact::CouponsReady,
            End::Failed => failed(),
            End::Interrupted => {
                // The sweep finds it lost, and has the next one go on.
                self.shell.activation.fail();
                return ctx.stop();
            }
        };
        let part = self.shell.activation.part(fact.clone());
        let ledger = self.ledger.clone();
        let writing = async move {
            let Some(place) = place(&ledger).await else { return false };
            place.write(Work::Fact(part), None).outcome().await.is_ok()
        };
        Running::spawn(ctx, writing, move |durable, actor, ctx| {
            if durable {
                // Only now may a coupon be issued: its rows and its status are in the tables.
                actor.pool.learn(&fact);
                actor.prepared = actor.pool.terms().total;
                actor.publish();
                actor.shell.meter.used();
            } else {
                actor.shell.activation.fail();
                ctx.stop();
            }
        });
    }
}

fn failed() -> CouponFact {
    CouponFact::CouponsFailed { reason: "a coupon's row stood in the way".to_owned() }
}
