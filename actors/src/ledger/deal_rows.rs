//! The rows of deals.

use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::{Discount, EventId, ProductId, ShopId, UserId};

use super::rows::RowSet;
use super::store::{self, Cell};

impl RowSet {
    pub(super) fn deal_opened(&mut self, deal: &Deal, by: UserId, products: u32) {
        let (kind, discount) = match deal.terms.discount {
            Discount::Fixed(amount) => ("FIXED", amount.minor()),
            Discount::Rate(points) => ("RATE", i64::from(points.get())),
        };
        let pieces = |most: Option<u32>| most.map_or(Cell::Null, |most| Cell::Int(i64::from(most)));
        self.table(store::DEALS).push([
            Cell::Int(deal.id.get()),
            Cell::Static(kind),
            Cell::Int(discount),
            deal.currency.map_or(Cell::Null, |currency| Cell::Static(currency.code())),
            Cell::Int(deal.terms.window.start.0),
            Cell::Int(deal.terms.window.end.0),
            pieces(deal.terms.quota),
            pieces(deal.terms.person_limit),
            Cell::Static(DealState::Open.name()),
            Cell::Int(i64::from(products)),
            Cell::Int(by.get()),
            Cell::Int(deal.opened_at.0),
        ]);
    }

    pub(super) fn deal_posted(&mut self, deal: EventId, shop: ShopId, products: &[ProductId]) {
        self.table(store::DEAL_ITEMS).push([
            Cell::Int(deal.get()),
            Cell::Int(shop.get()),
            Cell::Text(listed(products).into()),
        ]);
    }

    pub(super) fn deal_turned(&mut self, deal: EventId, state: DealState) {
        self.table(store::DEAL_STATES).push([Cell::Int(deal.get()), Cell::Static(state.name())]);
    }
}

/// The numbers with commas between them.
fn listed(products: &[ProductId]) -> String {
    use std::fmt::Write;
    // Nine digits and a comma are the ordinary number.
    let mut text = String::with_capacity(products.len() * 10);
    for product in products {
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{product}").expect("a text takes every character");
    }
    text
}
