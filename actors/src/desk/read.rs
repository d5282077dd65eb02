//! A shop's desk as the tables tell it.

use std::collections::HashMap;
use std::sync::Arc;

use hotdeal_domain::deal::DealState;
use hotdeal_domain::desk::{Shelf, ShopDesk};
use hotdeal_domain::order::OrderState;
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{EventId, ProductId, ShopId};
use hotdeal_entities::{deal_items, products, stocks};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use crate::clock;
use crate::deal::DealView;
use crate::error::RequestError;
use crate::shop::read::stock_view;
use crate::storage::{CORRUPT, Storage, amount, id};

/// Rows of one read while a desk is rebuilt: a few megabytes at a time.
const ROWS_A_READ: i64 = 50_000;

impl Storage {
    /// The desk of a shop as the tables have it, with what was taken off sale: stock of its orders
    /// may return.
    pub(crate) async fn desk(&self, shop: ShopId) -> Result<ShopDesk, RequestError> {
        let profile = self.shop(shop).await?.ok_or(RequestError::Missing)?;
        let stocked: HashMap<i64, stocks::Model> = stocks::Entity::find()
            .filter(stocks::Column::ShopId.eq(shop.get()))
            .all(&self.db)
            .await?
            .into_iter()
            .map(|row| (row.product_id, row))
            .collect();
        let offered = products::Entity::find()
            .filter(products::Column::ShopId.eq(shop.get()))
            .all(&self.db)
            .await?;
        let mut desk = ShopDesk::new(profile);
        for row in offered {
            let view = stock_view(stocked.get(&row.id).ok_or(CORRUPT)?)?;
            let shelf = Shelf {
                name: row.name.into(),
                price: amount(row.price)?,
                stock: view.stock,
                moved_at: view.updated_at,
                withdrawn: row.deleted_at.is_some(),
            };
            desk.restore(id(row.id)?, shelf);
        }
        self.post_deals(&mut desk).await?;
        Ok(desk)
    }

    /// Puts the deals of a shop that have not ended on its board, with what has gone at their
    /// prices.
    pub(crate) async fn post_deals(&self, desk: &mut ShopDesk) -> Result<(), RequestError> {
        let (shop, now) = (desk.profile().id, clock::now());
        let cancelled = DealState::Cancelled.name();
        let sql = "SELECT d.id FROM deals d WHERE d.ends_at > $1 AND d.state <> $3 \
             AND EXISTS (SELECT 1 FROM deal_items i WHERE i.deal_id = d.id AND i.shop_id = $2) \
             ORDER BY d.id";
        let rows = self.select(sql, [now.0.into(), shop.get().into(), cancelled.into()]).await?;
        for row in rows {
            let deal: EventId = id(row.try_get_by_index(0)?)?;
            let DealView { deal, state, .. } = self.deal(deal).await?.ok_or(CORRUPT)?;
            let products: Vec<i64> = deal_items::Entity::find()
                .select_only()
                .column(deal_items::Column::ProductId)
                .filter(deal_items::Column::DealId.eq(deal.id.get()))
                .filter(deal_items::Column::ShopId.eq(shop.get()))
                .order_by_asc(deal_items::Column::ProductId)
                .into_tuple()
                .all(&self.db)
                .await?;
            let products: Vec<ProductId> =
                products.into_iter().map(id).collect::<Result<_, _>>()?;
            let (deal, is_counted) = (Arc::new(deal.clone()), deal.terms.is_counted());
            desk.board_mut().post(deal.clone(), state, products.into(), now);
            if is_counted {
                self.count_gone(deal.id, desk).await?;
            }
        }
        Ok(())
    }

    /// Reads who has how much of what at the price of a deal, page by page.
    async fn count_gone(&self, deal: EventId, desk: &mut ShopDesk) -> Result<(), RequestError> {
        let sql = "SELECT l.product_id, o.user_id, CAST(SUM(l.quantity) AS BIGINT) \
             FROM order_lines l JOIN orders o ON o.id = l.order_id \
             WHERE l.deal_id = $1 AND l.shop_id = $2 AND o.status = $6 \
             AND (l.product_id, o.user_id) > ($3, $4) \
             GROUP BY l.product_id, o.user_id ORDER BY l.product_id, o.user_id LIMIT $5";
        let shop = desk.profile().id;
        let mut last = (0_i64, 0_i64);
        loop {
            let numbers = [deal.get(), shop.get(), last.0, last.1, ROWS_A_READ].map(Value::from);
            let status = Value::from(OrderState::Success.name());
            let rows = self.select(sql, numbers.into_iter().chain([status])).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let mut left: i64 = row.try_get_by_index(2)?;
                // Many orders may add up to more than one line can have.
                while left > 0 {
                    let most = i64::from(hotdeal_domain::shop::QUANTITY_MAX);
                    let pieces = u32::try_from(left.min(most)).map_err(|_| CORRUPT)?;
                    let pieces = Quantity::try_from(pieces).map_err(|_| CORRUPT)?;
                    desk.board_mut().restore(deal, id(last.0)?, id(last.1)?, pieces);
                    left -= most;
                }
            }
        }
    }
}
