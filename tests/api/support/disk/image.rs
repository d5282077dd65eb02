//! What is on a disk: what was synced, and what was only done since. When the power goes, any
//! part of the latter may be missing.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use hotdeal_domain::SplitMix64;

use super::record::Record;

/// What a disk writes whole, and what the system does.
const SECTOR: usize = 512;
const PAGE: usize = 4_096;

/// What a power cut has taken.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Lost {
    /// Bytes that were written and not synced.
    pub(crate) bytes: usize,
    /// Names made, changed or removed in a folder that was not synced.
    pub(crate) names: usize,
}

/// A change of a file that is not durable.
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Default)]
struct Content {
    durable: Vec<u8>,
    /// With the numbers of the operations.
    since: Vec<(usize, Change)>,
    /// Changes that a sync which failed has lost.
    lost: usize,
}

/// A change of the names in a folder.
#[derive(Clone)]
enum Naming {
    Add(PathBuf, Node),
    Remove(PathBuf),
    Move(PathBuf, PathBuf, Node),
}

#[derive(Clone, Copy, PartialEq)]
enum Node {
    Folder,
    /// The number of its content.
    File(usize),
}

/// A disk.
#[derive(Default)]
pub(super) struct Image {
    contents: Vec<Content>,
    by_inode: HashMap<u64, usize>,
    durable: BTreeMap<PathBuf, Node>,
    /// As the process sees it.
    seen: BTreeMap<PathBuf, Node>,
    since: Vec<(usize, Naming)>,
}

/// Which of the changes that are not durable a power cut spares.
#[derive(Clone, Copy)]
enum Spared {
    None,
    /// Each sector, or page, and each name by lot, but for the last change.
    Some {
        unit: usize,
        last: usize,
    },
    /// All before a certain one, which is torn.
    UpTo(usize),
}

impl Image {
    /// What lies in `folder`, all of it durable.
    pub(super) fn of(folder: &Path) -> Self {
        let mut image = Self::default();
        let mut found = Vec::new();
        everything(folder, &mut found);
        for path in found {
            let stat = fs::metadata(&path).expect("nobody else is here");
            if stat.is_dir() {
                image.durable.insert(path, Node::Folder);
                continue;
            }
            let durable = fs::read(&path).expect("nobody else is here");
            image.by_inode.insert(stat.ino(), image.contents.len());
            image.durable.insert(path, Node::File(image.contents.len()));
            image.contents.push(Content { durable, ..Content::default() });
        }
        image.seen = image.durable.clone();
        image
    }

    /// The process did this.
    pub(super) fn note(&mut self, number: usize, record: Record) {
        match record {
            Record::Create { path, inode } => {
                let node = Node::File(self.contents.len());
                self.by_inode.insert(inode, self.contents.len());
                self.contents.push(Content::default());
                self.name(number, Naming::Add(path, node));
            }
            Record::Write { inode, offset, data } => {
                self.content(inode).since.push((number, Change::Write { offset, data }));
            }
            Record::Truncate { inode, length } => {
                self.content(inode).since.push((number, Change::Truncate { length }));
            }
            Record::Sync { inode, covers, failed } => self.content(inode).sync(covers, failed),
            Record::SyncFolder { path, covers } => {
                let (synced, since) = std::mem::take(&mut self.since)
                    .into_iter()
                    .partition(|(number, naming)| *number < covers && naming.is_in(&path));
                self.since = since;
                synced.iter().for_each(|(_, naming)| naming.apply(&mut self.durable));
            }
            Record::Remove { path } => self.name(number, Naming::Remove(path)),
            Record::Rename { from, to } => {
                if let Some(node) = self.seen.get(&from).copied() {
                    self.name(number, Naming::Move(from, to, node));
                }
            }
            Record::Link { from, to } => {
                if let Some(node) = self.seen.get(&from).copied() {
                    self.name(number, Naming::Add(to, node));
                }
            }
            Record::MakeFolder { path } => self.name(number, Naming::Add(path, Node::Folder)),
        }
    }

    fn name(&mut self, number: usize, naming: Naming) {
        naming.apply(&mut self.seen);
        self.since.push((number, naming));
    }

    fn content(&mut self, inode: u64) -> &mut Content {
        let number = self.by_inode.get(&inode).expect("it was created, or there before");
        &mut self.contents[*number]
    }

