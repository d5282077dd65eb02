//! A disk that breaks: what it was given to keep is not kept, and it says so once.

use hotdeal_domain::SplitMix64;

use crate::crash::history::History;
use crate::crash::load::{self, Stage};
use crate::crash::{seed, verdict};
use crate::support::{App, Disk, Ended, PATIENCE, Store, eventually};

/// Loads the server until a sync of its database has failed, and the power goes once it has ended.
async fn loaded_on_a_broken_disk(app: &mut App, history: &mut History, chance: &mut SplitMix64) {
    let stage = Stage::set(app).await;
    app.disk().breaks();
    let load = load::begin(app, &stage, history, chance);
    eventually("a sync of the database has failed", PATIENCE * 2, async || {
        (app.disk().failed_syncs() > 0).then_some(())
    })
    .await;
    let acknowledged = stage.acknowledged();
    eventually("a server whose disk is broken ends", PATIENCE, async || {
        let more = stage.acknowledged() - acknowledged;
        assert!(more < 5_000, "a sync has failed, and {more} orders were acknowledged since");
        (!app.server().is_running()).then_some(())
    })
    .await;
    load.end(history).await;
}

#[track_caller]
fn says_one_sentence(ended: Ended) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let told: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("hotdeal: ")).collect();
    assert_eq!(told.len(), 1, "{}", ended.stderr);
    assert!(told[0].contains("disk I/O error"), "{}", told[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_breaks_ends_the_server_with_one_sentence_and_loses_nothing_acknowledged() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its disk is its own affair.
    }
    let mut chance = SplitMix64::new(seed());
    let (mut app, mut history) = (App::start_on_disk().await, History::default());
    loaded_on_a_broken_disk(&mut app, &mut history, &mut chance).await;
    says_one_sentence(app.take_server().ended());
    let lost = app.disk().lose_power(&mut chance);
    assert!(lost.bytes > 0, "nothing of the database was lost");
    app.audited();
    let broken = verdict::on_tables(&app.database, &history).await;
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    app.start_again();
    history.settle(&app).await;
    for broken in [
        verdict::over_http(&app, &history).await,
        verdict::on_tables(&app.database, &history).await,
    ] {
        assert!(broken.is_empty(), "settled:\n{}", broken.join("\n"));
    }
    app.audited();
    // What was written since lies in the log.
    app.kill();
    says_one_sentence(app.start_fails(Disk::breaks));
    app.start_again();
    app.audited();
}
