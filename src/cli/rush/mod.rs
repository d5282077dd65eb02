//! `hotdeal rush`: a crowd on one event of a running server, measured, and every invariant
//! checked afterwards.

mod checks;
mod contest;
mod proof;
mod report;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, builder::RangedU64ValueParser};
use hotdeal_actors::account::Role;
use hotdeal_domain::coupon::COUPONS_MAX;

use super::{print, progress::bar};
use crate::auth::Tokens;
use crate::client::load::{Crowd, Lanes};
use crate::client::stage::{Stage, made_up_people, now, person, run_tag};
use crate::client::{Session, Target};
use crate::settings::Settings;
use contest::{Contest, Goods};

/// People of one crowd at most: their tokens are some 250 bytes each, and live 30 minutes.
const USERS_MAX: u64 = 2_000_000;
/// Connections at most: one loopback address does not have many more ports.
const CONNECTIONS_MAX: u64 = 20_000;
/// Rounds at most: enough for a median.
const ROUNDS_MAX: u64 = 1_000;

/// Send a crowd at a running server and check that nothing was oversold, doubled or lost.
///
/// Makes a shop with one coupon event (or, with --orders, one hot product), mints an access token
/// for each of N made-up shoppers with the configured secret, and lets all of them ask once over
/// C keep-alive connections, each connection asking again as soon as it is answered. In turn with
/// that, the same client asks the server's no-op route with the same tokens and bodies; the ratio
/// of both is a figure that can be compared between machines.
///
/// Afterwards it checks that exactly min(N, M) were issued, nobody twice, no code twice, and that
/// every success is in the database. Exit code 0 only if all of that holds.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hotdeal rush --server http://127.0.0.1:8080 --users 20000 \
    --coupons 5000 --connections 256")]
pub(super) struct RushArgs {
    /// The server, as http://HOST:PORT
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: Target,
    /// Shoppers, each of whom asks once
    #[arg(long, value_name = "N", default_value = "20000",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=USERS_MAX))]
    users: usize,
    /// Coupons (with --orders: pieces in stock)
    #[arg(long, value_name = "M", default_value = "5000",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=COUPONS_MAX as u64))]
    coupons: u32,
    /// Connections, each with one request at a time; the server bounds them, too
    /// (http.connections_per_address_max)
    #[arg(long, value_name = "C", default_value = "256",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=CONNECTIONS_MAX))]
    connections: usize,
    /// Rounds the crowd comes in, no-op and real requests in turn; the ratio is their median
    #[arg(long, value_name = "R", default_value = "5",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=ROUNDS_MAX))]
    rounds: usize,
    /// Orders of one hot product instead of coupons
    #[arg(long)]
    orders: bool,
    /// Do not look into the database: for a server on another machine. The report says so
    #[arg(long)]
    no_database_check: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command; call it outside any async runtime. The exit code is 0 if every check holds,
/// else 1.
///
/// # Errors
/// When the crowd could not be sent: no server, no secret, a call refused, a broken connection.
pub(super) fn run(args: &RushArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    // One thread: the crowd must leave the other cores to the server it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(rush(args, settings))?;
    let text = if args.json { serde_json::to_string(&report)? } else { report.to_string() };
    print(text.trim_end());
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn rush(args: &RushArgs, settings: &Settings) -> anyhow::Result<report::Report> {
    let secret = settings.resolve_secret().context("the secret to make tokens with")?;
    let tokens = Tokens::new(&secret);
    let run = run_tag();
    let mut stage = Stage::new(Session::new(args.server.clone()), &tokens, &run);
    let goods = set_stage(&mut stage, args).await.with_context(|| {
        format!("setting the stage at {} (does it run with the same settings?)", args.server)
    })?;
    let rounds = args.rounds.min(args.users);
    let first_person = made_up_people(args.users);
    let crowd = gather(&tokens, first_person, args.users);
    let connections = args.connections.min(args.users);
    let mut lanes = Lanes::open(&args.server, connections).await?;
    let mut contest = Contest::new(&args.server, goods, &crowd, args.coupons);
    contest.warm_up(&mut lanes).await?;
    let bar = bar("rush", 2 * args.users);
    for round in 0..rounds {
        let share = args.users * round / rounds..args.users * (round + 1) / rounds;
        contest.round(&mut lanes, share, &bar).await?;
    }
    bar.finish_and_clear();
    drop(lanes);

    let outcome = contest.finish();
    let mut checks = checks::of_answers(&outcome, args.users, args.coupons);
    checks.extend(checks::at_the_server(&outcome, &mut stage, &crowd).await?);
    if !args.no_database_check {
        let rows = proof::rows(&settings.database.url, goods).await.with_context(
            || "looking into the server's database (for a server elsewhere: --no-database-check)",
        )?;
        checks.extend(proof::compare(&outcome, first_person, &rows));
    }
    Ok(report::Report::new(args, connections, goods, &outcome, checks))
}

async fn set_stage(stage: &mut Stage, args: &RushArgs) -> anyhow::Result<Goods> {
    stage.session().reach().await?;
    let shop = stage.open_rush_shop().await?;
    if args.orders {
        return Ok(Goods::Product(stage.hot_product(shop, args.coupons).await?));
    }
    let bar = bar("coupons", usize::try_from(args.coupons).unwrap_or(usize::MAX));
    let event = stage.coupon_event(shop, args.coupons, &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(Goods::Coupons(event))
}

fn gather(tokens: &Tokens, first_person: i64, users: usize) -> Crowd {
    let bar = bar("tokens", users);
    let mut crowd = Crowd::default();
    let now = now();
    for (number, _) in (first_person..).zip(0..users) {
        crowd.join(&tokens.mint_access(person(number), Role::User, now));
        if crowd.len() % 1024 == 0 {
            bar.inc(1024);
        }
    }
    bar.finish_and_clear();
    crowd
}
