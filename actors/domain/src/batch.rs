//! Choosing what goes into the next transaction. Pure: the writer only executes the choice.

/// What one queued entry will write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntrySize {
    /// Rows in all tables together.
    pub rows: usize,
}

/// How much one transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Entries at most.
    pub entries_max: usize,
    /// Rows at most, except that one larger entry goes alone.
    pub rows_max: usize,
}

/// What ended a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchEnd {
    /// Nothing more was waiting. There is no timer: a lone entry is written at once.
    QueueEmpty,
    /// The next entry would have been one too many.
    EntriesMax,
    /// The next entry would have written too many rows.
    RowsMax,
}

/// How many of the queued entries go into the next transaction, and what ended it.
pub fn next_batch(
    queue: impl IntoIterator<Item = EntrySize>,
    limits: BatchLimits,
) -> (usize, BatchEnd) {
    let mut entries = 0;
    let mut rows = 0_usize;
    for size in queue {
        if entries >= limits.entries_max {
            return (entries, BatchEnd::EntriesMax);
        }
        rows = rows.saturating_add(size.rows);
        if rows > limits.rows_max && entries > 0 {
            return (entries, BatchEnd::RowsMax);
        }
        entries += 1;
    }
    (entries, BatchEnd::QueueEmpty)
}
