//! Whether each line was made at the price the product had then, or at what a deal took off it.

use std::collections::{HashMap, HashSet};

use hotdeal_domain::deal::{DealTerms, PriceFact};
use hotdeal_domain::order::{Order, OrderFact};
use hotdeal_domain::shop::{Product, ShopFact};
use hotdeal_domain::{Amount, ShopId, UnixMillis};

use super::Fold as Orders;
use crate::host::audit::Report;

/// An order over several shops is priced when its stock is set aside, and written a little later:
/// so long a price may have been another by then. It is longer than any such order takes.
const STANDS_MS: i64 = 60_000;

/// What a product costs, and what it cost before, until when.
struct Tag {
    price: Amount,
    before: Vec<(Amount, UnixMillis)>,
}

/// A line whose price is to be looked at once all is known.
struct Line {
    order: i64,
    product: i64,
    price: i64,
    deal: Option<i64>,
    at: UnixMillis,
    /// What the product may have cost.
    lists: Vec<Amount>,
    /// How much earlier it may have been priced.
    leeway: i64,
}

/// What the journal says of prices. The stream of a shop tells in their order what it did.
#[derive(Default)]
pub(crate) struct Fold {
    tags: HashMap<i64, Tag>,
    terms: HashMap<i64, DealTerms>,
    /// Deal and product.
    posted: HashSet<(i64, i64)>,
    /// Lines at the price of a deal, and those that are not at the list's.
    lines: Vec<Line>,
    /// What products of other shops than its home may have cost an order, by order and product.
    elsewhere: HashMap<(i64, i64), Vec<Amount>>,
}

impl Fold {
    pub(crate) fn apply(&mut self, fact: &ShopFact) {
        match fact {
            ShopFact::ProductCreated(product) => self.priced(product, product.created_at),
            ShopFact::ProductChanged { product, at } => self.priced(product, *at),
            ShopFact::ShopOpened(_)
            | ShopFact::ProductWithdrawn { .. }
            | ShopFact::StockMoved { .. }
            | ShopFact::LowStockSet { .. } => {}
        }
    }

    pub(crate) fn deal(&mut self, fact: &PriceFact) {
        if let PriceFact::DealPosted { deal, products } = fact {
            self.terms.insert(deal.id.get(), deal.terms);
            self.posted.extend(products.iter().map(|product| (deal.id.get(), product.get())));
        }
    }

    pub(crate) fn order(&mut self, shop: ShopId, fact: &OrderFact) {
        match fact {
            OrderFact::OrderPlaced(order) => self.ordered(order, shop),
            OrderFact::StockSold { order, lines, at, .. } => {
                for (product, _) in lines {
                    let lists = self.lists(product.get(), *at, STANDS_MS);
                    self.elsewhere.insert((order.get(), product.get()), lists);
                }
            }
            OrderFact::OrderCancelled { .. } | OrderFact::StockReturned { .. } => {}
        }
    }

    fn priced(&mut self, product: &Product, at: UnixMillis) {
        let price = product.price;
        let tag = self.tags.entry(product.id.get()).or_insert(Tag { price, before: Vec::new() });
        if tag.price != price {
            tag.before.push((std::mem::replace(&mut tag.price, price), at));
        }
    }

    /// What a product may have cost an order made at `at`, and priced by `leeway` earlier at most.
    fn lists(&self, product: i64, at: UnixMillis, leeway: i64) -> Vec<Amount> {
        let Some(tag) = self.tags.get(&product) else { return Vec::new() };
        let before = tag.before.iter().rev();
        let lately = before.take_while(|(_, until)| leeway > 0 && until.0 >= at.0 - leeway);
        std::iter::once(tag.price).chain(lately.map(|(price, _)| *price)).collect()
    }

    fn ordered(&mut self, order: &Order, shop: ShopId) {
        let is_wide = order.lines.iter().any(|line| line.shop != shop);
        let leeway = if is_wide { STANDS_MS } else { 0 };
        for line in order.lines.iter().filter(|line| line.shop == shop) {
            let lists = self.lists(line.product.get(), order.ordered_at, leeway);
            if line.deal.is_none() && lists.contains(&line.unit_price) {
                continue;
            }
            self.lines.push(Line {
                order: order.id.get(),
                product: line.product.get(),
                price: line.unit_price.minor(),
                deal: line.deal.map(|deal| deal.get()),
                at: order.ordered_at,
                lists,
                leeway,
            });
        }
    }

    fn is_right(&self, line: &Line) -> bool {
        let Some(deal) = line.deal else {
            return line.lists.iter().any(|list| list.minor() == line.price);
        };
        let Some(terms) = self.terms.get(&deal) else { return false };
        let (window, at) = (terms.window, line.at.0);
        let held = window.start.0 <= at && at < window.end.0.saturating_add(line.leeway);
        // Earlier versions sold for nothing what a deal took all of, and such orders stand.
        let is_its_price =
            |list: &Amount| terms.price_of(*list).unwrap_or(Amount::ZERO).minor() == line.price;
        held && self.posted.contains(&(deal, line.product)) && line.lists.iter().any(is_its_price)
    }
}

pub(crate) fn check(fold: &Fold, orders: &Orders, report: &mut Report) {
    fold.lines.iter().for_each(|line| judge(line, fold, report));
    for (id, order) in orders.orders.iter().filter(|(_, order)| order.is_wide()) {
        for line in order.lines.iter().filter(|line| line.shop != order.home) {
            // What took no stock there is told as such.
            let Some(lists) = fold.elsewhere.get(&(*id, line.product)) else { continue };
            let line = Line {
                order: *id,
                product: line.product,
                price: line.price,
                deal: line.deal,
                at: UnixMillis(order.ordered_at),
                lists: lists.clone(),
                leeway: STANDS_MS,
            };
            judge(&line, fold, report);
        }
    }
}

fn judge(line: &Line, fold: &Fold, report: &mut Report) {
    if fold.is_right(line) {
        return;
    }
    let Line { order, product, price, deal, lists, .. } = line;
    let lists: Vec<i64> = lists.iter().map(|list| list.minor()).collect();
    report.differs(|| match deal {
        None => format!("OR-3 order {order} has product {product} at {price}; it cost {lists:?}"),
        Some(deal) => format!(
            "OR-3 order {order} has product {product} at {price} by deal {deal}; it cost {lists:?}, \
             and the deal takes off something else, or did not hold"
        ),
    });
}
