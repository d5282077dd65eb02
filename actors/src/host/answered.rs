//! An answer.

/// An answer, and whether it was given before under the same idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// `true` when the key had been answered before; nothing happened this time.
    pub replayed: bool,
}

impl<T> Answered<T> {
    /// An answer to something that happened now.
    pub fn fresh(value: T) -> Self {
        Self { value, replayed: false }
    }
}
