//! What `hotdeal rush` prints.

use std::fmt;

use serde::Serialize;

use super::RushArgs;
use super::checks::Check;
use super::contest::{Goods, Outcome, Round};
use crate::client::load::{AnswerCount, Latency, Measured};

/// Everything a rush has shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    server: String,
    users: usize,
    coupons: u32,
    connections: usize,
    /// `coupons` or `orders`.
    of: &'static str,
    /// The event's or the product's number.
    id: i64,
    noop: Figures,
    requests: Figures,
    ratio: Ratio,
    rounds: Vec<RoundFigures>,
    answers: Vec<AnswerCount>,
    won: usize,
    too_late: u64,
    database_checked: bool,
    checks: Vec<Check>,
    holds: bool,
}

/// Throughput and latency of one kind of request over all rounds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    requests: u64,
    per_second: f64,
    #[serde(flatten)]
    latency: Latency,
}

/// Requests a second ÷ no-op requests a second: medians over rounds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ratio {
    median: Option<f64>,
    /// Of the rounds in which everybody won.
    winning: Option<f64>,
    /// Of the rounds in which nothing was left.
    refusing: Option<f64>,
}

/// One round.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoundFigures {
    noop_per_second: f64,
    per_second: f64,
    ratio: f64,
    won: u64,
}

impl Report {
    pub(super) fn new(
        args: &RushArgs,
        connections: usize,
        goods: Goods,
        outcome: &Outcome,
        checks: Vec<Check>,
    ) -> Self {
        let (mut noop, mut real) = (Measured::default(), Measured::default());
        for round in &outcome.rounds {
            noop.merge(&round.noop);
            real.merge(&round.real);
        }
        let (of, id) = match goods {
            Goods::Coupons(event) => ("coupons", event.get()),
            Goods::Product(product) => ("orders", product.get()),
        };
        Self {
            server: args.server.to_string(),
            users: args.users,
            coupons: args.coupons,
            connections,
            of,
            id,
            noop: Figures::new(&noop),
            requests: Figures::new(&real),
            ratio: Ratio::new(&outcome.rounds),
            rounds: outcome.rounds.iter().map(RoundFigures::new).collect(),
            answers: real.answers.sorted(),
            won: outcome.winners.len(),
            too_late: outcome.too_late,
            database_checked: !args.no_database_check,
            holds: checks.iter().all(|check| check.holds),
            checks,
        }
    }

    /// Whether every check holds.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }
}

impl Figures {
    fn new(measured: &Measured) -> Self {
        Self {
            requests: measured.answers.total(),
            per_second: measured.per_second(),
            latency: measured.latency(),
        }
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let Latency { p50_ms, p95_ms, p99_ms, max_ms } = self.latency;
        writeln!(
            f,
            "  {name:<8} {:>9} {:>9.0} {p50_ms:>9.2} {p95_ms:>9.2} {p99_ms:>9.2} {max_ms:>9.2}",
            self.requests, self.per_second
        )
    }
}

impl RoundFigures {
    fn new(round: &Round) -> Self {
        Self {
            noop_per_second: round.noop.per_second(),
            per_second: round.real.per_second(),
            ratio: ratio(round),
            won: round.won,
        }
    }
}

impl Ratio {
    fn new(rounds: &[Round]) -> Self {
        let of = |which: &dyn Fn(&Round) -> bool| {
            median(rounds.iter().filter(|round| which(round)).map(ratio).collect())
        };
        Self {
            median: of(&|_| true),
            winning: of(&|round| round.won == round.noop.answers.total()),
            refusing: of(&|round| round.won == 0),
        }
    }
}

fn ratio(round: &Round) -> f64 {
    round.real.per_second() / round.noop.per_second()
}

/// The middle value, or the mean of the two middle ones.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, made) = match self.of {
            "orders" => ("pieces of product", "order"),
            _ => ("coupons of event", "issue"),
        };
        writeln!(
            f,
            "{} shoppers for {} {what} {} at {}, {} connections\n",
            self.users, self.coupons, self.id, self.server, self.connections
        )?;
        writeln!(
            f,
            "  {:<8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "", "requests", "per s", "p50 ms", "p95 ms", "p99 ms", "max ms"
        )?;
        self.noop.row(f, "no-op")?;
        self.requests.row(f, made)?;
        self.write_ratio(f, made)?;
        writeln!(f, "\nanswers")?;
        for AnswerCount { status, code, count } in &self.answers {
            writeln!(f, "  {count:>9} x {status} {code}")?;
        }
        writeln!(f, "\nchecks")?;
        for Check { what, holds, found } in &self.checks {
            let (mark, colon) = if *holds { ("ok  ", "") } else { ("FAIL", ": ") };
            writeln!(f, "  {mark} {what}{colon}{found}")?;
        }
        if !self.database_checked {
            writeln!(f, "  skipped: the database was not looked into (--no-database-check)")?;
        }
        let verdict = if self.holds { "all checks hold" } else { "a check FAILED" };
        writeln!(f, "\n{verdict}")
    }
}

impl Report {
    fn write_ratio(&self, f: &mut fmt::Formatter<'_>, made: &str) -> fmt::Result {
        let Some(median) = self.ratio.median else { return Ok(()) };
        let count = self.rounds.len();
        write!(f, "\n{made} / no-op  {median:.2}  (median of {count}")?;
        if let Some(winning) = self.ratio.winning {
            write!(f, "; while there was enough {winning:.2}")?;
        }
        if let Some(refusing) = self.ratio.refusing {
            write!(f, "; once nothing was left {refusing:.2}")?;
        }
        writeln!(f, ")")?;
        for RoundFigures { noop_per_second, per_second, ratio, won } in &self.rounds {
            writeln!(
                f,
                "  no-op {noop_per_second:>7.0}/s  {made} {per_second:>7.0}/s  {ratio:.2}  won {won}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        for (values, expected) in [
            (vec![], None),
            (vec![3.0], Some(3.0)),
            (vec![3.0, 1.0], Some(2.0)),
            (vec![9.0, 1.0, 2.0], Some(2.0)),
        ] {
            assert_eq!(median(values.clone()), expected, "{values:?}");
        }
    }
}
