//! Deals: their terms, state and products, and that no more went at their prices than was
//! promised.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::deal::{Deal, DealFact, DealState, PriceFact};
use hotdeal_domain::order::OrderState;
use hotdeal_domain::{Currency, Discount, ShopId};
use hotdeal_entities::deals;

use super::{Fold, Report, pages, sales};
use crate::error::AskError;
use crate::storage::Storage;

/// A deal as the journal tells it.
struct FoldedDeal {
    deal: Deal,
    by: i64,
    /// How many products it was opened with.
    products: i64,
    state: DealState,
    /// Where it was posted, by shop and product.
    items: Vec<(i64, i64)>,
    /// The state each shop was told last.
    told: BTreeMap<i64, DealState>,
}

/// Every deal of the journal, by event. The streams of shops may be read before those of deals.
#[derive(Default)]
pub(super) struct Deals {
    opened: BTreeMap<i64, FoldedDeal>,
    posted: BTreeMap<i64, Vec<(i64, i64)>>,
    told: BTreeMap<i64, BTreeMap<i64, DealState>>,
}

impl Deals {
    pub(super) fn apply(&mut self, fact: &DealFact) {
        match fact {
            DealFact::DealOpened { deal, by, products } => {
                let folded = FoldedDeal {
                    deal: (**deal).clone(),
                    by: by.get(),
                    products: i64::from(*products),
                    state: DealState::Open,
                    items: Vec::new(),
                    told: BTreeMap::new(),
                };
                self.opened.insert(deal.id.get(), folded);
            }
            DealFact::DealTurned { deal, state, .. } => {
                if let Some(folded) = self.opened.get_mut(&deal.get()) {
                    folded.state = *state;
                }
            }
        }
    }

    /// What the stream of a shop says of it.
    pub(super) fn apply_at(&mut self, shop: ShopId, fact: &PriceFact) {
        match fact {
            PriceFact::DealPosted { deal, products } => {
                let items = products.iter().map(|product| (shop.get(), product.get()));
                self.posted.entry(deal.id.get()).or_default().extend(items);
                let told = self.told.entry(deal.id.get()).or_default();
                told.insert(shop.get(), DealState::Open);
            }
            PriceFact::DealTurned { deal, state, .. } => {
                self.told.entry(deal.get()).or_default().insert(shop.get(), *state);
            }
        }
    }

    /// Brings together what the streams of deals and of shops tell.
    fn joined(&self, event: i64) -> Option<FoldedDeal> {
        let opened = self.opened.get(&event)?;
        let mut items = self.posted.get(&event).cloned().unwrap_or_default();
        items.sort_unstable();
        Some(FoldedDeal {
            deal: opened.deal.clone(),
            items,
            told: self.told.get(&event).cloned().unwrap_or_default(),
            ..*opened
        })
    }
}

