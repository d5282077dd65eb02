//! The rows of deals.

use hotdeal_domain::deal::{Deal, DealFact, DealState, PriceFact};
use hotdeal_domain::{Discount, EventId, ProductId, ShopId, UserId};
use hotdeal_entities::{deal_items, deals};

use crate::ledger::{Cell, Merge, Rows, Statement, statements};

statements! {
    NEW_DEALS = {
        use deals::Column as C;
        Statement::insert(&[
            C::Id,
            C::DiscountType,
            C::Discount,
            C::Currency,
            C::StartsAt,
            C::EndsAt,
            C::Quota,
            C::PersonLimit,
            C::State,
            C::Products,
            C::OpenedBy,
            C::OpenedAt,
        ])
    };
    /// A deal and a shop with a list of products.
    NEW_DEAL_ITEMS = {
        use deal_items::Column as C;
        Statement::spread(&[C::DealId, C::ShopId, C::ProductId])
    };
    DEAL_STATES = {
        use deals::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::State)])
    };
    /// What went, or came back, at the price of a deal: pieces, and lines of orders.
    DEAL_SALES = {
        use deals::Column as C;
        Statement::update(&[C::Id], &[(Merge::Sum, C::Sold), (Merge::Sum, C::SoldLines)])
    };
    /// The same by product, in pieces.
    DEAL_ITEM_SALES = {
        use deal_items::Column as C;
        Statement::update(&[C::DealId, C::ShopId, C::ProductId], &[(Merge::Sum, C::Sold)])
    };
}

/// The rows of what happened to a deal.
pub(crate) fn write(fact: &DealFact, rows: &mut Rows) {
    match fact {
        DealFact::DealOpened { deal, by, products } => open(deal, *by, *products, rows),
        DealFact::DealTurned { deal, state, .. } => {
            rows.push(&DEAL_STATES, [deal.get().into(), state.name().into()]);
        }
    }
}

/// The rows of what happened to a deal at a shop.
pub(crate) fn write_price(shop: ShopId, fact: &PriceFact, rows: &mut Rows) {
    match fact {
        PriceFact::DealPosted { deal, products } => {
            let row = [deal.id.get().into(), shop.get().into(), listed(products).into()];
            rows.push(&NEW_DEAL_ITEMS, row);
        }
        // The row of the deal tells it for every shop.
        PriceFact::DealTurned { .. } => {}
    }
}

fn open(deal: &Deal, by: UserId, products: u32, rows: &mut Rows) {
    let discount = match deal.terms.discount {
        Discount::Fixed(amount) => amount.minor(),
        Discount::Rate(points) => i64::from(points.get()),
    };
    let pieces = |most: Option<u32>| Cell::from(most.map(i64::from));
    rows.push(
        &NEW_DEALS,
        [
            deal.id.get().into(),
            deal.terms.discount.kind().name().into(),
            discount.into(),
            deal.currency.map(|currency| currency.code()).into(),
            deal.terms.window.start.0.into(),
            deal.terms.window.end.0.into(),
            pieces(deal.terms.quota),
            pieces(deal.terms.person_limit),
            DealState::Open.name().into(),
            i64::from(products).into(),
            by.get().into(),
            deal.opened_at.0.into(),
        ],
    );
}

/// A line of an order that stands, or does not any more, at the price of a deal: so many pieces, below
/// zero where they come back.
pub(crate) fn count_line(
    deal: EventId,
    shop: ShopId,
    product: ProductId,
    pieces: i64,
    rows: &mut Rows,
) {
    rows.push(&DEAL_SALES, [deal.get().into(), pieces.into(), pieces.signum().into()]);
    let row = [deal.get().into(), shop.get().into(), product.get().into(), pieces.into()];
    rows.push(&DEAL_ITEM_SALES, row);
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
