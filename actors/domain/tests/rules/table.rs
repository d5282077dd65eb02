//! Tables as text: a header, then one row a line, `inputs -> outcome`.

use std::collections::BTreeSet;

use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{Amount, ProductId, ShopId, UserId};

/// One row: what goes in, and what must come out.
pub(crate) struct Row<'a> {
    pub(crate) line: &'a str,
    cells: Vec<&'a str>,
    pub(crate) outcome: &'a str,
}

impl<'a> Row<'a> {
    /// The cell at `column`, as it stands.
    #[track_caller]
    pub(crate) fn text(&self, column: usize) -> &'a str {
        self.cells.get(column).unwrap_or_else(|| panic!("no column {column} in `{}`", self.line))
    }

    /// The cell at `column` as a number.
    #[track_caller]
    pub(crate) fn number<N: std::str::FromStr>(&self, column: usize) -> N {
        let text = self.text(column);
        text.parse().unwrap_or_else(|_| panic!("`{text}` is no number in `{}`", self.line))
    }
}

/// The rows of a table, without its header and its comment lines.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    let lines = table.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).skip(1).map(|line| {
        let (inputs, outcome) = line.split_once("->").expect("a row has an arrow");
        let cells = inputs.split_whitespace().collect();
        Row { line, cells, outcome: outcome.trim() }
    })
}

/// Runs `decide` on every row and compares; answers the outcomes seen, by their first word.
#[track_caller]
pub(crate) fn check(table: &str, mut decide: impl FnMut(&Row<'_>) -> String) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for row in rows(table) {
        assert_eq!(decide(&row), row.outcome, "in row `{}`", row.line);
        seen.insert(row.outcome.split([' ', '(']).next().unwrap_or_default().to_owned());
    }
    assert!(!seen.is_empty(), "an empty table proves nothing");
    seen
}

/// A table must show every outcome there is.
#[track_caller]
pub(crate) fn shows_all(seen: &BTreeSet<String>, outcomes: &[&str]) {
    for outcome in outcomes {
        assert!(seen.contains(*outcome), "no row ends in {outcome}");
    }
}

pub(crate) fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).expect("an amount of the test")
}

pub(crate) fn pieces(quantity: u32) -> Quantity {
    Quantity::try_from(quantity).expect("a quantity of the test")
}

pub(crate) fn product(id: i64) -> ProductId {
    ProductId::try_from(id).expect("a product of the test")
}

pub(crate) fn shop(id: i64) -> ShopId {
    ShopId::try_from(id).expect("a shop of the test")
}

pub(crate) fn user(id: i64) -> UserId {
    UserId::try_from(id).expect("a user of the test")
}
