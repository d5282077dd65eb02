//! An owner at work: the one actor type of all owners, with what each of them can be told.

use std::ops::{Deref, DerefMut};

use actix::dev::MessageResponse;
use actix::prelude::*;

use super::Owner;
use crate::error::RequestError;
use crate::host::mailbox::Sent;

/// Stop after what waits in the mailbox: the owner is passivated.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Halt;

/// Tell of your state, in counts: how an operator learns that the owner is alive.
#[derive(Message)]
#[rtype(result = "Result<serde_json::Value, RequestError>")]
pub(crate) struct Observe;

/// The context of an owner's actor.
pub(crate) type OwnerContext<A> = Context<Running<A>>;

/// What an owner does when it is sent a message of this kind.
pub(crate) trait Handles<M: Message>: Owner {
    /// What comes of it.
    type Result: MessageResponse<Running<Self>, M>;

    /// Handles one message, in one turn.
    fn handle(&mut self, message: M, ctx: &mut OwnerContext<Self>) -> Self::Result;
}

/// An owner that receives messages.
pub(crate) struct Running<A: Owner>(A);

impl<A: Owner> Running<A> {
    pub(super) fn new(owner: A) -> Self {
        Self(owner)
    }

    /// Lets `work` go on beside the owner's messages; what comes of it is a turn of the owner.
    pub(crate) fn spawn<T: 'static>(
        ctx: &mut OwnerContext<A>,
        work: impl Future<Output = T> + 'static,
        then: impl FnOnce(T, &mut A, &mut OwnerContext<A>) + 'static,
    ) {
        let work = actix::fut::wrap_future::<_, Self>(work);
        ctx.spawn(work.map(|done, owner, ctx| then(done, &mut owner.0, ctx)));
    }
}

impl<A: Owner> Deref for Running<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

impl<A: Owner> DerefMut for Running<A> {
    fn deref_mut(&mut self) -> &mut A {
        &mut self.0
    }
}

impl<A: Owner> Actor for Running<A> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.0.started(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.0.stopped();
    }
}

impl<A: Handles<M>, M: Message> Handler<Sent<M>> for Running<A> {
    type Result = ();

    fn handle(&mut self, sent: Sent<M>, ctx: &mut Self::Context) {
        sent.handled_by(&mut self.0, ctx);
    }
}

impl<A: Owner> Handles<Halt> for A {
    type Result = ();

    fn handle(&mut self, _: Halt, ctx: &mut OwnerContext<A>) {
        ctx.stop();
    }
}

impl<A: Owner> Handles<Observe> for A {
    type Result = Result<serde_json::Value, RequestError>;

    fn handle(&mut self, _: Observe, _: &mut OwnerContext<A>) -> Self::Result {
        Ok(self.state())
    }
}
