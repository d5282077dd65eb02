//! The power is cut at random moments: under load, in a first start, and while a filled database
//! is being upgraded. What was not synced is then lost, in part or as a whole; what was
//! acknowledged is not.
//!
//! `HOTDEAL_POWER_CYCLES` sets how often, `HOTDEAL_CRASH_SEED` repeats the random choices.

mod broken;
mod first_start;
mod upgrade;

use hotdeal_domain::SplitMix64;

use super::history::{self, History};
use super::load::{self, Stage};
use super::{CYCLES_A_DATABASE, seed, setting, verdict};
use crate::support::{App, Lost, PATIENCE, Store, eventually};

/// Orders that are acknowledged before the power goes.
const ORDERS_BEFORE: usize = 50;
/// The power goes within this many operations on the disk then: a few dozen transactions, and
/// now and then a checkpoint.
const OPERATIONS_MAX: u32 = 400;

fn cycles() -> u32 {
    setting("HOTDEAL_POWER_CYCLES").map_or(20, |cycles| cycles.try_into().unwrap_or(20))
}

/// One cycle: load, and the power goes; how many orders were acknowledged, and what was lost.
async fn cut(
    app: &mut App,
    stage: &Stage,
    history: &mut History,
    chance: &mut SplitMix64,
) -> (usize, Lost) {
    let load = load::begin(app, stage, history, chance);
    eventually("enough orders are made", PATIENCE, async || {
        (stage.acknowledged() >= ORDERS_BEFORE).then_some(())
    })
    .await;
    app.disk().lose_power_in(1 + u64::from(chance.below(OPERATIONS_MAX)));
    load.end(history).await;
    let lost = app.lose_power(chance);
    (stage.acknowledged(), lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_under_load_loses_nothing_that_was_acknowledged() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its disk is its own affair.
    }
    let mut chance = SplitMix64::new(seed());
    let (cycles, mut done) = (cycles(), 0);
    let mut told = history::Counts::default();
    while done < cycles {
        let mut app = App::start_on_disk().await;
        let mut stage = Stage::set(&app).await;
        let mut history = History::default();
        for _ in 0..CYCLES_A_DATABASE.min(cycles - done) {
            done += 1;
            let (orders, lost) = cut(&mut app, &stage, &mut history, &mut chance).await;
            println!("cycle {done}: {orders} orders acknowledged, {} bytes lost", lost.bytes);
            assert!(lost.bytes > 0, "cycle {done} has cut nothing off");
            app.audited();
            let broken = verdict::on_tables(&app.database, &history).await;
            assert!(broken.is_empty(), "in cycle {done}:\n{}", broken.join("\n"));
            app.start_again();
            history.settle(&app).await;
            for broken in [
                verdict::over_http(&app, &history).await,
                verdict::on_tables(&app.database, &history).await,
                history.unfair(),
            ] {
                assert!(broken.is_empty(), "settled, in cycle {done}:\n{}", broken.join("\n"));
            }
            stage.next_event(&app).await;
        }
        app.audited();
        told = told.and(&history);
    }
    println!("{done} cycles: {told:?}");
}

/// What a disk that loses power must find out in so few cycles.
#[cfg(feature = "faults")]
const MUTANT_CYCLES: u32 = 5;

#[cfg(feature = "faults")]
async fn is_caught(mutant: &str) {
    if Store::of_this_run() == Store::Postgres {
        return; // These are settings of SQLite.
    }
    let mut chance = SplitMix64::new(seed());
    for cycle in 1..=MUTANT_CYCLES {
        let mut app = App::start_on_disk().await;
        let stage = Stage::set(&app).await;
        app.kill();
        app.start_again_with(&[("HOTDEAL_MUTANT", mutant)]);
        let mut history = History::default();
        cut(&mut app, &stage, &mut history, &mut chance).await;
        // What cannot even be read needs no verdict.
        let audit = app.run(&["audit"]);
        if !audit.status.success() {
            return println!("caught in cycle {cycle}: {}{}", audit.stdout, audit.stderr);
        }
        let broken = verdict::on_tables(&app.database, &history).await;
        if let Some(lost) = broken.iter().find(|found| found.starts_with("lost: ")) {
            return println!("caught in cycle {cycle}: {lost}");
        }
    }
    panic!("{MUTANT_CYCLES} power cuts of a server that is {mutant}, and nothing was missed");
}

#[cfg(feature = "faults")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_syncs_is_caught() {
    is_caught("synchronous-off").await;
}

#[cfg(feature = "faults")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_syncs_its_log_now_and_then_is_caught() {
    is_caught("synchronous-normal").await;
}
