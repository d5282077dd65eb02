//! Deals, and what has gone at their prices, read from the tables.

use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::{
    BasisPoints, Discount, DiscountType, EventId, SaleWindow, ShopId, UnixMillis,
};
use hotdeal_entities::{deal_items, deals};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::api::{DealItem, DealSales, DealView};
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, amount, currency, id};

impl Storage {
    /// A deal by its event.
    pub(crate) async fn deal(&self, deal: EventId) -> Result<Option<DealView>, RequestError> {
        deals::Entity::find_by_id(deal.get()).one(&self.db).await?.map(view).transpose()
    }

    /// Deals below the event `before`, the newest first.
    pub(crate) async fn deals(
        &self,
        before: i64,
        limit: u64,
    ) -> Result<Vec<DealView>, RequestError> {
        let rows = deals::Entity::find()
            .filter(deals::Column::Id.lt(before))
            .order_by_desc(deals::Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(view).collect()
    }

    /// The shops whose products a deal is on.
    pub(crate) async fn shops_of_deal(&self, deal: EventId) -> Result<Vec<ShopId>, RequestError> {
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
    ) -> Result<Vec<DealItem>, RequestError> {
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
    ) -> Result<Option<(DealView, DealSales)>, RequestError> {
        let row = deals::Entity::find_by_id(deal.get()).one(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let sales = sales(&row);
        Ok(Some((view(row)?, sales)))
    }
}

/// What has gone at the price of a deal.
pub(crate) fn sales(row: &deals::Model) -> DealSales {
    DealSales { pieces: row.sold, lines: row.sold_lines }
}

pub(crate) fn view(row: deals::Model) -> Result<DealView, RequestError> {
    let pieces = |most: Option<i64>| most.map(u32::try_from).transpose().map_err(|_| CORRUPT);
    let discount = match DiscountType::from_name(&row.discount_type).ok_or(CORRUPT)? {
        DiscountType::Fixed => Discount::Fixed(amount(row.discount)?),
        DiscountType::Rate => {
            let points = u16::try_from(row.discount).ok();
            let points = points.and_then(|points| BasisPoints::try_from(points).ok());
            Discount::Rate(points.ok_or(CORRUPT)?)
        }
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
