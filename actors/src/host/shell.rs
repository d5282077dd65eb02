//! What every actor of a stream is made of: its activation, what it keeps in memory, the way to the ledger,
//! and its counters. A handler decides; what follows from a decision is here, once, in the order that makes
//! it safe.

use std::sync::Arc;
use std::time::Instant;

use actix::{Message, ResponseFuture};
use futures_util::future::LocalBoxFuture;
use hotdeal_domain::UnixMillis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::answered::Answered;
use super::wing_error::WingError;
use crate::clock;
use crate::error::RequestError;
use crate::ledger::keys::Key;
use crate::ledger::{
    Entry, FactRows, KeptAnswer, KeyRecord, Ledger, Owned, Part, Place, Work, WriteError,
};
use crate::meter::Meter;
use crate::mutant::{self, Mutant};
use crate::storage::{CORRUPT, Storage};

/// What a request comes to.
pub(crate) type Outcome<T, E> = Result<Answered<T>, E>;

/// What a wing sends an owner. It is answered once what the answer tells is durable.
pub(crate) trait Request: Send + 'static {
    /// What it answers.
    type Answer: Send + 'static;
    /// Why it is not done.
    type Error: WingError;
}

/// A request on its way to an owner, with who waits for the answer.
pub(crate) struct Envelope<M: Request> {
    pub(crate) body: M,
    pub(crate) caller: Caller<M::Answer, M::Error>,
    pub(crate) sent: Instant,
}

impl<M: Request> Message for Envelope<M> {
    type Result = ();
}

/// Who waits for an answer, and the key it was asked under.
///
/// The answer does not come from the handler but from the ledger, once it is durable; so the request
/// carries its own way back, and one commit wakes each caller once.
pub(crate) struct Caller<T, E> {
    pub(crate) key: Option<Key>,
    pub(crate) reply: oneshot::Sender<Outcome<T, E>>,
}

impl<T, E> Caller<T, E> {
    /// Somebody who asks without a key, and where their answer will come.
    pub(crate) fn without_key() -> (Self, oneshot::Receiver<Outcome<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Self { key: None, reply }, answer)
    }

    /// Answers. Whoever asked may have hung up; what happened has happened.
    pub(crate) fn tell(self, outcome: Outcome<T, E>) {
        drop(self.reply.send(outcome));
    }
}

/// An answer that can be kept for a repeat of its request.
pub(crate) trait Answer: Serialize + DeserializeOwned + Send + 'static {
    /// The number of an order whose rows tell the answer: then no more is kept. Rows of another kind would
    /// need a column of their own beside `answers.order_id`, from which the audit tells orders.
    fn reference(&self) -> Option<i64> {
        None
    }

    /// The answer that was kept as this reference.
    fn recall(_: &Storage, _reference: i64) -> impl Future<Output = Result<Self, RequestError>> {
        std::future::ready(Err(CORRUPT))
    }
}

impl Answer for () {}

/// How facts of one kind change what an actor keeps in memory.
pub(crate) trait Apply<F> {
    /// Applies a fact, which cannot be refused.
    fn apply(&mut self, fact: &F);
}

/// What an actor keeps in memory of its stream. All may look at it. A fact changes it with a place in the
/// ledger's queue ([`Shell::carry_out`]), so that nothing is applied that cannot be written.
pub(crate) struct Memory<A>(A);

impl<A> Memory<A> {
    /// As the tables tell it.
    pub(crate) fn new(rebuilt: A) -> Self {
        Self(rebuilt)
    }

    /// Applies a fact that is durable already.
    pub(crate) fn learn<F>(&mut self, durable: &F)
    where
        A: Apply<F>,
    {
        self.0.apply(durable);
    }

    /// Changes what no fact tells: stock that is set aside, deals that have ended.
    pub(crate) fn beside_facts(&mut self) -> &mut A {
        &mut self.0
    }

    fn apply<F>(&mut self, _: &Place, fact: &F)
    where
        A: Apply<F>,
    {
        self.0.apply(fact);
    }
}

