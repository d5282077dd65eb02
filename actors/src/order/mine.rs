//! A person's own orders.

use hotdeal_domain::UserId;
use hotdeal_domain::order::Order;
use hotdeal_entities::orders;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Orders;
use crate::error::RequestError;
use crate::storage::{Storage, id};

impl Orders {
    /// The orders of a person below the number `before`, the newest first, at most `limit` of them.
    pub async fn orders_of(
        &self,
        user: UserId,
        before: i64,
        limit: u64,
    ) -> Result<Vec<Order>, RequestError> {
        self.host.storage.orders_of(user, before, limit).await
    }
}

impl Storage {
    async fn orders_of(
        &self,
        user: UserId,
        before: i64,
        limit: u64,
    ) -> Result<Vec<Order>, RequestError> {
        let rows = orders::Entity::find()
            .filter(orders::Column::UserId.eq(user.get()))
            .filter(orders::Column::Id.lt(before))
            .order_by_desc(orders::Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.extend(self.order(id(row.id)?).await?);
        }
        Ok(found)
    }
}
