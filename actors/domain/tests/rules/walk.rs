//! A seeded walk: random commands, a naive model beside the rules, every invariant after each
//! step. `HOTDEAL_WALK_SEED` repeats one walk, `HOTDEAL_WALK_STEPS` changes its length.

mod coupons;
mod deals;
mod mall;
mod pieces;
mod wishes;

use std::collections::VecDeque;
use std::fmt::Debug;

use hotdeal_domain::SplitMix64;

/// Steps of one walk, where nothing else is asked for.
const STEPS: u32 = 20_000;
/// Commands told when a walk fails: enough to see how the broken state came about.
const SCRIPT_MAX: usize = 40;
/// Seeds that once were interesting, or simply always walked.
const SEEDS: [u64; 4] = [1, 2, 0x00C0_FFEE, 0xDEAD_BEEF];

/// A world that can be walked in.
trait World: Sized {
    type Command: Debug;

    /// The beginning, some of it by chance.
    fn begin(chance: &mut SplitMix64) -> Self;
    /// Something to try next.
    fn next(&self, chance: &mut SplitMix64) -> Self::Command;
    /// Does it to the rules and to the model, which must agree on what comes of it.
    fn run(&mut self, command: &Self::Command) -> Result<(), String>;
    /// Checks the invariants, and that rules and model are in the same state.
    fn check(&self) -> Result<(), String>;
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not `{text}`")))
}

fn walk_all<W: World>() {
    let steps =
        number("HOTDEAL_WALK_STEPS").map_or(STEPS, |steps| steps.try_into().unwrap_or(u32::MAX));
    if let Some(seed) = number("HOTDEAL_WALK_SEED") {
        return walk::<W>(seed, steps);
    }
    SEEDS.into_iter().for_each(|seed| walk::<W>(seed, steps));
    // And one that nobody has walked before.
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("later than 1970");
    walk::<W>(u64::from(since.subsec_nanos()) ^ since.as_secs() << 30, steps);
}

fn walk<W: World>(seed: u64, steps: u32) {
    let mut chance = SplitMix64::new(seed);
    let mut world = W::begin(&mut chance);
    let mut script: VecDeque<W::Command> = VecDeque::with_capacity(SCRIPT_MAX);
    for step in 0..steps {
        let command = world.next(&mut chance);
        let outcome = world.run(&command).and_then(|()| world.check());
        if script.len() == SCRIPT_MAX {
            script.pop_front();
        }
        script.push_back(command);
        if let Err(broken) = outcome {
            let told: Vec<String> = script.iter().map(|command| format!("  {command:?}")).collect();
            panic!("{broken}\nat step {step}, HOTDEAL_WALK_SEED={seed}\n{}", told.join("\n"));
        }
    }
}
