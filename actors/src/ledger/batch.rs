//! One transaction: the facts of a batch of entries, the rows they write, the answers under keys, and the
//! fence, as statements in the order in which they are run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hotdeal_domain::{StreamId, UnixMillis};

use super::codec::Segment;
use super::part::Part;
use super::statement::{Bulk, Cell, Rows, StatementOrder};
use super::{Entry, KeptAnswer, KeyRecord, Work, tables};
use crate::mutant::{self, Mutant};

/// How far a stream has come in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) last_sequence: i64,
    /// The time of its last row: the next one's is no earlier.
    pub(super) recorded_at: i64,
}

/// A stream's share of a transaction.
struct Advance {
    epoch: i64,
    founding: bool,
    from: Position,
    segment: Segment,
    /// Answers added to the log of those, which has no facts.
    kept: i64,
}

/// All that one transaction writes.
pub(super) struct WriteSet {
    streams: BTreeMap<StreamId, Advance>,
    rows: Rows,
    answers: Bulk,
}

impl WriteSet {
    pub(super) fn new(order: &Arc<StatementOrder>) -> Self {
        Self {
            streams: BTreeMap::new(),
            rows: Rows::new(order.clone()),
            answers: Bulk::new(&tables::ANSWERS),
        }
    }

    /// Adds what `entry` writes; `position` tells how far each stream has come.
    pub(super) fn add(&mut self, entry: &Entry, position: impl Fn(StreamId) -> Position) {
        if matches!(entry.work, Work::Barrier(_)) && entry.key.is_none() {
            return;
        }
        for activation in entry.activations() {
            self.streams.entry(activation.stream).or_insert_with(|| Advance {
                epoch: activation.epoch,
                founding: activation.founding,
                from: position(activation.stream),
                segment: Segment::default(),
                kept: 0,
            });
        }
        for part in entry.parts() {
            self.part(part);
        }
        if let Work::Rows { write, .. } = &entry.work {
            write(&mut self.rows);
        }
        if let Some(key) = &entry.key {
            self.answer(key);
        }
    }

    fn part(&mut self, part: &Part) {
        let Some(advance) = self.streams.get_mut(&part.activation.stream) else { return };
        advance.segment.push(part);
        let sequence = advance.from.last_sequence + advance.segment.count();
        part.write(sequence, &mut self.rows);
    }

    /// The next of the log of answers.
    fn answer(&mut self, key: &KeyRecord) {
        if mutant::is_on(Mutant::KeysNotKept) {
            return;
        }
        let Some(log) = self.streams.get_mut(&StreamId::Keys) else { return };
        log.kept += 1;
        let number = log.from.last_sequence + log.kept;
        key.number.store(number, Ordering::Relaxed);
        let claim = key.key.claim();
        let [high, low] = claim.fingerprint_words();
        let (reference, text) = match &key.answer {
            KeptAnswer::Reference(number) => (Cell::Int(*number), Cell::Null),
            KeptAnswer::Text(text) => (Cell::Null, Cell::Text(text.clone())),
        };
        self.answers.push([
            Cell::Int(number),
            Cell::Int(claim.scope.principal.get()),
            Cell::Int(key.key.mark()),
            Cell::Int(high),
            Cell::Int(low),
            reference,
            text,
            Cell::Int(key.at.0),
        ]);
    }

    /// The statements, in the order in which they are run; `None` when there is nothing to write.
    /// Where time was set back, a stream's times stand still until it has come as far again.
    pub(super) fn into_transaction(self, now: UnixMillis) -> Option<Transaction> {
        if self.streams.is_empty() {
            return None;
        }
        let mut founding = Bulk::new(&tables::FOUNDING);
        let mut journal = Bulk::new(&tables::JOURNAL);
        let mut fence = Bulk::new(&tables::FENCE);
        let mut ends = Vec::with_capacity(self.streams.len());
        for (stream, advance) in self.streams {
            let name: Arc<str> = stream.to_string().into();
            let Position { last_sequence: from, recorded_at: mut before } = advance.from;
            if mutant::is_on(Mutant::JournalTimesFall) {
                before = 0;
            }
            let has_facts = advance.segment.count() > 0;
            let to = from + advance.segment.count() + advance.kept;
            let recorded_at = if has_facts { now.0.max(before) } else { before };
            ends.push((stream, Position { last_sequence: to, recorded_at }));
            let (epoch, from, to) = (advance.epoch.into(), Cell::Int(from), Cell::Int(to));
            if has_facts {
                let first = Cell::Int(advance.from.last_sequence + 1);
                let facts = advance.segment.into_text().into();
                let recorded_at = Cell::Int(recorded_at);
                journal.push([
                    name.clone().into(),
                    to.clone(),
                    first,
                    Cell::Int(advance.epoch),
                    recorded_at,
                    facts,
                ]);
            }
            if advance.founding {
                founding.push([name.into(), epoch, to]);
            } else {
                fence.push([name.into(), epoch, from, to]);
            }
        }
        let before = [founding, journal].into_iter();
        let bulks = before.chain(self.rows.into_bulks()).chain([self.answers, fence]);
        Some(Transaction { bulks: bulks.filter(|bulk| !bulk.cells.is_empty()).collect(), ends })
    }
}

/// One transaction, ready to be run.
pub(super) struct Transaction {
    bulks: Vec<Bulk>,
    /// Where each stream stands afterwards.
    pub(super) ends: Vec<(StreamId, Position)>,
}

impl Transaction {
    /// The statements that have rows, in the order in which they are run.
    pub(super) fn in_order(&self) -> Vec<&Bulk> {
        self.bulks.iter().collect()
    }
}
