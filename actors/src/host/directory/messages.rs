//! What is sent to an owner once it is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;

use super::running::Handles;
use super::{ATTEMPTS, Directory, Live, Owner};
use crate::error::AskError;
use crate::host::mailbox::{self, ANSWER_MAX, Sent, Unanswered};
use crate::host::outbox;
use crate::host::shell::{Ask, Request};

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

    /// Puts an ask into the mailbox; a full one answers it. An ask is given back by an actor that
    /// has gone.
    fn deliver<M: Ask>(
        &self,
        request: Request<M>,
        turned_away: &AtomicU64,
    ) -> Result<(), Request<M>>
    where
        A: Handles<Request<M>>,
    {
        match self.post(request) {
            Ok(()) => Ok(()),
            Err(SendError::Full(request)) => {
                turned_away.fetch_add(1, Ordering::Relaxed);
                request.caller.tell(Err(AskError::Busy.into()));
                Ok(())
            }
            Err(SendError::Closed(request)) => Err(request),
        }
    }
}

impl<A: Owner> Directory<A> {
    /// Finds the owner and sends it the ask with all that this thread has to send; a full mailbox
    /// answers the ask with [`AskError::Busy`].
    pub(crate) async fn send<M: Ask>(
        &self,
        key: A::Key,
        request: Request<M>,
    ) -> Result<Arc<Live<A>>, AskError>
    where
        A: Handles<Request<M>>,
    {
        let live = self.live(key).await?;
        // What waits in the outbox is not in the mailbox yet: it must not be passed by a halt.
        live.meter.used();
        let (owner, directory) = (live.clone(), self.clone());
        outbox::post(self.ledger(), move || {
            if let Err(returned) = owner.deliver(request, &directory.shared.rejected_total) {
                // The owner has gone since it was found; the next one may take it.
                actix::spawn(async move { directory.send_again(key, returned).await });
            }
        });
        Ok(live)
    }

    async fn send_again<M: Ask>(&self, key: A::Key, mut request: Request<M>)
    where
        A: Handles<Request<M>>,
    {
        let mut refusal = AskError::Unavailable("the owner is being rebuilt");
        for _ in 0..ATTEMPTS {
            let found = tokio::select! {
                found = self.live(key) => found,
                // Nobody waits for it any more, and it has not been decided.
                () = request.caller.reply.closed() => return,
            };
            match found {
                Err(error) => {
                    refusal = error;
                    break;
                }
                Ok(live) => match live.deliver(request, &self.shared.rejected_total) {
                    Ok(()) => return,
                    Err(returned) => request = returned,
                },
            }
        }
        request.caller.tell(Err(refusal.into()));
    }

    /// Asks the owner for something it answers from memory.
    ///
    /// # Errors
    /// [`AskError::Busy`] at once where its mailbox is full, and where it does not answer in time.
    pub(crate) async fn ask<M>(
        &self,
        key: A::Key,
        message: impl Fn() -> M,
    ) -> Result<M::Result, AskError>
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
                    return Err(AskError::Busy);
                }
                Err(Unanswered::Late) => return Err(AskError::Busy),
                Err(Unanswered::Gone) => {}
            }
        }
        Err(AskError::Unavailable("the owner is being rebuilt"))
    }

    /// Tells the owner something, if it is live: an owner rebuilt later knows it from the tables.
    /// One that does not take it in time is given up, so that nobody waits for it and the next one
    /// knows.
    pub(crate) async fn tell<M>(&self, key: A::Key, message: M) -> Result<M::Result, AskError>
    where
        A: Handles<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let live = self.found(key).ok_or(AskError::Unavailable("not live"))?;
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
