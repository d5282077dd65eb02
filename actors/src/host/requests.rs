//! Requests that may come twice under an idempotency key: each happens once.

use std::time::Instant;

use hotdeal_domain::idempotency::{Claimed, KeyClaim};
use hotdeal_domain::stream;
use tokio::sync::oneshot;

use super::shell::{Answer, Caller, Envelope, Outcome, Request, key_record, read_again};
use super::{Answered, Host, WingError};
use crate::clock;
use crate::error::RequestError;
use crate::ledger::keys::{Key, mark_of};
use crate::ledger::{KeptAnswer, Owned, Part, Work, WriteError};

impl Host {
    /// As [`once`](Self::once), for what the owner that `send` finds decides.
    pub(crate) async fn send_once<M, F>(
        &self,
        body: M,
        key: Option<KeyClaim>,
        send: impl FnOnce(Envelope<M>) -> F,
    ) -> Outcome<M::Answer, M::Error>
    where
        M: Request,
        M::Answer: Answer,
        F: Future<Output = Result<(), RequestError>>,
    {
        self.once(key, async |key| send_request(body, key, send).await).await
    }

    /// Does what is asked, unless an earlier request under this key did and was answered: then that is
    /// the answer. The key is held until the outcome of `first` is known.
    ///
    /// # Errors
    /// [`RequestError::KeyConflict`]; [`RequestError::Busy`] where an earlier request under the key takes too
    /// long; and those of `first`.
    pub(crate) async fn once<T: Answer, E: WingError>(
        &self,
        key: Option<KeyClaim>,
        first: impl AsyncFnOnce(Option<Key>) -> Outcome<T, E>,
    ) -> Outcome<T, E> {
        let Some(claim) = key else { return first(None).await };
        let claim = self.keys.claim(claim).await.ok_or(RequestError::Busy)?;
        let log = self.own_log().await?;
        match self.found_under(claim.claim(), claim.mark()).await? {
            Some(answered) => Ok(answered),
            None => first(Some(claim.in_log(log))).await,
        }
    }

    /// The log of kept answers, which is this node's from before anything is looked up in it.
    pub(crate) async fn own_log(&self) -> Result<Owned<stream::KeyStream>, RequestError> {
        let Self { keys, ledger, storage, .. } = self;
        keys.log().owned(ledger, storage).await
    }

    /// Keeps an answer by which nothing changed under its key.
    pub(crate) async fn keep<T: Answer>(
        &self,
        answer: &T,
        key: Option<Key>,
    ) -> Result<(), RequestError> {
        let Some(key) = key else { return Ok(()) };
        let kept = key_record(key, answer, clock::now());
        Ok(self.ledger.commit(Work::Facts(Vec::new()), Some(kept)).await?)
    }

    /// The answer an earlier request got under this key, as far as it is durable now.
    pub(crate) async fn answered_before<T: Answer>(
        &self,
        key: Option<&KeyClaim>,
    ) -> Result<Option<Answered<T>>, RequestError> {
        let Some(claim) = key else { return Ok(None) };
        self.own_log().await?;
        self.found_under(claim, mark_of(&claim.scope)).await
    }

    async fn found_under<T: Answer>(
        &self,
        claim: &KeyClaim,
        mark: i64,
    ) -> Result<Option<Answered<T>>, RequestError> {
        let keys = &self.keys;
        if keys.filter().is_fresh(mark) {
            return Ok(None);
        }
        let place = keys.log().place(mark);
        let answer = match self.storage.claimed(claim, mark, place).await? {
            Claimed::Fresh => return Ok(None),
            Claimed::Conflict => return Err(RequestError::KeyConflict),
            Claimed::Replay(KeptAnswer::Text(text)) => read_again(&text)?,
            Claimed::Replay(KeptAnswer::Reference(number)) => {
                T::recall(&self.storage, number).await?
            }
        };
        Ok(Some(Answered { value: answer, replayed: true }))
    }

    /// Writes the first fact of a new stream, and with it the answer to the key it was asked
    /// under.
    pub(crate) async fn found<T: Answer>(
        &self,
        founding: Part,
        answer: &T,
        key: Option<Key>,
    ) -> Result<(), WriteError> {
        let key = key.map(|key| key_record(key, answer, clock::now()));
        self.ledger.commit(Work::Fact(founding), key).await
    }
}

/// Sends a request to the owner `send` finds, and waits for its answer.
pub(crate) async fn send_request<M, F>(
    body: M,
    key: Option<Key>,
    send: impl FnOnce(Envelope<M>) -> F,
) -> Outcome<M::Answer, M::Error>
where
    M: Request,
    F: Future<Output = Result<(), RequestError>>,
{
    let (reply, answer) = oneshot::channel();
    let caller = Caller { key, reply };
    send(Envelope { body, caller, sent: Instant::now() }).await?;
    answer.await.unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
}
