//! Orders and their parts, read from the tables.

mod listed;

use std::collections::HashMap;

use hotdeal_domain::order::{
    Order, OrderLine, OrderState, Part, PartState, Rejection, RejectionReason, TrackedOrder,
};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{OrderId, ShopId, UnixMillis, UserId};
use hotdeal_entities::{order_lines, order_parts, orders};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect};

use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, amount, currency, id};

/// A part, when its order was made, and until when it is to be answered.
pub(crate) struct FoundPart {
    pub(crate) part: Part,
    pub(crate) ordered_at: UnixMillis,
    pub(crate) answer_by: Option<UnixMillis>,
}

impl Storage {
    /// An order by its number.
    pub(crate) async fn order(&self, order: OrderId) -> Result<Option<Order>, RequestError> {
        let Some(row) = orders::Entity::find_by_id(order.get()).one(&self.db).await? else {
            return Ok(None);
        };
        let mut lines = self.lines(&[order.get()], None).await?;
        made(row, &mut lines).map(Some)
    }

    /// An order by its number, with its parts.
    pub(crate) async fn tracked(
        &self,
        order: OrderId,
    ) -> Result<Option<TrackedOrder>, RequestError> {
        // In this order: a part that was changed in between is seen so, and may end the order.
        let Some(made) = self.order(order).await? else { return Ok(None) };
        let mut changed = self.changed_parts(&[order.get()]).await?;
        let changed = changed.remove(&order.get()).unwrap_or_default();
        Ok(Some(TrackedOrder::new(made, changed)))
    }

    /// Who has made each of these orders.
    pub(crate) async fn buyers(
        &self,
        orders: &[OrderId],
    ) -> Result<Vec<(UserId, OrderId)>, RequestError> {
        let numbers = orders.iter().map(|order| order.get());
        let found: Vec<(i64, i64)> = orders::Entity::find()
            .select_only()
            .columns([orders::Column::UserId, orders::Column::Id])
            .filter(orders::Column::Id.is_in(numbers))
            .into_tuple()
            .all(&self.db)
            .await?;
        found.into_iter().map(|(user, order)| Ok((id(user)?, id(order)?))).collect()
    }

    /// The shop that leads the changes of an order.
    pub(crate) async fn home_of(&self, order: OrderId) -> Result<Option<ShopId>, RequestError> {
        let row = orders::Entity::find_by_id(order.get()).one(&self.db).await?;
        row.map(|row| id(row.home_shop_id)).transpose()
    }

