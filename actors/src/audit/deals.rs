//! Deals: their terms, state and products, and that no more went at their prices than was
//! promised.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::coupon::Discount;
use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::{Fact, OrderState, StreamId};
use hotdeal_entities::{deal_items, deals};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Fold, Report, sales};
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
    pub(super) fn apply(&mut self, stream: StreamId, fact: &Fact) {
        match (fact, stream) {
            (Fact::DealOpened { deal, by, products }, _) => {
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
            (Fact::DealPosted { deal, products }, StreamId::Shop(shop)) => {
                let items = products.iter().map(|product| (shop.get(), product.get()));
                self.posted.entry(deal.id.get()).or_default().extend(items);
                let told = self.told.entry(deal.id.get()).or_default();
                told.insert(shop.get(), DealState::Open);
            }
            (Fact::DealTurned { deal, state, .. }, StreamId::Shop(shop)) => {
                self.told.entry(deal.get()).or_default().insert(shop.get(), *state);
            }
            (Fact::DealTurned { deal, state, .. }, _) => {
                if let Some(folded) = self.opened.get_mut(&deal.get()) {
                    folded.state = *state;
                }
            }
            _ => {}
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
    let rows = deals::Entity::find().order_by_asc(deals::Column::Id).all(&storage.db).await?;
    report.deals = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of deals", fold.deals.opened.len(), rows.len());
    for event in fold.deals.posted.keys() {
        if !fold.deals.opened.contains_key(event) {
            report.differs(|| format!("deal {event} is posted and was never opened"));
        }
    }
    let (sold, lines) = (sold(fold), sales::deal_lines(fold));
    for row in rows {
        let Some(folded) = fold.deals.joined(row.id) else {
            report.differs(|| format!("deal {} is in the table alone", row.id));
            continue;
        };
        compare_row(&row, &folded, report);
        let counted: Vec<(i64, i64, i64)> = deal_items::Entity::find()
            .select_only()
            .column(deal_items::Column::ShopId)
            .column(deal_items::Column::ProductId)
            .column(deal_items::Column::Sold)
            .filter(deal_items::Column::DealId.eq(row.id))
            .order_by_asc(deal_items::Column::ShopId)
            .order_by_asc(deal_items::Column::ProductId)
            .into_tuple()
            .all(&storage.db)
            .await?;
        sales::compare_deal(&row, &counted, &sold, &lines, report);
        let items: Vec<(i64, i64)> = counted.iter().map(|&(shop, item, _)| (shop, item)).collect();
        if items != folded.items {
            let (journal, table) = (folded.items.len(), items.len());
            report.differs(|| {
                format!(
                    "LG-2 products of deal {}: the journal gives {journal}, the table {table}, \
                     and they are not the same",
                    row.id
                )
            });
        }
        check_promises(&folded, &sold, report);
    }
    Ok(())
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
    let currency = folded.deal.currency.map(hotdeal_domain::Currency::code);
    let found = (row.discount_type.as_str(), row.discount);
    report.expect_equal(&what("discount"), discount, found);
    report.expect_equal(&what("currency"), currency, row.currency.as_deref());
    report.expect_equal(&what("window"), window, (row.starts_at, row.ends_at));
    report.expect_equal(&what("quota and limit"), bounds, (row.quota, row.person_limit));
    report.expect_equal(&what("state"), folded.state.name(), row.state.as_str());
    report.expect_equal(&what("opener"), folded.by, row.opened_by);
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
    for order in fold.orders.values().filter(|order| order.state == OrderState::Success) {
        for &(product, quantity, _, deal) in &order.lines {
            let Some(deal) = deal else { continue };
            *sold.entry((deal, product)).or_default().entry(order.user).or_default() += quantity;
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
