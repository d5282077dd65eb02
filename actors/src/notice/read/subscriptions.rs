//! Who follows which product.

use hotdeal_domain::notice::Subscriptions;
use hotdeal_domain::{ProductId, UserId};
use hotdeal_entities::subscriptions;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::RequestError;
use crate::storage::{Storage, id};

impl Storage {
    /// What a person follows.
    pub(crate) async fn subscriptions(&self, user: UserId) -> Result<Subscriptions, RequestError> {
        let products: Vec<i64> = subscriptions::Entity::find()
            .select_only()
            .column(subscriptions::Column::ProductId)
            .filter(subscriptions::Column::UserId.eq(user.get()))
            .into_tuple()
            .all(&self.db)
            .await?;
        let products: Vec<ProductId> = products.into_iter().map(id).collect::<Result<_, _>>()?;
        Ok(Subscriptions::restored(products))
    }

    /// Whether a person follows a product.
    pub(crate) async fn is_subscribed(
        &self,
        user: UserId,
        product: ProductId,
    ) -> Result<bool, RequestError> {
        let key = (product.get(), user.get());
        Ok(subscriptions::Entity::find_by_id(key).one(&self.db).await?.is_some())
    }

    /// Who follows a product, by number, after the person `after`, at most `limit` of them.
    pub(crate) async fn subscribers(
        &self,
        product: ProductId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<UserId>, RequestError> {
        let users: Vec<i64> = subscriptions::Entity::find()
            .select_only()
            .column(subscriptions::Column::UserId)
            .filter(subscriptions::Column::ProductId.eq(product.get()))
            .filter(subscriptions::Column::UserId.gt(after))
            .order_by_asc(subscriptions::Column::UserId)
            .limit(limit)
            .into_tuple()
            .all(&self.db)
            .await?;
        users.into_iter().map(id).collect()
    }
}
