//! One transaction as statements.

use hotdeal_domain::StreamId;

use super::store::Bulk;

/// One transaction, ready to be run.
pub(super) struct Steps {
    pub(super) founding: Bulk,
    pub(super) journal: Bulk,
    pub(super) tables: Vec<Bulk>,
    pub(super) keys: Bulk,
    pub(super) fence: Bulk,
    /// Where each stream stands afterwards.
    pub(super) ends: Vec<(StreamId, i64)>,
}

impl Steps {
    /// The statements that have rows, in the order in which they are run.
    pub(super) fn in_order(&self) -> Vec<&Bulk> {
        let facts = [&self.founding, &self.journal].into_iter().chain(&self.tables);
        facts.chain([&self.keys, &self.fence]).filter(|bulk| !bulk.cells.is_empty()).collect()
    }
}
