//! Reaching the database before the mall does: to make it, to migrate it, to say what is wrong.

use std::path::Path;

use hotdeal_migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use crate::settings::DatabaseSettings;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Its folder cannot be made.
    #[error("database.url (--database): the folder {folder} cannot be made: {cause}")]
    Folder {
        /// The folder.
        folder: String,
        /// What is wrong.
        cause: std::io::Error,
    },
    /// It does not answer.
    #[error("database.url (--database): {shown} cannot be used: {cause}")]
    Unusable {
        /// The address without a password.
        shown: String,
        /// What is wrong.
        cause: DbErr,
    },
    /// Its schema is older than this program.
    #[error("{shown} lacks {pending} migrations: run `hotdeal migrate --database URL` first")]
    Outdated {
        /// The address without a password.
        shown: String,
        /// How many.
        pending: usize,
    },
}

/// Brings the schema up to date, making a SQLite file that does not exist; how many migrations
/// it took.
///
/// # Errors
/// [`DatabaseError`].
pub async fn migrate(settings: &DatabaseSettings) -> Result<usize, DatabaseError> {
    let unusable = |cause| DatabaseError::Unusable { shown: settings.shown(), cause };
    let connection = connect(settings).await?;
    let pending = Migrator::get_pending_migrations(&connection).await.map_err(unusable)?.len();
    Migrator::up(&connection, None).await.map_err(unusable)?;
    connection.close().await.map_err(unusable)?;
    Ok(pending)
}

/// Makes sure that the schema is the one this program knows: SQLite is brought up to date, any
/// other database only looked at, because other nodes may be using it.
///
/// # Errors
/// [`DatabaseError`].
pub(crate) async fn prepare(settings: &DatabaseSettings) -> Result<(), DatabaseError> {
    if settings.is_sqlite() {
        return migrate(settings).await.map(|_| ());
    }
    let unusable = |cause| DatabaseError::Unusable { shown: settings.shown(), cause };
    let connection = connect(settings).await?;
    let pending = Migrator::get_pending_migrations(&connection).await.map_err(unusable)?.len();
    connection.close().await.map_err(unusable)?;
    match pending {
        0 => Ok(()),
        pending => Err(DatabaseError::Outdated { shown: settings.shown(), pending }),
    }
}

async fn connect(settings: &DatabaseSettings) -> Result<DatabaseConnection, DatabaseError> {
    let mut options = ConnectOptions::new(address(&settings.url)?);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .map_err(|cause| DatabaseError::Unusable { shown: settings.shown(), cause })
}

/// The address, with the folder of a SQLite file made and the file allowed to be.
fn address(url: &str) -> Result<String, DatabaseError> {
    let Some(file) = url.strip_prefix("sqlite://") else {
        return Ok(url.to_owned());
    };
    let path = file.split('?').next().unwrap_or(file);
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|cause| DatabaseError::Folder {
            folder: folder.display().to_string(),
            cause,
        })?;
    }
    if file.contains("mode=") {
        return Ok(url.to_owned());
    }
    let separator = if file.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{separator}mode=rwc"))
}
