//! What is kept for a time only, and deleted in portions.

/// Rows deleted in one transaction: some ten milliseconds in which nothing else is written.
pub(crate) const PORTION: u64 = 2_000;

/// Deletes a portion of what is older than `$1`.
#[derive(Debug)]
pub(crate) struct Delete(pub(super) DeleteForm);

#[derive(Debug)]
pub(super) enum DeleteForm {
    /// The first rows of a table by an index, as many as a portion has.
    First {
        table: &'static str,
        /// The columns of its primary key.
        key: &'static str,
        /// Which rows are old enough.
        old: &'static str,
        /// The columns of the index.
        index: &'static str,
    },
    /// The same statement on every database.
    Same(&'static str),
}

impl Delete {
    /// The first rows of `table` by `index` for which `old` holds. `key` are the columns of its primary
    /// key.
    pub(crate) const fn first(
        table: &'static str,
        key: &'static str,
        old: &'static str,
        index: &'static str,
    ) -> Self {
        Self(DeleteForm::First { table, key, old, index })
    }

    /// This statement, which deletes no more than a portion.
    pub(crate) const fn same(sql: &'static str) -> Self {
        Self(DeleteForm::Same(sql))
    }

    /// Rows are found by their keys. The number of them stands in the text: where it is given later, a
    /// database takes it for a tenth of the table, and reads all of it.
    pub(super) fn by_key(&self) -> String {
        match self.0 {
            DeleteForm::Same(sql) => sql.to_owned(),
            DeleteForm::First { table, key, old, index } => format!(
                "DELETE FROM {table} WHERE ({key}) IN \
                 (SELECT {key} FROM {table} WHERE {old} ORDER BY {index} LIMIT {PORTION})"
            ),
        }
    }

    /// Rows are found by their places, `ctid`.
    pub(super) fn by_place(&self) -> String {
        match self.0 {
            DeleteForm::Same(sql) => sql.to_owned(),
            DeleteForm::First { table, old, index, .. } => format!(
                "DELETE FROM {table} WHERE ctid = ANY(ARRAY\
                 (SELECT ctid FROM {table} WHERE {old} ORDER BY {index} LIMIT {PORTION}))"
            ),
        }
    }
}
