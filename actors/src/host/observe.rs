//! What an operator may see of the actors: counts and times, never a person.

use hotdeal_domain::invariant::Broken;
use serde::Serialize;

use crate::storage::JournalView;

/// One live actor, in the words of the inspection endpoint.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorView {
    /// `shop/7`, `event/42`, `ledger/1` …
    pub id: String,
    /// Its kind: `shop`, `event`, `user`, `notifier`, `ledger`.
    pub kind: &'static str,
    /// Its key among its kind.
    pub key: String,
    /// `starting`, `running`, `passivating`, `failed`.
    pub state: &'static str,
    /// The fencing epoch of this activation.
    pub epoch: i64,
    /// When it was activated, in milliseconds since 1970.
    pub started_at: i64,
    /// Milliseconds since it last handled a message.
    pub idle_ms: i64,
    /// Messages waiting and their bound.
    pub mailbox: MailboxView,
    /// Messages handled and refused.
    pub messages: MessagesView,
    /// Times in the queue and in the handler.
    pub latency: LatencyView,
    /// The sequence of its last durable fact.
    pub last_durable_sequence: i64,
    /// Facts applied in memory and not yet durable.
    pub facts_in_flight: i64,
    /// How often it was rebuilt since this node started.
    pub restarts: u64,
    /// Why it was last rebuilt.
    pub last_error: Option<String>,
    /// What it holds, by count: `issued`, `products` …
    pub size: serde_json::Value,
}

/// The live actors of one kind together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Actors.
    pub live: i64,
    /// Messages in their mailboxes.
    pub waiting: i64,
    /// Facts applied in memory and not yet durable.
    pub in_flight: i64,
    /// How often they were rebuilt since this node started.
    pub restarts: u64,
}

/// A mailbox: depth now, bound, and what did not get in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxView {
    /// Messages waiting.
    pub depth: i64,
    /// Messages that can wait.
    pub capacity: usize,
    /// Most messages that ever waited.
    pub high_water: i64,
    /// Messages turned away because it was full.
    pub rejected_total: u64,
}

/// Messages of one actor since its activation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessagesView {
    /// Handled, whatever came of it.
    pub handled_total: u64,
    /// Refused by a rule.
    pub refused_total: u64,
}

/// Percentiles in microseconds, since activation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyView {
    /// Waiting in the mailbox.
    pub wait_us: Percentiles,
    /// Being handled.
    pub handle_us: Percentiles,
}

/// The middle and the end of a distribution.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Percentiles {
    /// The median.
    pub p50: u64,
    /// 99 of 100 are not above this.
    pub p99: u64,
}

/// One actor with its state and its latest journal entries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorDetail {
    /// The actor.
    pub actor: ActorView,
    /// `alive` when the actor answered, `timeout` with the last view, `post_mortem` after its end.
    pub observation: &'static str,
    /// Its own account of its state: counts only.
    pub state: serde_json::Value,
    /// Its last journal entries, newest first.
    pub journal: Vec<JournalView>,
}

/// Things an actor holds up to which it checks its invariants when it is looked at: a fraction of
/// a millisecond of its thread.
const CHECKED_MAX: usize = 10_000;

/// What an actor that holds `size` things says of its invariants.
pub(crate) fn invariants(
    size: impl TryInto<usize>,
    check: impl FnOnce() -> Result<(), Broken>,
) -> String {
    if size.try_into().unwrap_or(usize::MAX) > CHECKED_MAX {
        return "too many to check while others wait: see the audit".to_owned();
    }
    check().err().map_or("hold".to_owned(), |broken| broken.to_string())
}
