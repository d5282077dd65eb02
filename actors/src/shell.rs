//! What every actor of a stream is made of: its activation, the way to the ledger, its clock
//! and its counters. A handler stamps, decides and commits; the order of steps that
//! makes that safe is here, once.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use actix::{Message, ResponseFuture};
use hotdeal_domain::{Fact, Order, OrderState, UnixMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::api::Answered;
use crate::clock;
use crate::error::AskError;
use crate::keys::Key;
use crate::ledger::{
    Activation, Entry, KeptAnswer, KeyRecord, Ledger, Part, Place, Rider, Work, WriteError,
};
use crate::meter::Meter;
use crate::mutant::{self, Mutant};

/// What an ask comes to.
pub(crate) type Outcome<T> = Result<Answered<T>, AskError>;

/// A message to an actor: what is asked, under which key, and where the answer goes.
///
/// The answer does not come from the handler but from the ledger, once it is durable; so the
/// message carries its own way back, and one commit wakes each caller once.
pub(crate) struct Ask<M, T> {
    pub(crate) body: M,
    pub(crate) key: Option<Key>,
    pub(crate) reply: oneshot::Sender<Outcome<T>>,
    pub(crate) sent: Instant,
}

impl<M, T> Message for Ask<M, T> {
    type Result = ();
}

/// An answer that can be kept for a repeat of its ask.
pub(crate) trait Answer: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Answer for T {}

/// What has been applied and is to be made durable, and for whom.
pub(crate) struct Deed<T> {
    /// What is written.
    pub(crate) work: Work,
    /// What goes out once it is durable.
    pub(crate) answer: T,
    /// The key it was asked under.
    pub(crate) key: Option<Key>,
    /// When it was decided.
    pub(crate) at: UnixMillis,
    /// Who waits.
    pub(crate) reply: oneshot::Sender<Outcome<T>>,
}

pub(crate) struct Shell {
    pub(crate) activation: Arc<Activation>,
    pub(crate) meter: Arc<Meter>,
    ledger: Ledger,
}

impl Shell {
    pub(crate) fn new(activation: Arc<Activation>, ledger: Ledger, meter: Arc<Meter>) -> Self {
        Self { activation, meter, ledger }
    }

    /// One turn of an actor: some are measured.
    pub(crate) fn turn<M, T>(
        &mut self,
        ask: Ask<M, T>,
        handle: impl FnOnce(&mut Self, Ask<M, T>, UnixMillis),
    ) {
        let measured = self.meter.is_sampled();
        let began = measured.then(Instant::now);
        let sent = ask.sent;
        let now = clock::now();
        self.meter.used();
        handle(self, ask, now);
        if let Some(began) = began {
            let waited = began.saturating_duration_since(sent).as_micros();
            let micros = |time: u128| u64::try_from(time).unwrap_or(u64::MAX);
            self.meter.measured(micros(waited), micros(began.elapsed().as_micros()));
        }
    }

    /// A place in the ledger's queue, before anything happens.
    pub(crate) fn place(&self) -> Result<Place, AskError> {
        self.ledger.take().ok_or(AskError::Busy)
    }

    /// Commits a fact that has been applied: the answer goes out when it is durable, and is kept
    /// under the ask's key with it.
    pub(crate) fn commit<T: Answer>(
        &self,
        place: Place,
        fact: Fact,
        answer: T,
        key: Option<Key>,
        at: UnixMillis,
        reply: oneshot::Sender<Outcome<T>>,
    ) {
        let work = Work::Fact(self.part(fact, None));
        self.write(place, Deed { work, answer, key, at, reply }, |_| {});
    }

    /// A fact of this stream, with the rows that the journal must not tell.
    pub(crate) fn part(&self, fact: Fact, rider: Option<Rider>) -> Part {
        Part { activation: self.activation.clone(), fact, rider: rider.map(Box::new) }
    }

    /// As [`commit`](Self::commit), and lets `told` know the outcome before the answer goes out.
    pub(crate) fn write<T: Answer>(
        &self,
        place: Place,
        deed: Deed<T>,
        told: impl FnOnce(Result<(), WriteError>) + Send + 'static,
    ) {
        let Deed { work, answer, key, at, reply } = deed;
        let key = key.map(|key| key_record(key, &answer, at));
        place.push(Entry {
            work,
            key,
            done: Box::new(move |durable| {
                told(durable);
                let outcome = durable.map(|()| Answered::fresh(answer)).map_err(AskError::from);
                // Whoever asked may have hung up; what happened has happened.
                drop(reply.send(outcome));
            }),
        });
    }

    /// Answers an ask by which nothing changes, as [`answer`](Self::answer) does; the answer is
    /// kept under the ask's key, so that a repeat gets it whatever has changed by then.
    pub(crate) fn confirm<T: Answer>(
        &self,
        answer: T,
        key: Option<Key>,
        at: UnixMillis,
        reply: oneshot::Sender<Outcome<T>>,
    ) {
        if key.is_none() {
            return self.answer(answer, reply);
        }
        match self.place() {
            Err(busy) => drop(reply.send(Err(busy))),
            Ok(place) => {
                let work = Work::Barrier(self.activation.clone());
                self.write(place, Deed { work, answer, key, at, reply }, |_| {});
            }
        }
    }

    /// Answers what is known already, once all that it may rest on is durable.
    pub(crate) fn answer<T: Send + 'static>(&self, answer: T, reply: oneshot::Sender<Outcome<T>>) {
        self.after_what_is_pending(move |durable| {
            drop(reply.send(durable.map(|()| Answered::fresh(answer)).map_err(AskError::from)));
        });
    }

    /// Refuses. A refusal that may rest on facts not yet durable goes out after them; one that
    /// rests on durable state alone, or tells of this moment only, goes at once.
    pub(crate) fn refuse<T: Send + 'static>(
        &self,
        refusal: AskError,
        reply: oneshot::Sender<Outcome<T>>,
    ) {
        self.meter.refused();
        if refusal.passes() || mutant::is_on(Mutant::NoBarrierBeforeRefusal) {
            return drop(reply.send(Err(refusal)));
        }
        self.after_what_is_pending(move |durable| {
            drop(reply.send(Err(durable.map_or_else(AskError::from, |()| refusal))));
        });
    }

    /// Nothing this actor knows is still on its way to the disk.
    pub(crate) fn all_is_durable(&self) -> bool {
        self.activation.pending() == 0 && !self.activation.is_failed()
    }

    fn after_what_is_pending(&self, then: impl FnOnce(Result<(), WriteError>) + Send + 'static) {
        if self.activation.pending() == 0 {
            return then(if self.activation.is_failed() {
                Err(WriteError::Aborted)
            } else {
                Ok(())
            });
        }
        match self.ledger.take() {
            None => then(Err(WriteError::Aborted)),
            Some(place) => place.push(Entry {
                work: Work::Barrier(self.activation.clone()),
                key: None,
                done: Box::new(then),
            }),
        }
    }
}

