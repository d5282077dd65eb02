//! Which database.

/// A database address the ledger can write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// `sqlite://path`.
    Sqlite(String),
    /// `postgres://…`.
    Postgres(String),
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
