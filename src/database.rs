//! Opens the database before the mall does: creates it, migrates it, and reports what is wrong.

mod lock;
mod promises;

use std::path::Path;
use std::time::Duration;

use hotdeal_migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr, RuntimeErr,
    Statement,
};

use crate::durable;
use crate::settings::DatabaseSettings;

pub(crate) use lock::DatabaseLock;

/// A database that does not answer within this time counts as unreachable.
const REACHED_WITHIN: Duration = Duration::from_secs(5);

/// The settings under which a SQLite file is migrated, the same as for later writes. Its log is
/// folded when the connection closes. If that fails, the log stays and the next connection folds
/// it.
const SQLITE_PRAGMAS: [(&str, &str); 3] =
    [("journal_mode", "WAL"), ("synchronous", "EXTRA"), ("wal_autocheckpoint", "0")];

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Its folder cannot be made durable.
    #[error("database.url (--database): the folder {folder} cannot be made and synced: {cause}")]
    Folder {
        /// The folder.
        folder: String,
        /// What is wrong.
        cause: std::io::Error,
    },
    /// It does not answer.
    #[error("database.url (--database): {shown} cannot be used; is it running? {cause}")]
    Unusable {
        /// The address without a password.
        shown: String,
        /// What is wrong.
        cause: DbErr,
    },
    /// Another process has it.
    #[error(
        "database.url (--database): another hotdeal process (serve, migrate or user) has {shown}: \
         stop it first"
    )]
    Taken {
        /// The address without a password.
        shown: String,
    },
    /// It cannot be said whether another process has it.
    #[error("database.url (--database): {shown} cannot be locked; is it running? {cause}")]
    Lock {
        /// The address without a password.
        shown: String,
        /// What is wrong.
        cause: String,
    },
    /// There is no room for what has to be written.
    #[error("the disk of {shown} is full: make room there, then start again")]
    Full {
        /// The address without a password.
        shown: String,
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

/// What SQLite and PostgreSQL call a full disk.
const DISK_FULL: [&str; 2] = ["13", "53100"];

impl DatabaseError {
    fn of(settings: &DatabaseSettings, cause: DbErr) -> Self {
        let shown = settings.shown();
        if is_full(&cause) { Self::Full { shown } } else { Self::Unusable { shown, cause } }
    }
}

fn is_full(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| DISK_FULL.contains(&code.as_ref()))
}

/// Brings the schema up to date, and creates a SQLite file that does not exist. Returns how many
/// migrations it ran.
///
/// # Errors
/// [`DatabaseError`].
pub async fn migrate(settings: &DatabaseSettings) -> Result<usize, DatabaseError> {
    let unusable = |cause| DatabaseError::of(settings, cause);
    let connection = connect(settings).await?;
    let pending = Migrator::get_pending_migrations(&connection).await.map_err(unusable)?.len();
    Migrator::up(&connection, None).await.map_err(unusable)?;
    if settings.is_sqlite() {
        fold(&connection).await.map_err(unusable)?;
    }
    connection.close().await.map_err(unusable)?;
    Ok(pending)
}

/// Makes sure that the schema is the one this program knows. SQLite is brought up to date; any
/// other database is only checked, because other nodes may be using it. Returns a warning for each
/// setting of the database that risks data.
///
/// # Errors
/// [`DatabaseError`].
pub(crate) async fn prepare(settings: &DatabaseSettings) -> Result<Vec<String>, DatabaseError> {
    if settings.is_sqlite() {
        return migrate(settings).await.map(|_| Vec::new());
    }
    let unusable = |cause| DatabaseError::of(settings, cause);
    let connection = connect(settings).await?;
    let pending = Migrator::get_pending_migrations(&connection).await.map_err(unusable)?.len();
    let at_risk = promises::broken(&connection).await.map_err(unusable)?;
    connection.close().await.map_err(unusable)?;
    match pending {
        0 => Ok(at_risk),
        pending => Err(DatabaseError::Outdated { shown: settings.shown(), pending }),
    }
}

/// Folds the log that an earlier process left. If the disk fails, this is reported before anybody
/// is served.
async fn fold(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
    let statement = Statement::from_string(connection.get_database_backend(), fold);
    connection.query_one_raw(statement).await.map(drop)
}

async fn connect(settings: &DatabaseSettings) -> Result<DatabaseConnection, DatabaseError> {
    make_folder(settings)?;
    let mut options = ConnectOptions::new(address(&settings.url));
    options
        .max_connections(1)
        .sqlx_logging(false)
        .connect_timeout(REACHED_WITHIN)
        .acquire_timeout(REACHED_WITHIN)
        .map_sqlx_sqlite_opts(|options| {
            SQLITE_PRAGMAS
                .into_iter()
                .fold(options, |options, (name, value)| options.pragma(name, value))
        });
    let connection =
        Database::connect(options).await.map_err(|cause| DatabaseError::of(settings, cause))?;
    if let Some(folder) = folder(&settings.url) {
        // The first connection switches a new file to the write-ahead log with the help of a
        // journal file. If that one were still there after a power cut, it would undo what was
        // written since.
        made_durable(folder, durable::sync_folder)?;
    }
    Ok(connection)
}

/// Makes the folder of a SQLite file.
fn make_folder(settings: &DatabaseSettings) -> Result<(), DatabaseError> {
    folder(&settings.url).map_or(Ok(()), |folder| made_durable(folder, durable::create_folder))
}

fn made_durable(
    folder: &Path,
    make: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<(), DatabaseError> {
    make(folder)
        .map_err(|cause| DatabaseError::Folder { folder: folder.display().to_string(), cause })
}

/// The path of a SQLite file.
fn file(url: &str) -> Option<&str> {
    let file = url.strip_prefix("sqlite://")?;
    Some(file.split('?').next().unwrap_or(file))
}

/// The folder of a SQLite file.
fn folder(url: &str) -> Option<&Path> {
    let folder = Path::new(file(url)?).parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The URL, extended so that SQLite may create the file.
fn address(url: &str) -> String {
    if file(url).is_none() || url.contains("mode=") {
        return url.to_owned();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}mode=rwc")
}
