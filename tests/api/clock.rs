//! What becomes of all that hangs on time where somebody sets the wall clock: a step that does not
//! stand changes nothing, one that stands is followed, and whatever was followed can be gone back on.

mod hands;
mod journal;
mod standing;
mod start;
mod world;

use std::time::{Duration, Instant};

use world::{DAY_MS, World};

/// So long a step stands that is taken back: no purge and no look at the clock takes nearly as long.
const SHORT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn two_days_forward_or_back_for_a_moment_are_as_if_nothing_had_happened() {
    let [forward, back] = [2 * DAY_MS, -2 * DAY_MS].map(async |step_ms| {
        let world = World::start(&[]).await;
        world.all_is_as_it_was().await;
        let rows = world.rows_for_a_time().await;
        for ahead_ms in [step_ms, 0] {
            world.wall.set(ahead_ms);
            let begun = Instant::now();
            while begun.elapsed() < SHORT {
                world.all_is_as_it_was().await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        assert!(world.rows_for_a_time().await >= rows, "something was purged");
        world.is_sound().await;
    });
    tokio::join!(forward, back);
}
