//! Orders, read from the tables.

use hotdeal_domain::order::{Order, OrderLine, OrderState};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{OrderId, UnixMillis};
use hotdeal_entities::{order_lines, orders};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, amount, currency, id};

impl Storage {
    /// An order by its number.
    pub(crate) async fn order(&self, order: OrderId) -> Result<Option<Order>, RequestError> {
        let Some(row) = orders::Entity::find_by_id(order.get()).one(&self.db).await? else {
            return Ok(None);
        };
        let lines = order_lines::Entity::find()
            .filter(order_lines::Column::OrderId.eq(order.get()))
            .order_by_asc(order_lines::Column::Line)
            .all(&self.db)
            .await?;
        Ok(Some(Order {
            id: id(row.id)?,
            user: id(row.user_id)?,
            home: id(row.home_shop_id)?,
            lines: lines.into_iter().map(line).collect::<Result<_, _>>()?,
            total: amount(row.total)?,
            currency: currency(&row.currency)?,
            ordered_at: UnixMillis(row.ordered_at),
            state: OrderState::from_name(&row.status).ok_or(CORRUPT)?,
        }))
    }
}

fn line(row: order_lines::Model) -> Result<OrderLine, RequestError> {
    let quantity = u32::try_from(row.quantity).map_err(|_| CORRUPT)?;
    Ok(OrderLine {
        product: id(row.product_id)?,
        shop: id(row.shop_id)?,
        name: row.name.into(),
        quantity: Quantity::try_from(quantity).map_err(|_| CORRUPT)?,
        unit_price: amount(row.unit_price)?,
        deal: row.deal_id.map(id).transpose()?,
    })
}
