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

impl Outlived {
    /// Deletes those before `$1`, at most `$2` of them. SQLite counts parameters as they come: `$1`
    /// stands first.
    pub(super) fn delete(self) -> &'static str {
        match self {
            Self::Keys => {
                "DELETE FROM idempotency WHERE (principal, operation, key) IN (\
                 SELECT principal, operation, key FROM idempotency \
                 WHERE recorded_at < $1 LIMIT $2)"
            }
            Self::Answers => {
                "WITH oldest AS (\
                 SELECT number, recorded_at < $1 AS is_old FROM answers ORDER BY number LIMIT $2) \
                 DELETE FROM answers WHERE number IN (SELECT number FROM oldest \
                 WHERE is_old AND number < COALESCE(\
                 (SELECT min(number) FROM oldest WHERE NOT is_old), 9223372036854775807))"
            }
            Self::Marks => {
                "DELETE FROM answer_marks WHERE (run, mark, number) IN (\
                 SELECT run, mark, number FROM answer_marks WHERE $1 IS NOT NULL AND run < COALESCE(\
                 (SELECT min(number) FROM answers), 9223372036854775807) LIMIT $2)"
            }
            Self::Sessions => {
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends_at < $1 \
                 AND (void_until IS NULL OR void_until < $1) LIMIT $2)"
            }
            Self::Tokens => {
                "DELETE FROM revoked_tokens WHERE token IN (\
                 SELECT token FROM revoked_tokens WHERE void_until < $1 LIMIT $2)"
            }
            Self::Profiles => {
                "DELETE FROM kept_profiles WHERE user_id IN (\
                 SELECT user_id FROM kept_profiles WHERE withdrawn_at < $1 LIMIT $2)"
            }
        }
    }
}
