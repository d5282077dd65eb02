//! `hotdeal serve`.

use std::process::ExitCode;

use clap::Args;

use super::{in_system, print};
use crate::settings::Settings;
use crate::startup::{Server, StopSignals};
use crate::telemetry::LogFilter;

/// Flags of serving.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one (http.bind).
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
    /// Fill a new database with something to try: auto, true or false (demo.enabled).
    #[arg(long, value_name = "CHOICE")]
    demo: Option<String>,
}

impl ServeFlags {
    /// The settings they stand for.
    pub(super) fn flags(&self) -> Vec<(String, String)> {
        let named = [("http.bind", &self.bind), ("demo.enabled", &self.demo)];
        named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect()
    }
}

/// Serves until stopped.
pub(super) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let log = LogFilter::start(&settings.log);
    in_system(async {
        // Before anything else is taken: a script that has read `ready:` may stop the server at
        // once.
        let mut signals = StopSignals::take()?;
        let server = tokio::select! {
            built = Server::build(settings.clone(), log) => built?,
            () = signals.next() => {
                tracing::info!("stopped before it was ready");
                return Ok(ExitCode::SUCCESS);
            }
        };
        for line in server.welcome() {
            print(line);
        }
        print(&format!("ready: http://{}", server.address()));
        server.run_until_stopped(signals).await?;
        Ok(ExitCode::SUCCESS)
    })
}
