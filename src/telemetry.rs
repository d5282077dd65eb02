//! What the server logs, and how. Logs go to standard error; standard output is for a person
//! or a script that waits for the line `ready:`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::LogSettings;

/// Starts logging for the life of the process; a second call changes nothing.
pub(crate) fn start(settings: &LogSettings) {
    let filter = settings.filter.parse::<EnvFilter>().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // An error means that a test has started logging already.
    let _ = if settings.json { builder.json().try_init() } else { builder.try_init() };
}
