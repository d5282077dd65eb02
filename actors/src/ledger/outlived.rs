//! What is kept for a time only.

/// What is kept for a time only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlived {
    /// Answers to idempotency keys given before a time, of before they had a log.
    Keys,
    /// Answers to idempotency keys given before a time: the oldest of the log, without a gap.
    Answers,
    /// Where answers that are gone were.
    Marks,
    /// Sessions that came to the end of their life before a time.
    Sessions,
    /// Access tokens given up that would have expired before a time.
    Tokens,
    /// Profiles of accounts that were withdrawn before a time.
    Profiles,
}

/// Rows deleted in one transaction: some ten milliseconds in which nothing else is written.
pub(super) const PORTION: u64 = 2_000;

/// Deletes the first rows of a table by an index, as many as a portion has. That number stands in
/// the text: PostgreSQL takes one that it is given later for a tenth of the table, and reads all of
/// it. It finds the rows by their places, SQLite by their keys.
macro_rules! first {
    ($table:literal, by $key:literal, where $old:literal, order by $index:literal) => {
        Delete {
            on_sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE (",
                $key,
                ") IN (SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $old,
                " ORDER BY ",
                $index,
                " LIMIT 2000)"
            ),
            on_postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ctid = ANY(ARRAY(SELECT ctid FROM ",
                $table,
                " WHERE ",
                $old,
                " ORDER BY ",
                $index,
                " LIMIT 2000))"
            ),
        }
    };
}

/// A statement that deletes a portion.
pub(super) struct Delete {
    pub(super) on_sqlite: &'static str,
    pub(super) on_postgres: &'static str,
}

/// Its rows are found by their numbers on both.
const ANSWERS: &str = "WITH oldest AS (\
     SELECT number, recorded_at < $1 AS is_old FROM answers ORDER BY number LIMIT 2000) \
     DELETE FROM answers WHERE number IN (SELECT number FROM oldest \
     WHERE is_old AND number < COALESCE(\
     (SELECT min(number) FROM oldest WHERE NOT is_old), 9223372036854775807))";

impl Outlived {
    /// Deletes a portion of those before `$1`.
    pub(super) fn delete(self) -> Delete {
        match self {
            Self::Keys => first!(
                "idempotency", by "principal, operation, key", where "recorded_at < $1",
                order by "recorded_at"
            ),
            Self::Answers => Delete { on_sqlite: ANSWERS, on_postgres: ANSWERS },
            Self::Marks => first!(
                "answer_marks", by "run, mark, number",
                where "$1 IS NOT NULL AND run < COALESCE((SELECT min(number) FROM answers), \
                       9223372036854775807)",
                order by "run, mark, number"
            ),
            Self::Sessions => first!(
                "sessions", by "id",
                where "ends_at < $1 AND (void_until IS NULL OR void_until < $1)",
                order by "ends_at"
            ),
            Self::Tokens => first!(
                "revoked_tokens", by "token", where "void_until < $1", order by "void_until"
            ),
            Self::Profiles => first!(
                "kept_profiles", by "user_id", where "withdrawn_at < $1", order by "withdrawn_at"
            ),
        }
    }
}
