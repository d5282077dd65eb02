//! The clock's rules: a table of what happens to the wall clock and what becomes of the time, and a
//! walk by chance in which what always holds is looked at.

use hotdeal_domain::SplitMix64;

use super::*;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;
/// The steady clock at the beginning of each test, and the wall clock.
const STEADY: i64 = 5_000 * SECOND;
const WALL: i64 = 1_800_000_000 * SECOND;

/// A follower with the two clocks that it looks at.
struct World {
    follower: Follower,
    steady: i64,
    /// How far the wall clock is ahead of where it would be had nobody set it.
    ahead: i64,
}

impl World {
    /// One that has begun long ago.
    fn new() -> Self {
        let mut world = Self::begin();
        world.follower.began -= DAY;
        world
    }

    fn begin() -> Self {
        let look = Look { steady: STEADY, wall: WALL };
        Self { follower: Follower::begin(look, STANDS_US), steady: STEADY, ahead: 0 }
    }

    fn look(&mut self) -> Finding {
        let wall = WALL + self.steady - STEADY + self.ahead;
        self.follower.look(Look { steady: self.steady, wall })
    }

    /// So much time passes, with a look each quarter of a second, and one at the end: all that is found.
    fn pass(&mut self, time: i64) -> Vec<Finding> {
        let end = self.steady + time;
        let mut found = Vec::new();
        while self.steady < end {
            self.steady = (self.steady + SECOND / 4).min(end);
            found.push(self.look());
        }
        found.retain(|finding| *finding != Finding::Nothing);
        found
    }

    /// How far the time is ahead of where it would be.
    fn told(&self) -> i64 {
        self.follower.course().time(self.steady) - (WALL + self.steady - STEADY)
    }
}

