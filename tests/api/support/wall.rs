//! The wall clock of a server, which the test sets.

use std::path::PathBuf;

use tempfile::TempDir;

use super::Settings;

/// The wall clock of one server. It is right at first.
pub(crate) struct Wall {
    folder: TempDir,
}

impl Wall {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shift")
    }

    /// Settings of a server that has this one.
    pub(crate) fn before(&self, settings: Settings) -> Settings {
        settings.with("HOTDEAL_CLOCK", self.file().to_str().expect("a path in ASCII"))
    }

    /// It is so many milliseconds ahead from now on.
    pub(crate) fn set(&self, ahead_ms: i64) {
        // As a whole, or the server might read half of it.
        let written = self.folder.path().join("next");
        std::fs::write(&written, ahead_ms.to_string()).expect("the test's own folder");
        std::fs::rename(written, self.file()).expect("the test's own folder");
    }
}
