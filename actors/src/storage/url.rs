//! Which database.

/// A database address the ledger can write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// `sqlite://path`.
    Sqlite(String),
    /// `postgres://…`.
    Postgres(String),
}

impl StoreUrl {
    /// How long the database's log is, in bytes; `None` where that is the database's own affair.
    pub(crate) fn log_bytes(&self) -> Option<u64> {
        let Self::Sqlite(url) = self else { return None };
        let mut log =
            crate::storage::sqlite::options(url).ok()?.get_filename().as_os_str().to_owned();
        log.push("-wal");
        // Where there is none, nothing has been written.
        Some(std::fs::metadata(log).map_or(0, |log| log.len()))
    }
}

impl std::str::FromStr for StoreUrl {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("sqlite", _)) => Ok(Self::Sqlite(url.to_owned())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            _ => Err("expected sqlite://path or postgres://user:password@host/database"),
        }
    }
}
