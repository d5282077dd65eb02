//! Deals, and what has gone at their prices.

use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::desk::ShopDesk;
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{BasisPoints, Discount, EventId, ProductId, SaleWindow, ShopId, UnixMillis};
use hotdeal_entities::{deal_items, deals};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::{CORRUPT, Storage, amount, currency, id};
use crate::api::{DealItem, DealSales, DealView};
use crate::clock;
use crate::error::AskError;

/// Rows of one read while a desk is rebuilt: a few megabytes at a time.
const ROWS_A_READ: i64 = 50_000;

impl Storage {
    /// A deal by its event.
    pub(crate) async fn deal(&self, deal: EventId) -> Result<Option<DealView>, AskError> {
        deals::Entity::find_by_id(deal.get()).one(&self.db).await?.map(view).transpose()
    }

    /// Deals below the event `before`, the newest first.
    pub(crate) async fn deals(&self, before: i64, limit: u64) -> Result<Vec<DealView>, AskError> {
        let rows = deals::Entity::find()
            .filter(deals::Column::Id.lt(before))
            .order_by_desc(deals::Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(view).collect()
    }

    /// The shops whose products a deal is on.
    pub(crate) async fn shops_of_deal(&self, deal: EventId) -> Result<Vec<ShopId>, AskError> {
        let shops: Vec<i64> = deal_items::Entity::find()
            .select_only()
            .column(deal_items::Column::ShopId)
            .filter(deal_items::Column::DealId.eq(deal.get()))
            .distinct()
            .order_by_asc(deal_items::Column::ShopId)
            .into_tuple()
            .all(&self.db)
            .await?;
        shops.into_iter().map(id).collect()
    }

    /// What has gone at the price of a deal, by product, after the product `after`.
    pub(crate) async fn deal_items(
        &self,
        deal: EventId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<DealItem>, AskError> {
        let rows: Vec<(i64, i64)> = deal_items::Entity::find()
            .select_only()
            .column(deal_items::Column::ProductId)
            .column(deal_items::Column::Sold)
            .filter(deal_items::Column::DealId.eq(deal.get()))
            .filter(deal_items::Column::ProductId.gt(after))
            .order_by_asc(deal_items::Column::ProductId)
            .limit(limit)
            .into_tuple()
            .all(&self.db)
            .await?;
        let item = |(product, sold)| {
            Ok(DealItem { product: id(product)?, sold: u32::try_from(sold).map_err(|_| CORRUPT)? })
        };
        rows.into_iter().map(item).collect()
    }

    /// A deal with what has gone at its price, over all of its products.
    pub(crate) async fn deal_with_sales(
        &self,
        deal: EventId,
    ) -> Result<Option<(DealView, DealSales)>, AskError> {
        let row = deals::Entity::find_by_id(deal.get()).one(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let sales = sales(&row);
        Ok(Some((view(row)?, sales)))
    }

    /// Puts the deals of a shop that have not ended on its board, with what has gone at their
    /// prices.
    pub(crate) async fn post_deals(&self, desk: &mut ShopDesk) -> Result<(), AskError> {
        let (shop, now) = (desk.profile().id, clock::now());
        let sql = "SELECT d.id FROM deals d WHERE d.ends_at > $1 AND d.state <> 'CANCELLED' \
             AND EXISTS (SELECT 1 FROM deal_items i WHERE i.deal_id = d.id AND i.shop_id = $2) \
             ORDER BY d.id";
        let rows = self.select(sql, [now.0.into(), shop.get().into()]).await?;
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
    async fn count_gone(&self, deal: EventId, desk: &mut ShopDesk) -> Result<(), AskError> {
        let sql = "SELECT l.product_id, o.user_id, CAST(SUM(l.quantity) AS BIGINT) \
             FROM order_lines l JOIN orders o ON o.id = l.order_id \
             WHERE l.deal_id = $1 AND l.shop_id = $2 AND o.status = 'ORDER_SUCCESS' \
             AND (l.product_id, o.user_id) > ($3, $4) \
             GROUP BY l.product_id, o.user_id ORDER BY l.product_id, o.user_id LIMIT $5";
        let shop = desk.profile().id;
        let mut last = (0_i64, 0_i64);
        loop {
            let values = [deal.get(), shop.get(), last.0, last.1, ROWS_A_READ];
            let rows = self.select(sql, values.map(Value::from)).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let mut left: i64 = row.try_get_by_index(2)?;
                // Many orders may add up to more than one line can have.
                while left > 0 {
                    let most = i64::from(hotdeal_domain::QUANTITY_MAX);
                    let pieces = u32::try_from(left.min(most)).map_err(|_| CORRUPT)?;
                    let pieces = Quantity::try_from(pieces).map_err(|_| CORRUPT)?;
                    desk.board_mut().restore(deal, id(last.0)?, id(last.1)?, pieces);
                    left -= most;
                }
            }
        }
    }
}

/// What has gone at the price of a deal.
pub(super) fn sales(row: &deals::Model) -> DealSales {
    DealSales { pieces: row.sold, lines: row.sold_lines }
}

pub(super) fn view(row: deals::Model) -> Result<DealView, AskError> {
    let pieces = |most: Option<i64>| most.map(u32::try_from).transpose().map_err(|_| CORRUPT);
    let discount = match row.discount_type.as_str() {
        "FIXED" => Discount::Fixed(amount(row.discount)?),
        "RATE" => {
            let points = u16::try_from(row.discount).ok();
            let points = points.and_then(|points| BasisPoints::try_from(points).ok());
            Discount::Rate(points.ok_or(CORRUPT)?)
        }
        _ => return Err(CORRUPT),
    };
    let window = SaleWindow { start: UnixMillis(row.starts_at), end: UnixMillis(row.ends_at) };
    let (quota, person_limit) = (pieces(row.quota)?, pieces(row.person_limit)?);
    Ok(DealView {
        deal: Deal {
            id: id(row.id)?,
            terms: DealTerms { discount, window, quota, person_limit },
            currency: row.currency.as_deref().map(currency).transpose()?,
            opened_at: UnixMillis(row.opened_at),
        },
        state: DealState::from_name(&row.state).ok_or(CORRUPT)?,
        products: u32::try_from(row.products).map_err(|_| CORRUPT)?,
        opened_by: id(row.opened_by)?,
    })
}