impl<A> std::ops::Deref for Memory<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

/// What has been decided: all of it is written, or nothing.
pub(crate) struct Decision<S: FactRows> {
    facts: Facts<S::Fact>,
    private: Option<S::Private>,
    beside: Option<Part>,
}

enum Facts<F> {
    One(F),
    Many(Vec<F>),
}

impl<S: FactRows> Decision<S> {
    fn new(facts: Facts<S::Fact>) -> Self {
        Self { facts, private: None, beside: None }
    }

    /// One fact.
    pub(crate) fn of(fact: impl Into<S::Fact>) -> Self {
        Self::new(Facts::One(fact.into()))
    }

    /// Several, in their order.
    pub(crate) fn of_all(facts: Vec<S::Fact>) -> Self {
        Self::new(Facts::Many(facts))
    }

    /// With rows that the journal must not tell, which come with the one fact.
    pub(crate) fn with_private(self, private: Option<S::Private>) -> Self {
        debug_assert!(matches!(self.facts, Facts::One(_)), "rows of which fact?");
        Self { private, ..self }
    }

    /// With a fact of another stream.
    pub(crate) fn beside(self, beside: Option<Part>) -> Self {
        Self { beside, ..self }
    }
}

pub(crate) struct Shell<S: FactRows> {
    pub(crate) activation: Owned<S>,
    pub(crate) meter: Arc<Meter>,
    ledger: Ledger,
}

impl<S: FactRows> Shell<S> {
    pub(crate) fn new(activation: Owned<S>, ledger: Ledger, meter: Arc<Meter>) -> Self {
        Self { activation, meter, ledger }
    }

    /// One turn of an actor: some are measured.
    pub(crate) fn turn<M: Request>(
        &mut self,
        envelope: Envelope<M>,
        handle: impl FnOnce(&mut Self, M, Caller<M::Answer, M::Error>, UnixMillis),
    ) {
        let measured = self.meter.is_sampled();
        let began = measured.then(Instant::now);
        let Envelope { body, caller, sent } = envelope;
        let now = clock::now();
        self.meter.used();
        handle(self, body, caller, now);
        if let Some(began) = began {
            let waited = began.saturating_duration_since(sent).as_micros();
            let micros = |time: u128| u64::try_from(time).unwrap_or(u64::MAX);
            self.meter.measured(micros(waited), micros(began.elapsed().as_micros()));
        }
    }

    /// Carries out what has been decided, in the one order that is safe: takes a place in the ledger's
    /// queue, applies the facts, and commits them with the answer, which goes out once they are durable
    /// and is kept under the caller's key. Where there is no place nothing has happened.
    pub(crate) fn carry_out<A, T, E>(
        &self,
        decision: Decision<S>,
        memory: &mut Memory<A>,
        caller: Caller<T, E>,
        at: UnixMillis,
        answer: impl FnOnce(&A) -> T,
    ) where
        A: Apply<S::Fact>,
        T: Answer,
        E: WingError,
    {
        let Some(place) = self.ledger.take() else {
            return caller.tell(Err(RequestError::Busy.into()));
        };
        let Decision { facts, private, beside } = decision;
        let work = match facts {
            Facts::One(fact) => {
                memory.apply(&place, &fact);
                let part = self.activation.part_with(fact, private);
                match beside {
                    None => Work::Fact(part),
                    Some(beside) => Work::Facts(vec![part, beside]),
                }
            }
            Facts::Many(facts) => {
                facts.iter().for_each(|fact| memory.apply(&place, fact));
                let parts = facts.into_iter().map(|fact| self.activation.part(fact));
                Work::Facts(parts.chain(beside).collect())
            }
        };
        self.write(place, work, answer(memory), caller, at);
    }

