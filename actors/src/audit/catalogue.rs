//! Products: what they are called, what they cost, whether they are on sale.

use std::collections::HashMap;

use hotdeal_domain::{Product, ProductId, UnixMillis};
use hotdeal_entities::products;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{ROWS_A_READ, Report};
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
    let mut last = 0;
    loop {
        let rows = products::Entity::find()
            .filter(products::Column::Id.gt(last))
            .order_by_asc(products::Column::Id)
            .limit(ROWS_A_READ)
            .all(&storage.db)
            .await?;
        let Some(end) = rows.last().map(|row| row.id) else { return Ok(()) };
        for row in rows {
            let told = fold.products.get(&row.id);
            let told = told.map(|told| (&*told.name, told.price, told.withdrawn_at));
            let found = Some((row.name.as_str(), row.price, row.deleted_at));
            report.expect_equal(&format!("LG-2 product {}", row.id), told, found);
        }
        last = end;
    }
}
