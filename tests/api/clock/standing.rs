//! Steps that stand.

use std::time::{Duration, Instant};

use super::world::{DAY_MS, World};
use crate::support::{PATIENCE, Store, eventually};

/// A minute is long for a test that has several: here a step stands after three seconds.
pub(super) const SOON: (&str, &str) = ("HOTDEAL_CLOCK_STANDS_MS", "3000");

#[tokio::test]
async fn a_step_is_followed_once_it_has_stood_for_a_minute_and_no_sooner() {
    if Store::of_this_run() == Store::Postgres {
        return; // It has no part in it.
    }
    let world = World::start(&[]).await;
    world.wall.set(2 * DAY_MS);
    let begun = Instant::now();
    eventually("the step is followed", Duration::from_secs(60) + PATIENCE, async || {
        let ahead_ms = world.ahead_ms().await;
        if ahead_ms > DAY_MS {
            return Some(());
        }
        assert!(ahead_ms < 1_000, "it is followed slowly");
        tokio::time::sleep(Duration::from_millis(100)).await;
        None
    })
    .await;
    // A look at the clock may be as late as it likes, but not early.
    let stood = begun.elapsed();
    assert!(stood >= Duration::from_secs(60), "followed after {stood:?}");
    world.is_sound().await;
}

#[tokio::test]
async fn two_days_forward_end_what_has_ended_then_and_two_days_back_undo_it() {
    let mut world = World::start(&[SOON]).await;
    world.all_is_as_it_was().await;
    world.wall.set(2 * DAY_MS);
    eventually("what is sold from tomorrow on is sold", PATIENCE, async || {
        (world.coupon(world.later).await.status == 200).then_some(())
    })
    .await;
    world.visit().await.refused(401, "TOKEN_EXPIRED");
    world.coupon(world.sale).await.refused(409, "EVENT_CLOSED");
    assert_eq!((world.price().await, world.deals().await), (Some(1_000), 0), "the deal is over");
    // Nor is it certain enough for a second order.
    world.the_key_is_kept().await;
    // What has ended leaves the board.
    world.open_another_deal().await;
    world.app.logged_in("kim").await;
    world.is_sound().await;
    world.wall.set(0);
    eventually("the deal makes the price again", PATIENCE, async || {
        (world.price().await == Some(900)).then_some(())
    })
    .await;
    eventually("who was logged in is so", PATIENCE, async || world.try_renewal().await).await;
    // What would have been purged by then was not: nobody's repeat is a second order, and who
    // logged out stays out.
    world.all_is_as_it_was().await;
    world.is_sound().await;
}

#[tokio::test]
async fn two_days_back_open_nothing_that_is_not_open_then_and_two_days_forward_undo_it() {
    let world = World::start(&[SOON]).await;
    world.all_is_as_it_was().await;
    let rows = world.rows_for_a_time().await;
    world.wall.set(-2 * DAY_MS);
    eventually("it is not sold yet", PATIENCE, async || {
        (world.coupon(world.sale).await.status != 200).then_some(())
    })
    .await;
    world.coupon(world.sale).await.refused(409, "NOT_OPEN_YET");
    world.visit().await.with_status(200);
    // The mall may be starting over.
    let price = eventually("the lamp can be had", PATIENCE, async || world.price().await).await;
    assert_eq!((price, world.deals().await), (1_000, 0), "it has not begun");
    world.is_sound().await;
    world.wall.set(0);
    eventually("it is sold again", PATIENCE, async || {
        (world.coupon(world.sale).await.status == 200).then_some(())
    })
    .await;
    world.all_is_as_it_was().await;
    assert!(world.rows_for_a_time().await >= rows, "something was purged");
    world.is_sound().await;
}

#[tokio::test]
async fn a_session_that_outlives_a_step_forward_and_back_goes_on_and_is_no_fault_to_the_audit() {
    // Nothing is purged meanwhile.
    let day = ("HOTDEAL__AUTH__SESSION_TTL_S", "86400");
    let mut world = World::start(&[SOON, day, ("HOTDEAL_PURGE_EVERY", "600")]).await;
    world.wall.set(2 * DAY_MS);
    eventually("the step is followed", PATIENCE, async || {
        (world.visit().await.status == 401).then_some(())
    })
    .await;
    world.app.logged_in("kim").await;
    world.is_sound().await;
    world.wall.set(0);
    eventually("the step back is followed", PATIENCE, async || {
        (world.visit().await.status == 200).then_some(())
    })
    .await;
    eventually("the session of before goes on", PATIENCE, async || world.try_renewal().await).await;
    world.is_sound().await;
}

#[tokio::test]
async fn a_small_difference_is_made_up_for_at_five_percent() {
    if Store::of_this_run() == Store::Postgres {
        return; // It has no part in it.
    }
    let [ahead, behind] = [1_500, -1_500].map(async |shift_ms: i64| {
        let world = World::start(&[]).await;
        let (begun, first_ms) = (Instant::now(), world.time_ms().await);
        world.wall.set(shift_ms);
        let mut last_ms = first_ms;
        eventually("the difference is made up for", PATIENCE, async || {
            let before = begun.elapsed();
            let time_ms = world.time_ms().await;
            let after = begun.elapsed();
            assert!(time_ms >= last_ms, "time falls from {last_ms} to {time_ms}");
            last_ms = time_ms;
            // Between the two it was read.
            let passed = |time: Duration| time.as_secs_f64() * 1_000.0;
            let told = (time_ms - first_ms) as f64;
            let slack = 20.0 + passed(after - before);
            let (least, most) = (passed(before) * 0.95 - slack, passed(after) * 1.05 + slack);
            assert!((least..=most).contains(&told), "{told} ms of {before:?} to {after:?}");
            let is_there = (world.ahead_ms().await - shift_ms).abs() < 200;
            (is_there && after > Duration::from_secs(20)).then_some(())
        })
        .await;
        world.is_sound().await;
    });
    tokio::join!(ahead, behind);
}
