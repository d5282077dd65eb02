//! `kill -9` at random moments under load, again and again on the same database: nothing that was
//! acknowledged is lost, nothing is doubled, every unanswered call finds its one answer by its key,
//! nobody is turned away for nothing.
//!
//! `HOTDEAL_CRASH_CYCLES` sets how often, `HOTDEAL_CRASH_SEED` repeats the random choices. The same
//! with the power cut, of which `HOTDEAL_POWER_CYCLES` sets how often, is in `power`.

mod calm;
#[cfg(feature = "faults")]
mod faults;
mod fence;
mod history;
mod late;
mod load;
#[cfg(feature = "faults")]
mod parts;
mod power;
mod settings;
mod verdict;

use std::time::Duration;

use hotdeal_domain::SplitMix64;

use crate::support::{App, Store};
use history::History;
use load::Stage;

/// Cycles on one database before a new one is begun: enough for what is rebuilt to matter, few
/// enough that the audit of all that has happened stays quick.
const CYCLES_A_DATABASE: u32 = 10;
/// A crash comes this long after the load began, at most.
const LOAD_MAX_MS: u32 = 600;
/// The same where a busy machine gets too little done in that time.
const SLOW_LOAD_MAX_MS: u32 = 16 * LOAD_MAX_MS;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not `{text}`")))
}

pub(crate) fn seed() -> u64 {
    let seed = setting("HOTDEAL_CRASH_SEED").unwrap_or_else(|| {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("later than 1970");
        u64::from(since.subsec_nanos()) ^ since.as_secs() << 30
    });
    println!("HOTDEAL_CRASH_SEED={seed}");
    seed
}

fn cycles() -> u32 {
    let by_default = match Store::of_this_run() {
        Store::Sqlite => 100,
        Store::Postgres => 30,
    };
    setting("HOTDEAL_CRASH_CYCLES")
        .map_or(by_default, |cycles| cycles.try_into().unwrap_or(by_default))
}

/// One cycle: load, `kill -9`, and what the database says before anybody has repaired anything.
async fn crash(
    app: &mut App,
    stage: &Stage,
    history: &mut History,
    chance: &mut SplitMix64,
    load_max_ms: u32,
) -> Vec<String> {
    let load = load::begin(app, stage, history, chance);
    // Not a wait for something: the moment of the crash is what is drawn by lot.
    let moment = Duration::from_micros(u64::from(chance.below(load_max_ms * 1_000)));
    tokio::time::sleep(moment).await;
    app.kill();
    load.end(history).await;
    last_commit_is_over(app).await;
    verdict::on_tables(&app.database, history).await
}

/// PostgreSQL goes on with what a server sent before it died: tables read one after the other
/// meanwhile are those of different moments.
async fn last_commit_is_over(app: &App) {
    if app.database.store == Store::Sqlite {
        return;
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name LIKE 'hotdeal ledger%'";
    crate::support::eventually(
        "the ledger's session is gone",
        crate::support::PATIENCE,
        async || (app.database.number(sql).await == 0).then_some(()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_at_any_moment_loses_nothing_and_doubles_nothing() {
    let mut chance = SplitMix64::new(seed());
    let cycles = cycles();
    let mut done = 0;
    let mut told = history::Counts::default();
    let mut load_max_ms = LOAD_MAX_MS;
    while done < cycles {
        let mut app = App::start().await;
        let mut stage = Stage::set(&app).await;
        let mut history = History::default();
        for _ in 0..CYCLES_A_DATABASE.min(cycles - done) {
            done += 1;
            let at = |what: &str| format!("{what}, in cycle {done}");
            let broken = crash(&mut app, &stage, &mut history, &mut chance, load_max_ms).await;
            assert!(broken.is_empty(), "{}:\n{}", at("after the crash"), broken.join("\n"));
            app.audited();
            app.start_again();
            history.settle(&app).await;
            let broken = verdict::over_http(&app, &history).await;
            assert!(broken.is_empty(), "{}:\n{}", at("over HTTP"), broken.join("\n"));
            let broken = verdict::on_tables(&app.database, &history).await;
            assert!(broken.is_empty(), "{}:\n{}", at("once settled"), broken.join("\n"));
            let unfair = history.unfair();
            assert!(unfair.is_empty(), "{}:\n{}", at("over HTTP"), unfair.join("\n"));
            stage.next_event(&app).await;
            load_max_ms = match told.and(&history).is_a_load(done) {
                true => LOAD_MAX_MS,
                false => (load_max_ms * 2).min(SLOW_LOAD_MAX_MS),
            };
        }
        let mut broken = calm::calm(&app, &stage, &mut history, &mut chance).await;
        broken.extend(verdict::on_tables(&app.database, &history).await);
        assert!(broken.is_empty(), "in the calm after cycle {done}:\n{}", broken.join("\n"));
        app.audited();
        told = told.and(&history);
    }
    println!("{done} cycles: {told:?}");
    assert!(told.is_a_load(done), "too little happened to prove anything: {told:?}");
}
