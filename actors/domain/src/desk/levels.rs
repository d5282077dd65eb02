//! When stock becomes low.
//!
//! A product is low while so few pieces are unsold as its shop has said, or fewer. What is held counts as
//! unsold: a hold lasts for a moment, and may come to nothing. The stock becomes low by the fact after
//! which it is low and before which it was not. So the alarm needs no fact of its own: whoever reads the
//! facts of a shop knows it from them, also after a restart, and once for each crossing.

use std::collections::BTreeMap;

use super::DeskFact;
use crate::order::OrderFact;
use crate::shop::{LOW_AT, Quantity, ShopFact};
use crate::{ProductId, ShopId};

/// What is left of a product, and at how many pieces that is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Pieces that nobody has bought.
    pub unsold: i64,
    /// At so many or fewer it is low.
    pub low_at: u32,
}

impl Level {
    /// Whether it is low.
    pub fn is_low(self) -> bool {
        self.unsold <= i64::from(self.low_at)
    }
}

/// The stock of a product has become low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowStock {
    /// The product.
    pub product: ProductId,
    /// What is left of it.
    pub level: Level,
}

/// The levels of some products of a shop, from one fact of its stream to the next.
#[derive(Debug, Clone)]
pub struct Levels {
    shop: ShopId,
    of: BTreeMap<ProductId, Level>,
}

impl Levels {
    /// Those of these products. What the facts say of others is passed over.
    pub fn new(shop: ShopId, levels: impl IntoIterator<Item = (ProductId, Level)>) -> Self {
        Self { shop, of: levels.into_iter().collect() }
    }

    /// The products whose level a fact of the shop's stream may change.
    pub fn touched(shop: ShopId, fact: &DeskFact) -> Vec<ProductId> {
        if let DeskFact::Shop(ShopFact::ProductCreated(product)) = fact {
            return vec![product.id];
        }
        if let DeskFact::Shop(ShopFact::LowStockSet { product, .. }) = fact {
            return vec![*product];
        }
        moves(shop, fact).into_iter().map(|(product, _)| product).collect()
    }

    /// Goes back to before a fact: the last one first.
    pub fn take_back(&mut self, fact: &DeskFact) {
        if let DeskFact::Shop(ShopFact::LowStockSet { product, before, .. }) = fact {
            self.change(*product, |level| level.low_at = *before);
        }
        for (product, by) in moves(self.shop, fact) {
            self.change(product, |level| level.unsold = level.unsold.saturating_sub(by));
        }
    }

    /// Goes on to after a fact; answers what has become low by it.
    pub fn apply(&mut self, fact: &DeskFact) -> Vec<LowStock> {
        if let DeskFact::Shop(ShopFact::ProductCreated(product)) = fact {
            // It begins with nothing on the shelf: no level is crossed.
            self.change(product.id, |level| *level = Level { unsold: 0, low_at: LOW_AT });
            return Vec::new();
        }
        let touched = Self::touched(self.shop, fact);
        let before: Vec<Option<Level>> =
            touched.iter().map(|product| self.of.get(product).copied()).collect();
        if let DeskFact::Shop(ShopFact::LowStockSet { product, low_at, .. }) = fact {
            self.change(*product, |level| level.low_at = *low_at);
        }
        for (product, by) in moves(self.shop, fact) {
            self.change(product, |level| level.unsold = level.unsold.saturating_add(by));
        }
        let crossed = touched.into_iter().zip(before).filter_map(|(product, before)| {
            let level = *self.of.get(&product)?;
            (level.is_low() && !before?.is_low()).then_some(LowStock { product, level })
        });
        crossed.collect()
    }

    fn change(&mut self, product: ProductId, change: impl FnOnce(&mut Level)) {
        if let Some(level) = self.of.get_mut(&product) {
            change(level);
        }
    }
}

/// By how many pieces a fact of the shop's stream changes what is unsold of its products.
fn moves(shop: ShopId, fact: &DeskFact) -> Vec<(ProductId, i64)> {
    let all = |lines: &[(ProductId, Quantity)], sign: i64| {
        lines.iter().map(|(product, pieces)| (*product, sign * i64::from(pieces.get()))).collect()
    };
    match fact {
        DeskFact::Shop(ShopFact::StockMoved { product, delta, .. }) => vec![(*product, *delta)],
        DeskFact::Shop(
            ShopFact::ShopOpened(_)
            | ShopFact::ProductCreated(_)
            | ShopFact::ProductChanged { .. }
            | ShopFact::ProductWithdrawn { .. }
            | ShopFact::LowStockSet { .. },
        )
        | DeskFact::Price(_) => Vec::new(),
        DeskFact::Order(OrderFact::OrderPlaced(order)) => {
            let here = order.lines.iter().filter(|line| line.shop == shop);
            here.map(|line| (line.product, -i64::from(line.quantity.get()))).collect()
        }
        DeskFact::Order(OrderFact::StockSold { lines, .. }) => all(lines, -1),
        DeskFact::Order(
            OrderFact::OrderCancelled { lines, .. } | OrderFact::StockReturned { lines, .. },
        ) => all(lines, 1),
    }
}
