//! How a database fails the ledger: the difference that matters is whether anything was written.

/// How a database failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// A constraint stands in the way of a row; nothing is written.
    #[error("a constraint stands in the way: {0}")]
    Conflict(String),
    /// Nothing is written.
    #[error("not written: {0}")]
    Failed(String),
    /// The commit was sent and not answered.
    #[error("the commit was not answered: {0}")]
    Lost(String),
}

impl From<sea_orm::sqlx::Error> for StoreError {
    fn from(error: sea_orm::sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database)
                if database.is_unique_violation()
                    || database.is_check_violation()
                    || database.is_foreign_key_violation() =>
            {
                Self::Conflict(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
