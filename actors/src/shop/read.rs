//! Shops, products and stock, read from the tables.

mod listed;

use std::collections::HashMap;

use hotdeal_domain::shop::{ShopProfile, Stock};
use hotdeal_domain::{ProductId, ShopId, UnixMillis, UserId};
use hotdeal_entities::{products, shops, stocks};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    Statement,
};

use super::api::{ProductSales, StockView};
use super::rows::sales_value;
use crate::error::RequestError;
use crate::storage::{CORRUPT, IDS_A_QUERY, Storage, currency, id};

impl Storage {
    /// A shop by its number.
    pub(crate) async fn shop(&self, shop: ShopId) -> Result<Option<ShopProfile>, RequestError> {
        shops::Entity::find_by_id(shop.get()).one(&self.db).await?.map(profile).transpose()
    }

    /// The oldest shop, or the oldest of one owner.
    pub(crate) async fn oldest_shop(
        &self,
        owner: Option<UserId>,
    ) -> Result<Option<ShopProfile>, RequestError> {
        let mut query = shops::Entity::find();
        if let Some(owner) = owner {
            query = query.filter(shops::Column::OwnerId.eq(owner.get()));
        }
        query.order_by_asc(shops::Column::Id).one(&self.db).await?.map(profile).transpose()
    }

    /// The shop of each of the products that were ever offered: which of them it still sells, its
    /// desk knows.
    pub(crate) async fn shops_of(
        &self,
        ids: &[ProductId],
    ) -> Result<Vec<(ProductId, ShopId)>, RequestError> {
        let backend = self.db.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => {
                "SELECT id, shop_id FROM products WHERE id IN (SELECT \
                 CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)))"
            }
            _ => {
                "SELECT id, shop_id FROM products WHERE id IN (SELECT value \
                 FROM json_each($1))"
            }
        };
        // One text instead of a parameter for each: an event has a hundred thousand of them.
        let ids = serde_json::to_string(ids).expect("numbers can be written");
        let statement = Statement::from_sql_and_values(backend, sql, [ids.into()]);
        let rows = self.db.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok((id(row.try_get_by_index(0)?)?, id(row.try_get_by_index(1)?)?)))
            .collect()
    }

    /// The durable stock of those of the products that exist and are on sale, in the order asked.
    pub(crate) async fn stocks(&self, ids: &[ProductId]) -> Result<Vec<StockView>, RequestError> {
        let mut found = HashMap::new();
        for chunk in ids.chunks(IDS_A_QUERY) {
            let rows = stocks::Entity::find()
                .filter(stocks::Column::ProductId.is_in(chunk.iter().map(|id| id.get())))
                .filter(stocks::Column::ProductId.not_in_subquery(off_sale(chunk)))
                .all(&self.db)
                .await?;
            found.extend(rows.into_iter().map(|row| (row.product_id, row)));
        }
        ids.iter().filter_map(|id| found.remove(&id.get())).map(|row| stock_view(&row)).collect()
    }

    /// What each product of a shop has sold, by product, after the product `after`.
    pub(crate) async fn sales(
        &self,
        shop: ShopId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<ProductSales>, RequestError> {
        let sql = "SELECT s.product_id, s.sold, s.orders, s.value_billions, s.value_rest \
             FROM products p JOIN stocks s ON s.product_id = p.id \
             WHERE p.shop_id = $1 AND p.id > $2 AND s.orders > 0 ORDER BY p.id LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.select(sql, [shop.get().into(), after.into(), limit.into()]).await?;
        let sales = |row: &QueryResult| {
            Ok(ProductSales {
                product: id(row.try_get_by_index(0)?)?,
                units: row.try_get_by_index(1)?,
                orders: row.try_get_by_index(2)?,
                value: sales_value(row.try_get_by_index(3)?, row.try_get_by_index(4)?),
            })
        };
        rows.iter().map(sales).collect()
    }
}

/// Those of the products that were taken off sale.
pub(crate) fn off_sale(ids: &[ProductId]) -> SelectStatement {
    Query::select()
        .column(products::Column::Id)
        .from(products::Entity)
        .and_where(products::Column::Id.is_in(ids.iter().map(|id| id.get())))
        .and_where(products::Column::DeletedAt.is_not_null())
        .to_owned()
}

pub(crate) fn profile(row: shops::Model) -> Result<ShopProfile, RequestError> {
    Ok(ShopProfile {
        id: id(row.id)?,
        owner: id(row.owner_id)?,
        name: row.name.into(),
        currency: currency(&row.currency)?,
        opened_at: UnixMillis(row.opened_at),
    })
}

pub(crate) fn stock_view(row: &stocks::Model) -> Result<StockView, RequestError> {
    let pieces = |count: i64| u32::try_from(count).map_err(|_| CORRUPT);
    Ok(StockView {
        product: id(row.product_id)?,
        stock: Stock {
            on_hand: pieces(row.on_hand)?,
            held: pieces(row.held)?,
            sold: pieces(row.sold)?,
        },
        updated_at: row.updated_at.map(UnixMillis),
    })
}
