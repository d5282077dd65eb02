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

impl Outlived {
    pub(super) fn delete(self) -> &'static str {
        match self {
            Self::Keys => "DELETE FROM idempotency WHERE recorded_at < $1",
            Self::Sessions => {
                "DELETE FROM sessions WHERE ends_at < $1 \
                 AND (void_until IS NULL OR void_until < $1)"
            }
            Self::Tokens => "DELETE FROM revoked_tokens WHERE void_until < $1",
        }
    }
}
