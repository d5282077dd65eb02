//! What becomes of one's own orders: told to a buyer on their live connections.
//!
//! It is a state, as the stock of an event is: how far each shop has come, read once what has changed it is
//! durable. So it has no position to resume from. Who connects, connects again or is told of a `gap` reads the
//! order (`GET /api/orders/{id}`); from then on every change is told.

use std::sync::Arc;

use hotdeal_actors::fanout::{Delivery, Fanout, Frame};
use hotdeal_actors::{Mall, RequestError};
use hotdeal_domain::OrderId;
use hotdeal_domain::order::{Part, TrackedOrder};
use serde::Serialize;
use utoipa::ToSchema;

use super::frames;
use super::ticker::keep_looking;
use crate::clock::{self, Stamp, Zone};
use crate::http::kit::money::Money;
use crate::settings::LiveSettings;

/// The type of these events.
pub(super) const KIND: &str = "order";
/// Orders that are looked up in one tick: more wait for the next.
const ORDERS_A_TICK: usize = 500;

/// How an order of one's own stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnOrder)]
pub(super) struct OrderTold {
    order_id: i64,
    /// `ORDER_SUCCESS`, or `ORDER_CANCELLED` once no part of it stands.
    #[schema(value_type = String)]
    status: &'static str,
    /// What the parts that stand come to.
    #[schema(value_type = f64)]
    standing_order_price: Money,
    /// How far each shop has come with its part.
    progress: Vec<PartTold>,
}

/// How far a shop has come with its part of an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnOrderPart)]
struct PartTold {
    shop_id: i64,
    /// `NEW`, `ACCEPTED`, `READY`, `DONE`, `REJECTED` or `CANCELLED`.
    #[schema(value_type = String)]
    state: &'static str,
    /// When the shop expects to be ready, once it has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    expected_at: Option<Stamp>,
    /// Why it was rejected, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    reason: Option<&'static str>,
    /// When it came to this state, or another time was named.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Stamp,
}

impl OrderTold {
    fn new(tracked: &TrackedOrder, zone: Zone) -> Self {
        let order = &tracked.order;
        let part = |part: &Part| PartTold {
            shop_id: part.shop.get(),
            state: part.state.name(),
            expected_at: part.expected_at.map(|at| zone.stamp(at)),
            reason: part.rejection.as_ref().map(|rejection| rejection.reason.name()),
            changed_at: zone.stamp(part.changed_at),
        };
        Self {
            order_id: order.id.get(),
            status: order.state.name(),
            standing_order_price: Money(tracked.standing_total(), order.currency),
            progress: tracked.parts.iter().map(part).collect(),
        }
    }
}

struct Teller {
    mall: Mall,
    fanout: Fanout,
    zone: Zone,
}

/// Starts the ticks.
pub(super) fn start(mall: Mall, fanout: Fanout, zone: Zone, settings: &LiveSettings) {
    let (every, teller) = (settings.tick, Teller { mall, fanout, zone });
    actix_web::rt::spawn(async move { keep_looking(every, async || teller.tick().await).await });
}

impl Teller {
    async fn tick(&self) {
        if !self.fanout.is_anybody_connected() {
            self.mall.orders().forget_changed();
            return;
        }
        if let Err(error) = self.tell().await {
            // A page reads its order again when it connects again.
            hotdeal_actors::warn_seldom!(%error, "buyers could not be told of their orders");
        }
    }

    async fn tell(&self) -> Result<(), RequestError> {
        let changed = self.mall.orders().take_changed(ORDERS_A_TICK).await?;
        let mut to = Vec::new();
        for (buyer, order) in self.fanout.connected(&changed) {
            to.extend(self.frame(*order).await?.map(|frame| (*buyer, frame)));
        }
        if !to.is_empty() {
            self.fanout.publish(Delivery::Personal { to });
        }
        Ok(())
    }

    async fn frame(&self, order: OrderId) -> Result<Option<Arc<Frame>>, RequestError> {
        let (found, now) = (self.mall.orders().order(order).await?, clock::now());
        Ok(found.map(|found| {
            let (data, id) =
                (OrderTold::new(&found, self.zone), format!("order:{order}:{}", now.0));
            Arc::new(frames::written(KIND, id, now, false, &data, self.zone))
        }))
    }
}
