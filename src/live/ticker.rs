//! Stock ticks: what is left of the events that somebody follows.
//!
//! A tick sends a state, not an event, and the next one replaces it. So only the latest is worth
//! sending, and only if it has changed. It is read from durable state.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use hotdeal_actors::Mall;
use hotdeal_actors::coupon::CouponError;
use hotdeal_actors::coupon::CouponsLeft;
use hotdeal_actors::fanout::{Delivery, Fanout};
use hotdeal_domain::{EventId, ProductId};
use serde::Serialize;
use tokio::time::MissedTickBehavior;
use utoipa::ToSchema;

use super::frames;
use crate::clock::{self, Zone};

/// What an event consists of is looked up again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// After a panic the next look waits this long.
const AFTER_PANIC: Duration = Duration::from_secs(5);
/// Products of an event in one tick at most: what a page shows.
const PRODUCTS_MAX: u64 = 200;

/// What is left of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventStock)]
pub(super) struct Left {
    event_id: i64,
    /// Coupons in all, and those not issued yet; absent where the event has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Coupons>)]
    coupons: Option<CouponsLeft>,
    /// The first 200 products of the event, by number.
    products: Vec<ProductLeft>,
}

/// Coupons of an event.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of CouponsLeft, told to readers")]
struct Coupons {
    total: u32,
    left: u32,
}

/// What is left of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProductLeft {
    product_id: i64,
    available: u32,
}

struct Ticker {
    mall: Mall,
    fanout: Fanout,
    zone: Zone,
    /// The last state sent of an event, and the fan-out's number for it, which changes when somebody
    /// begins to follow.
    told: HashMap<EventId, (Left, u64)>,
    shown: HashMap<EventId, Shown>,
}

/// The parts of an event that each tick reads.
#[derive(Clone)]
struct Shown {
    products: Arc<[ProductId]>,
    has_coupons: bool,
    looked_at: Instant,
}

/// Starts the ticks, one each `every`.
pub(super) fn start(mall: Mall, fanout: Fanout, zone: Zone, every: Duration) {
    let (told, shown) = (HashMap::new(), HashMap::new());
    let mut ticker = Ticker { mall, fanout, zone, told, shown };
    actix_web::rt::spawn(async move { keep_looking(every, async || ticker.tick().await).await });
}

/// Looks again and again, also after a panic. A panic is a bug, but without the next look the
/// followers of all events would get nothing until a restart.
async fn keep_looking(every: Duration, mut look: impl AsyncFnMut()) {
    let mut ticks = actix_web::rt::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if AssertUnwindSafe(look()).catch_unwind().await.is_err() {
            tracing::error!("a look at the stock of followed events panicked; the next is due");
            // A panic at every look must not fill the log.
            actix_web::rt::time::sleep(AFTER_PANIC).await;
        }
    }
}

impl Ticker {
    async fn tick(&mut self) {
        let followed: HashMap<EventId, u64> = self.fanout.followed().into_iter().collect();
        self.told.retain(|event, _| followed.contains_key(event));
        self.shown.retain(|event, _| followed.contains_key(event));
        for (event, joined) in followed {
            // If this cannot be read now, the next tick reads it.
            let Ok(left) = self.left(event).await else { continue };
            let known = self.told.get(&event);
            // If somebody has joined since the last tick, the state is sent even if it is the same.
            if known.is_some_and(|(told, when)| *told == left && *when == joined) {
                continue;
            }
            let frame = frames::state(event, clock::now(), &left, self.zone);
            self.fanout.publish(Delivery::Event { event, frame: Arc::new(frame) });
            self.told.insert(event, (left, joined));
        }
    }

    /// The parts of an event. They hardly change, but a deal may get coupons later.
    async fn shown(&mut self, event: EventId) -> Result<Shown, hotdeal_actors::RequestError> {
        if let Some(shown) = self.shown.get(&event)
            && shown.looked_at.elapsed() < LOOK_AGAIN
        {
            return Ok(shown.clone());
        }
        let items = self.mall.deals().deal_items(event, 0, PRODUCTS_MAX).await?;
        let shown = Shown {
            products: items.iter().map(|item| item.product).collect(),
            has_coupons: self.mall.coupons().batch_of(event).await?.is_some(),
            looked_at: Instant::now(),
        };
        self.shown.insert(event, shown.clone());
        Ok(shown)
    }

    async fn left(&mut self, event: EventId) -> Result<Left, CouponError> {
        let Shown { products, has_coupons, .. } = self.shown(event).await?;
        let stocks = self.mall.shops().stocks(&products).await?;
        let products = stocks
            .iter()
            .map(|view| ProductLeft {
                product_id: view.product.get(),
                available: view.stock.available(),
            })
            .collect();
        let coupons = match has_coupons {
            true => self.mall.coupons().coupons_left(event).await?,
            false => None,
        };
        Ok(Left { event_id: event.get(), coupons, products })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_look_that_panics_is_not_the_last() {
        let mut looks = 0_u32;
        let looking = keep_looking(Duration::from_millis(250), async || {
            looks += 1;
            assert!(!looks.is_multiple_of(2), "every second look fails: the test wants it so");
        });
        let outcome = tokio::time::timeout(Duration::from_secs(20), looking).await;
        assert!(outcome.is_err(), "it goes on");
        assert!((6..=10).contains(&looks), "{looks} looks, with a pause after each second one");
    }
}
