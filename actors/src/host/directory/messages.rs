//! What is sent to an owner once it is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;

use super::running::Handles;
use super::{ATTEMPTS, Directory, Live, Owner};
use crate::error::RequestError;
use crate::host::mailbox::{self, ANSWER_MAX, Sent, Unanswered};
use crate::host::outbox;
use crate::host::shell::{Envelope, Request};

impl<A: Owner> Live<A> {
    /// Puts a message into the mailbox, if that has room; the message comes back otherwise.
    pub(super) fn post<M>(&self, message: M) -> Result<(), SendError<M>>
    where
        A: Handles<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.addr.try_send(Sent::new(message, &self.meter)).map_err(|refused| {
            self.meter.rejected();
            match refused {
                SendError::Full(sent) => SendError::Full(sent.into_message()),
                SendError::Closed(sent) => SendError::Closed(sent.into_message()),
            }
        })
    }

    /// Puts a request into the mailbox; a full one answers it. A request is given back by an actor that
    /// has gone.
    fn deliver<M: Request>(
        &self,
        envelope: Envelope<M>,
        turned_away: &AtomicU64,
    ) -> Result<(), Envelope<M>>
    where
        A: Handles<Envelope<M>>,
    {
        match self.post(envelope) {
            Ok(()) => Ok(()),
            Err(SendError::Full(envelope)) => {
                turned_away.fetch_add(1, Ordering::Relaxed);
                envelope.caller.tell(Err(RequestError::Busy.into()));
                Ok(())
            }
            Err(SendError::Closed(envelope)) => Err(envelope),
        }
    }
}

impl<A: Owner> Directory<A> {
    /// Finds the owner and sends it the request with all that this thread has to send; a full mailbox
    /// answers the request with [`RequestError::Busy`].
    pub(crate) async fn send<M: Request>(
        &self,
        key: A::Key,
        envelope: Envelope<M>,
    ) -> Result<Arc<Live<A>>, RequestError>
    where
        A: Handles<Envelope<M>>,
    {
        let live = self.live(key).await?;
        // What waits in the outbox is not in the mailbox yet: it must not be passed by a halt.
        live.meter.used();
        let (owner, directory) = (live.clone(), self.clone());
        outbox::post(self.ledger(), move || {
            if let Err(returned) = owner.deliver(envelope, &directory.shared.rejected_total) {
                // The owner has gone since it was found; the next one may take it.
                actix::spawn(async move { directory.send_again(key, returned).await });
            }
        });
        Ok(live)
    }

    async fn send_again<M: Request>(&self, key: A::Key, mut envelope: Envelope<M>)
    where
        A: Handles<Envelope<M>>,
    {
        let mut refusal = RequestError::Unavailable("the owner is being rebuilt");
        for _ in 0..ATTEMPTS {
            let found = tokio::select! {
                found = self.live(key) => found,
                // Nobody waits for it any more, and it has not been decided.
                () = envelope.caller.reply.closed() => return,
            };
            match found {
                Err(error) => {
                    refusal = error;
                    break;
                }
                Ok(live) => match live.deliver(envelope, &self.shared.rejected_total) {
                    Ok(()) => return,
                    Err(returned) => envelope = returned,
                },
            }
        }
        envelope.caller.tell(Err(refusal.into()));
    }

    /// Asks the owner for something it answers from memory.
    ///
    /// # Errors
    /// [`RequestError::Busy`] at once where its mailbox is full, and where it does not answer in time.
    pub(crate) async fn ask<M>(
        &self,
        key: A::Key,
        message: impl Fn() -> M,
    ) -> Result<M::Result, RequestError>
    where
        A: Handles<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        for _ in 0..ATTEMPTS {
            let live = self.live(key).await?;
            match mailbox::ask(&live.addr, &live.meter, message(), ANSWER_MAX).await {
                Ok(answer) => return Ok(answer),
                Err(Unanswered::Full) => {
                    self.shared.rejected_total.fetch_add(1, Ordering::Relaxed);
                    return Err(RequestError::Busy);
                }
                Err(Unanswered::Late) => return Err(RequestError::Busy),
                Err(Unanswered::Gone) => {}
            }
        }
        Err(RequestError::Unavailable("the owner is being rebuilt"))
    }

    /// Tells the owner something, if it is live: an owner rebuilt later knows it from the tables.
    /// One that does not take it in time is given up, so that nobody waits for it and the next one
    /// knows.
    pub(crate) async fn tell<M>(&self, key: A::Key, message: M) -> Result<M::Result, RequestError>
    where
        A: Handles<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let live = self.found(key).ok_or(RequestError::Unavailable("not live"))?;
        mailbox::tell(&live.addr, &live.meter, &live.activation, message).await
    }

    /// Sends a message to every live actor that has room for it; nobody waits for what it does.
    pub(crate) fn remind<M>(&self, message: impl Fn() -> M)
    where
        A: Handles<M>,
        M: Message<Result = ()> + Send + 'static,
    {
        for live in self.shared.live.pin().values().filter(|live| live.is_usable()) {
            drop(live.post(message()));
        }
    }
}
