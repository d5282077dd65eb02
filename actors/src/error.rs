//! What can go wrong with anything that is asked of the mall. What the rules of a wing refuse is in an
//! error of its own: `account::AccountError` and the like.

/// What can go wrong, whatever is asked. All but [`OutcomeUnknown`](Self::OutcomeUnknown) promise that
/// nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Nothing has this key.
    #[error("nothing has this key")]
    Missing,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    KeyConflict,
    /// A queue is full: ask again a little later.
    #[error("busy")]
    Busy,
    /// The database cannot be reached, or the actor is being rebuilt: ask again later.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// The disk is full: nothing was written.
    #[error("the disk is full")]
    NoRoom,
    /// The connection was lost while the outcome was being written: repeat with the same
    /// idempotency key to learn it.
    #[error("outcome unknown")]
    OutcomeUnknown,
}

/// Why the mall does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no database it knows.
    #[error("{0}")]
    Url(&'static str),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// What the database tells cannot be used.
    #[error("the database cannot be used: {0}")]
    Unusable(#[from] RequestError),
}
