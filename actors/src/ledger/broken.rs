//! The end of a process whose disk has failed.

use super::store_error::StoreError;

/// Says so, and ends the process where it stands. What is said to be written from here on might
/// not be, and an orderly end would fold the log once more, and perhaps call that done: the next
/// start reads the files as they are, and folds the whole log.
#[expect(clippy::print_stderr, reason = "the last thing that is said, whatever is logged")]
pub(super) fn end(error: &StoreError) -> ! {
    eprintln!("hotdeal: the database cannot be kept on this disk, so the server ends: {error}");
    std::process::exit(1)
}