    /// Loses what was not synced: all of it, some, or the latest; the very last of it in any case.
    pub(super) fn lose_power(&mut self, chance: &mut SplitMix64) -> Lost {
        let changes = self.contents.iter().flat_map(|content| &content.since);
        let writes = changes.filter(|(_, change)| change.length() > 0).map(|(number, _)| *number);
        let names = self.since.iter().map(|(number, _)| *number);
        let mut numbers: Vec<usize> = writes.chain(names).collect();
        numbers.sort_unstable();
        let last = numbers.last().copied().unwrap_or_default();
        let spared = match chance.below(4) {
            0 => Spared::None,
            1 => Spared::Some { unit: SECTOR, last },
            2 => Spared::Some { unit: PAGE, last },
            _ if numbers.is_empty() => Spared::None,
            _ => Spared::UpTo(numbers[below(chance, numbers.len())]),
        };
        let mut lost = Lost::default();
        for content in &mut self.contents {
            lost.bytes += content.lose_power(spared, chance);
        }
        for (number, naming) in std::mem::take(&mut self.since) {
            if spared.spares(number, chance) {
                naming.apply(&mut self.durable);
            } else {
                lost.names += 1;
            }
        }
        lost
    }

    /// Leaves in `folder` what is durable, and nothing else.
    pub(super) fn leave_in(&self, folder: &Path) {
        fs::remove_dir_all(folder).expect("nobody else is here");
        fs::create_dir(folder).expect("nobody else is here");
        // A folder comes before what is in it.
        for (path, node) in &self.durable {
            let is_reached = path.parent().is_some_and(Path::is_dir);
            match node {
                _ if !is_reached => {}
                Node::Folder => fs::create_dir(path).expect("nobody else is here"),
                Node::File(number) => {
                    let durable = &self.contents[*number].durable;
                    fs::write(path, durable).expect("nobody else is here");
                }
            }
        }
    }
}

impl Content {
    fn sync(&mut self, covers: usize, failed: bool) {
        for (number, change) in std::mem::take(&mut self.since) {
            match (number < covers, failed) {
                (false, _) => self.since.push((number, change)),
                (true, false) => change.apply(&mut self.durable),
                // The system takes them for written from now on.
                (true, true) => self.lost += change.length(),
            }
        }
    }

    /// How many bytes it has lost.
    fn lose_power(&mut self, spared: Spared, chance: &mut SplitMix64) -> usize {
        let mut lost = std::mem::take(&mut self.lost);
        for (number, change) in std::mem::take(&mut self.since) {
            lost += match (change, spared) {
                (Change::Write { offset, data }, Spared::Some { unit, last }) if number < last => {
                    self.tear(offset, &data, unit, chance)
                }
                (Change::Write { offset, data }, Spared::UpTo(last)) if last == number => {
                    let kept = below(chance, data.len()) / SECTOR * SECTOR;
                    write(&mut self.durable, offset, &data[..kept]);
                    data.len() - kept
                }
                (change, spared) if spared.spares(number, chance) => {
                    change.apply(&mut self.durable);
                    0
                }
                (change, _) => change.length(),
            };
        }
        lost
    }

    /// Writes each unit or not, by lot; how many bytes were not written.
    fn tear(&mut self, offset: usize, data: &[u8], unit: usize, chance: &mut SplitMix64) -> usize {
        let (mut at, mut lost, end) = (offset, 0, offset + data.len());
        while at < end {
            let next = ((at / unit + 1) * unit).min(end);
            match chance.below(2) {
                0 => lost += next - at,
                _ => write(&mut self.durable, at, &data[at - offset..next - offset]),
            }
            at = next;
        }
        lost
    }
}

impl Spared {
    fn spares(self, number: usize, chance: &mut SplitMix64) -> bool {
        match self {
            Self::None => false,
            Self::Some { last, .. } => number < last && chance.below(2) == 0,
            Self::UpTo(last) => number < last,
        }
    }
}

impl Change {
    fn apply(self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => write(content, offset, &data),
            Self::Truncate { length } => content.resize(length, 0),
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Write { data, .. } => data.len(),
            Self::Truncate { .. } => 0,
        }
    }
}

impl Naming {
    fn is_in(&self, folder: &Path) -> bool {
        let (Self::Add(path, _) | Self::Remove(path) | Self::Move(_, path, _)) = self;
        path.parent() == Some(folder)
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Add(path, node) => drop(names.insert(path.clone(), *node)),
            Self::Remove(path) => drop(names.remove(path)),
            Self::Move(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

fn write(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if content.len() < offset + data.len() {
        content.resize(offset + data.len(), 0);
    }
    content[offset..offset + data.len()].copy_from_slice(data);
}

fn below(chance: &mut SplitMix64, bound: usize) -> usize {
    let bound = u32::try_from(bound).unwrap_or(u32::MAX);
    usize::try_from(chance.below(bound)).unwrap_or(0)
}

/// Everything below `folder`, without what SQLite's processes share in memory.
fn everything(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("nobody else is here") {
        let path = entry.expect("nobody else is here").path();
        if path.is_dir() {
            everything(&path, found);
        }
        if !path.to_string_lossy().ends_with("-shm") {
            found.push(path);
        }
    }
}
