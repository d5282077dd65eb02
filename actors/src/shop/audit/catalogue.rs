//! Products: whose they are, what they are called, what they cost, whether they are on sale.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use hotdeal_domain::ShopId;
use hotdeal_domain::shop::{Product, ShopFact};
use hotdeal_entities::products;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// A product as the journal tells it.
struct Described {
    shop: i64,
    name: std::sync::Arc<str>,
    price: i64,
    created_at: i64,
    withdrawn_at: Option<i64>,
    /// A digest of the rest: descriptions are long.
    rest: u64,
}

/// What the journal says of products.
#[derive(Default)]
pub(crate) struct Fold {
    products: HashMap<i64, Described>,
}

fn rest(description: &str, image: &str, category: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (description, image, category).hash(&mut hasher);
    hasher.finish()
}

impl Fold {
    pub(crate) fn apply(&mut self, shop: ShopId, fact: &ShopFact) {
        match fact {
            ShopFact::ProductCreated(product) | ShopFact::ProductChanged { product, .. } => {
                self.describe(shop, product);
            }
            ShopFact::ProductWithdrawn { product, at } => {
                if let Some(product) = self.products.get_mut(&product.get()) {
                    product.withdrawn_at = Some(at.0);
                }
            }
            ShopFact::ShopOpened(_) | ShopFact::StockMoved { .. } => {}
        }
    }

    fn describe(&mut self, shop: ShopId, product: &Product) {
        let described = Described {
            shop: shop.get(),
            name: product.name.clone(),
            price: product.price.minor(),
            created_at: product.created_at.0,
            withdrawn_at: self.products.get(&product.id.get()).and_then(|p| p.withdrawn_at),
            rest: rest(&product.description, &product.image_url, &product.category),
        };
        self.products.insert(product.id.get(), described);
    }

    /// The shop that sells a product.
    pub(crate) fn shop_of(&self, product: i64) -> Option<i64> {
        self.products.get(&product).map(|told| told.shop)
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<products::Entity>(products::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let mut count = 0;
    let compare = async |rows: Vec<products::Model>, _, _| {
        count += rows.len();
        rows.iter().for_each(|row| compare_product(row, fold, report));
        Ok(())
    };
    pages::each(0, read, |row| row.id, compare).await?;
    report.expect_equal("LG-2 number of products", fold.products.len(), count);
    Ok(())
}

fn compare_product(row: &products::Model, fold: &Fold, report: &mut Report) {
    let told = fold.products.get(&row.id);
    let what = |members: &str| format!("LG-2 {members} of product {}", row.id);
    let sold_as = told.map(|told| (&*told.name, told.price, told.withdrawn_at));
    let found = Some((row.name.as_str(), row.price, row.deleted_at));
    report.expect_equal(&what("name, price and end"), sold_as, found);
    let made = told.map(|told| (told.shop, told.created_at));
    report.expect_equal(&what("shop and time"), made, Some((row.shop_id, row.created_at)));
    let found = rest(&row.description, &row.image_url, &row.category);
    if told.is_some_and(|told| told.rest != found) {
        report.differs(|| format!("{} is another", what("description, picture or category")));
    }
}