    fn write<T: Answer, E: WingError>(
        &self,
        place: Place,
        work: Work,
        answer: T,
        caller: Caller<T, E>,
        at: UnixMillis,
    ) {
        let Caller { key, reply } = caller;
        let key = key.map(|key| key_record(key, &answer, at));
        place.push(Entry {
            work,
            key,
            done: Box::new(move |durable| {
                let outcome = durable.map(|()| Answered::fresh(answer)).map_err(not_written);
                // Whoever asked may have hung up; what happened has happened.
                drop(reply.send(outcome));
            }),
        });
    }

    /// Answers a request by which nothing changes, as [`answer`](Self::answer) does; the answer is
    /// kept under the caller's key, so that a repeat gets it whatever has changed by then.
    pub(crate) fn confirm<T: Answer, E: WingError>(
        &self,
        answer: T,
        caller: Caller<T, E>,
        at: UnixMillis,
    ) {
        if caller.key.is_none() {
            return self.answer(answer, caller);
        }
        match self.ledger.take() {
            None => caller.tell(Err(RequestError::Busy.into())),
            Some(place) => self.write(place, self.barrier(), answer, caller, at),
        }
    }

    /// Answers what is known already, once all that it may rest on is durable.
    pub(crate) fn answer<T, E>(&self, answer: T, caller: Caller<T, E>)
    where
        T: Send + 'static,
        E: WingError,
    {
        self.after_what_is_pending(move |durable| {
            caller.tell(durable.map(|()| Answered::fresh(answer)).map_err(not_written));
        });
    }

    /// Refuses. A refusal that may rest on facts not yet durable goes out after them; one that
    /// rests on durable state alone, or tells of this moment only, goes at once.
    pub(crate) fn refuse<T, E>(&self, refusal: E, caller: Caller<T, E>)
    where
        T: Send + 'static,
        E: WingError,
    {
        self.meter.refused();
        if refusal.passes() || mutant::is_on(Mutant::NoBarrierBeforeRefusal) {
            return caller.tell(Err(refusal));
        }
        self.after_what_is_pending(move |durable| {
            caller.tell(Err(durable.map_or_else(not_written, |()| refusal)));
        });
    }

    fn barrier(&self) -> Work {
        Work::Barrier(self.activation.activation().clone())
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
            Some(place) => {
                place.push(Entry { work: self.barrier(), key: None, done: Box::new(then) })
            }
        }
    }
}

impl From<WriteError> for RequestError {
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

fn not_written<E: WingError>(error: WriteError) -> E {
    RequestError::from(error).into()
}

/// What another message will answer, once it is known.
pub(crate) fn later<T: 'static, E: WingError>(
    answer: oneshot::Receiver<Outcome<T, E>>,
) -> ResponseFuture<Result<T, E>> {
    Box::pin(async move {
        let gone = RequestError::Unavailable("the owner is being rebuilt");
        answer.await.unwrap_or(Err(gone.into())).map(|answered| answered.value)
    })
}

/// The record that keeps `answer` under `key`.
pub(crate) fn key_record<T: Answer>(key: Key, answer: &T, at: UnixMillis) -> Box<KeyRecord> {
    key.will_be_kept(at);
    Box::new(KeyRecord::new(key, kept(answer), at))
}

fn kept<T: Answer>(answer: &T) -> KeptAnswer {
    if let Some(reference) = answer.reference() {
        return KeptAnswer::Reference(reference);
    }
    let text = serde_json::to_string(answer).expect("answers are plain data");
    KeptAnswer::Text(text.into())
}

/// An answer given before, read back.
///
/// # Errors
/// [`RequestError::Unavailable`] where it is none of this kind.
pub(crate) fn read_again<T: DeserializeOwned>(answer: &str) -> Result<T, RequestError> {
    serde_json::from_str(answer)
        .map_err(|_| RequestError::Unavailable("an earlier answer cannot be read"))
}

/// A request on its way to an owner that another wing, or none, knows.
pub(crate) type SendFuture<'a> = LocalBoxFuture<'a, Result<(), RequestError>>;

/// An answer from memory of an owner that another wing, or none, knows.
pub(crate) type AnswerFuture<'a, T, E = RequestError> = LocalBoxFuture<'a, Result<T, E>>;
