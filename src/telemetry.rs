//! What the server logs, and how. Logs go to standard error; standard output is for a person
//! or a script that waits for the line `ready:`.

use std::io::IsTerminal as _;

use parking_lot::Mutex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::settings::LogSettings;

/// Who did what to the running server: always logged, whatever the filter.
const AUDIT: &str = "hotdeal::audit=info";

/// The modules that log what is wrong with the input of clients: no HTTP, or no WebSocket.
const OF_CLIENTS: [&str; 2] = ["actix_http::h1", "actix_http::ws"];

type Reload = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

/// The filter of the log, which can be changed while the server runs.
pub struct LogFilter {
    configured: String,
    current: Mutex<String>,
    reload: Reload,
}

/// What the log lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogView {
    /// The directives in force.
    pub(crate) filter: String,
    /// Those of the settings, which come back with a restart.
    pub(crate) configured: String,
}

impl LogFilter {
    /// Starts logging for the life of the process; a second call starts nothing.
    pub fn start(settings: &LogSettings) -> Self {
        let builder = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        let filter = filter(&settings.filter).unwrap_or_default();
        // An error means that a test has started logging already.
        let reload: Reload = if settings.json {
            let builder = builder.json().with_env_filter(filter).with_filter_reloading();
            let handle = builder.reload_handle();
            _ = builder.try_init();
            Box::new(move |filter| handle.reload(filter).is_ok())
        } else {
            let builder = builder.with_env_filter(filter).with_filter_reloading();
            let handle = builder.reload_handle();
            _ = builder.try_init();
            Box::new(move |filter| handle.reload(filter).is_ok())
        };
        let configured = settings.filter.clone();
        Self { current: Mutex::new(configured.clone()), configured, reload }
    }

    /// What the log lets through now.
    pub(crate) fn view(&self) -> LogView {
        LogView { filter: self.current.lock().clone(), configured: self.configured.clone() }
    }

    /// Lets these directives through from now on, until a restart. `None` where they are none.
    pub(crate) fn change(&self, directives: &str) -> Option<LogView> {
        let filter = filter(directives)?;
        let mut current = self.current.lock();
        if !(self.reload)(filter) {
            tracing::error!("the log's filter could not be changed: nothing listens to it");
            return None;
        }
        // Records from the `log` crate pass a filter of their own, which was set when logging
        // started.
        let most = tracing::level_filters::LevelFilter::current().to_string();
        log::set_max_level(most.parse().unwrap_or(log::LevelFilter::Trace));
        directives.clone_into(&mut current);
        drop(current);
        Some(self.view())
    }
}

/// The filter for these directives. Messages that any client can cause are included only if their
/// module is named, or everything is asked for.
fn filter(directives: &str) -> Option<EnvFilter> {
    let mut filter = directives.parse::<EnvFilter>().ok()?;
    for module in OF_CLIENTS {
        if !tells_everything(directives) && !directives.contains(module) {
            filter = filter.add_directive(format!("{module}=off").parse().ok()?);
        }
    }
    Some(filter.add_directive(AUDIT.parse().expect("a directive of our own")))
}

/// Whether all modules are asked for at debug level, as in a search for a fault.
fn tells_everything(directives: &str) -> bool {
    let mut levels =
        directives.split(',').filter_map(|part| part.trim().parse::<LevelFilter>().ok());
    levels.any(|level| level >= LevelFilter::DEBUG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send_is_told_where_it_is_asked_for() {
        for (directives, h1, ws) in [
            ("info", false, false),
            ("warn,hotdeal=trace", false, false),
            ("actix_http::h1=trace", true, false),
            ("info,actix_http::ws=debug", false, true),
            ("debug", true, true),
            ("sqlx=warn, TRACE", true, true),
        ] {
            let shown = filter(directives).expect("directives").to_string();
            let is_told = OF_CLIENTS.map(|module| !shown.contains(&format!("{module}=off")));
            assert_eq!(is_told, [h1, ws], "{directives}: {shown}");
        }
    }
}