/// What is done to the wall clock, each at a second; how far it is ahead from then on. And what the
/// time is ahead by at some seconds, in milliseconds, with whether that is in doubt.
type Row = (&'static str, &'static [(i64, i64)], &'static [(i64, i64, bool)]);

const TABLE: &[Row] = &[
    ("nobody sets it", &[], &[(0, 0, false), (100, 0, false)]),
    (
        "a second ahead",
        &[(10, SECOND)],
        &[(10, 0, false), (12, 100, false), (20, 500, false), (31, 1_000, false)],
    ),
    (
        "a second behind",
        &[(10, -SECOND)],
        &[(10, 0, false), (12, -100, false), (20, -500, false), (31, -1_000, false)],
    ),
    ("two seconds are no step", &[(10, 2 * SECOND)], &[(20, 500, false), (60, 2_000, false)]),
    (
        "a little more is one",
        &[(10, 2 * SECOND + 1)],
        &[(20, 0, true), (69, 0, true), (71, 2_000, false)],
    ),
    (
        "two days forward that stand",
        &[(10, 2 * DAY)],
        &[(11, 0, true), (69, 0, true), (71, 2 * 86_400_000, false)],
    ),
    (
        "two days back that stand",
        &[(10, -2 * DAY)],
        &[(11, 0, true), (69, 0, true), (71, -2 * 86_400_000, false)],
    ),
    (
        "two days forward that do not stand",
        &[(10, 2 * DAY), (69, 0)],
        &[(68, 0, true), (70, 0, false), (200, 0, false)],
    ),
    (
        "two days back that do not stand",
        &[(10, -2 * DAY), (69, 0)],
        &[(68, 0, true), (70, 0, false), (200, 0, false)],
    ),
    (
        "who comes back nearly is approached",
        &[(10, 2 * DAY), (60, SECOND)],
        &[(59, 0, true), (61, 50, false), (70, 500, false), (90, 1_000, false)],
    ),
    (
        "one step after the other: each begins anew",
        &[(10, 2 * DAY), (60, 3 * DAY)],
        &[(71, 0, true), (119, 0, true), (121, 3 * 86_400_000, false)],
    ),
    (
        "forward and, once that is followed, back",
        &[(10, 2 * DAY), (100, 0)],
        &[(99, 2 * 86_400_000, false), (159, 2 * 86_400_000, true), (161, 0, false)],
    ),
    (
        "a slew that a step comes upon goes on, and is forgotten when that is followed",
        &[(10, SECOND), (20, DAY)],
        &[(20, 500, true), (30, 1_000, true), (79, 1_000, true), (81, 86_400_000, false)],
    ),
    (
        "small steps that come to a large one, until the first is made up for",
        &[(10, 3 * SECOND / 2), (11, 3 * SECOND)],
        &[(11, 50, true), (29, 950, true), (32, 1_100, false), (72, 3_000, false)],
    ),
];

#[test]
fn the_time_follows_the_wall_clock_by_the_table() {
    for (what, done, expected) in TABLE {
        let mut world = World::new();
        for second in 0..=200 {
            if let Some((_, ahead)) = done.iter().find(|(at, _)| *at == second) {
                world.ahead = *ahead;
                world.look();
            }
            if let Some((_, ahead_ms, doubt)) = expected.iter().find(|(at, ..)| *at == second) {
                let told = (world.told(), world.follower.is_in_doubt(world.steady));
                let near = (told.0 / 1_000 - ahead_ms).abs() <= 15;
                assert!(near && told.1 == *doubt, "{what}, at {second} s: {told:?}");
            }
            world.pass(SECOND);
        }
    }
}

#[test]
fn each_step_is_found_once_and_so_is_what_becomes_of_it() {
    let mut world = World::new();
    assert_eq!(world.pass(MINUTE), []);
    world.ahead = DAY;
    assert_eq!(world.pass(59 * SECOND), [Finding::Stepped(DAY)]);
    assert_eq!(world.pass(2 * SECOND), [Finding::Followed(DAY)]);
    world.ahead = 0;
    assert_eq!(world.pass(10 * SECOND), [Finding::Stepped(-DAY)]);
    world.ahead = DAY;
    assert_eq!(world.pass(MINUTE), [Finding::Returned]);
    // A process that was stopped does not know how long a step has stood when it goes on.
    world.ahead = 0;
    world.steady += DAY;
    assert_eq!(world.look(), Finding::Stepped(-DAY));
    assert_eq!(world.pass(61 * SECOND), [Finding::Followed(-DAY)]);
}

/// How far what is certain is behind the time; none in doubt.
fn behind(world: &World) -> Option<i64> {
    let certain = world.follower.certain(world.steady)?;
    Some(world.follower.course().time(world.steady) - certain)
}

#[test]
fn at_the_start_nothing_is_certain_until_the_wall_clock_has_stood() {
    let mut world = World::begin();
    world.pass(59 * SECOND);
    assert_eq!((behind(&world), world.told()), (None, 0), "the time is taken, and in doubt");
    world.pass(SECOND);
    assert_eq!(behind(&world), Some(0));
    // It is set right after half a minute, and has to stand from then on.
    let mut world = World::begin();
    world.pass(30 * SECOND);
    world.ahead = -2 * DAY;
    world.pass(59 * SECOND);
    assert_eq!(behind(&world), None);
    world.pass(2 * SECOND);
    assert_eq!((behind(&world), world.told()), (Some(0), -2 * DAY));
}

#[test]
fn a_start_long_after_what_was_recorded_last_is_a_step_forward() {
    let mut world = World::begin();
    world.follower.learn(STEADY, WALL - SECOND);
    world.follower.learn(STEADY, WALL - 2 * DAY);
    world.follower.learn(STEADY, WALL - DAY);
    world.follower.learn(STEADY, WALL + DAY);
    world.pass(MINUTE);
    assert_eq!(behind(&world), Some(2 * DAY));
    assert_eq!(world.follower.earliest(world.steady) - WALL, MINUTE - 2 * DAY);
    world.pass(DAY - 2 * MINUTE);
    assert_eq!(behind(&world), Some(2 * DAY));
    world.pass(MINUTE);
    assert_eq!(behind(&world), Some(0), "it has stood for a day");
    // As much of it as is taken back is none any more.
    let mut world = World::begin();
    world.follower.learn(STEADY, WALL - 2 * DAY - MINUTE);
    world.pass(MINUTE);
    world.ahead = -2 * DAY;
    world.pass(2 * MINUTE);
    assert_eq!(behind(&world), Some(MINUTE));
}

#[test]
fn what_cannot_be_undone_waits_for_the_doubt_and_a_day_after_a_step_forward() {
    let mut world = World::new();
    assert_eq!(behind(&world), Some(0));
    world.ahead = 3 * DAY;
    world.pass(59 * SECOND);
    assert_eq!(behind(&world), None);
    world.pass(2 * SECOND);
    assert_eq!(behind(&world), Some(3 * DAY));
    // Part of it is taken back, which is certain at once.
    world.ahead = DAY;
    world.pass(SECOND);
    assert_eq!(behind(&world), None);
    world.pass(MINUTE);
    assert_eq!(behind(&world), Some(DAY));
    world.pass(DAY - 2 * MINUTE);
    assert_eq!(behind(&world), Some(DAY));
    world.pass(MINUTE);
    assert_eq!(behind(&world), Some(0));
    world.ahead = 0;
    world.pass(2 * MINUTE);
    assert_eq!(behind(&world), Some(0), "a step back needs no such care");
}

#[test]
fn the_latest_time_is_remembered_when_time_is_set_back() {
    let mut world = World::new();
    let latest = |world: &World| world.follower.latest(world.steady) - WALL;
    world.pass(MINUTE);
    assert_eq!(latest(&world), MINUTE);
    world.ahead = DAY;
    world.pass(2 * MINUTE);
    assert_eq!(latest(&world), DAY + 3 * MINUTE);
    world.ahead = 0;
    world.pass(2 * MINUTE);
    let back = latest(&world);
    assert!((DAY + 4 * MINUTE..DAY + 5 * MINUTE).contains(&back), "{back}");
    world.pass(2 * DAY);
    assert_eq!(latest(&world), 2 * DAY + 5 * MINUTE);
}

/// Whatever is done to the wall clock: the time never falls and runs at 0.95 to 1.05 of the steady
/// clock, but for steps that are told; nothing is followed that has not stood for a minute; and a
/// wall clock that is left alone is found in the end.
#[test]
fn a_walk_by_chance_breaks_no_rule() {
    for seed in 0..200 {
        let mut chance = SplitMix64::new(seed);
        let mut below = |most: i64| {
            i64::try_from(chance.next_u64() % most.unsigned_abs()).expect("below a number")
        };
        let mut world = World::new();
        let (mut last, mut told) = (world.steady, world.told());
        let mut set_at = world.steady;
        for _ in 0..2_000 {
            let by = match below(40) {
                0 => below(8 * DAY) - 4 * DAY,
                1 => below(6 * SECOND) - 3 * SECOND,
                // The wall clock runs a little too fast or too slow.
                2 => below(2_000) - 1_000,
                _ => 0,
            };
            world.ahead += by;
            if by.abs() > STEP_US {
                set_at = world.steady;
            }
            // Mostly it looks in time.
            world.steady += if below(50) == 0 { below(2 * MINUTE) } else { below(SECOND) } + 1;
            let (before, finding) = (world.told(), world.look());
            let passed = world.steady - last;
            let moved = before - told;
            assert!(moved.abs() <= passed / 20 + 1, "seed {seed}: {moved} in {passed}");
            let jumped = world.told() - before;
            match finding {
                Finding::Followed(by) => {
                    assert_eq!(jumped, by, "seed {seed}");
                    assert!(world.steady - set_at >= STANDS_US, "seed {seed}: it has not stood");
                    assert_eq!(world.told(), world.ahead, "seed {seed}");
                }
                _ => assert_eq!(jumped, 0, "seed {seed}: {finding:?}"),
            }
            let certain = world.follower.certain(world.steady);
            assert_eq!(certain.is_none(), world.follower.is_in_doubt(world.steady), "seed {seed}");
            let time = world.follower.course().time(world.steady);
            assert!(certain.is_none_or(|certain| certain <= time), "seed {seed}");
            (last, told) = (world.steady, world.told());
        }
        world.pass(3 * MINUTE);
        assert_eq!(
            (world.told(), world.follower.is_in_doubt(world.steady)),
            (world.ahead, false),
            "seed {seed}"
        );
    }
}
