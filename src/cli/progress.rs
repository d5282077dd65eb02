//! Progress of long work, for people.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error if that is a terminal; otherwise nothing.
pub(super) fn bar(what: &'static str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:9} {bar:40} {pos}/{len} {per_sec} {eta}")
        .expect("the template is valid");
    ProgressBar::new(length as u64).with_message(what).with_style(style)
}
