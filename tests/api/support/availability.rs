//! The oracle of availability: whoever was told that there is too little was told the truth only
//! if, at some moment of the call, others had bought it or may have; and whoever was told that it
//! is held, only if orders under way may have held it.
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

/// What others may have had.
#[derive(Debug)]
struct Taken {
    lines: Vec<(i64, i64)>,
    from: Instant,
    /// Until it certainly was nobody's any more.
    until: Option<Instant>,
    /// Whether it may have been bought, and was not held only.
    is_bought: bool,
}

/// Somebody was told that there is too little.
#[derive(Debug)]
struct Short {
    who: String,
    product: i64,
    wanted: i64,
    during: Period,
    /// Whether holds explain it.
    is_held: bool,
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

    /// These pieces may have been bought by somebody, for ever or until then.
    pub(crate) fn was_taken(
        &mut self,
        lines: &[(i64, i64)],
        from: Instant,
        until: Option<Instant>,
    ) {
        self.taken.push(Taken { lines: lines.to_vec(), from, until, is_bought: true });
    }

    /// These pieces may have been held meanwhile, for an order that came to nothing.
    pub(crate) fn was_held(&mut self, lines: &[(i64, i64)], Period { from, until }: Period) {
        let until = Some(until);
        self.taken.push(Taken { lines: lines.to_vec(), from, until, is_bought: false });
    }

    /// `who` wanted so much of `product`, and was told that there is less.
    pub(crate) fn was_short(&mut self, who: String, product: i64, wanted: i64, during: Period) {
        self.short.push(Short { who, product, wanted, during, is_held: false });
    }

    /// `who` wanted so much of `product`, and was told that others hold it.
    pub(crate) fn was_told_held(&mut self, who: String, product: i64, wanted: i64, during: Period) {
        self.short.push(Short { who, product, wanted, during, is_held: true });
    }

    /// Every refusal that nothing explains.
    pub(crate) fn unfair(&self) -> Vec<String> {
        let explained = self.short.iter().map(|short| (short, self.left(short)));
        explained
            .filter(|(short, left)| *left >= short.wanted)
            .map(|(Short { who, product, wanted, is_held, .. }, left)| {
                let was = if *is_held { "free" } else { "not sold" };
                format!("unfair: {who} wanted {wanted} of {product} where {left} were {was}")
            })
            .collect()
    }

    /// What was left at the moment of the call at which least was.
    fn left(&self, short: &Short) -> i64 {
        let on_hand = self.on_hand.get(&short.product).copied().unwrap_or(0);
        on_hand - self.most_taken(short)
    }

    /// The most that may have been taken at one moment of `during`.
    fn most_taken(&self, short: &Short) -> i64 {
        let during = short.during;
        let has_ended = |taken: &Taken, at| taken.until.is_some_and(|until| until < at);
        let taken: Vec<(&Taken, i64)> = self
            .taken
            .iter()
            .filter(|taken| taken.is_bought || short.is_held)
            .filter(|taken| taken.from <= during.until && !has_ended(taken, during.from))
            .map(|taken| (taken, pieces_of(short.product, &taken.lines)))
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
    // What was only held explains nothing but that it was held.
    stock.short.clear();
    let during = Period { from: at(50), until: at(60) };
    stock.was_held(&[(1, 6)], during);
    stock.was_told_held("he".into(), 1, 1, during);
    assert!(stock.unfair().is_empty());
    stock.was_short("he".into(), 1, 1, during);
    assert_eq!(stock.unfair().len(), 1);
}
