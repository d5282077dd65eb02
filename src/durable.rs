//! Files that are still there after a power cut. A name is durable once its folder is synced, and
//! the folder's own name once its parent is.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes a folder, with those above it, each of them durable.
///
/// # Errors
/// What the system says.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let here = Path::new(".");
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(here);
    if !parent.is_dir() {
        create_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(parent),
        // An earlier start may have made the folder and ended before the sync. A process that may
        // not read a parent is taken not to have made a folder in it.
        Err(_) if folder.is_dir() => match sync_folder(parent) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            synced => synced,
        },
        Err(error) => Err(error),
    }
}

/// Makes the names in a folder durable. Only Unix has a call for it; elsewhere the file system sees
/// to it.
///
/// # Errors
/// What the system says.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_those_above_it_and_made_again_is_no_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let deep = folder.path().join("a/b/c");
        create_folder(&deep).expect("made");
        create_folder(&deep).expect("there");
        assert!(deep.is_dir());
        fs::write(deep.join("file"), []).expect("written");
        assert!(create_folder(&deep.join("file")).is_err(), "a file is no folder");
    }
}
