//! Actors as operators read them.

use std::collections::BTreeMap;

use hotdeal_actors::{ActorDetail, ActorView, Percentiles};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::words::{ActorState, Observation};
use crate::clock::Stamp;

/// A page of live actors.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorsAnswer {
    pub(super) as_of: Stamp,
    /// How many there are in all, of this kind.
    pub(super) total: usize,
    pub(super) items: Vec<ActorAnswer>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// One live actor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorAnswer {
    /// `shop/7`, `event/42`, `ledger/1` …
    id: String,
    /// `shop`, `event`, `user`, `ledger` …
    #[schema(value_type = String)]
    kind: &'static str,
    /// Its key among its kind.
    key: String,
    #[schema(value_type = ActorState)]
    state: &'static str,
    /// The fencing epoch of this activation.
    epoch: i64,
    /// When it was activated, in milliseconds since 1970.
    started_at: i64,
    /// Milliseconds since it last handled a message.
    idle_ms: i64,
    mailbox: MailboxAnswer,
    messages: MessagesAnswer,
    latency: LatencyAnswer,
    /// The sequence of its last durable fact.
    last_durable_sequence: i64,
    /// Facts applied in memory and not yet durable.
    facts_in_flight: i64,
    /// How often it was rebuilt since this node started.
    restarts: u64,
    /// Why it was last rebuilt, if it was.
    #[schema(required)]
    last_error: Option<String>,
    /// How large it is: counts by name, which differ by kind.
    #[schema(value_type = Object)]
    size: Value,
}

/// A mailbox: how full it is, and what did not get in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MailboxAnswer {
    /// Messages waiting.
    depth: i64,
    /// Messages that can wait.
    capacity: usize,
    /// Most messages that ever waited.
    high_water: i64,
    /// Messages turned away because it was full.
    rejected_total: u64,
}

/// Messages since the activation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessagesAnswer {
    /// Handled, whatever came of it.
    handled_total: u64,
    /// Refused by a rule.
    refused_total: u64,
}

/// Percentiles in microseconds, since the activation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LatencyAnswer {
    /// Waiting in the mailbox.
    wait_us: PercentilesAnswer,
    /// Being handled.
    handle_us: PercentilesAnswer,
}

/// The middle and the end of a distribution.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PercentilesAnswer {
    /// The median.
    p50: u64,
    /// 99 of 100 are not above this.
    p99: u64,
}

/// One actor with its state and its latest journal entries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorDetailAnswer {
    actor: ActorAnswer,
    #[schema(value_type = Observation)]
    observation: &'static str,
    /// Its own account of its state: counts, which differ by kind.
    #[schema(value_type = Object)]
    state: Value,
    /// Its last journal entries, newest first.
    journal: Vec<JournalAnswer>,
}

/// One segment of a journal: the facts of one batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalAnswer {
    /// The sequence of its first fact.
    first_sequence: i64,
    /// The sequence of its last fact.
    sequence: i64,
    /// The epoch of the writer.
    epoch: i64,
    /// When it was written, in milliseconds since 1970.
    recorded_at: i64,
    /// The kinds of its facts, with their number.
    kinds: BTreeMap<String, u32>,
}

// Destructured member by member, so that a new member of an actor's view cannot be forgotten here.

impl ActorAnswer {
    pub(super) fn new(view: ActorView) -> Self {
        let ActorView {
            id,
            kind,
            key,
            state,
            epoch,
            started_at,
            idle_ms,
            mailbox,
            messages,
            latency,
            last_durable_sequence,
            facts_in_flight,
            restarts,
            last_error,
            size,
        } = view;
        Self {
            id,
            kind,
            key,
            state,
            epoch,
            started_at,
            idle_ms,
            mailbox: MailboxAnswer {
                depth: mailbox.depth,
                capacity: mailbox.capacity,
                high_water: mailbox.high_water,
                rejected_total: mailbox.rejected_total,
            },
            messages: MessagesAnswer {
                handled_total: messages.handled_total,
                refused_total: messages.refused_total,
            },
            latency: LatencyAnswer {
                wait_us: PercentilesAnswer::new(latency.wait_us),
                handle_us: PercentilesAnswer::new(latency.handle_us),
            },
            last_durable_sequence,
            facts_in_flight,
            restarts,
            last_error,
            size,
        }
    }
}

impl PercentilesAnswer {
    fn new(percentiles: Percentiles) -> Self {
        Self { p50: percentiles.p50, p99: percentiles.p99 }
    }
}

impl ActorDetailAnswer {
    pub(super) fn new(detail: ActorDetail) -> Self {
        let ActorDetail { actor, observation, state, journal } = detail;
        let journal = journal.into_iter().map(|entry| JournalAnswer {
            first_sequence: entry.first_sequence,
            sequence: entry.sequence,
            epoch: entry.epoch,
            recorded_at: entry.recorded_at,
            kinds: entry.kinds,
        });
        Self { actor: ActorAnswer::new(actor), observation, state, journal: journal.collect() }
    }
}
