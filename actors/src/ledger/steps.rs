//! One transaction as statements.

use hotdeal_domain::StreamId;

use super::store::Bulk;

/// How far a stream has come in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stand {
    pub(super) last_sequence: i64,
    /// The time of its last row: the next one's is no earlier.
    pub(super) recorded_at: i64,
}

/// One transaction, ready to be run.
pub(super) struct Steps {
    pub(super) founding: Bulk,
    pub(super) journal: Bulk,
    pub(super) tables: Vec<Bulk>,
    pub(super) keys: Bulk,
    pub(super) fence: Bulk,
    /// Where each stream stands afterwards.
    pub(super) ends: Vec<(StreamId, Stand)>,
}

impl Steps {
    /// The statements that have rows, in the order in which they are run.
    pub(super) fn in_order(&self) -> Vec<&Bulk> {
        let facts = [&self.founding, &self.journal].into_iter().chain(&self.tables);
        facts.chain([&self.keys, &self.fence]).filter(|bulk| !bulk.cells.is_empty()).collect()
    }
}
