//! The command line.

mod progress;
mod replay;
mod rush;
mod serve;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use hotdeal_actors::mutant;
use hotdeal_actors::mutant::Mutant;
use serde::Serialize;

use crate::database::{self, DatabaseError, DatabaseLock};
use crate::settings::{DatabaseSettings, Settings, SettingsError};
use crate::startup::StartError;

/// The settings cannot be used: exit code.
const EXIT_SETTINGS: u8 = 3;

#[derive(Debug, Parser)]
#[command(
    name = "hotdeal",
    version,
    about = "Flash sales for a mall of many shops: decided in memory, durable before the answer.",
    after_help = "\
Without a command it serves. Settings come from config/default.toml (inside the program), the
file of --config, the environment (HOTDEAL__HTTP__BIND sets http.bind), and flags; the later wins.

Exit codes: 0 done, 1 failed, 2 wrong use of the command line, 3 settings that cannot be used.

Examples:
  hotdeal                                     serve on 127.0.0.1:8080 with SQLite in data/
  hotdeal serve --bind 0.0.0.0:80 --set http.workers=4
  hotdeal migrate --database postgres://shop:secret@db/hotdeal
  hotdeal audit --json
  hotdeal user reset-password admin@hotdeal.local
  hotdeal rush --users 20000 --coupons 5000   a crowd on a running server, checked
  hotdeal replay FILE.csv                     real sales through it, compared with the file
  hotdeal openapi > openapi.json"
)]
struct Cli {
    #[command(flatten)]
    settings: SettingsFlags,
    #[command(flatten)]
    serve: serve::ServeFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
struct SettingsFlags {
    /// A TOML file of settings, above the defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the data is: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Any setting, as `http.workers=4`; may be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until stopped (what `hotdeal` does without a command).
    Serve(serve::ServeFlags),
    /// Bring the database's schema up to date. SQLite does it itself at each start.
    Migrate {
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fold the journal and compare it with the tables; exit code 1 when they differ.
    ///
    /// Reads only, and may run beside the server: what is written meanwhile is not compared.
    Audit {
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
    User(user::UserArgs),
    Rush(rush::RushArgs),
    Replay(replay::ReplayArgs),
    /// Print the OpenAPI 3.1 description of everything this server answers.
    Openapi,
    /// Print the AsyncAPI 3.0 description of live events.
    Asyncapi,
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no failure; clap knows the difference, and the codes.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            exit_code(&error)
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let shared = &cli.settings;
    match cli.command {
        None => serve::run(&shared.load(&cli.serve.flags())?),
        Some(Command::Serve(flags)) => {
            serve::run(&shared.load(&[cli.serve.flags(), flags.flags()].concat())?)
        }
        Some(Command::Migrate { json }) => migrate(&shared.load(&[])?, json),
        Some(Command::Audit { json }) => audit(&shared.load(&[])?, json),
        Some(Command::User(args)) => user::run(&args, &shared.load(&[])?),
        Some(Command::Rush(args)) => rush::run(&args, &shared.load(&[])?),
        Some(Command::Replay(args)) => replay::run(&args, &shared.load(&[])?),
        Some(Command::Asyncapi) => {
            print(&serde_json::to_string_pretty(&crate::live::asyncapi::document())?);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Openapi) => {
            print(&crate::http::TABLE.document().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl SettingsFlags {
    /// The settings, overridden by the flags of the command.
    fn load(&self, more: &[(String, String)]) -> Result<Settings, SettingsError> {
        let database = self.database.iter().map(|url| ("database.url".to_owned(), url.clone()));
        let flags: Vec<(String, String)> =
            self.set.iter().cloned().chain(database).chain(more.iter().cloned()).collect();
        Settings::load(self.config.as_deref(), &flags)
    }
}

/// Does the work in an actix system of its own. Tasks that still run end in it, too: a read returns
/// its connection to the pool, and needs a runtime for that.
fn in_system<T>(work: impl Future<Output = T>) -> T {
    let system = actix_web::rt::System::new();
    let done = system.block_on(work);
    let runtime = system.runtime().tokio_runtime().handle().clone();
    let _inside = runtime.enter();
    drop(system);
    done
}

#[derive(Debug, Serialize)]
struct Migrated {
    database: String,
    applied: usize,
}

/// Takes the database, as a server does.
async fn lock(database: &DatabaseSettings) -> Result<DatabaseLock, DatabaseError> {
    if mutant::is_on(Mutant::CommandsWithoutLock) {
        let of_nobody_else = DatabaseSettings { url: "sqlite::memory:".to_owned() };
        return DatabaseLock::take(&of_nobody_else).await;
    }
    DatabaseLock::take(database).await
}

fn migrate(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let database = &settings.database;
    let applied = in_system(async {
        let lock = lock(database).await?;
        let applied = database::migrate(database).await;
        lock.release().await;
        applied
    })?;
    let report = Migrated { database: settings.database.shown(), applied };
    if json {
        print(&serde_json::to_string(&report)?);
    } else {
        print(&format!("{}: {} migrations applied, up to date", report.database, report.applied));
    }
    Ok(ExitCode::SUCCESS)
}

fn audit(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let url = &settings.database.url;
    let report = in_system(hotdeal_actors::audit::run(url))?;
    if json {
        print(&serde_json::to_string(&report)?);
    } else {
        print(&format!(
            "{}: {} facts in {} streams folded; {} products, {} orders, {} coupons compared",
            settings.database.shown(),
            report.facts,
            report.streams,
            report.products,
            report.orders,
            report.coupons_issued,
        ));
        report.differences.iter().for_each(|difference| print(difference));
        let hidden = report.differences_total.saturating_sub(report.differences.len() as u64);
        if hidden > 0 {
            print(&format!("… and {hidden} more differences"));
        }
        let verdict = if report.is_clean() { "clean" } else { "the tables are wrong" };
        print(&format!("audit: {verdict}"));
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = pair.ok_or("expected KEY=VALUE, as http.workers=4")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    let settings = error.downcast_ref::<SettingsError>().is_some()
        || matches!(error.downcast_ref::<StartError>(), Some(StartError::Settings(_)));
    if settings { ExitCode::from(EXIT_SETTINGS) } else { ExitCode::FAILURE }
}

/// Writes a line of a report. It is no failure of ours if the reader has gone.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a terminal")]
fn complain(error: &anyhow::Error) {
    eprintln!("hotdeal: {error:#}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_may_come_before_or_after_the_command() {
        for line in [
            "hotdeal --bind 127.0.0.1:0 --set http.workers=2",
            "hotdeal serve --bind 127.0.0.1:0 --set http.workers=2",
            "hotdeal --set http.workers=2 serve --bind 127.0.0.1:0",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            let of_command = match &cli.command {
                Some(Command::Serve(flags)) => flags.flags(),
                _ => Vec::new(),
            };
            let settings = cli.settings.load(&[cli.serve.flags(), of_command].concat());
            let settings = settings.expect(line);
            assert_eq!((settings.http.bind.as_str(), settings.http.workers), ("127.0.0.1:0", 2));
        }
        assert!(Cli::try_parse_from(["hotdeal", "--set", "workers"]).is_err());
    }
}
