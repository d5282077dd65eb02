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
