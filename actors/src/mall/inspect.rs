//! Looking at the mall: counters without asking, one actor on demand, and whether it is well.

use serde_json::json;

use super::Mall;
use crate::error::RequestError;
use crate::host::observe::ActorDetail;
use crate::host::observe::ActorView;
use crate::ledger::LedgerView;
use crate::{LatencyView, MailboxView, MessagesView, Percentiles, Totals, clock};

impl Mall {
    /// Every live actor of this node. Nobody is asked: only counters are read.
    pub fn actors(&self) -> Vec<ActorView> {
        let owned = self.shared.owners.iter().flat_map(|owners| owners.views());
        std::iter::once(self.ledger_actor()).chain(owned).collect()
    }

    /// The live actors of this node by kind, the ledger as the one of its own.
    pub fn totals(&self) -> Vec<(&'static str, Totals)> {
        let (depth, _) = self.ledger_queue();
        let depth = i64::try_from(depth).unwrap_or(i64::MAX);
        let ledger = Totals { live: 1, waiting: depth, in_flight: depth, restarts: 0 };
        let owned = self.shared.owners.iter().map(|owners| (owners.kind(), owners.totals()));
        std::iter::once(("ledger", ledger)).chain(owned).collect()
    }

    /// One live actor with its state and latest journal entries; `None` when there is none.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn actor(&self, kind: &str, key: &str) -> Result<Option<ActorDetail>, RequestError> {
        let Ok(number) = key.parse::<i64>() else { return Ok(None) };
        if (kind, number) == ("ledger", 1) {
            return Ok(Some(ActorDetail {
                state: json!(self.ledger()),
                actor: self.ledger_actor(),
                observation: "alive",
                journal: Vec::new(),
            }));
        }
        match self.shared.owners.iter().find(|owners| owners.kind() == kind) {
            Some(owners) => owners.detail(number, &self.shared.host.storage).await,
            None => Ok(None),
        }
    }

    /// The ledger's counters.
    pub fn ledger(&self) -> LedgerView {
        self.shared.stats.view()
    }

    /// Actors rebuilt after a failure since this node started.
    pub fn rebuilt_total(&self) -> u64 {
        self.shared.owners.iter().map(|owners| owners.rebuilt_total()).sum()
    }

    /// Messages turned away by full mailboxes since this node started, by kind of actor.
    pub fn rejected_totals(&self) -> Vec<(&'static str, u64)> {
        let owned = self.shared.owners.iter();
        owned.map(|owners| (owners.kind(), owners.rejected_total())).collect()
    }

    /// Entries waiting for the ledger or being written, and how many it takes.
    pub fn ledger_queue(&self) -> (usize, usize) {
        (self.shared.host.ledger.depth(), self.shared.host.ledger.capacity())
    }

    /// Microseconds a turn of the ledger took.
    pub fn ledger_turn_us(&self) -> Percentiles {
        self.shared.stats.turn_us.percentiles()
    }

    /// How long the database's log is, in bytes; `None` where that is the database's own affair.
    pub fn log_bytes(&self) -> Option<u64> {
        self.shared.url.log_bytes()
    }

    /// Whether the database answers and the ledger's last transaction was written.
    ///
    /// # Errors
    /// [`RequestError::Unavailable`] with the reason.
    pub async fn ready(&self) -> Result<(), RequestError> {
        if self.lease().term().is_none() {
            return Err(RequestError::Unavailable("another process may have the database"));
        }
        self.shared.host.storage.ping().await?;
        if self.ledger().failing {
            return Err(RequestError::Unavailable("the ledger cannot write"));
        }
        Ok(())
    }

    fn ledger_actor(&self) -> ActorView {
        let view = self.ledger();
        let (depth, capacity) = self.ledger_queue();
        let turns = self.ledger_turn_us();
        ActorView {
            id: "ledger/1".to_owned(),
            kind: "ledger",
            key: "1".to_owned(),
            state: if view.failing { "failed" } else { "running" },
            epoch: 0,
            started_at: clock::now().0,
            idle_ms: 0,
            mailbox: MailboxView {
                depth: i64::try_from(depth).unwrap_or(i64::MAX),
                capacity,
                high_water: 0,
                rejected_total: 0,
            },
            messages: MessagesView {
                handled_total: view.entries_total,
                refused_total: view.failed_total,
            },
            latency: LatencyView { wait_us: Percentiles { p50: 0, p99: 0 }, handle_us: turns },
            last_durable_sequence: 0,
            facts_in_flight: i64::try_from(depth).unwrap_or(i64::MAX),
            restarts: 0,
            last_error: view.last_error,
            size: json!({ "batchEnds": view.batch_ends, "transactions": view.transactions_total }),
        }
    }
}
