//! Products, read for shoppers.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use hotdeal_domain::{ProductId, UnixMillis};
use hotdeal_entities::products;
use sea_orm::sea_query::extension::postgres::PgExpr as _;
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::RequestError;
use crate::shop::api::{ProductSearch, ProductView};
use crate::storage::{CORRUPT, IDS_A_QUERY, Storage, amount, anywhere, id};

impl Storage {
    /// Those of the products that exist and are on sale, in the order asked.
    pub(crate) async fn products(
        &self,
        ids: &[ProductId],
    ) -> Result<Vec<ProductView>, RequestError> {
        let mut found = HashMap::new();
        for chunk in ids.chunks(IDS_A_QUERY) {
            let rows = products::Entity::find()
                .filter(products::Column::Id.is_in(chunk.iter().map(|id| id.get())))
                .filter(products::Column::DeletedAt.is_null())
                .all(&self.db)
                .await?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        let in_order = ids.iter().filter_map(|id| found.remove(&id.get())).collect();
        self.views(in_order).await
    }

    /// Those of the products that are not on sale, or never were.
    pub(crate) async fn not_on_sale(
        &self,
        ids: &[ProductId],
    ) -> Result<Vec<ProductId>, RequestError> {
        let mut found: HashSet<i64> = HashSet::with_capacity(ids.len());
        for chunk in ids.chunks(IDS_A_QUERY) {
            let on_sale: Vec<i64> = products::Entity::find()
                .select_only()
                .column(products::Column::Id)
                .filter(products::Column::Id.is_in(chunk.iter().map(|id| id.get())))
                .filter(products::Column::DeletedAt.is_null())
                .into_tuple()
                .all(&self.db)
                .await?;
            found.extend(on_sale);
        }
        Ok(ids.iter().copied().filter(|id| !found.contains(&id.get())).collect())
    }

    /// Products on sale by number.
    pub(crate) async fn search_products(
        &self,
        search: &ProductSearch,
    ) -> Result<Vec<ProductView>, RequestError> {
        let mut query = products::Entity::find()
            .filter(products::Column::Id.gt(search.after))
            .filter(products::Column::DeletedAt.is_null());
        if let Some(shop) = search.shop {
            query = query.filter(products::Column::ShopId.eq(shop.get()));
        }
        if let Some(category) = &search.category {
            query = query.filter(products::Column::Category.eq(category));
        }
        if let Some(name) = &search.name {
            let (pattern, column) =
                (anywhere(name), Expr::col((products::Entity, products::Column::Name)));
            // SQLite's LIKE takes ASCII letters in either case and must be told its escape;
            // PostgreSQL has ILIKE for that, whose escape this is.
            query = query.filter(match self.db.get_database_backend() {
                DbBackend::Postgres => column.ilike(pattern),
                _ => column.like(LikeExpr::new(pattern).escape('\\')),
            });
        }
        let rows =
            query.order_by_asc(products::Column::Id).limit(search.limit).all(&self.db).await?;
        self.views(rows).await
    }

    /// The products with the currencies of their shops.
    async fn views(&self, rows: Vec<products::Model>) -> Result<Vec<ProductView>, RequestError> {
        let mut currencies = HashMap::new();
        for row in &rows {
            if let Entry::Vacant(entry) = currencies.entry(row.shop_id) {
                let shop = self.shop(id(row.shop_id)?).await?.ok_or(CORRUPT)?;
                entry.insert(shop.currency);
            }
        }
        let views = rows.into_iter().map(|row| {
            let currency = currencies.get(&row.shop_id).copied().ok_or(CORRUPT)?;
            product_view(row, currency)
        });
        views.collect()
    }
}

fn product_view(
    row: products::Model,
    currency: hotdeal_domain::Currency,
) -> Result<ProductView, RequestError> {
    Ok(ProductView {
        id: id(row.id)?,
        shop: id(row.shop_id)?,
        name: row.name.into(),
        description: row.description.into(),
        price: amount(row.price)?,
        currency,
        image_url: row.image_url.into(),
        category: row.category.into(),
        created_at: UnixMillis(row.created_at),
    })
}
