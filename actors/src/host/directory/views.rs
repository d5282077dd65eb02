//! What an operator sees of the live actors.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::running::Observe;
use super::{Directory, Live, Owner};
use crate::error::AskError;
use crate::host::mailbox;
use crate::host::observe::{ActorView, Totals};

/// How long an operator waits for an actor's own word before the last view has to do.
const OBSERVED_WITHIN: Duration = Duration::from_secs(1);

impl<A: Owner> Directory<A> {
    /// Rebuilds after a failure since this node started.
    pub(crate) fn rebuilt_total(&self) -> u64 {
        self.shared.rebuilt_total.load(Ordering::Relaxed)
    }

    /// Messages turned away by full mailboxes since this node started.
    pub(crate) fn rejected_total(&self) -> u64 {
        self.shared.rejected_total.load(Ordering::Relaxed)
    }

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

    /// One live actor, as seen from outside.
    pub(crate) fn view_of(&self, key: A::Key) -> Option<ActorView> {
        Some(self.view(key, self.shared.live.pin().get(&key)?))
    }

    /// Asks one live actor for its state: `None` when there is none, `Err` when it did not answer
    /// in time.
    pub(crate) async fn observe(&self, key: A::Key) -> Option<Result<serde_json::Value, AskError>> {
        let live = self.shared.live.pin().get(&key)?.clone();
        let observed = mailbox::ask(&live.addr, &live.meter, Observe, OBSERVED_WITHIN).await;
        Some(observed.unwrap_or(Err(AskError::Busy)))
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