/// Compares the deals of the journal with their tables, and the orders with what was promised.
pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    for event in fold.deals.posted.keys() {
        if !fold.deals.opened.contains_key(event) {
            report.differs(|| format!("deal {event} is posted and was never opened"));
        }
    }
    let (sold, lines) = (sold(fold), sales::deal_lines(fold));
    let read = async |last| {
        let page = pages::after::<deals::Entity>(deals::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<deals::Model>, _, _| {
        for row in rows {
            report.deals += 1;
            let Some(folded) = fold.deals.joined(row.id) else {
                report.differs(|| format!("deal {} is in the table alone", row.id));
                continue;
            };
            compare_row(&row, &folded, report);
            let counted = items(storage, row.id).await?;
            sales::compare_deal(&row, &counted, &sold, &lines, report);
            compare_items(&folded, &counted, report);
            check_promises(&folded, &sold, report);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    let opened = u64::try_from(fold.deals.opened.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of deals", opened, report.deals);
    Ok(())
}

/// A product of a deal with its shop, and the pieces counted of it: shop, product, pieces.
type Item = (i64, i64, i64);

async fn items(storage: &Storage, deal: i64) -> Result<Vec<Item>, AskError> {
    let sql = "SELECT shop_id, product_id, sold FROM deal_items \
         WHERE deal_id = $1 AND (shop_id, product_id) > ($2, $3) \
         ORDER BY shop_id, product_id LIMIT $4";
    let mut items: Vec<Item> = Vec::new();
    loop {
        let (shop, product, _) = items.last().copied().unwrap_or_default();
        let after = [deal.into(), shop.into(), product.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            return Ok(items);
        }
        for row in &rows {
            items.push((
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
            ));
        }
    }
}

fn compare_items(folded: &FoldedDeal, counted: &[Item], report: &mut Report) {
    if folded.items.iter().copied().eq(counted.iter().map(|&(shop, product, _)| (shop, product))) {
        return;
    }
    let (deal, journal, table) = (folded.deal.id, folded.items.len(), counted.len());
    report.differs(|| {
        format!(
            "LG-2 products of deal {deal}: the journal gives {journal}, the table {table}, and they \
             are not the same"
        )
    });
}

fn compare_row(row: &deals::Model, folded: &FoldedDeal, report: &mut Report) {
    let what = |member: &str| format!("LG-2 {member} of deal {}", row.id);
    let terms = &folded.deal.terms;
    let discount = match terms.discount {
        Discount::Fixed(amount) => ("FIXED", amount.minor()),
        Discount::Rate(points) => ("RATE", i64::from(points.get())),
    };
    let window = (terms.window.start.0, terms.window.end.0);
    let bounds = (terms.quota.map(i64::from), terms.person_limit.map(i64::from));
    let currency = folded.deal.currency.map(Currency::code);
    let found = (row.discount_type.as_str(), row.discount);
    report.expect_equal(&what("discount"), discount, found);
    report.expect_equal(&what("currency"), currency, row.currency.as_deref());
    report.expect_equal(&what("window"), window, (row.starts_at, row.ends_at));
    report.expect_equal(&what("quota and limit"), bounds, (row.quota, row.person_limit));
    report.expect_equal(&what("state"), folded.state.name(), row.state.as_str());
    report.expect_equal(&what("opener"), folded.by, row.opened_by);
    report.expect_equal(&what("opening"), folded.deal.opened_at.0, row.opened_at);
    report.expect_equal(&what("number of products"), folded.products, row.products);
    let posted = i64::try_from(folded.items.len()).unwrap_or(i64::MAX);
    report.expect_equal(&what("number of products posted"), posted, row.products);
    for (shop, told) in &folded.told {
        let what = format!("LG-2 state of deal {} at shop {shop}", row.id);
        report.expect_equal(&what, told.name(), row.state.as_str());
    }
}

/// Pieces by deal, product and person, in orders that stand.
pub(super) type Sold = HashMap<(i64, i64), BTreeMap<i64, i64>>;

fn sold(fold: &Fold) -> Sold {
    let mut sold = Sold::new();
    let orders = fold.orders.orders.values();
    for order in orders.filter(|order| order.state == OrderState::Success) {
        for line in &order.lines {
            let Some(deal) = line.deal else { continue };
            let persons = sold.entry((deal, line.product)).or_default();
            *persons.entry(order.user).or_default() += line.quantity;
        }
    }
    sold
}

fn check_promises(folded: &FoldedDeal, sold: &Sold, report: &mut Report) {
    let (event, terms) = (folded.deal.id.get(), &folded.deal.terms);
    for (_, product) in &folded.items {
        let Some(persons) = sold.get(&(event, *product)) else { continue };
        let pieces: i64 = persons.values().sum();
        if terms.quota.is_some_and(|quota| pieces > i64::from(quota)) {
            report.differs(|| {
                format!("DL-1 {pieces} of product {product} went at the price of deal {event}")
            });
        }
        let most = persons.values().copied().max().unwrap_or(0);
        if terms.person_limit.is_some_and(|limit| most > i64::from(limit)) {
            report.differs(|| {
                format!("DL-2 somebody has {most} of product {product} by deal {event}")
            });
        }
    }
}
