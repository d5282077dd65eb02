//! What an operator sees of the live actors.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::running::Observe;
use super::{Directory, Live, Owner};
use crate::error::RequestError;
use crate::host::mailbox;
use crate::host::observe::{ActorDetail, ActorView, Totals};
use crate::host::shell::AnswerFuture;
use crate::storage::Storage;
use futures_util::FutureExt as _;
use hotdeal_domain::{Stream as _, StreamId};

/// How long an operator waits for an actor's own word before the last view has to do.
const OBSERVED_WITHIN: Duration = Duration::from_secs(1);

/// Journal segments shown with one actor.
const JOURNAL_SHOWN: u64 = 20;

/// The owners of one kind on this node, whatever they own.
pub(crate) trait Owners: Send + Sync {
    /// The kind of actor.
    fn kind(&self) -> &'static str;

    /// Every live actor, as seen from outside.
    fn views(&self) -> Vec<ActorView>;

    /// All live actors together: a few steps for each, because anybody may ask.
    fn totals(&self) -> Totals;

    /// Rebuilds after a failure since this node started.
    fn rebuilt_total(&self) -> u64;

    /// Messages turned away by full mailboxes since this node started.
    fn rejected_total(&self) -> u64;

    /// Passivates every actor nobody used for `idle_ms`.
    fn sweep(&self, idle_ms: i64);

    /// Gives every activation up: the next request to each rebuilds its actor.
    fn fail_all(&self);

    /// Rings the alarm of the owner of this stream, if it is one of these. One that is not live is
    /// activated: its alarm rings at once.
    fn wake(&self, stream: StreamId) -> AnswerFuture<'_, ()>;

    /// One live actor with its state and latest journal entries; `None` when there is none.
    fn detail<'a>(
        &'a self,
        number: i64,
        storage: &'a Storage,
    ) -> AnswerFuture<'a, Option<ActorDetail>>;
}

impl<A: Owner> Owners for Directory<A> {
    fn kind(&self) -> &'static str {
        A::KIND
    }

    fn views(&self) -> Vec<ActorView> {
        Self::views(self)
    }

    fn totals(&self) -> Totals {
        Self::totals(self)
    }

    fn rebuilt_total(&self) -> u64 {
        self.shared.rebuilt_total.load(Ordering::Relaxed)
    }

    fn rejected_total(&self) -> u64 {
        self.shared.rejected_total.load(Ordering::Relaxed)
    }

    fn sweep(&self, idle_ms: i64) {
        if A::IS_PASSIVATED {
            Self::sweep(self, idle_ms);
        }
    }

    fn fail_all(&self) {
        Self::fail_all(self);
    }

    fn wake(&self, stream: StreamId) -> AnswerFuture<'_, ()> {
        self.woken(stream).boxed_local()
    }

    fn detail<'a>(
        &'a self,
        number: i64,
        storage: &'a Storage,
    ) -> AnswerFuture<'a, Option<ActorDetail>> {
        self.detailed(number, storage).boxed_local()
    }
}

impl<A: Owner> Directory<A> {
    /// Every live actor, as seen from outside.
    pub(crate) fn views(&self) -> Vec<ActorView> {
        self.shared.live.pin().iter().map(|(key, live)| self.view(*key, live)).collect()
    }

    /// All live actors together: a few steps for each, because anybody may ask.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let all = self.shared.live.pin();
        for live in all.values() {
            totals.live += 1;
            totals.waiting += live.meter.depth();
            totals.in_flight += live.activation.pending();
        }
        let rebuilt = self.shared.rebuilt.lock();
        let of_live = rebuilt.iter().filter(|(key, _)| all.contains_key(*key));
        totals.restarts = of_live.map(|(_, count)| count).sum();
        totals
    }

    /// How far the stream of each live actor has come: the sequence of its last durable fact.
    pub(crate) fn positions(&self) -> Vec<(A::Key, i64)> {
        let live = self.shared.live.pin();
        live.iter().map(|(key, live)| (*key, live.activation.durable_sequence())).collect()
    }

    async fn woken(&self, stream: StreamId) -> Result<(), RequestError> {
        let Some(key) = A::Stream::key(stream) else { return Ok(()) };
        let live = match self.found(key) {
            Some(live) => live,
            None => self.live(key).await?,
        };
        A::alarm(&live.card).inspect(|alarm| alarm.ring());
        Ok(())
    }

    /// One live actor with its state, or the last view of it where it does not answer in time.
    async fn detailed(
        &self,
        number: i64,
        storage: &Storage,
    ) -> Result<Option<ActorDetail>, RequestError> {
        let Some(key) = A::key(number) else { return Ok(None) };
        let Some(live) = self.shared.live.pin().get(&key).cloned() else { return Ok(None) };
        let observed = mailbox::ask(&live.addr, &live.meter, Observe, OBSERVED_WITHIN).await;
        let actor = self.view(key, &live);
        let (observation, state) = match (observed, actor.state) {
            (Ok(Ok(state)), _) => ("alive", state),
            (_, "running") => ("timeout", actor.size.clone()),
            _ => ("post_mortem", actor.size.clone()),
        };
        let journal = storage.latest_journal(A::Stream::id(key), JOURNAL_SHOWN).await?;
        Ok(Some(ActorDetail { state, actor, observation, journal }))
    }

    /// One live actor, as seen from outside.
    #[cfg(test)]
    pub(crate) fn view_at(&self, key: A::Key) -> Option<ActorView> {
        Some(self.view(key, self.shared.live.pin().get(&key)?))
    }

    fn view(&self, key: A::Key, live: &Live<A>) -> ActorView {
        let restarts = self.shared.rebuilt.lock().count(&key);
        ActorView {
            id: format!("{}/{key}", A::KIND),
            kind: A::KIND,
            key: key.to_string(),
            state: if live.is_usable() { "running" } else { "failed" },
            epoch: live.activation.epoch,
            started_at: live.meter.started_at(),
            idle_ms: live.meter.idle_ms(),
            mailbox: live.meter.mailbox(self.shared.mailbox_max),
            messages: live.meter.messages(),
            latency: live.meter.latency(),
            last_durable_sequence: live.activation.durable_sequence(),
            facts_in_flight: live.activation.pending(),
            restarts,
            last_error: (restarts > 0).then(|| "its batch failed, or it panicked".to_owned()),
            size: live.meter.size(),
        }
    }
}
