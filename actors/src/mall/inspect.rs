//! Looking at the mall: counters without asking, one actor on demand, and whether it is well.

use hotdeal_domain::{EventId, ShopId, StreamId, UserId};
use serde_json::json;

use super::Mall;
use crate::coupon::EventActor;
use crate::desk::shop::ShopActor;
use crate::desk::user::UserActor;
use crate::error::AskError;
use crate::host::directory::{Directory, Owner};
use crate::host::observe::ActorDetail;
use crate::host::observe::ActorView;
use crate::ledger::LedgerView;
use crate::notice::Notifier;
use crate::{LatencyView, MailboxView, MessagesView, Percentiles, Totals, clock};

/// Journal segments shown with one actor.
const JOURNAL_SHOWN: u64 = 20;

impl Mall {
    /// Every live actor of this node. Nobody is asked: only counters are read.
    pub fn actors(&self) -> Vec<ActorView> {
        let mut views = vec![self.ledger_actor()];
        views.extend(self.shared.owners.shops.views());
        views.extend(self.shared.owners.events.views());
        views.extend(self.shared.owners.users.views());
        views.extend(self.shared.owners.notifiers.views());
        views
    }

    /// The live actors of this node by kind, the ledger as the one of its own.
    pub fn totals(&self) -> [(&'static str, Totals); 5] {
        let (depth, _) = self.ledger_queue();
        let depth = i64::try_from(depth).unwrap_or(i64::MAX);
        [
            ("ledger", Totals { live: 1, waiting: depth, in_flight: depth, restarts: 0 }),
            (ShopActor::KIND, self.shared.owners.shops.totals()),
            (EventActor::KIND, self.shared.owners.events.totals()),
            (UserActor::KIND, self.shared.owners.users.totals()),
            (Notifier::KIND, self.shared.owners.notifiers.totals()),
        ]
    }

    /// One live actor with its state and latest journal entries; `None` when there is none.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn actor(&self, kind: &str, key: &str) -> Result<Option<ActorDetail>, AskError> {
        let Ok(number) = key.parse::<i64>() else { return Ok(None) };
        match kind {
            "shop" => match ShopId::try_from(number) {
                Ok(id) => self.detail(&self.shared.owners.shops, id, StreamId::Shop(id)).await,
                Err(_) => Ok(None),
            },
            "event" => match EventId::try_from(number) {
                Ok(id) => self.detail(&self.shared.owners.events, id, StreamId::Event(id)).await,
                Err(_) => Ok(None),
            },
            "user" => match UserId::try_from(number) {
                Ok(id) => self.detail(&self.shared.owners.users, id, StreamId::User(id)).await,
                Err(_) => Ok(None),
            },
            "notifier" => match u16::try_from(number) {
                Ok(part) => {
                    self.detail(&self.shared.owners.notifiers, part, StreamId::Notices(part)).await
                }
                Err(_) => Ok(None),
            },
            "ledger" if number == 1 => Ok(Some(ActorDetail {
                state: json!(self.ledger()),
                actor: self.ledger_actor(),
                observation: "alive",
                journal: Vec::new(),
            })),
            _ => Ok(None),
        }
    }

    async fn detail<A: Owner>(
        &self,
        directory: &Directory<A>,
        key: A::Key,
        stream: StreamId,
    ) -> Result<Option<ActorDetail>, AskError> {
        let Some(answered) = directory.observe(key).await else { return Ok(None) };
        let Some(actor) = directory.view_of(key) else { return Ok(None) };
        let (observation, state) = match (answered, actor.state) {
            (Ok(state), _) => ("alive", state),
            (Err(_), "running") => ("timeout", actor.size.clone()),
            (Err(_), _) => ("post_mortem", actor.size.clone()),
        };
        let journal = self.shared.host.storage.latest_journal(stream, JOURNAL_SHOWN).await?;
        Ok(Some(ActorDetail { state, actor, observation, journal }))
    }

    /// The ledger's counters.
    pub fn ledger(&self) -> LedgerView {
        self.shared.stats.view()
    }

    /// Actors rebuilt after a failure since this node started.
    pub fn rebuilt_total(&self) -> u64 {
        self.shared.owners.shops.rebuilt_total()
            + self.shared.owners.events.rebuilt_total()
            + self.shared.owners.users.rebuilt_total()
            + self.shared.owners.notifiers.rebuilt_total()
    }

    /// Messages turned away by full mailboxes since this node started, by kind of actor.
    pub fn rejected_totals(&self) -> [(&'static str, u64); 3] {
        [
            (ShopActor::KIND, self.shared.owners.shops.rejected_total()),
            (EventActor::KIND, self.shared.owners.events.rejected_total()),
            (UserActor::KIND, self.shared.owners.users.rejected_total()),
        ]
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
    /// [`AskError::Unavailable`] with the reason.
    pub async fn ready(&self) -> Result<(), AskError> {
        if self.lease().term().is_none() {
            return Err(AskError::Unavailable("another process may have the database"));
        }
        self.shared.host.storage.ping().await?;
        if self.ledger().failing {
            return Err(AskError::Unavailable("the ledger cannot write"));
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
