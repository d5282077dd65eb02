//! What the shim writes down, read.

use std::path::{Path, PathBuf};

/// Bytes of the shim's `struct record`.
const HEAD: usize = 32;

/// One operation that was done.
#[derive(Debug)]
pub(super) enum Record {
    Create {
        path: PathBuf,
        inode: u64,
    },
    Write {
        inode: u64,
        offset: usize,
        data: Vec<u8>,
    },
    Truncate {
        inode: u64,
        length: usize,
    },
    /// All of the file's operations with a smaller number are durable, or were lost for good.
    Sync {
        inode: u64,
        covers: usize,
        failed: bool,
    },
    /// The same of the names in a folder.
    SyncFolder {
        path: PathBuf,
        covers: usize,
    },
    Remove {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    MakeFolder {
        path: PathBuf,
    },
}

impl Record {
    /// Whether it is one of the operations the power can go with.
    pub(super) fn can_be_lost(&self) -> bool {
        !matches!(self, Self::Sync { .. } | Self::SyncFolder { .. } | Self::Truncate { .. })
    }

    pub(super) fn is_failed_sync(&self) -> bool {
        matches!(self, Self::Sync { failed: true, .. })
    }
}

/// All records; one that was cut off in the middle is of an operation nobody was told about.
pub(super) fn read(log: &Path) -> Vec<Record> {
    let bytes = std::fs::read(log).expect("the shim has written it");
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while let Some((head, more)) = rest.split_at_checked(HEAD) {
        let small = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("4 bytes"));
        let large = |at: usize| {
            let number = u64::from_le_bytes(head[at..at + 8].try_into().expect("8 bytes"));
            usize::try_from(number).expect("64 bits")
        };
        let (kind, path_length) = (small(0), usize::try_from(small(4)).expect("64 bits"));
        let (inode, offset, length) = (large(8), large(16), large(24));
        let Some((path, more)) = more.split_at_checked(path_length) else { break };
        let Some((data, more)) = more.split_at_checked(length) else { break };
        rest = more;
        records.push(record(kind, path, inode.try_into().expect("64 bits"), offset, data));
    }
    records
}

fn record(kind: u32, path: &[u8], inode: u64, offset: usize, data: &[u8]) -> Record {
    let plain = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
    let (path, other) = (plain(path), || plain(data));
    match kind {
        1 => Record::Create { path, inode },
        2 => Record::Write { inode, offset, data: data.to_vec() },
        3 => Record::Truncate { inode, length: offset },
        4 | 5 => Record::Sync { inode, covers: offset, failed: kind == 5 },
        6 => Record::SyncFolder { path, covers: offset },
        7 | 11 => Record::Remove { path },
        8 => Record::Rename { from: path, to: other() },
        9 => Record::Link { from: path, to: other() },
        10 => Record::MakeFolder { path },
        _ => panic!("the shim writes no records of kind {kind}"),
    }
}
