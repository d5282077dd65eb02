//! The lock of a SQLite file: a lock of the operating system on a file beside it, which ends with
//! the process. It is not on the database file, because closing that would release SQLite's own
//! locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

use super::TRY_EVERY;

pub(super) struct FileLock {
    path: PathBuf,
    file: File,
}

impl FileLock {
    /// Takes the lock; tries for a while. `None` if another process keeps it.
    pub(super) async fn take(url: &str, at_most: Duration) -> io::Result<Option<Self>> {
        let began = Instant::now();
        loop {
            let taken = Self::taken(url)?;
            if taken.is_some() || began.elapsed() >= at_most {
                return Ok(taken);
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    fn taken(url: &str) -> io::Result<Option<Self>> {
        let options = SqliteConnectOptions::from_str(url).map_err(io::Error::other)?;
        let path = beside(options.get_filename())?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                let lock = Self { path, file };
                // Between opening and locking somebody may have put another file there.
                Ok(lock.is_held().then_some(lock))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether the locked file is the one that others would lock.
    pub(super) fn is_held(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let same = |own: std::fs::Metadata, found: std::fs::Metadata| {
                (own.dev(), own.ino()) == (found.dev(), found.ino())
            };
            let own = self.file.metadata();
            own.and_then(|own| Ok(same(own, std::fs::metadata(&self.path)?))).unwrap_or(false)
        }
        #[cfg(not(unix))]
        {
            // On these systems an open file cannot be replaced.
            _ = &self.file;
            self.path.exists()
        }
    }
}

/// The file to lock: one for each database, by whatever name the database is called.
fn beside(database: &Path) -> io::Result<PathBuf> {
    let database = match database.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = database.parent().filter(|parent| !parent.as_os_str().is_empty());
            let name = database.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            parent.unwrap_or(Path::new(".")).canonicalize()?.join(name)
        }
        Err(error) => return Err(error),
    };
    let mut name = database.into_os_string();
    name.push(".lock");
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_lock_by_whatever_name_it_is_called() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("mall.db");
        let url = |path: &Path| format!("sqlite://{}", path.display());
        let take = |path: &Path| FileLock::taken(&url(path)).expect("the folder is ours");
        let first = take(&path).expect("nobody has it");
        assert!(first.is_held());
        assert!(take(&path).is_none(), "the first has it");
        std::fs::write(&path, []).expect("the folder is ours");
        let roundabout = folder.path().join("../").join(folder.path().file_name().expect("a name"));
        assert!(take(&roundabout.join("mall.db")).is_none(), "the same database");
        assert!(take(&folder.path().join("other.db")).is_some(), "another database");
        #[cfg(unix)]
        {
            let link = folder.path().join("link.db");
            std::os::unix::fs::symlink(&path, &link).expect("the folder is ours");
            assert!(take(&link).is_none(), "the same database");
        }
        drop(first);
        assert!(take(&path).is_some(), "it was let go");
    }

    #[test]
    fn who_loses_the_file_has_lost_the_lock() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("mall.db").display());
        let lock = FileLock::taken(&url).expect("the folder is ours").expect("nobody has it");
        std::fs::remove_file(&lock.path).expect("the folder is ours");
        assert!(!lock.is_held());
        let next = FileLock::taken(&url).expect("the folder is ours").expect("nobody has it");
        assert!(next.is_held() && !lock.is_held());
    }
}