impl From<WriteError> for AskError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict | WriteError::Aborted => {
                Self::Unavailable("not written, ask again")
            }
            WriteError::NoRoom => Self::NoRoom,
            WriteError::Full => Self::Busy,
            WriteError::Unknown => Self::OutcomeUnknown,
        }
    }
}

/// What another message will answer, once it is known.
pub(crate) fn later<T: 'static>(
    answer: oneshot::Receiver<Outcome<T>>,
) -> ResponseFuture<Result<T, AskError>> {
    Box::pin(async move {
        let gone = AskError::Unavailable("the owner is being rebuilt");
        answer.await.unwrap_or(Err(gone)).map(|answered| answered.value)
    })
}

/// The record that keeps `answer` under `key`.
pub(crate) fn key_record<T: Answer>(key: Key, answer: &T, at: UnixMillis) -> Box<KeyRecord> {
    key.will_be_kept(at);
    Box::new(KeyRecord::new(key, kept(answer), at))
}

/// An order that was made is kept as that: its rows tell the answer.
fn kept<T: Answer>(answer: &T) -> KeptAnswer {
    match (answer as &dyn Any).downcast_ref::<Order>() {
        Some(order) if order.state == OrderState::Success => KeptAnswer::Order(order.id),
        _ => {
            let text = serde_json::to_string(answer).expect("answers are plain data");
            KeptAnswer::Text(text.into())
        }
    }
}

/// An answer given before, read back.
pub(crate) fn replayed<T: DeserializeOwned>(answer: &str) -> Outcome<T> {
    serde_json::from_str(answer)
        .map(|value| Answered { value, replayed: true })
        .map_err(|_| AskError::Unavailable("an earlier answer cannot be read"))
}
