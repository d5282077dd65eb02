//! The batching actor: takes what has queued up, writes it, takes what has queued up meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use hotdeal_domain::UnixMillis;
use hotdeal_domain::batch::{BatchEnd, BatchLimits};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;

use super::dialect::dialect_of;
use super::queue::Ledger;
use super::statement::StatementOrder;
use super::writer::{TurnReport, Writer};
use crate::meter::Histogram;
use crate::storage::StoreUrl;

/// Waits after a turn in which the database failed, so that a database that is down is asked a
/// few times a second, not as fast as callers come.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// What an operator may see of the ledger.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerView {
    /// Transactions since the start.
    pub transactions_total: u64,
    /// Entries written or refused in them.
    pub entries_total: u64,
    /// Microseconds spent in turns, commits included.
    pub busy_us_total: u64,
    /// Batches by what ended them: queue empty, entries, rows.
    pub batch_ends: [u64; 3],
    /// Turns in which the database failed.
    pub failed_total: u64,
    /// The last failure.
    pub last_error: Option<String>,
    /// Whether the last turn failed.
    pub failing: bool,
}

/// Counters of the ledger, read without asking it.
#[derive(Debug, Default)]
pub(crate) struct LedgerStats {
    view: Mutex<LedgerView>,
    /// Microseconds a turn took, commit included.
    pub(crate) turn_us: Histogram,
}

impl LedgerStats {
    /// The counters now.
    pub(crate) fn view(&self) -> LedgerView {
        self.view.lock().clone()
    }

    fn note(&self, end: BatchEnd, turn: &TurnReport, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.turn_us.record(took_us);
        let mut view = self.view.lock();
        view.busy_us_total += took_us;
        view.transactions_total += turn.transactions;
        view.entries_total += turn.entries;
        view.batch_ends[match end {
            BatchEnd::QueueEmpty => 0,
            BatchEnd::EntriesMax => 1,
            BatchEnd::RowsMax => 2,
        }] += 1;
        view.failing = turn.error.is_some();
        if let Some(error) = &turn.error {
            view.failed_total += 1;
            view.last_error = Some(error.clone());
        }
    }
}

/// One a node: the only one who writes on behalf of commands.
pub(crate) struct BatchActor {
    ledger: Ledger,
    url: StoreUrl,
    order: Arc<StatementOrder>,
    limits: BatchLimits,
    now: fn() -> UnixMillis,
    stats: Arc<LedgerStats>,
    finished: watch::Sender<bool>,
}

impl BatchActor {
    /// An actor that writes what `ledger` queues into the database at `url`.
    pub(crate) fn new(
        ledger: Ledger,
        url: StoreUrl,
        order: Arc<StatementOrder>,
        limits: BatchLimits,
        now: fn() -> UnixMillis,
        stats: Arc<LedgerStats>,
    ) -> (Self, watch::Receiver<bool>) {
        let (finished, has_finished) = watch::channel(false);
        (Self { ledger, url, order, limits, now, stats, finished }, has_finished)
    }
}

impl Actor for BatchActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let (ledger, limits, stats) = (self.ledger.clone(), self.limits, self.stats.clone());
        let (url, order, now) = (self.url.clone(), self.order.clone(), self.now);
        let writing = async move {
            // A writer that panics takes its batch with it, whose callers are told that the
            // outcome is unknown; the next writer begins from the database.
            loop {
                let writer = Writer::new(dialect_of(&url), order.clone(), now, ledger.clone());
                let turns = write_until_closed(writer, ledger.clone(), limits, stats.clone());
                match actix::spawn(turns).await {
                    Ok(()) => break,
                    Err(panic) => {
                        tracing::error!(%panic, "the ledger's writer died; starting anew");
                        // Or what waits for its batch would wait for the next one.
                        ledger.set_written();
                    }
                }
            }
        };
        ctx.spawn(writing.into_actor(self).map(|(), actor, ctx| {
            actor.finished.send_replace(true);
            ctx.stop();
        }));
    }
}

async fn write_until_closed(
    mut writer: Writer,
    ledger: Ledger,
    limits: BatchLimits,
    stats: Arc<LedgerStats>,
) {
    while let Some(next) = ledger.next(limits).await {
        let (end, began) = (next.end, Instant::now());
        let turn = writer.turn(next).await;
        stats.note(end, &turn, began.elapsed());
        if turn.error.is_some() {
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }
}
