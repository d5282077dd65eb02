//! Shops: whose they are, what they are called, in which currency they sell.

pub(crate) mod catalogue;

use std::collections::HashMap;

use hotdeal_domain::Currency;
use hotdeal_domain::shop::ShopProfile;
use hotdeal_entities::shops;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// What the journal says of shops.
#[derive(Default)]
pub(crate) struct Fold {
    shops: HashMap<i64, ShopProfile>,
}

impl Fold {
    pub(crate) fn open(&mut self, shop: &ShopProfile) {
        self.shops.insert(shop.id.get(), shop.clone());
    }

    /// The currency a shop sells in.
    pub(crate) fn currency(&self, shop: i64) -> Option<Currency> {
        self.shops.get(&shop).map(|shop| shop.currency)
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<shops::Entity>(shops::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let mut found = 0;
    let compare = async |rows: Vec<shops::Model>, _, _| {
        found += rows.len();
        rows.iter().for_each(|row| compare_shop(row, fold, report));
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    report.expect_equal("LG-2 number of shops", fold.shops.len(), found);
    Ok(())
}

fn compare_shop(row: &shops::Model, fold: &Fold, report: &mut Report) {
    let Some(told) = fold.shops.get(&row.id) else {
        return report.differs(|| format!("shop {} is in the table alone", row.id));
    };
    let what = |member: &str| format!("LG-2 {member} of shop {}", row.id);
    report.expect_equal(&what("owner"), told.owner.get(), row.owner_id);
    report.expect_equal(&what("name"), told.name.as_ref(), row.name.as_str());
    report.expect_equal(&what("currency"), told.currency.code(), row.currency.as_str());
    report.expect_equal(&what("opening"), told.opened_at.0, row.opened_at);
}
