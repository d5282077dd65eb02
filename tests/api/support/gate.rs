//! A gate on the ledger's way to the disk, of which the test has the key.

use std::path::PathBuf;

use tempfile::TempDir;

use super::Settings;

/// The gate of one server. Open at first.
pub(crate) struct Gate {
    folder: TempDir,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("gate")
    }

    /// Settings of a server that writes nothing while the gate is shut.
    pub(crate) fn before(&self, settings: Settings) -> Settings {
        settings.with("HOTDEAL_GATE", self.file().to_str().expect("a path in ASCII"))
    }

    fn says(&self, word: &str) {
        // As a whole, or the server might read half of it.
        let written = self.folder.path().join("next");
        std::fs::write(&written, word).expect("the test's own folder can be written");
        std::fs::rename(written, self.file()).expect("the test's own folder can be written");
    }

    /// What is decided from now on waits before it is written.
    pub(crate) fn shut(&self) {
        self.says("shut");
    }

    /// What waits is not written, nor is what comes now.
    pub(crate) fn fail(&self) {
        self.says("fail");
    }

    /// What waits is written.
    pub(crate) fn open(&self) {
        std::fs::remove_file(self.file()).expect("it was shut");
    }
}
