//! A message in an actor's mailbox is counted from when it is sent until its turn, or until it is dropped
//! without one.
//!
//! Nobody waits for room in a full mailbox: a request is answered with `Busy`. The exception is what an actor
//! must be told, the outcome of an order for instance. That is tried for five seconds, and then the actor is
//! given up, because the one that is rebuilt reads it from the tables. `Addr::send` would wait for ever.

use std::sync::Arc;
use std::time::Duration;

use actix::dev::{MessageResponse, ToEnvelope};
use actix::prelude::*;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use super::directory::{Handles, OwnerContext};
use crate::error::RequestError;
use crate::ledger::Activation;
use crate::meter::{InMailbox, Meter};

/// How long actors wait for each other's answer from memory.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Before a mailbox that was full a moment ago is looked at again: it is emptied at one go.
const ROOM_AGAIN: Duration = Duration::from_millis(5);

/// A message on its way to an actor.
pub(crate) struct Sent<M: Message> {
    message: M,
    reply: Option<oneshot::Sender<M::Result>>,
    waiting: InMailbox,
}

impl<M: Message> Message for Sent<M> {
    type Result = ();
}

impl<M: Message> Sent<M> {
    /// A message to which nobody waits for an answer here.
    pub(crate) fn new(message: M, meter: &Arc<Meter>) -> Self {
        Self { message, reply: None, waiting: meter.sending() }
    }

    fn asking(message: M, meter: &Arc<Meter>) -> (Self, oneshot::Receiver<M::Result>) {
        let (reply, answer) = oneshot::channel();
        (Self { message, reply: Some(reply), waiting: meter.sending() }, answer)
    }

    /// Its turn has come: the actor handles it, unless whoever asked has hung up.
    pub(crate) fn handled_by<A: Handles<M>>(self, owner: &mut A, ctx: &mut OwnerContext<A>) {
        let Self { message, reply, waiting } = self;
        if reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
            return;
        }
        waiting.begin();
        owner.handle(message, ctx).handle(ctx, reply);
    }

    /// It did not get in.
    pub(crate) fn into_message(self) -> M {
        self.message
    }
}

/// Why an actor has not answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Its mailbox is full: it does not know that it was asked.
    Full,
    /// It has gone.
    Gone,
    /// It takes too long.
    Late,
}

/// Asks an actor for something that it answers from memory, if its mailbox has room.
pub(crate) async fn ask<A, M>(
    to: &Addr<A>,
    meter: &Arc<Meter>,
    message: M,
    within: Duration,
) -> Result<M::Result, Unanswered>
where
    A: Handler<Sent<M>>,
    A::Context: ToEnvelope<A, Sent<M>>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    let (sent, answer) = Sent::asking(message, meter);
    if let Err(refused) = to.try_send(sent) {
        meter.rejected();
        return Err(match refused {
            SendError::Full(_) => Unanswered::Full,
            SendError::Closed(_) => Unanswered::Gone,
        });
    }
    answered(answer, Instant::now() + within).await
}

/// Tells an actor what it must know. Its mailbox is tried again and again while it is full; an actor
/// that does not take it in time is given up, so that nobody waits for it and the next one knows it
/// from the tables.
pub(crate) async fn tell<A, M>(
    to: &Addr<A>,
    meter: &Arc<Meter>,
    activation: &Activation,
    message: M,
) -> Result<M::Result, RequestError>
where
    A: Handler<Sent<M>>,
    A::Context: ToEnvelope<A, Sent<M>>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    told_within(ANSWER_MAX, to, meter, activation, message).await
}

/// The same within another time.
pub(crate) async fn told_within<A, M>(
    within: Duration,
    to: &Addr<A>,
    meter: &Arc<Meter>,
    activation: &Activation,
    message: M,
) -> Result<M::Result, RequestError>
where
    A: Handler<Sent<M>>,
    A::Context: ToEnvelope<A, Sent<M>>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    let until = Instant::now() + within;
    let (mut sent, answer) = Sent::asking(message, meter);
    let told = loop {
        match to.try_send(sent) {
            Ok(()) => break answered(answer, until).await,
            Err(SendError::Closed(_)) => break Err(Unanswered::Gone),
            Err(SendError::Full(_)) if Instant::now() >= until => break Err(Unanswered::Full),
            Err(SendError::Full(returned)) => sent = returned,
        }
        sleep(ROOM_AGAIN).await;
    };
    told.map_err(|why| {
        if why != Unanswered::Gone {
            activation.fail();
        }
        RequestError::Unavailable("not live")
    })
}

async fn answered<T>(answer: oneshot::Receiver<T>, until: Instant) -> Result<T, Unanswered> {
    match timeout_at(until, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Unanswered::Gone),
        Err(_) => Err(Unanswered::Late),
    }
}
