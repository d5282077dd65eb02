//! A server whose disk breaks, is full, or loses its power.

use std::path::Path;

use hotdeal_domain::SplitMix64;

use super::App;
use crate::support::{Database, Disk, Ended, Hotdeal, Lost};

impl App {
    /// A server on a SQLite file on a disk whose power can be cut.
    pub(crate) async fn start_on_disk() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = Disk::new(folder.path());
        let database = Database::create(&disk.folder().join("data")).await;
        Self::start_in(folder, database, Some(disk), |settings| settings)
    }

    /// A server on a SQLite file in a folder that is there.
    pub(crate) async fn start_in_folder(folder: &Path) -> Self {
        let database = Database::create(folder).await;
        let own = tempfile::tempdir().expect("a temporary folder");
        Self::start_in(own, database, None, |settings| settings)
    }

    /// The disk it was started on.
    pub(crate) fn disk(&mut self) -> &mut Disk {
        self.disk.as_mut().expect("it was started on a disk")
    }

    /// Starts the server and cuts the power in so many operations on its disk, or once it is
    /// ready; whether it was.
    pub(crate) fn starts_until(&mut self, operations: u64) -> bool {
        let mut settings = self.settings.clone();
        settings.0.extend(self.disk().attached());
        let mut server = Hotdeal::start(&["serve"], self.folder.path(), &settings.0);
        self.disk().lose_power_in(operations);
        let ready = server.ready_at().is_ok();
        server.kill();
        ready
    }

    /// Starts the server on a disk that is changed first; how it ended.
    pub(crate) fn start_fails(&mut self, change: impl FnOnce(&Disk)) -> Ended {
        let mut settings = self.settings.clone();
        settings.0.extend(self.disk().attached());
        change(self.disk());
        let mut server = Hotdeal::start(&["serve"], self.folder.path(), &settings.0);
        assert!(server.ready_at().is_err(), "it is ready");
        server.ended()
    }

    /// The power has gone, and the server with it: what the disk has lost.
    pub(crate) fn lose_power(&mut self, chance: &mut SplitMix64) -> Lost {
        drop(self.take_server().ended());
        self.disk().lose_power(chance)
    }
}
