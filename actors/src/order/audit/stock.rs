//! Stock: what is on hand and what is sold, against the movements and against the orders.

use std::collections::BTreeMap;

use hotdeal_domain::order::OrderFact;
use hotdeal_domain::shop::{Quantity, ShopFact};
use hotdeal_domain::{ProductId, ShopId};
use hotdeal_entities::stocks;

use super::{Fold as Orders, sales};
use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::shop::audit::catalogue::Fold as Catalogue;
use crate::storage::Storage;

/// Pieces on hand and pieces sold of each product.
#[derive(Default)]
pub(crate) struct Fold {
    stock: BTreeMap<ProductId, (i64, i64)>,
}

impl Fold {
    pub(crate) fn apply(&mut self, fact: &ShopFact) {
        match fact {
            ShopFact::ProductCreated(product) => _ = self.stock.insert(product.id, (0, 0)),
            ShopFact::StockMoved { product, delta, .. } => {
                self.stock.entry(*product).or_default().0 += delta;
            }
            ShopFact::ShopOpened(_)
            | ShopFact::ProductChanged { .. }
            | ShopFact::ProductWithdrawn { .. } => {}
        }
    }

    /// What an order takes from the stock of a shop, or gives back.
    pub(crate) fn order(&mut self, shop: ShopId, fact: &OrderFact) {
        match fact {
            OrderFact::OrderPlaced(order) => {
                let here = order.lines.iter().filter(|line| line.shop == shop);
                here.for_each(|line| self.sell(line.product, line.quantity, 1));
            }
            OrderFact::StockSold { lines, .. } => self.sell_all(lines, 1),
            OrderFact::OrderCancelled { lines, .. } | OrderFact::StockReturned { lines, .. } => {
                self.sell_all(lines, -1);
            }
        }
    }

    fn sell_all(&mut self, lines: &[(ProductId, Quantity)], sign: i64) {
        lines.iter().for_each(|(product, pieces)| self.sell(*product, *pieces, sign));
    }

    fn sell(&mut self, product: ProductId, pieces: Quantity, sign: i64) {
        self.stock.entry(product).or_default().1 += sign * i64::from(pieces.get());
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    catalogue: &Catalogue,
    orders: &Orders,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<stocks::Entity>(stocks::Column::ProductId, last);
        Ok(page.all(&storage.db).await?)
    };
    let worth = sales::worth(orders);
    let compare = async |rows: Vec<stocks::Model>, _, _| {
        for row in rows {
            report.products += 1;
            sales::compare_worth(&row, &worth, report);
            compare_row(&row, fold, catalogue, report);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.product_id, compare).await?;
    let folded = u64::try_from(fold.stock.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of products with stock", folded, report.products);
    Ok(())
}

fn compare_row(row: &stocks::Model, fold: &Fold, catalogue: &Catalogue, report: &mut Report) {
    let product = ProductId::try_from(row.product_id).ok();
    let folded = product.and_then(|product| fold.stock.get(&product)).copied();
    let what = format!("LG-2 stock (on hand, sold) of product {}", row.product_id);
    report.expect_equal(&what, folded, Some((row.on_hand, row.sold)));
    let what = format!("LG-2 shop of the stock of product {}", row.product_id);
    report.expect_equal(&what, catalogue.shop_of(row.product_id), Some(row.shop_id));
    if row.on_hand < row.held + row.sold {
        report.differs(|| format!("ST-1 product {} is oversold", row.product_id));
    }
}
