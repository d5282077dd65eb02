//! Times in the journal.

use super::world::{DAY_MS, World};

#[tokio::test]
async fn the_time_of_a_journals_row_is_never_before_that_of_the_row_before_also_after_a_restart() {
    let mut world = World::start(&[]).await;
    world.app.kill();
    world.wall.set(DAY_MS);
    world.app.start_again();
    assert!(world.ahead_ms().await > DAY_MS / 2, "at the start the wall clock is taken");
    world.coupon(world.later).await.with_status(200);
    world.app.logged_in("kim").await;
    world.app.kill();
    world.wall.set(0);
    world.app.start_again();
    assert!(world.ahead_ms().await.abs() < DAY_MS / 2, "at the start the wall clock is taken");
    // The streams of the shop, of the coupons and of an account go on.
    world.coupon(world.sale).await.with_status(200);
    world.price().await;
    world.app.logged_in("kim").await;
    world.is_sound().await;
    // And what is new begins now.
    world.app.signed_up("max").await;
    let sql = "SELECT recorded_at FROM journal WHERE stream LIKE 'user:%'";
    let rows: Vec<(i64,)> = world.app.database.rows(sql).await;
    let now_ms = chrono::Utc::now().timestamp_millis();
    assert!(rows.iter().any(|(at,)| (now_ms - 60_000..now_ms + 1_000).contains(at)), "{rows:?}");
}
