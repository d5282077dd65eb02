//! What orders come to, added up by product and by deal, so that telling it costs no more than the
//! rows that are told. A counter is written once a transaction, as the sum of deltas.

use std::collections::BTreeMap;

use hotdeal_domain::order::Order;
use hotdeal_domain::{EventId, ProductId, ShopId};

use super::rows::RowSet;
use super::store::{self, Bulk, Cell};
use crate::mutant::{self, Mutant};

/// What a product has sold may be worth more than one column holds: this many minor units are one
/// of `value_billions`, the others are in `value_rest`.
const BILLION: i128 = 1_000_000_000;

/// Orders of a product, and what they came to in minor units.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Worth {
    pub(super) orders: i64,
    pub(super) value: i128,
}

impl Worth {
    /// The columns of it. Only the rest of a delta is never below zero, so `value_rest` grows, by
    /// less than a billion a transaction: there is room for nine billion of them.
    pub(super) fn cells(self) -> [Cell; 3] {
        let number = |part: i128| Cell::Int(i64::try_from(part).expect("orders have bounds"));
        let (billions, rest) = (self.value.div_euclid(BILLION), self.value.rem_euclid(BILLION));
        [Cell::Int(self.orders), number(billions), number(rest)]
    }
}

/// The value that these columns tell.
pub(crate) fn value(billions: i64, rest: i64) -> i128 {
    i128::from(billions) * BILLION + i128::from(rest)
}

/// What went, or came back, at the prices of deals.
#[derive(Default)]
pub(super) struct DealSales {
    /// Pieces and lines by deal.
    deals: BTreeMap<EventId, (i64, i64)>,
    /// Pieces by deal, shop and product.
    items: BTreeMap<(EventId, ShopId, ProductId), i64>,
}

impl DealSales {
    pub(super) fn into_bulks(self) -> [Bulk; 2] {
        let mut deals = Bulk::new(&store::DEAL_SALES);
        for (deal, (pieces, lines)) in self.deals {
            deals.push([Cell::Int(deal.get()), Cell::Int(pieces), Cell::Int(lines)]);
        }
        let mut items = Bulk::new(&store::DEAL_ITEM_SALES);
        for ((deal, shop, product), pieces) in self.items {
            items.push([
                Cell::Int(deal.get()),
                Cell::Int(shop.get()),
                Cell::Int(product.get()),
                Cell::Int(pieces),
            ]);
        }
        [deals, items]
    }
}

impl RowSet {
    /// An order stands, or with `sign` below zero does not any more: all of it, whichever shops it
    /// is from.
    pub(super) fn count_order(&mut self, order: &Order, sign: i64) {
        if sign < 0 && mutant::is_on(Mutant::CancelledIsSold) {
            return;
        }
        for line in &order.lines {
            let pieces = sign * i64::from(line.quantity.get());
            let worth = self.worth(line.product);
            worth.orders += sign;
            worth.value += i128::from(pieces) * i128::from(line.unit_price.minor());
            if let Some(deal) = line.deal {
                let sold = self.deal_sales.deals.entry(deal).or_default();
                *sold = (sold.0 + pieces, sold.1 + sign);
                let item = (deal, line.shop, line.product);
                *self.deal_sales.items.entry(item).or_default() += pieces;
            }
        }
    }
}
