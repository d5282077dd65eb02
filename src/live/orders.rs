//! What becomes of one's own orders: told to a buyer on their live connections.
//!
//! It is a state, as the stock of an event is: the order as `GET /api/orders/{id}` answers it, read once what has
//! changed it is durable. So it has no position to resume from. Who connects, connects again or is told of a
//! `gap` reads the order; from then on every change is told.

use std::sync::Arc;

use hotdeal_actors::fanout::{Delivery, Fanout, Frame};
use hotdeal_actors::{Mall, RequestError};
use hotdeal_domain::OrderId;

use super::frames;
use super::ticker::keep_looking;
use crate::clock::{self, Zone};
use crate::http::order::shapes::OrderAnswer;
use crate::settings::LiveSettings;

/// The type of these events.
pub(super) const KIND: &str = "order";
/// Orders that are looked up in one tick: more wait for the next.
const ORDERS_A_TICK: usize = 500;

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
                (OrderAnswer::new(&found, self.zone), format!("order:{order}:{}", now.0));
            Arc::new(frames::written(KIND, id, now, false, &data, self.zone))
        }))
    }
}
