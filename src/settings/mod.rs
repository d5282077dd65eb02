//! STUB, replaced at the merge: settings.

use std::path::Path;

/// Settings.
#[derive(Debug)]
pub struct Settings {
    /// Database.
    pub database: Database,
}

/// Database.
#[derive(Debug)]
pub struct Database {
    /// URL.
    pub url: String,
}

/// Why not.
#[derive(Debug, thiserror::Error)]
#[error("settings")]
pub struct SettingsError;

impl Settings {
    /// Loads.
    ///
    /// # Errors
    /// Never.
    pub fn load(_: Option<&Path>, _: &[(String, String)]) -> Result<Self, SettingsError> {
        let url = std::env::var("HOTDEAL__DATABASE__URL");
        Ok(Self { database: Database { url: url.unwrap_or("sqlite://data/hotdeal.db".into()) } })
    }

    /// The secret.
    ///
    /// # Errors
    /// When there is none.
    pub fn resolve_secret(&self) -> Result<String, SettingsError> {
        std::env::var("HOTDEAL__AUTH__SECRET").map_err(|_| SettingsError)
    }
}
