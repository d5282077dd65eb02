//! `hotdeal replay`: a real retailer's sales through a running server, and every number compared
//! afterwards with what the file alone says.

mod carry_out;
mod class;
mod compare;
mod crew;
mod plan;
#[cfg(test)]
mod plan_tests;
mod report;
mod sheet;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, builder::RangedU64ValueParser};

use super::print;
use crate::auth::Tokens;
use crate::client::Target;
use crate::settings::Settings;
use carry_out::Replay;
use crew::Crew;

/// Connections at most: more than the longest queue a server of this size should see from one.
const CONCURRENCY_MAX: u64 = 4_096;

/// Replay a retailer's sales and compare every number with the file.
///
/// Reads a file in the format of the "Online Retail" data set: InvoiceNo, StockCode, Description,
/// Quantity, UnitPrice (GBP), CustomerID, in any order, other columns ignored. Makes a shop in
/// pounds, a product for each stock code at the first positive price in the file, stock exactly
/// enough, and an account for each customer; lines without a customer are bought by one guest.
/// Then every invoice becomes one order, N at a time; returns and write-offs become adjustments
/// of stock. What a shop cannot express is counted by class and printed.
///
/// Every customer gets an account, all of them from this address: start the server with
/// HOTDEAL__LIMITS__SIGNUP_ADDRESS=off.
///
/// In the end, stock, units, orders and value of every product and every single order are
/// compared with what was computed from the file alone. Exit code 0 only if all agree.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hotdeal replay online-retail-week.csv --server \
    http://127.0.0.1:8080 --concurrency 64")]
pub(super) struct ReplayArgs {
    /// The sales
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The server, as http://HOST:PORT
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: Target,
    /// Calls under way at the same time
    #[arg(long, value_name = "N", default_value = "16",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=CONCURRENCY_MAX))]
    concurrency: usize,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command; call it outside any async runtime. The exit code is 0 if everything agrees,
/// else 1.
///
/// # Errors
/// When the file cannot be replayed or the stage cannot be set: no server, no secret, a product
/// refused. A refused order is no error but a difference, and is reported as one.
pub(super) fn run(args: &ReplayArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let name = args.file.display();
    let lines = sheet::read(&args.file).with_context(|| format!("{name}"))?;
    let plan = plan::plan(&lines).with_context(|| format!("{name}"))?;
    drop(lines);
    let secret = settings.resolve_secret().context("the secret to make an admin's token with")?;
    let tokens = Tokens::new(&secret);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let crew = Crew::new(args.server.clone(), args.concurrency);
    let (done, compared) = runtime
        .block_on(async {
            let replay = Replay::prepare(&plan, &crew, &tokens).await?;
            let done = replay.carry_out().await?;
            let compared = compare::compare(&replay, &done).await?;
            Ok::<_, anyhow::Error>((done, compared))
        })
        .with_context(|| format!("replaying at {}", args.server))?;
    let report = report::Report::new(args, &plan, &done, compared);
    let text = if args.json { serde_json::to_string(&report)? } else { report.to_string() };
    print(text.trim_end());
    Ok(if report.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
