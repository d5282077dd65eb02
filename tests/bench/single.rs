//! One client alone: what durability costs when nobody is there to share a commit with.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Instant;

use hotdeal::client::load::Lanes;

use super::ROUNDS;
use super::world::{Outcome, World, median, report, run};

const ASKS: usize = 2_000;

pub(crate) async fn measure(url: &str, folder: &Path) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(ASKS);
    let mut lanes = Lanes::open(&world.target, 1).await?;
    let (mut ratios, mut figures) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let event = world.event(u32::try_from(ASKS)?).await?;
        let sync = fsync_us(folder)?;
        let noop = run(&mut lanes, &world.noop(event), &crowd, 0..ASKS, None).await?;
        let issued = run(&mut lanes, &world.issue(event), &crowd, 0..ASKS, None).await?;
        let (noop, issued) = (noop.latency().p50_ms * 1e3, issued.latency().p50_ms * 1e3);
        ratios.push(issued / (sync + noop));
        figures.push((issued, sync, noop));
    }
    world.audit().await?;
    let of = |pick: fn(&(f64, f64, f64)) -> f64| median(figures.iter().map(pick).collect()).0;
    let note = format!(
        "p50 {:.0} µs; fsync {:.0} µs, no-op {:.0} µs",
        of(|figure| figure.0),
        of(|figure| figure.1),
        of(|figure| figure.2)
    );
    report("one client alone: issue ÷ (fsync + no-op), p50, SQLite", ratios, "≤ 1.5", &note);
    Ok(())
}

/// The median time of appending a page to a file and syncing it, as a commit of one row does.
fn fsync_us(folder: &Path) -> Outcome<f64> {
    let mut file = std::fs::File::create(folder.join("fsync.probe"))?;
    file.seek(SeekFrom::Start(0))?;
    let mut times = Vec::new();
    for _ in 0..500 {
        file.write_all(&[7; 4_096])?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times).0)
}
