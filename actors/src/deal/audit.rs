//! Deals: their terms, state and products, and that no more went at their prices than was
//! promised.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::deal::{Deal, DealFact, DealState, PriceFact};
use hotdeal_domain::{Currency, Discount, ShopId};
use hotdeal_entities::deals;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
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
pub(crate) struct Fold {
    opened: BTreeMap<i64, FoldedDeal>,
    posted: BTreeMap<i64, Vec<(i64, i64)>>,
    told: BTreeMap<i64, BTreeMap<i64, DealState>>,
}

impl Fold {
    pub(crate) fn apply(&mut self, fact: &DealFact) {
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
    pub(crate) fn apply_at(&mut self, shop: ShopId, fact: &PriceFact) {
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
pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    sales: &Sales,
    report: &mut Report,
) -> Result<(), RequestError> {
    for event in fold.posted.keys() {
        if !fold.opened.contains_key(event) {
            report.differs(|| format!("deal {event} is posted and was never opened"));
        }
    }
    let read = async |last| {
        let page = pages::after::<deals::Entity>(deals::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<deals::Model>, _, _| {
        for row in rows {
            report.deals += 1;
            let Some(folded) = fold.joined(row.id) else {
                report.differs(|| format!("deal {} is in the table alone", row.id));
                continue;
            };
            compare_row(&row, &folded, report);
            let counted = items(storage, row.id).await?;
            compare_sales(&row, &counted, sales, report);
            compare_items(&folded, &counted, report);
            check_promises(&folded, sales, report);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    let opened = u64::try_from(fold.opened.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of deals", opened, report.deals);
    Ok(())
}

/// A product of a deal with its shop, and the pieces counted of it: shop, product, pieces.
type Item = (i64, i64, i64);

async fn items(storage: &Storage, deal: i64) -> Result<Vec<Item>, RequestError> {
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
        Discount::Fixed(amount) => amount.minor(),
        Discount::Rate(points) => i64::from(points.get()),
    };
    let window = (terms.window.start.0, terms.window.end.0);
    let bounds = (terms.quota.map(i64::from), terms.person_limit.map(i64::from));
    let currency = folded.deal.currency.map(Currency::code);
    let found = (row.discount_type.as_str(), row.discount);
    let discount = (terms.discount.kind().name(), discount);
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

/// What went at the prices of deals, in orders that stand.
#[derive(Default)]
pub(crate) struct Sales {
    /// Pieces by deal, product and person.
    pub(crate) pieces: HashMap<(i64, i64), BTreeMap<i64, i64>>,
    /// Lines of orders by deal.
    pub(crate) lines: HashMap<i64, i64>,
}

/// `items` are a deal's products by shop with what was counted of each.
fn compare_sales(
    row: &deals::Model,
    items: &[(i64, i64, i64)],
    sales: &Sales,
    report: &mut Report,
) {
    let pieces = |product: i64| -> i64 {
        sales.pieces.get(&(row.id, product)).map_or(0, |persons| persons.values().sum())
    };
    for &(_, product, counted) in items {
        let what = format!("LG-2 pieces of product {product} sold by deal {}", row.id);
        report.expect_equal(&what, pieces(product), counted);
    }
    let told: i64 = items.iter().map(|&(_, product, _)| pieces(product)).sum();
    let lines = sales.lines.get(&row.id).copied().unwrap_or(0);
    let what = format!("LG-2 pieces and lines sold by deal {}", row.id);
    report.expect_equal(&what, (told, lines), (row.sold, row.sold_lines));
}

fn check_promises(folded: &FoldedDeal, sales: &Sales, report: &mut Report) {
    let (event, terms) = (folded.deal.id.get(), &folded.deal.terms);
    for (_, product) in &folded.items {
        let Some(persons) = sales.pieces.get(&(event, *product)) else { continue };
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
