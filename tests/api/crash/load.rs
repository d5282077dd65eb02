//! The load: several shoppers at once, on several shops and one event, with coupons being
//! prepared for the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use hotdeal_domain::SplitMix64;
use tokio::task::JoinHandle;

use super::history::{CouponTry, History, OrderTry, Outcome};
use crate::support::{App, event_body};

/// Shoppers at once, each with a connection of its own.
const SHOPPERS: usize = 12;
/// Coupons of one event: some cycles run out of them.
const COUPONS: i64 = 150;

/// The shops, products and event of one database.
pub(super) struct Stage {
    products: Vec<(i64, i64)>,
    event: i64,
    /// The event being prepared while the load runs.
    next: i64,
    users: Arc<AtomicI64>,
    /// Orders that were acknowledged since the load began.
    acknowledged: Arc<AtomicUsize>,
}

impl Stage {
    /// Orders that were acknowledged since the load began.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// The number of a shopper nobody has been yet.
    pub(super) fn next_user(&self) -> i64 {
        self.users.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) async fn set(app: &App) -> Self {
        let mut products = Vec::new();
        for name in ["North", "East", "West"] {
            let (shop, ..) = app.shop(name, "KRW").await;
            // One of plenty, and one that runs out.
            for pieces in [900_000, 40] {
                products.push((app.product(Some(shop), 1_000, pieces).await, pieces));
            }
        }
        let event = app.preloaded(&event_body("Cycle 0", COUPONS)).await.event_id;
        let users = Arc::new(AtomicI64::new(10_000));
        Self { products, event, next: 1, users, acknowledged: Arc::default() }
    }

    /// The event that was being prepared when the server died is there whole, once.
    pub(super) async fn next_event(&mut self, app: &App) {
        let batch = app.preloaded(&self.next_body()).await;
        assert_eq!((batch.prepared, batch.total), (COUPONS, COUPONS));
        let sql = format!(
            "SELECT count(DISTINCT ordinal), count(DISTINCT code), count(*) \
             FROM coupons WHERE event_id = {}",
            batch.event_id
        );
        let written: Vec<(i64, i64, i64)> = app.database.rows(&sql).await;
        assert_eq!(written, [(COUPONS, COUPONS, COUPONS)]);
        self.event = batch.event_id;
        self.next += 1;
    }

    /// Says the same each time it is asked within a cycle: a repeat is the same request.
    fn next_body(&self) -> serde_json::Value {
        let mut body = event_body(&format!("Cycle {}", self.next), COUPONS);
        body["startsAt"] = "2024-01-01T00:00:00+09:00".into();
        body["endsAt"] = "2099-01-01T00:00:00+09:00".into();
        body
    }
}

/// A load that is under way.
pub(super) struct Load {
    shoppers: Vec<JoinHandle<(Vec<OrderTry>, Vec<CouponTry>)>>,
    preload: JoinHandle<()>,
    is_over: Arc<AtomicBool>,
}

/// Begins to load the server, until it is gone.
pub(super) fn begin(
    app: &App,
    stage: &Stage,
    history: &mut History,
    chance: &mut SplitMix64,
) -> Load {
    history.on_hand = stage.products.iter().copied().collect();
    history.coupons_of.insert(stage.event, usize::try_from(COUPONS).unwrap_or(usize::MAX));
    history.grow_old();
    stage.acknowledged.store(0, Ordering::Relaxed);
    let is_over = Arc::new(AtomicBool::new(false));
    let shoppers = (0..SHOPPERS)
        .map(|_| {
            let shopper = Shopper {
                anyone: app.anyone(),
                products: stage.products.iter().map(|(product, _)| *product).collect(),
                event: stage.event,
                users: stage.users.clone(),
                acknowledged: stage.acknowledged.clone(),
                is_over: is_over.clone(),
                chance: SplitMix64::new(chance.next_u64()),
            };
            tokio::spawn(shopper.shop())
        })
        .collect();
    let preload = app.admin().post_json("/api/coupons/preload", &stage.next_body());
    // Whatever comes of it: it is asked for again afterwards.
    let preload = tokio::spawn(async move { drop(preload.try_send().await) });
    Load { shoppers, preload, is_over }
}

impl Load {
    /// Sends the shoppers home, each once the call under way is answered.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Waits for the shoppers, who go when the server has gone or the load was stopped, and writes
    /// down what they say.
    pub(super) async fn end(self, history: &mut History) {
        for shopper in self.shoppers {
            let (orders, coupons) = shopper.await.expect("a shopper does not panic");
            history.orders.extend(orders);
            history.coupons.extend(coupons);
        }
        self.preload.await.expect("a seller does not panic");
    }
}

struct Shopper {
    anyone: crate::support::Client,
    products: Vec<i64>,
    event: i64,
    users: Arc<AtomicI64>,
    acknowledged: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    chance: SplitMix64,
}

impl Shopper {
    async fn shop(mut self) -> (Vec<OrderTry>, Vec<CouponTry>) {
        let (mut orders, mut coupons): (Vec<OrderTry>, Vec<CouponTry>) = (Vec::new(), Vec::new());
        loop {
            let user = self.users.fetch_add(1, Ordering::Relaxed);
            let is_over = match self.chance.below(10) {
                0..4 => {
                    let mut coupon = CouponTry::new(user, self.event);
                    coupon.ask(&self.client(user)).await;
                    let is_over = coupon.outcome == Outcome::Unknown;
                    coupons.push(coupon);
                    is_over
                }
                4..8 => {
                    let mut order = OrderTry::new(user, self.lines());
                    order.ask(&self.client(user)).await;
                    let is_made = matches!(order.outcome, Outcome::Done(_));
                    self.acknowledged.fetch_add(usize::from(is_made), Ordering::Relaxed);
                    let is_over = order.outcome == Outcome::Unknown;
                    orders.push(order);
                    is_over
                }
                _ => match self.standing(&mut orders) {
                    Some(order) => {
                        let client = self.client(order.user);
                        order.cancel(&client).await;
                        order.cancelled == Some(Outcome::Unknown)
                    }
                    None => false,
                },
            };
            if is_over || self.is_over.load(Ordering::Relaxed) {
                return (orders, coupons);
            }
        }
    }

    fn client(&self, user: i64) -> crate::support::Client {
        self.anyone.with_token(Some(crate::support::mint(user, crate::support::Role::User)))
    }

    /// One product, or several of several shops.
    fn lines(&mut self) -> Vec<(i64, i64)> {
        let count = if self.chance.below(3) == 0 { 3 } else { 1 };
        let bound = u32::try_from(self.products.len()).unwrap_or(1);
        let mut lines: Vec<(i64, i64)> = Vec::new();
        for _ in 0..count {
            let product = self.products[self.chance.below(bound) as usize];
            if lines.iter().all(|(other, _)| *other != product) {
                lines.push((product, 1 + i64::from(self.chance.below(3))));
            }
        }
        lines
    }

    /// An order that was made and not cancelled.
    fn standing<'a>(&mut self, orders: &'a mut [OrderTry]) -> Option<&'a mut OrderTry> {
        let mut standing: Vec<&mut OrderTry> = orders
            .iter_mut()
            .filter(|order| matches!(order.outcome, Outcome::Done(_)) && order.cancelled.is_none())
            .collect();
        let pick = self.chance.below(u32::try_from(standing.len()).unwrap_or(u32::MAX)) as usize;
        if standing.is_empty() { None } else { Some(standing.swap_remove(pick)) }
    }
}
