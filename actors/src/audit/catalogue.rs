//! Products: what they are called, what they cost, whether they are on sale.

use std::collections::HashMap;

use hotdeal_domain::{Product, ProductId, UnixMillis};
use hotdeal_entities::products;

use super::{Report, pages};
use crate::error::AskError;
use crate::storage::Storage;

/// A product as the journal tells it.
struct Described {
    name: std::sync::Arc<str>,
    price: i64,
    withdrawn_at: Option<i64>,
}

/// What the journal says of products.
#[derive(Default)]
pub(super) struct Fold {
    products: HashMap<i64, Described>,
}

impl Fold {
    pub(super) fn describe(&mut self, product: &Product) {
        let (name, price) = (product.name.clone(), product.price.minor());
        let withdrawn_at = self.products.get(&product.id.get()).and_then(|p| p.withdrawn_at);
        self.products.insert(product.id.get(), Described { name, price, withdrawn_at });
    }

    pub(super) fn withdraw(&mut self, product: ProductId, at: UnixMillis) {
        if let Some(product) = self.products.get_mut(&product.get()) {
            product.withdrawn_at = Some(at.0);
        }
    }
}

pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let read = async |last| {
        let page = pages::after::<products::Entity>(products::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<products::Model>, _, _| {
        for row in rows {
            let told = fold.products.get(&row.id);
            let told = told.map(|told| (&*told.name, told.price, told.withdrawn_at));
            let found = Some((row.name.as_str(), row.price, row.deleted_at));
            report.expect_equal(&format!("LG-2 product {}", row.id), told, found);
        }
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await
}
