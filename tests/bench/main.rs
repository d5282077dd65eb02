//! The ratios of the table in README.md beside this: each against its yardstick in the same run, round by round
//! in turn, medians of five, and the audit at the end. Started by `tests/bench/run`.
#![expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]

mod board;
mod by_hand;
mod deals;
mod fanout;
mod flood;
mod history;
mod issue;
mod keyed;
mod notices;
mod orders;
mod overload;
mod pages;
mod preload;
mod reach;
mod reads;
mod redis;
mod single;
mod versus;
mod world;

use std::path::{Path, PathBuf};

use clap::Parser;
use world::Outcome;

/// Rounds of each measurement.
const ROUNDS: usize = 5;

#[derive(Parser)]
struct Arguments {
    /// A PostgreSQL server, as postgres://user@host:port.
    #[arg(long)]
    postgres: String,
    /// The folder of pgbench and psql.
    #[arg(long)]
    programs: PathBuf,
    /// The port of a Redis with an append-only file that is synced always.
    #[arg(long)]
    redis: u16,
    /// Where SQLite files go.
    #[arg(long)]
    folder: PathBuf,
    /// Another build's program, which `versus` measures this one against.
    #[arg(long)]
    other: Option<PathBuf>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    /// What to measure; everything if nothing is named.
    parts: Vec<String>,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    if arguments.parts.iter().any(|part| part == fanout::SERVE) {
        return fanout::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

async fn measure(arguments: &Arguments) -> Outcome<()> {
    let wanted = |part: &str| {
        arguments.parts.is_empty() || arguments.parts.iter().any(|wanted| wanted == part)
    };
    println!("| What | Median of {ROUNDS} (least to greatest) | Bound | In figures |");
    println!("|---|---|---|---|");
    let sqlite = |name: &str| sqlite(&arguments.folder, name);
    if wanted("issue") {
        issue::measure("SQLite", &sqlite("issue"), "0.55").await?;
        let url = database(arguments, "bench_issue").await?;
        issue::measure("PostgreSQL", &url, "0.47").await?;
    }
    if wanted("orders") {
        let url = database(arguments, "bench_orders").await?;
        orders::measure(&url, &arguments.programs, &arguments.postgres, &arguments.folder).await?;
    }
    if wanted("board") {
        board::measure("SQLite", &sqlite("board")).await?;
        let url = database(arguments, "bench_board").await?;
        board::measure("PostgreSQL", &url).await?;
    }
    if wanted("keyed") {
        for order in [keyed::Order::InTurn, keyed::Order::AtRandom] {
            keyed::measure("SQLite", &sqlite(&format!("keyed_{order:?}")), order).await?;
            let url = database(arguments, &format!("bench_keyed_{order:?}").to_lowercase()).await?;
            keyed::measure("PostgreSQL", &url, order).await?;
        }
    }
    if wanted("overload") {
        for (is_keyed, of) in [(false, "plain"), (true, "keyed")] {
            let url = sqlite(&format!("overload_{of}"));
            overload::measure("SQLite", &url, is_keyed).await?;
            let url = database(arguments, &format!("bench_overload_{of}")).await?;
            overload::measure("PostgreSQL", &url, is_keyed).await?;
        }
    }
    if wanted("redis") {
        redis::measure(&sqlite("redis"), arguments.redis).await?;
    }
    if wanted("single") {
        single::measure(&sqlite("single"), &arguments.folder).await?;
    }
    if wanted("deals") {
        deals::measure("SQLite", &sqlite("deals"), "≤ 2.5").await?;
        let url = database(arguments, "bench_deals").await?;
        deals::measure("PostgreSQL", &url, "≤ 2.0").await?;
    }
    if wanted("notices") {
        notices::measure("SQLite", &sqlite("notices"), "≤ 1.5").await?;
        let url = database(arguments, "bench_notices").await?;
        notices::measure("PostgreSQL", &url, "≤ 1.5").await?;
    }
    if wanted("reads") {
        reads::measure("SQLite", &sqlite("reads")).await?;
        let url = database(arguments, "bench_reads").await?;
        reads::measure("PostgreSQL", &url).await?;
    }
    if wanted("pages") {
        pages::measure(&sqlite("pages")).await?;
    }
    if wanted("flood") {
        flood::measure(&sqlite("flood")).await?;
    }
    if wanted("reach") {
        reach::measure("SQLite", &sqlite("reach")).await?;
        let url = database(arguments, "bench_reach").await?;
        reach::measure("PostgreSQL", &url).await?;
    }
    if wanted("fanout") {
        fanout::measure(&arguments.folder).await?;
    }
    if wanted("preload") {
        preload::measure(&sqlite("preload")).await?;
    }
    if wanted("history") {
        history::measure("SQLite", &sqlite("history")).await?;
        let url = database(arguments, "bench_history").await?;
        history::measure("PostgreSQL", &url).await?;
    }
    if wanted("by-hand") {
        by_hand::measure()?;
    }
    if let Some(other) = &arguments.other {
        let urls = versus::BUILDS.map(sqlite);
        versus::measure("SQLite", other, &urls).await?;
        let mut urls = Vec::new();
        for build in versus::BUILDS {
            urls.push(database(arguments, &format!("bench_{build}")).await?);
        }
        versus::measure("PostgreSQL", other, &urls).await?;
    }
    Ok(())
}

fn sqlite(folder: &Path, name: &str) -> String {
    format!("sqlite://{}", folder.join(format!("{name}.db")).display())
}

/// A new database on the PostgreSQL server.
async fn database(arguments: &Arguments, name: &str) -> Outcome<String> {
    use sea_orm::ConnectionTrait as _;
    let server = sea_orm::Database::connect(format!("{}/postgres", arguments.postgres)).await?;
    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    Ok(format!("{}/{name}", arguments.postgres))
}
