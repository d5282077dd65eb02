//! Starts while the wall clock is wrong.

use super::standing::SOON;
use super::world::{DAY_MS, World};
use crate::support::{PATIENCE, eventually};

/// A token given up so long ago that any clock lets it be forgotten: once it is gone, the server has
/// looked for what is older than it keeps.
const LONG_AGO: &str = "INSERT INTO revoked_tokens (token, user_id, void_until) \
     VALUES ('0000000000000000000000000000002a', 1, 1)";

impl World {
    async fn all_is_purged_that_may_be(&self) {
        let left = "SELECT count(*) FROM revoked_tokens WHERE void_until = 1";
        eventually("what is too old is forgotten", PATIENCE, async || {
            (self.app.database.number(left).await == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_start_with_a_wrong_date_costs_no_key_and_opens_no_door() {
    let mut world = World::start(&[SOON]).await;
    world.all_is_as_it_was().await;
    let tables = world.app.database.open().await;
    tables.spoil(LONG_AGO).await;
    tables.close().await;
    let rows = world.rows_for_a_time().await;
    world.start_again_at(2 * DAY_MS);
    assert!(world.ahead_ms().await > DAY_MS, "at the start the wall clock is taken");
    world.all_is_purged_that_may_be().await;
    assert!(world.rows_for_a_time().await >= rows - 1, "something was purged by a wrong date");
    world.the_key_is_kept().await;
    world.is_sound().await;
    world.start_again_at(0);
    world.all_is_as_it_was().await;
    world.is_sound().await;
}

#[tokio::test]
async fn a_token_of_a_wrong_date_is_void_for_as_long_as_it_would_be_good_also_after_a_restart() {
    let mut world = World::start(&[SOON]).await;
    world.wall.set(2 * DAY_MS);
    eventually("the step is followed", PATIENCE, async || {
        (world.visit().await.status == 401).then_some(())
    })
    .await;
    // A token is good for half an hour, and for some seconds.
    let good_until_ms = chrono::Utc::now().timestamp_millis() + 2 * DAY_MS + 1_805_000;
    let (max, _) = world.app.signed_up("max").await;
    world.wall.set(0);
    eventually("the step back is followed", PATIENCE, async || {
        (world.visit().await.status == 200).then_some(())
    })
    .await;
    world.start_again_at(0);
    let path = format!("/api/admin/users/{max}/role");
    let role = serde_json::json!({"role": "SELLER"});
    world.app.admin().ask(reqwest::Method::PUT, &path).json(&role).send().await.with_status(200);
    let sql = format!("SELECT void_until FROM credentials WHERE user_id = {max}");
    let void_until_ms = world.app.database.number(&sql).await;
    let short_ms = good_until_ms - void_until_ms;
    assert!(short_ms <= 0, "the token is good for {short_ms} ms more than it is known to be void");
    world.is_sound().await;
}
