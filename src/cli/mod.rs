//! STUB, replaced at the merge: the command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::Settings;

pub mod replay;
pub mod rush;

#[derive(Debug, Parser)]
#[command(name = "hotdeal", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rush(rush::RushArgs),
    Replay(replay::ReplayArgs),
}

/// Runs.
///
/// # Errors
/// Whatever the command says.
pub fn run() -> anyhow::Result<ExitCode> {
    let settings = Settings::load(None, &[])?;
    match Cli::parse().command {
        Command::Rush(args) => rush::run(&args, &settings),
        Command::Replay(args) => replay::run(&args, &settings),
    }
}
