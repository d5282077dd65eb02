//! What is kept for a time only.

/// What is kept for a time only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlived {
    /// Answers to idempotency keys given before a time.
    Keys,
    /// Sessions that came to the end of their life before a time.
    Sessions,
    /// Access tokens given up that would have expired before a time.
    Tokens,
}

/// Rows deleted in one transaction: some ten milliseconds in which nothing else is written.
pub(super) const PORTION: u64 = 2_000;

impl Outlived {
    /// Deletes those before `$1`, at most `$2` of them.
    pub(super) fn delete(self) -> &'static str {
        match self {
            Self::Keys => {
                "DELETE FROM idempotency WHERE (principal, operation, key) IN (\
                 SELECT principal, operation, key FROM idempotency \
                 WHERE recorded_at < $1 LIMIT $2)"
            }
            Self::Sessions => {
                "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends_at < $1 \
                 AND (void_until IS NULL OR void_until < $1) LIMIT $2)"
            }
            Self::Tokens => {
                "DELETE FROM revoked_tokens WHERE token IN (\
                 SELECT token FROM revoked_tokens WHERE void_until < $1 LIMIT $2)"
            }
        }
    }
}
