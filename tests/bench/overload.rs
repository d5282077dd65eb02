//! Ten times the connections at which most orders are made: how many are made then, how long who is
//! served waits, and what it takes of memory; where clients come back when they are asked to, and
//! where they come back at once.

use std::time::Duration;

use hotdeal::client::load::{Crowd, Lanes, Latency, Measured, Phase, Script};

use super::keyed::Order;
use super::world::{Outcome, World, median, report, run_phase};

const CONNECTIONS: usize = 256;
const TIMES: usize = 10;
const SLICE: Duration = Duration::from_secs(10);
const ROUNDS: usize = 3;
const PEOPLE: usize = 200_000;

/// Whom the crowd consists of.
#[derive(Debug, Clone, Copy)]
enum How {
    Peak,
    Patient,
    Hasty,
}

/// What one slice has shown.
struct Slice {
    good_per_second: f64,
    p99_ms: f64,
    refused: u64,
    memory: f64,
}

pub(crate) async fn measure(name: &str, url: &str, is_keyed: bool) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(PEOPLE);
    let product = world.stage.hot_product(world.shop, 100_000_000).await?.get();
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let script = Script::post(&world.target, "/api/orders/v1", &body);
    let script = if is_keyed { script.keyed() } else { script };
    let mut few = Lanes::open(&world.target, CONNECTIONS).await?;
    let mut many = Lanes::open(&world.target, TIMES * CONNECTIONS).await?;
    let mut asked = 0;
    slice(&world, &mut few, &script, &crowd, How::Peak, &mut asked).await?;
    for how in [How::Patient, How::Hasty] {
        let (mut goodputs, mut waits, mut memories) = (Vec::new(), Vec::new(), Vec::new());
        let (mut peaks, mut refused) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let peak = slice(&world, &mut few, &script, &crowd, How::Peak, &mut asked).await?;
            let over = slice(&world, &mut many, &script, &crowd, how, &mut asked).await?;
            goodputs.push(over.good_per_second / peak.good_per_second);
            waits.push(over.p99_ms / peak.p99_ms);
            memories.push(over.memory);
            peaks.push(peak.p99_ms);
            refused += over.refused;
        }
        let what =
            format!("{how:?} clients, {}orders, {name}", if is_keyed { "keyed " } else { "" });
        let bound = if matches!(how, How::Hasty) { "≥ 0.5" } else { "≥ 0.85" };
        let note = format!("{refused} turned away");
        report(
            &format!("goodput at ten times the connections ÷ peak, {what}"),
            goodputs,
            bound,
            &note,
        );
        let note = format!("{:.1} ms at the peak", median(peaks).0);
        report(&format!("p99 of who is served ÷ at the peak, {what}"), waits, "≤ 3", &note);
        report(&format!("MiB of memory, {what}"), memories, "", "");
    }
    world.audit().await
}

async fn slice(
    world: &World,
    lanes: &mut Lanes,
    script: &Script,
    crowd: &Crowd,
    how: How,
    asked: &mut u64,
) -> Outcome<Slice> {
    // In turn: nobody asks so often that their own limit is in the way.
    let people = Order::InTurn.people(crowd.len(), *asked);
    let phase = Phase {
        script,
        crowd,
        time_limit: Some(SLICE),
        is_patient: matches!(how, How::Patient),
        progress: &|_| {},
    };
    let told: Measured = run_phase(lanes, &phase, people).await?;
    let (good, refused) = (told.answers.count(200, ""), told.answers.count(503, "BUSY"));
    if good + refused != told.answers.total() {
        return Err(format!("{:?}", told.answers).into());
    }
    *asked += told.answers.total();
    Ok(Slice {
        // Who waits at the end asks nothing more.
        good_per_second: good as f64 / SLICE.as_secs_f64(),
        p99_ms: Latency::of(&told.good).p99_ms,
        refused,
        memory: world.memory()? as f64 / 1024.0 / 1024.0,
    })
}
