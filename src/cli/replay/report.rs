//! What `hotdeal replay` prints.

use std::fmt;

use serde::Serialize;

use super::ReplayArgs;
use super::carry_out::Done;
use super::class::{Class, Sum};
use super::compare::{Compared, Comparison};
use super::plan::{Deed, Plan};
use super::sheet::Money;

/// Refusals shown in words; all of them are counted.
const SHOWN_MAX: usize = 20;

/// Everything a replay has shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    server: String,
    file: String,
    /// Every line of the file is in exactly one of these.
    classes: Vec<ClassRow>,
    /// The whole file, counted by itself; the classes must add up to it.
    total: Sum,
    adds_up: bool,
    /// By how much the shop's prices make the sales dearer than the file's.
    price_difference: Money,
    products: usize,
    buyers: usize,
    orders: usize,
    adjustments: usize,
    elapsed_ms: u128,
    concurrency: usize,
    /// Calls repeated because the server was busy or away.
    repeats: u64,
    refused: usize,
    refusals: Vec<String>,
    compared: Vec<Compared>,
    differences: Vec<String>,
    agrees: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClassRow {
    class: Class,
    #[serde(skip)]
    fate: &'static str,
    carried: bool,
    #[serde(flatten)]
    sum: Sum,
}

impl Report {
    pub(super) fn new(args: &ReplayArgs, plan: &Plan, done: &Done, comparison: Comparison) -> Self {
        let mut sum_of_classes = Sum::default();
        let mut classes = Vec::new();
        for class in Class::ALL {
            let Some(&sum) = plan.classes.get(&class) else { continue };
            sum_of_classes.merge(sum);
            classes.push(ClassRow { class, fate: class.fate(), carried: class.is_carried(), sum });
        }
        let adds_up = sum_of_classes == plan.whole;
        let adjustments = plan.deeds.iter().filter(|deed| matches!(deed, Deed::Adjust(_)));
        Self {
            server: args.server.to_string(),
            file: args.file.display().to_string(),
            classes,
            total: plan.whole,
            adds_up,
            price_difference: plan.price_difference(),
            products: plan.products.len(),
            buyers: plan.buyers.len(),
            orders: plan.orders.len(),
            adjustments: adjustments.count(),
            elapsed_ms: done.elapsed.as_millis(),
            concurrency: args.concurrency,
            repeats: done.repeats,
            refused: done.refused.len(),
            refusals: done.refused.iter().take(SHOWN_MAX).cloned().collect(),
            agrees: adds_up && done.refused.is_empty() && comparison.agrees(),
            compared: comparison.rows,
            differences: comparison.shown,
        }
    }

    /// Whether the classes add up, nothing was refused and every number agrees.
    pub(super) fn agrees(&self) -> bool {
        self.agrees
    }

    fn write_classes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:>8} {:>9} {:>14}  what becomes of the line", "lines", "units", "GBP")?;
        for ClassRow { fate, sum, .. } in &self.classes {
            writeln!(f, "  {:>8} {:>9} {:>14}  {fate}", sum.lines, sum.units, sum.value)?;
        }
        let Sum { lines, units, value } = self.total;
        let adds_up = if self.adds_up { "" } else { ", to which the classes DO NOT add up" };
        writeln!(f, "  {lines:>8} {units:>9} {value:>14}  the whole file{adds_up}")?;
        writeln!(
            f,
            "  sold at another price than the shop's: {} GBP more by the shop's prices\n",
            self.price_difference
        )
    }

    fn write_compared(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:>8} {:>8} {:>14} {:>14}", "compared", "differ", "file", "server")?;
        for row in &self.compared {
            let shown = |sum: i128| {
                if row.money { Money::of_pence(sum).to_string() } else { sum.to_string() }
            };
            let (expected, found) = (shown(row.expected), shown(row.found));
            writeln!(
                f,
                "  {:>8} {:>8} {expected:>14} {found:>14}  {}",
                row.items, row.differ, row.what
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}\n", self.file, self.server)?;
        self.write_classes(f)?;
        writeln!(
            f,
            "{} products, {} accounts, {} orders and {} adjustments of stock in {:.1} s, {} at a \
             time, {} repeated\n",
            self.products,
            self.buyers,
            self.orders,
            self.adjustments,
            self.elapsed_ms as f64 / 1e3,
            self.concurrency,
            self.repeats,
        )?;
        self.write_compared(f)?;
        if self.refused > 0 {
            writeln!(f, "\n{} refused by the server:", self.refused)?;
        }
        for refusal in &self.refusals {
            writeln!(f, "  {refusal}")?;
        }
        if !self.differences.is_empty() {
            writeln!(f, "\nthe first differences:")?;
        }
        for difference in &self.differences {
            writeln!(f, "  {difference}")?;
        }
        let verdict = if self.agrees { "everything agrees" } else { "the numbers DIFFER" };
        writeln!(f, "\n{verdict}")
    }
}
