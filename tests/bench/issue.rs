//! Durable coupon issue against the no-op route, and refusals once sold out against it.

use std::time::Duration;

use hotdeal::client::load::Lanes;

use super::ROUNDS;
use super::world::{Outcome, World, report, run};

/// Coupons of one round: some seconds of issuing.
const COUPONS: u32 = 100_000;
/// How long the no-op route and the refusals are measured, each time.
const SLICE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(name: &str, url: &str, bound: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    for connections in [256, 1_024] {
        measure_at(&mut world, name, connections, bound).await?;
    }
    world.audit().await
}

async fn measure_at(world: &mut World, name: &str, connections: usize, bound: &str) -> Outcome<()> {
    let coupons = COUPONS as usize;
    let crowd = world.crowd(2 * coupons);
    let mut lanes = Lanes::open(&world.target, connections).await?;
    let (mut issue, mut refusal) = (Vec::new(), Vec::new());
    let (mut noops, mut issues) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let event = world.event(COUPONS).await?;
        let anybody = || (0..coupons).cycle();
        let noop = world.noop(event);
        let first = run(&mut lanes, &noop, &crowd, anybody(), Some(SLICE)).await?;
        let issued = run(&mut lanes, &world.issue(event), &crowd, 0..coupons, None).await?;
        let second = run(&mut lanes, &noop, &crowd, anybody(), Some(SLICE)).await?;
        let late = (coupons..2 * coupons).cycle();
        let refused = run(&mut lanes, &world.issue(event), &crowd, late, Some(SLICE)).await?;
        if issued.answers.count(200, "") != u64::from(COUPONS)
            || refused.answers.count(409, "SOLD_OUT") != refused.answers.total()
        {
            return Err(format!("{:?} {:?}", issued.answers, refused.answers).into());
        }
        let yardstick = f64::midpoint(first.per_second(), second.per_second());
        issue.push(issued.per_second() / yardstick);
        refusal.push(refused.per_second() / yardstick);
        noops.push(yardstick);
        issues.push(issued.per_second());
    }
    let figures = format!(
        "{:.0}/s of {:.0}/s",
        super::world::median(issues).0,
        super::world::median(noops).0
    );
    let what = |what: &str| format!("{what} ÷ no-op, {name}, {connections} connections");
    report(&what("durable coupon issue"), issue, &format!("≥ {bound}"), &figures);
    report(&what("refusal once sold out"), refusal, "≥ 0.90", "");
    Ok(())
}
