//! The oracle of availability: whoever was told that there is too little was told the truth only
//! if, at some moment of the call, others had it or may have had it.
//!
//! Both ends of a call are measured outside the server, so each call is taken for longer than it
//! was: what is unfair by this measure was unfair.

use std::collections::BTreeMap;
use std::time::Instant;

/// From when until when, both included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    pub(crate) from: Instant,
    pub(crate) until: Instant,
}

impl Period {
    pub(crate) fn since(from: Instant) -> Self {
        Self { from, until: Instant::now() }
    }
}

/// What may have been somebody's.
#[derive(Debug)]
struct Taken {
    lines: Vec<(i64, i64)>,
    from: Instant,
    /// Until it certainly was nobody's any more.
    until: Option<Instant>,
}

/// Somebody was told that there is too little.
#[derive(Debug)]
struct Short {
    who: String,
    product: i64,
    wanted: i64,
    during: Period,
}

/// What there is, who had of it, and who was told that there is too little.
#[derive(Debug)]
pub(crate) struct Availability {
    on_hand: BTreeMap<i64, i64>,
    taken: Vec<Taken>,
    short: Vec<Short>,
}

impl Availability {
    pub(crate) fn of(on_hand: impl IntoIterator<Item = (i64, i64)>) -> Self {
        Self { on_hand: on_hand.into_iter().collect(), taken: Vec::new(), short: Vec::new() }
    }

    /// These pieces may have been somebody's, for ever or until then.
    pub(crate) fn was_taken(
        &mut self,
        lines: &[(i64, i64)],
        from: Instant,
        until: Option<Instant>,
    ) {
        self.taken.push(Taken { lines: lines.to_vec(), from, until });
    }

    /// `who` wanted so much of `product`, and was told that there is less.
    pub(crate) fn was_short(&mut self, who: String, product: i64, wanted: i64, during: Period) {
        self.short.push(Short { who, product, wanted, during });
    }

    /// Every refusal that nothing explains.
    pub(crate) fn unfair(&self) -> Vec<String> {
        let unfair = self.short.iter().filter(|short| {
            self.on_hand(short.product) - self.most_taken(short.product, short.during)
                >= short.wanted
        });
        unfair
            .map(|Short { who, product, wanted, during }| {
                let left = self.on_hand(*product) - self.most_taken(*product, *during);
                format!("unfair: {who} wanted {wanted} of {product} where {left} were free")
            })
            .collect()
    }

    fn on_hand(&self, product: i64) -> i64 {
        self.on_hand.get(&product).copied().unwrap_or(0)
    }

    /// The most that may have been taken at one moment of `during`.
    fn most_taken(&self, product: i64, during: Period) -> i64 {
        let has_ended = |taken: &Taken, at| taken.until.is_some_and(|until| until < at);
        let taken: Vec<(&Taken, i64)> = self
            .taken
            .iter()
            .filter(|taken| taken.from <= during.until && !has_ended(taken, during.from))
            .map(|taken| (taken, pieces_of(product, &taken.lines)))
            .filter(|(_, pieces)| *pieces > 0)
            .collect();
        let begun = taken.iter().map(|(taken, _)| taken.from);
        // It grows only where somebody begins.
        let moments = begun.filter(|at| *at > during.from).chain([during.from]);
        let at_once = |at| {
            let then = taken.iter().filter(|(taken, _)| taken.from <= at && !has_ended(taken, at));
            then.map(|(_, pieces)| pieces).sum()
        };
        moments.map(at_once).max().unwrap_or(0)
    }
}

fn pieces_of(product: i64, lines: &[(i64, i64)]) -> i64 {
    lines.iter().filter(|line| line.0 == product).map(|line| line.1).sum()
}

#[test]
fn a_refusal_is_fair_only_while_others_may_have_what_was_wanted() {
    let start = Instant::now();
    let at = |ms: u64| start + std::time::Duration::from_millis(ms);
    let mut stock = Availability::of([(1, 10)]);
    stock.was_taken(&[(1, 4)], at(10), Some(at(20)));
    stock.was_taken(&[(1, 4)], at(30), None);
    for (from, until, wanted, is_fair) in [
        (0, 9, 7, false),
        (0, 10, 7, true),
        (20, 25, 7, true),
        (21, 25, 7, false),
        (0, 50, 7, true),
        // The two never had it at the same time.
        (0, 50, 6, false),
        (40, 50, 7, true),
        (40, 50, 11, true),
    ] {
        stock.short.clear();
        stock.was_short("he".into(), 1, wanted, Period { from: at(from), until: at(until) });
        assert_eq!(stock.unfair().is_empty(), is_fair, "{wanted} from {from} until {until}");
    }
}
