//! An order together with how far each shop has come with its part of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Order, OrderState, Part, PartState};
use crate::{Amount, ShopId, UnixMillis};

/// An order with its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct TrackedOrder {
    /// The order, as it was made; its state as it is now.
    #[serde(flatten)]
    pub order: Order,
    /// One part a shop, the lowest id first.
    pub parts: Vec<Part>,
}

/// As it was kept, also by versions that knew no parts.
#[derive(Deserialize)]
struct Kept {
    #[serde(flatten)]
    order: Order,
    #[serde(default)]
    parts: Vec<Part>,
}

impl From<Kept> for TrackedOrder {
    fn from(Kept { order, parts }: Kept) -> Self {
        Self::new(order, parts)
    }
}

impl TrackedOrder {
    /// An order of which these parts have changed since it was made. The others are new, or were
    /// cancelled with the order.
    pub fn new(mut order: Order, changed: Vec<Part>) -> Self {
        let mut changed: HashMap<ShopId, Part> =
            changed.into_iter().map(|part| (part.shop, part)).collect();
        let untouched = |shop| {
            let part = Part::new(shop, order.ordered_at);
            if order.state == OrderState::Cancelled {
                Part { state: PartState::Cancelled, ..part }
            } else {
                part
            }
        };
        let shops = order.shops().into_iter();
        let parts: Vec<Part> =
            shops.map(|shop| changed.remove(&shop).unwrap_or_else(|| untouched(shop))).collect();
        // Order and parts may have been read one after the other.
        if parts.iter().all(|part| !part.state.stands()) {
            order.state = OrderState::Cancelled;
        }
        Self { order, parts }
    }

    /// An order that was just made.
    pub fn placed(order: Order) -> Self {
        Self::new(order, Vec::new())
    }

    /// The part of a shop, if it has one.
    pub fn part(&self, shop: ShopId) -> Option<&Part> {
        let found = self.parts.binary_search_by_key(&shop, |part| part.shop);
        found.ok().map(|place| &self.parts[place])
    }

    /// The part of a shop that has not answered it in time, as it is then; `None` where the time is not
    /// over, or the part is not new any more.
    pub fn decide_lapse(&self, shop: ShopId, at: UnixMillis) -> Option<Part> {
        let is_over = self.order.answer_by.is_some_and(|answer_by| answer_by <= at);
        self.part(shop).filter(|_| is_over)?.lapsed(at)
    }

    /// What the lines of the parts that stand come to.
    pub fn standing_total(&self) -> Amount {
        let standing = |shop| self.part(shop).is_some_and(|part| part.state.stands());
        let lines = self.order.lines.iter().filter(|line| standing(line.shop));
        // It is no more than the total, which is an amount.
        super::sum(lines).unwrap_or(self.order.total)
    }

    /// The order as these of its shops may see it: their own lines, what those came to, their own
    /// parts. `None` where none of them has any.
    #[must_use]
    pub fn seen_by(&self, shops: &[ShopId]) -> Option<Self> {
        let is_own = |shop: &ShopId| shops.contains(shop);
        let lines = self.order.lines.iter().filter(|line| is_own(&line.shop));
        let lines: Vec<_> = lines.cloned().collect();
        if lines.is_empty() {
            return None;
        }
        let total = super::sum(lines.iter())?;
        let order = Order { lines, total, ..self.order.without_lines() };
        let parts = self.parts.iter().filter(|part| is_own(&part.shop)).cloned().collect();
        Some(Self { order, parts })
    }
}
