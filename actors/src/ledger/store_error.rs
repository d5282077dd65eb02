//! How a database fails the ledger: the difference that matters is whether anything was written.

use super::statement::{Bulk, Shortfall};

/// How a database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A constraint stands in the way of a row; nothing is written.
    #[error("a constraint stands in the way: {0}")]
    Conflict(String),
    /// A stream has another owner; nothing is written.
    #[error("a stream has another owner")]
    Stale,
    /// The disk is full; nothing is written.
    #[error("there is no room: {0}")]
    NoRoom(String),
    /// Nothing is written.
    #[error("not written: {0}")]
    Failed(String),
    /// The commit was sent and not answered.
    #[error("the commit was not answered: {0}")]
    Lost(String),
    /// The files of the database failed while they were being made durable. What the system keeps
    /// of them in memory may not be on the disk, and nobody will be told so again.
    #[error("the disk failed: {0}")]
    Broken(String),
}

impl From<Shortfall> for StoreError {
    fn from(shortfall: Shortfall) -> Self {
        match shortfall {
            Shortfall::Stale => Self::Stale,
        }
    }
}

/// What PostgreSQL calls a full disk.
const PG_DISK_FULL: &str = "53100";

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
            Some(database) if database.code().as_deref() == Some(PG_DISK_FULL) => {
                Self::NoRoom(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Whether as many rows changed as had to.
pub(super) fn checked(bulk: &Bulk, changed: usize) -> Result<(), StoreError> {
    match bulk.statement.shortfall {
        Some(shortfall) if changed < bulk.rows() => Err(shortfall.into()),
        _ => Ok(()),
    }
}
