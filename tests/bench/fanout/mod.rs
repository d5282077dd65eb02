//! Fan-out: frames of 200 bytes to many connections, against nchan in nginx with one worker. Both
//! run on the first processor, the same receiver on the second.
//!
//! A publisher keeps some messages on their way and no more, so that neither side drops any: what
//! is measured is how fast the slowest step, from the publisher to the last socket, goes.

mod nchan;
mod ours;
mod receiver;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

pub(crate) use ours::{SERVE, serve};
pub(crate) use receiver::{Protocol, Receiver};

use super::world::{Outcome, median, report};

/// Bytes of a message.
pub(super) const MESSAGE: usize = 200;
/// Messages published at once; as many again may be on their way. One: each is published when the
/// one before has reached everybody.
const BURST: u64 = 32;
/// How long one rate is measured, after it has settled.
const SETTLES: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

/// A server that hands what is published to all connections.
pub(super) trait Publishes {
    /// The process.
    fn id(&self) -> u32;
    /// Where to connect, and what to ask for.
    fn request(&self, protocol: Protocol) -> (String, String);
    /// Publishes so many messages.
    fn publish(&mut self, messages: u64) -> Outcome<()>;
}

/// Starts a program on the first processor.
pub(super) fn on_first(program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

pub(super) fn kill(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

pub(crate) async fn measure(folder: &Path) -> Outcome<()> {
    on_second()?;
    for (protocol, connections, burst, bound) in [
        (Protocol::WebSocket, 100, BURST, "≥ 1.5"),
        (Protocol::WebSocket, 1_000, BURST, "≥ 3"),
        (Protocol::WebSocket, 10_000, BURST, "≥ 3"),
        (Protocol::WebSocket, 100, 1, "≥ 1.5"),
        (Protocol::WebSocket, 1_000, 1, "≥ 3"),
        (Protocol::WebSocket, 10_000, 1, "≥ 3"),
        (Protocol::Sse, 100, BURST, "≥ 1.5"),
        (Protocol::Sse, 1_000, BURST, "≥ 1.5"),
        (Protocol::Sse, 10_000, BURST, "≥ 1.5"),
    ] {
        let (mut ratios, mut rates, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..super::ROUNDS {
            let mut ours = ours::Ours::start(folder)?;
            let (our_rate, our_cost) = rate(&mut ours, protocol, connections, burst)?;
            drop(ours);
            let mut nchan = nchan::Nchan::start(folder)?;
            let (their_rate, their_cost) = rate(&mut nchan, protocol, connections, burst)?;
            ratios.push(our_rate / their_rate);
            rates.push(our_rate);
            costs.push(their_cost / our_cost);
        }
        let note = format!(
            "{:.0}/s; nchan's processor time for each ÷ ours: {:.2}",
            median(rates).0,
            median(costs).0
        );
        let how = if burst == 1 { "one by one" } else { "in bursts" };
        let what = format!("{} × {connections} ÷ nchan, messages {how}", protocol.name());
        report(&what, ratios, bound, &note);
    }
    memory(folder)
}

/// The measuring process leaves the first processor to what it measures.
fn on_second() -> Outcome<()> {
    let id = std::process::id().to_string();
    let done = Command::new("taskset").args(["-acp", "1", &id]).output()?;
    if done.status.success() { Ok(()) } else { Err("taskset does not work".into()) }
}

/// Deliveries a second, and microseconds of processor time for each.
fn rate(
    server: &mut impl Publishes,
    protocol: Protocol,
    connections: usize,
    burst: u64,
) -> Outcome<(f64, f64)> {
    let (address, request) = server.request(protocol);
    let mut receiver = Receiver::connect(&address, &request, connections, protocol)?;
    let (mut published, mut begun) = (0, None);
    let started = Instant::now();
    loop {
        let through = receiver.received() / connections as u64;
        if published - through <= if burst == 1 { 0 } else { burst } {
            server.publish(burst)?;
            published += burst;
        }
        receiver.receive(Duration::from_millis(100))?;
        let ran = started.elapsed();
        match begun {
            None if ran > SETTLES => {
                begun = Some((Instant::now(), receiver.received(), processor_us(server.id())?));
            }
            Some((at, before, used)) if ran > SETTLES + MEASURED => {
                let seconds = at.elapsed().as_secs_f64();
                let delivered = (receiver.received() - before) as f64;
                let used = processor_us(server.id())? - used;
                // Nothing counts unless every connection gets every message.
                receiver.all(published, Duration::from_secs(30))?;
                return Ok((delivered / seconds, used / delivered));
            }
            _ => {}
        }
        if ran > Duration::from_secs(60) {
            return Err("nothing is delivered".into());
        }
    }
}

/// Processor time a process has used, in microseconds.
fn processor_us(id: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let after_name = stat.rsplit_once(')').ok_or("no stat")?.1;
    let ticks: Vec<&str> = after_name.split_whitespace().skip(11).take(2).collect();
    let ticks: f64 = ticks.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    // Linux tells them in hundredths of a second, whatever its own clock does.
    Ok(ticks * 10_000.0)
}

/// Memory of a process that is its own, in KiB.
fn memory_kib(id: u32) -> Outcome<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no RssAnon")?;
    Ok(kib.trim().parse()?)
}

/// Memory of ten thousand idle connections, of servers that have just started.
fn memory(folder: &Path) -> Outcome<()> {
    const IDLE: usize = 10_000;
    for protocol in [Protocol::WebSocket, Protocol::Sse] {
        let each = |server: &dyn Publishes| -> Outcome<f64> {
            let (address, request) = server.request(protocol);
            let before = memory_kib(server.id())?;
            let mut receiver = Receiver::connect(&address, &request, IDLE, protocol)?;
            // What is said at the beginning is read; then they idle.
            receiver.receive(Duration::from_secs(1))?;
            let grown = memory_kib(server.id())? - before;
            drop(receiver);
            Ok(grown / IDLE as f64)
        };
        let (mut ours, mut nchan) = (Vec::new(), Vec::new());
        for _ in 0..super::ROUNDS {
            ours.push(each(&ours::Ours::start(folder)?)?);
            nchan.push(each(&nchan::Nchan::start(folder)?)?);
        }
        let note = format!("KiB each of {IDLE}; nchan {:.1}", median(nchan).0);
        report(&format!("idle {}, memory", protocol.name()), ours, "≤ 20", &note);
    }
    Ok(())
}
