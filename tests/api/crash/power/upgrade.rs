//! The power goes while a filled database of an earlier version is being upgraded.

use hotdeal_domain::SplitMix64;
use hotdeal_migration::{Migrator, MigratorTrait as _};

use super::cut;
use crate::crash::history::History;
use crate::crash::load::Stage;
use crate::crash::{power, seed, verdict};
use crate::support::{App, Store};

/// Migrations of the version that is upgraded: those of shops, orders, coupons and sessions.
const MIGRATIONS_BEFORE: usize = 2;

/// Migrations since then.
fn migrations_since() -> u32 {
    (Migrator::migrations().len() - MIGRATIONS_BEFORE).try_into().expect("a few")
}

/// Makes the database one of an earlier version.
async fn downgrade(app: &App) {
    let db = sea_orm::Database::connect(&app.database.url).await.expect("a database");
    let down = Migrator::down(&db, Some(migrations_since())).await;
    down.expect("every migration can be taken back");
    db.close().await.expect("closing our own connection");
}

/// How many operations on the disk a whole start takes that upgrades the database.
async fn operations(app: &mut App) -> u32 {
    let of_a_start = |app: &mut App| {
        assert!(app.starts_until(0), "the power has not gone");
        u32::try_from(app.disk().operations()).expect("some hundreds")
    };
    downgrade(app).await;
    let (upgrade, plain) = (of_a_start(app), of_a_start(app));
    println!("a start takes {upgrade} operations with an upgrade and {plain} without");
    // Each is a transaction of its own, which writes something.
    assert!(upgrade >= plain + migrations_since(), "it has upgraded nothing");
    upgrade
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_that_is_cut_short_anywhere_is_done_by_the_next_start_and_loses_nothing() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its disk is its own affair.
    }
    let mut chance = SplitMix64::new(seed());
    let mut app = App::start_on_disk().await;
    let stage = Stage::set(&app).await;
    let mut history = History::default();
    cut(&mut app, &stage, &mut history, &mut chance).await;
    app.start_again();
    history.settle(&app).await;
    app.kill();
    let operations = operations(&mut app).await;
    for cycle in 1..=power::cycles().div_ceil(2) {
        downgrade(&app).await;
        let end = 1 + chance.below(operations);
        let ready = app.starts_until(u64::from(end));
        let lost = app.disk().lose_power(&mut chance);
        println!(
            "cycle {cycle}: cut in operation {end} of {operations} (ready: {ready}), {} bytes and {} \
             names lost",
            lost.bytes, lost.names
        );
        app.start_again();
        app.kill();
        app.audited();
        let broken = verdict::on_tables(&app.database, &history).await;
        assert!(broken.is_empty(), "in cycle {cycle}:\n{}", broken.join("\n"));
    }
}
