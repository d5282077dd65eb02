//! A statement and its rows, before it is known which database runs it.

use std::sync::Arc;

/// One value of one row.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Int(i64),
    Text(Arc<str>),
    Static(&'static str),
    Null,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
}

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// They are new.
    Insert,
    /// Each becomes as many new ones as its last column has numbers, in a text with commas: a
    /// hundred thousand rows that differ in one number are a few parameters.
    Spread,
    /// They change others, as `v(column1, column2, ..)`.
    Update,
}

/// A statement without its rows.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) verb: Verb,
    pub(super) head: &'static str,
    pub(super) tail: &'static str,
    pub(super) columns: &'static [Kind],
    /// What it means when it changes fewer rows than it is given; `None` when that may be.
    pub(super) shortfall: Option<Shortfall>,
}

/// Why a statement changed fewer rows than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortfall {
    /// Somebody else owns a stream now.
    Stale,
}

/// The columns of a [`Verb::Spread`] that its new rows have in common, and the one they do not.
pub(super) fn spread_columns(template: &Template) -> (String, String) {
    let last = template.columns.len();
    let same: Vec<String> = (1..last).map(|column| format!("v.column{column}")).collect();
    (same.join(", "), format!("v.column{last}"))
}

/// A statement with its rows, row after row.
#[derive(Debug)]
pub(super) struct Bulk {
    pub(super) template: &'static Template,
    pub(super) cells: Vec<Cell>,
}

impl Bulk {
    pub(super) fn new(template: &'static Template) -> Self {
        Self { template, cells: Vec::new() }
    }

    pub(super) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.template.columns.len(), "{}", self.template.head);
        self.cells.extend(row);
    }

    pub(super) fn rows(&self) -> usize {
        self.cells.len() / self.template.columns.len()
    }
}

pub(super) const fn template(
    verb: Verb,
    head: &'static str,
    tail: &'static str,
    columns: &'static [Kind],
) -> Template {
    Template { verb, head, tail, columns, shortfall: None }
}
