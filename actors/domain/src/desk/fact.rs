//! What can happen in the stream of a shop, and what it does to the desk.

use serde::{Deserialize, Serialize};

use super::{Shelf, ShopDesk};
use crate::UnixMillis;
use crate::deal::{DealState, PriceFact};
use crate::order::OrderFact;
use crate::shop::{LOW_AT, Movement, ShopFact, Stock};

/// A fact in the stream of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DeskFact {
    /// Something happened to the shop, or to what it sells.
    Shop(ShopFact),
    /// Something happened to an order that takes stock from it.
    Order(OrderFact),
    /// Something happened to a deal on its products.
    Price(PriceFact),
}

impl From<ShopFact> for DeskFact {
    fn from(fact: ShopFact) -> Self {
        Self::Shop(fact)
    }
}

impl From<OrderFact> for DeskFact {
    fn from(fact: OrderFact) -> Self {
        Self::Order(fact)
    }
}

impl From<PriceFact> for DeskFact {
    fn from(fact: PriceFact) -> Self {
        Self::Price(fact)
    }
}

impl DeskFact {
    /// When it happened.
    pub fn at(&self) -> UnixMillis {
        match self {
            Self::Shop(ShopFact::ShopOpened(profile)) => profile.opened_at,
            Self::Shop(ShopFact::ProductCreated(product)) => product.created_at,
            Self::Shop(
                ShopFact::ProductChanged { at, .. }
                | ShopFact::ProductWithdrawn { at, .. }
                | ShopFact::StockMoved { at, .. }
                | ShopFact::LowStockSet { at, .. },
            )
            | Self::Order(
                OrderFact::StockSold { at, .. }
                | OrderFact::OrderCancelled { at, .. }
                | OrderFact::StockReturned { at, .. },
            )
            | Self::Price(PriceFact::DealTurned { at, .. }) => *at,
            Self::Order(OrderFact::OrderPlaced(order)) => order.ordered_at,
            Self::Price(PriceFact::DealPosted { deal, .. }) => deal.opened_at,
        }
    }
}

impl ShopDesk {
    /// Applies a fact of this shop's stream, fresh or replayed.
    pub fn apply(&mut self, fact: &DeskFact) {
        match fact {
            DeskFact::Shop(fact) => self.apply_to_shop(fact),
            DeskFact::Order(fact) => self.apply_to_order(fact),
            DeskFact::Price(fact) => self.apply_to_prices(fact),
        }
    }

    fn apply_to_shop(&mut self, fact: &ShopFact) {
        match fact {
            ShopFact::ShopOpened(profile) => self.profile = profile.clone(),
            ShopFact::ProductCreated(product) => {
                let shelf = Shelf {
                    name: product.name.clone(),
                    price: product.price,
                    stock: Stock::default(),
                    low_at: LOW_AT,
                    moved_at: None,
                    withdrawn: false,
                };
                self.shelves.insert(product.id, shelf);
            }
            ShopFact::ProductChanged { product, .. } => {
                if let Some(shelf) = self.shelves.get_mut(&product.id) {
                    shelf.name = product.name.clone();
                    shelf.price = product.price;
                }
            }
            ShopFact::ProductWithdrawn { product, .. } => {
                if let Some(shelf) = self.shelves.get_mut(product) {
                    shelf.withdrawn = true;
                }
            }
            ShopFact::LowStockSet { product, low_at, .. } => {
                if let Some(shelf) = self.shelves.get_mut(product) {
                    shelf.low_at = *low_at;
                }
            }
            // The delta, not the movement: what a reset comes to depends on how much was held then.
            ShopFact::StockMoved { product, delta, at, .. } => {
                self.settle(*product, *at, |stock| stock.changed_by(*delta));
            }
        }
    }

    fn apply_to_order(&mut self, fact: &OrderFact) {
        match fact {
            OrderFact::OrderPlaced(order) => {
                let here = self.profile.id;
                for line in order.lines.iter().filter(|line| line.shop == here) {
                    self.shift(line.product, Movement::Sold(line.quantity.get()), order.ordered_at);
                }
                self.take(order.deal_share(here).as_deref());
            }
            OrderFact::StockSold { lines, deals, at, .. } => {
                self.shift_all(lines, Movement::Sold, *at);
                self.take(deals.as_deref());
            }
            OrderFact::OrderCancelled { lines, deals, at, .. }
            | OrderFact::StockReturned { lines, deals, at, .. } => {
                self.shift_all(lines, Movement::Returned, *at);
                self.give_back(deals.as_deref());
            }
        }
    }

    fn apply_to_prices(&mut self, fact: &PriceFact) {
        match fact {
            PriceFact::DealPosted { deal, products } => {
                let at = deal.opened_at;
                self.board.post(deal.clone(), DealState::Open, products.clone(), at);
            }
            PriceFact::DealTurned { deal, state, .. } => self.board.turn(*deal, *state),
        }
    }
}
