//! What waits for an hour, or counts how long something lasts.

use super::world::DAY_MS;
use crate::support::{App, PATIENCE, Store, Wall, eventually};

/// By how much a clock is ahead that strikes midnight in Greenwich in so many milliseconds.
fn ahead_of_midnight_ms(in_ms: i64) -> i64 {
    DAY_MS - in_ms - chrono::Utc::now().timestamp_millis().rem_euclid(DAY_MS)
}

#[tokio::test]
async fn a_day_begins_again_after_a_step_back() {
    if Store::of_this_run() == Store::Postgres {
        return; // It has no part in it.
    }
    let wall = Wall::new();
    wall.set(ahead_of_midnight_ms(5_000));
    let mut app = App::start_with(|settings| {
        let settings = settings.with("HOTDEAL__LOG__FILTER", "info");
        let settings = settings.with("HOTDEAL__TIME__ZONE_OFFSET", "Z");
        wall.before(settings.with("HOTDEAL_CLOCK_STANDS_MS", "3000"))
    })
    .await;
    let days = |app: &mut App| app.server().logged().matches("a new day").count();
    eventually("a day begins", PATIENCE, async || (days(&mut app) == 1).then_some(())).await;
    // That is followed in three seconds and seen in eight.
    wall.set(ahead_of_midnight_ms(12_000) - 3 * DAY_MS);
    eventually("a day begins again", PATIENCE, async || (days(&mut app) == 2).then_some(())).await;
    wall.set(ahead_of_midnight_ms(DAY_MS / 2) + 2 * DAY_MS);
    eventually("days are left out", PATIENCE, async || (days(&mut app) == 3).then_some(())).await;
    app.audited();
}