    /// A shop's part of an order, without its lines.
    pub(crate) async fn part(
        &self,
        order: OrderId,
        shop: ShopId,
    ) -> Result<Option<FoundPart>, RequestError> {
        let sql = "SELECT o.ordered_at, n.order_id, p.state, p.expected_at, p.reason, p.reason_text, \
             p.changed_at, o.answer_by FROM orders o \
             LEFT JOIN order_parts p ON p.order_id = o.id AND p.shop_id = $2 \
             LEFT JOIN new_parts n \
             ON n.shop_id = $2 AND n.ordered_at = o.ordered_at AND n.order_id = o.id \
             WHERE o.id = $1";
        let rows = self.select(sql, [order.get().into(), shop.get().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let ordered_at = UnixMillis(row.try_get_by_index(0)?);
        let answer_by = row.try_get_by_index::<Option<i64>>(7)?.map(UnixMillis);
        let is_new = row.try_get_by_index::<Option<i64>>(1)?.is_some();
        let part = match row.try_get_by_index::<Option<String>>(2)? {
            Some(state) => part_from(row, 3, shop, &state)?,
            None if is_new => Part::new(shop, ordered_at),
            None => return Ok(None),
        };
        Ok(Some(FoundPart { part, ordered_at, answer_by }))
    }

    /// Which of the shops that have a part in an order belong to this person.
    pub(crate) async fn own_shops(
        &self,
        order: OrderId,
        owner: UserId,
    ) -> Result<Vec<ShopId>, RequestError> {
        let sql = "SELECT DISTINCT s.id FROM order_lines l JOIN shops s ON s.id = l.shop_id \
             WHERE l.order_id = $1 AND s.owner_id = $2 ORDER BY s.id";
        let rows = self.select(sql, [order.get().into(), owner.get().into()]).await?;
        rows.iter().map(|row| id(row.try_get_by_index(0)?)).collect()
    }

    /// The lines of these orders, of one shop or of all.
    async fn lines(
        &self,
        orders: &[i64],
        of: Option<ShopId>,
    ) -> Result<HashMap<i64, Vec<OrderLine>>, RequestError> {
        let mut query = order_lines::Entity::find()
            .filter(order_lines::Column::OrderId.is_in(orders.iter().copied()))
            .order_by_asc(order_lines::Column::OrderId)
            .order_by_asc(order_lines::Column::Line);
        if let Some(shop) = of {
            query = query.filter(order_lines::Column::ShopId.eq(shop.get()));
        }
        let mut lines = HashMap::<i64, Vec<OrderLine>>::new();
        for row in query.all(&self.db).await? {
            lines.entry(row.order_id).or_default().push(line(row)?);
        }
        Ok(lines)
    }

    /// The parts of these orders that are not new any more.
    async fn changed_parts(&self, orders: &[i64]) -> Result<HashMap<i64, Vec<Part>>, RequestError> {
        let rows = order_parts::Entity::find()
            .filter(order_parts::Column::OrderId.is_in(orders.iter().copied()))
            .all(&self.db)
            .await?;
        let mut parts = HashMap::<i64, Vec<Part>>::new();
        for row in rows {
            let changed = Part {
                shop: id(row.shop_id)?,
                state: PartState::from_name(&row.state).ok_or(CORRUPT)?,
                expected_at: row.expected_at.map(UnixMillis),
                rejection: rejection(row.reason.as_deref(), row.reason_text)?,
                changed_at: UnixMillis(row.changed_at),
            };
            parts.entry(row.order_id).or_default().push(changed);
        }
        Ok(parts)
    }
}

/// An order with its lines, which are taken from those that were read.
fn made(
    row: orders::Model,
    lines: &mut HashMap<i64, Vec<OrderLine>>,
) -> Result<Order, RequestError> {
    Ok(Order {
        id: id(row.id)?,
        user: id(row.user_id)?,
        home: id(row.home_shop_id)?,
        lines: lines.remove(&row.id).unwrap_or_default(),
        total: amount(row.total)?,
        currency: currency(&row.currency)?,
        ordered_at: UnixMillis(row.ordered_at),
        state: OrderState::from_name(&row.status).ok_or(CORRUPT)?,
        answer_by: row.answer_by.map(UnixMillis),
    })
}

/// A part whose expected time, reason, text and time of change stand in the row from this place on.
fn part_from(
    row: &QueryResult,
    place: usize,
    shop: ShopId,
    state: &str,
) -> Result<Part, RequestError> {
    let reason = row.try_get_by_index::<Option<String>>(place + 1)?;
    Ok(Part {
        shop,
        state: PartState::from_name(state).ok_or(CORRUPT)?,
        expected_at: row.try_get_by_index::<Option<i64>>(place)?.map(UnixMillis),
        rejection: rejection(reason.as_deref(), row.try_get_by_index(place + 2)?)?,
        changed_at: UnixMillis(row.try_get_by_index(place + 3)?),
    })
}

fn rejection(
    reason: Option<&str>,
    text: Option<String>,
) -> Result<Option<Rejection>, RequestError> {
    let Some(name) = reason else { return Ok(None) };
    let reason = RejectionReason::from_name(name).ok_or(CORRUPT)?;
    Ok(Some(Rejection { reason, text: text.map(Into::into) }))
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
