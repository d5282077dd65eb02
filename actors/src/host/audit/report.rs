//! What an audit found.

use serde::Serialize;

/// Differences reported in full; more are only counted.
const SHOWN_MAX: usize = 50;

/// What an audit found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Streams read.
    pub streams: u64,
    /// Facts folded.
    pub facts: u64,
    /// Orders compared.
    pub orders: u64,
    /// Coupons in somebody's hands compared.
    pub coupons_issued: u64,
    /// Products whose stock was compared.
    pub products: u64,
    /// Deals compared.
    pub deals: u64,
    /// Accounts compared.
    pub accounts: u64,
    /// Products people follow, compared.
    pub subscriptions: u64,
    /// Notices compared.
    pub notices: u64,
    /// How many differences there are.
    pub differences_total: u64,
    /// The first of them, one sentence each.
    pub differences: Vec<String>,
}

impl Report {
    /// The journal and the tables tell the same.
    pub fn is_clean(&self) -> bool {
        self.differences_total == 0
    }

    pub(crate) fn differs(&mut self, sentence: impl FnOnce() -> String) {
        self.differences_total += 1;
        if self.differences.len() < SHOWN_MAX {
            self.differences.push(sentence());
        }
    }

    /// The same of two things the journal tells.
    pub(crate) fn expect_same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        one: T,
        other: T,
    ) {
        if one != other {
            self.differs(|| format!("{what} {one:?} by its home, {other:?} by the shops"));
        }
    }

    pub(crate) fn expect_equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        journal: T,
        table: T,
    ) {
        if journal != table {
            self.differs(|| format!("{what}: the journal gives {journal:?}, the table {table:?}"));
        }
    }
}
