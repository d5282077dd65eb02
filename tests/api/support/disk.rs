//! A disk that can lose power, break or be full: the server's files lie in a folder of which
//! `tests/disk/shim.c`, preloaded into the server, writes down what was written and what was
//! synced.

mod image;
mod record;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use hotdeal_domain::SplitMix64;
use image::Image;
pub(crate) use image::Lost;

/// The fields of the shim's `struct control`, by their place in it.
const OPERATIONS_LEFT: u64 = 0;
const SYNC_US: u64 = 8;
const SYNC_FAILS: u64 = 16;
const IS_FULL: u64 = 17;
/// How long a sync takes, where nothing is said: about what a good disk takes.
const SYNC_TAKES_US: u64 = 500;

/// One folder as a disk, from the start of one process to its end.
pub(crate) struct Disk {
    folder: PathBuf,
    /// Beside the disk: the record, and what the shim is told.
    log: PathBuf,
    control: PathBuf,
    /// What was durable when the process started.
    before: Option<Image>,
}

impl Disk {
    /// A disk in `beside`, which is no part of it.
    pub(crate) fn new(beside: &Path) -> Self {
        let beside = beside.canonicalize().expect("the test's own folder");
        let folder = beside.join("disk");
        fs::create_dir_all(&folder).expect("the test's own folder");
        Self { folder, log: beside.join("disk.log"), control: beside.join("control"), before: None }
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the next process on it is started with. Whatever is there now is durable.
    pub(crate) fn attached(&mut self) -> BTreeMap<String, String> {
        self.before = Some(Image::of(&self.folder));
        fs::write(&self.log, []).expect("the test's own folder");
        fs::write(&self.control, [0; 4096]).expect("the test's own folder");
        self.set(SYNC_US, &SYNC_TAKES_US.to_le_bytes());
        let show = |path: &Path| path.to_str().expect("a plain path").to_owned();
        [
            ("LD_PRELOAD", shim()),
            ("DISK_FOLDER", &self.folder),
            ("DISK_LOG", &self.log),
            ("DISK_CONTROL", &self.control),
        ]
        .map(|(name, path)| (name.to_owned(), show(path)))
        .into()
    }

    /// The power goes, and with it the process, in so many operations on the disk: writes and
    /// changes of names, each of which leaves something that is not synced.
    pub(crate) fn lose_power_in(&self, operations: u64) {
        self.set(OPERATIONS_LEFT, &operations.to_le_bytes());
    }

    /// From now on no sync of the database's file comes to anything: the disk is broken.
    pub(crate) fn breaks(&self) {
        self.set(SYNC_FAILS, &[1]);
    }

    /// No file grows from now on.
    pub(crate) fn is_full(&self) {
        self.set(IS_FULL, &[1]);
    }

    /// There is room again.
    pub(crate) fn has_room(&self) {
        self.set(IS_FULL, &[0]);
    }

    /// How many syncs have failed.
    pub(crate) fn failed_syncs(&self) -> usize {
        record::read(&self.log).iter().filter(|record| record.is_failed_sync()).count()
    }

    fn set(&self, field: u64, value: &[u8]) {
        let control = File::options().write(true).open(&self.control).expect("it is attached");
        control.write_all_at(value, field).expect("the test's own folder");
    }

    /// How many operations the process has done.
    pub(crate) fn operations(&self) -> u64 {
        let records = record::read(&self.log);
        let count = records.iter().filter(|record| record.can_be_lost()).count();
        u64::try_from(count).expect("a few")
    }

    /// The process has ended with the power: leaves what the disk could hold then.
    pub(crate) fn lose_power(&mut self, chance: &mut SplitMix64) -> Lost {
        let mut image = self.before.take().expect("a process was attached");
        for (number, record) in (0..).zip(record::read(&self.log)) {
            image.note(number, record);
        }
        let lost = image.lose_power(chance);
        image.leave_in(&self.folder);
        lost
    }
}

/// The shim, compiled once for all tests.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/shim.c");
        let shim = Path::new(env!("CARGO_TARGET_TMPDIR")).join("disk-shim.so");
        // Another run of the tests may be using the one that is there.
        let made = shim.with_extension(format!("{}.so", std::process::id()));
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).arg(&made).arg(source);
        let status = cc.args(["-ldl", "-lpthread"]).status().expect("there is a C compiler");
        assert!(status.success(), "the shim does not compile: {status}");
        fs::rename(&made, &shim).expect("the tests' own folder");
        shim
    })
}
