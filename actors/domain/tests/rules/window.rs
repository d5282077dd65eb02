//! Time is compared to the millisecond, at each use.

use hotdeal_domain::{Phase, SaleWindow, UnixMillis};

use crate::table::check;

#[test]
fn a_window_begins_with_its_start_and_ends_before_its_end() {
    check(
        "
        start  end   at -> phase
        100    200   99 -> Before
        100    200  100 -> Open
        100    200  199 -> Open
        100    200  200 -> After
        100    200  201 -> After
        -5       5   -6 -> Before
        -5       5    0 -> Open
        # An empty window is never open.
        100    100   99 -> Before
        100    100  100 -> After
    ",
        |row| {
            let window =
                SaleWindow { start: UnixMillis(row.number(0)), end: UnixMillis(row.number(1)) };
            let phase: Phase = window.phase(UnixMillis(row.number(2)));
            format!("{phase:?}")
        },
    );
}

#[test]
fn the_end_of_time_is_not_passed() {
    assert_eq!(UnixMillis(5).plus(7), UnixMillis(12));
    assert_eq!(UnixMillis(i64::MAX).plus(1), UnixMillis(i64::MAX));
}
