//! Answers under keys, and where they are in their log.

use std::sync::atomic::Ordering;

use hotdeal_domain::StreamId;

use super::RowSet;
use crate::ledger::store::Cell;
use crate::ledger::{KeptAnswer, KeyRecord};
use crate::mutant::{self, Mutant};

impl RowSet {
    /// The next of the log.
    pub(super) fn key(&mut self, key: &KeyRecord) {
        if mutant::is_on(Mutant::KeysNotKept) {
            return;
        }
        let Some(log) = self.streams.get_mut(&StreamId::Keys) else { return };
        log.kept += 1;
        let number = log.from.last_sequence + log.kept;
        key.number.store(number, Ordering::Relaxed);
        let claim = key.key.claim();
        let [high, low] = claim.fingerprint_words();
        let (order, text) = match &key.answer {
            KeptAnswer::Order(order) => (Cell::Int(order.get()), Cell::Null),
            KeptAnswer::Text(text) => (Cell::Null, Cell::Text(text.clone())),
        };
        self.keys.push([
            Cell::Int(number),
            Cell::Int(claim.scope.principal.get()),
            Cell::Int(key.key.mark()),
            Cell::Int(high),
            Cell::Int(low),
            order,
            text,
            Cell::Int(key.at.0),
        ]);
    }

    /// A run, called by the number of its last answer.
    pub(super) fn marks(&mut self, rows: &[(i64, i64)]) {
        let run = rows.iter().map(|(_, number)| *number).max().unwrap_or(0);
        for (mark, number) in rows {
            self.marks.push([Cell::Int(run), Cell::Int(*mark), Cell::Int(*number)]);
        }
    }
}
