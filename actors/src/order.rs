//! An order over several shops: all are asked whether it could be; then stock is held at each in
//! the order of their ids, and one ledger entry makes it an order everywhere, or every hold is
//! released.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::{
    Basket, Currency, Fact, HoldId, Order, OrderId, OrderLine, OrderRefusal, ProductId, Quantity,
    ShopId, UserId,
};
use parking_lot::Mutex;

use crate::api::Answered;
use crate::clock;
use crate::directory::Directory;
use crate::error::AskError;
use crate::keys::Key;
use crate::ledger::{Activation, Ledger, Part, Work};
use crate::mutant::{self, Mutant};
use crate::shell::{Outcome, key_record};
use crate::shop::{HELD_WAIT, Hold, Priced, Quote, Settle, ShopActor};

/// Shops asked at the same time.
const SHOPS_AT_ONCE: usize = 8;
/// Orders over several shops that one person can have under way: so much stock of a shop may be
/// held for nothing.
const UNDER_WAY_MAX: usize = 8;

/// The orders over several shops under way, by person.
#[derive(Clone, Default)]
pub(crate) struct WideOrders(Arc<Mutex<HashMap<UserId, usize>>>);

/// One of them, until it is dropped.
pub(crate) struct UnderWay {
    orders: WideOrders,
    user: UserId,
}

impl WideOrders {
    /// One more of `user`, if that is not too many.
    ///
    /// # Errors
    /// [`AskError::TooManyHolds`].
    pub(crate) fn begin(&self, user: UserId) -> Result<UnderWay, AskError> {
        let mut orders = self.0.lock();
        let count = orders.entry(user).or_default();
        if *count >= UNDER_WAY_MAX {
            return Err(AskError::TooManyHolds);
        }
        *count += 1;
        Ok(UnderWay { orders: self.clone(), user })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut orders = self.orders.0.lock();
        if let Some(count) = orders.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                orders.remove(&self.user);
            }
        }
    }
}

/// What is needed to order from several shops.
pub(crate) struct WideOrder {
    pub(crate) id: OrderId,
    /// Names the stock set aside, at every shop.
    pub(crate) hold: HoldId,
    pub(crate) user: UserId,
    /// Each shop with its share of the basket, lowest id first.
    pub(crate) shares: Vec<(ShopId, Basket)>,
    pub(crate) shops: Directory<ShopActor>,
    pub(crate) ledger: Ledger,
}

/// A shop with its share of the order.
struct Share {
    shop: ShopId,
    activation: Arc<Activation>,
    lines: Vec<OrderLine>,
    currency: Currency,
}

impl Share {
    fn new(shop: ShopId, priced: Priced) -> Self {
        let Priced { activation, lines, currency } = priced;
        Self { shop, activation, lines, currency }
    }
}

impl WideOrder {
    /// Makes the order. To be spawned: once stock is held somebody has to settle it, whether or
    /// not the caller still waits.
    pub(crate) async fn run(self, _one: UnderWay, key: Option<Key>) -> Outcome<Order> {
        // Before anything is held: what cannot be must not stand in anybody's way.
        self.could_be().await?;
        let mut held = Vec::with_capacity(self.shares.len());
        let outcome = match self.hold_all(&mut held).await {
            Ok(()) => self.write(&held, key).await,
            Err(refusal) => Err(refusal),
        };
        if outcome.is_err() && mutant::is_on(Mutant::FailedHoldsStay) {
            held.clear();
        }
        for share in &held {
            self.settle(share.shop, outcome.is_ok()).await;
        }
        outcome.map(Answered::fresh)
    }

    async fn settle(&self, shop: ShopId, sold: bool) {
        // A shop that has been rebuilt since then has read the outcome from the tables.
        drop(self.shops.tell(shop, Settle { hold: self.hold, sold }).await);
    }

    /// Asks all shops whether the order could be.
    async fn could_be(&self) -> Result<(), AskError> {
        if mutant::is_on(Mutant::WideOrdersRefused)
            && self.id.get() % 2 == 0
            && let Some(&(product, _)) = self.shares.iter().find_map(|(_, b)| b.lines().first())
        {
            return Err(AskError::Shortage { product, available: 0 });
        }
        let asked = self.shares.iter().map(|(shop, basket)| async move {
            let quote = || Quote { user: self.user, basket: basket.clone() };
            self.shops.ask(*shop, quote).await?.map(|priced| Share::new(*shop, priced))
        });
        let quoted: Vec<_> = stream::iter(asked).buffered(SHOPS_AT_ONCE).collect().await;
        let quoted = quoted.into_iter().collect::<Result<Vec<Share>, AskError>>()?;
        let Err(refusal) = self.order(&quoted) else { return Ok(()) };
        // It rests on prices, which may not be durable yet.
        for share in &quoted {
            self.ledger.settled(&share.activation).await?;
        }
        Err(refusal)
    }

    async fn hold_all(&self, held: &mut Vec<Share>) -> Result<(), AskError> {
        let until = Instant::now() + HELD_WAIT;
        for (shop, basket) in &self.shares {
            let (hold, user, shop) = (self.hold, self.user, *shop);
            let ask = || Hold { hold, user, basket: basket.clone(), until };
            match self.shops.ask(shop, ask).await.flatten() {
                Ok(priced) => held.push(Share::new(shop, priced)),
                Err(error) => {
                    // It may have been set aside all the same, by one who was slow to say so.
                    self.settle(shop, false).await;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn write(&self, held: &[Share], key: Option<Key>) -> Result<Order, AskError> {
        let order = Arc::new(self.order(held)?);
        let parts = held.iter().map(|share| part(share, &order)).collect();
        let key = key.map(|key| key_record(key, &*order, order.ordered_at));
        self.ledger.commit(Work::Facts(parts), key).await?;
        Ok(Arc::unwrap_or_clone(order))
    }

    fn order(&self, held: &[Share]) -> Result<Order, AskError> {
        let currency = held.first().map(|share| share.currency).ok_or(AskError::Busy)?;
        if held.iter().any(|share| share.currency != currency) {
            return Err(AskError::Order(OrderRefusal::MixedCurrencies));
        }
        let mut lines: Vec<OrderLine> =
            held.iter().flat_map(|share| share.lines.iter().cloned()).collect();
        lines.sort_by_key(|line| line.product);
        Order::new(self.id, self.user, lines, currency, clock::now()).map_err(AskError::Order)
    }
}

/// A shop's share as a fact of its stream: the order at its home, what was sold elsewhere.
fn part(share: &Share, order: &Arc<Order>) -> Part {
    let fact = if share.shop == order.home {
        Fact::OrderPlaced(order.clone())
    } else {
        let lines: Vec<(ProductId, Quantity)> =
            share.lines.iter().map(|line| (line.product, line.quantity)).collect();
        let deals = order.deal_share(share.shop);
        Fact::StockSold { order: order.id, lines, deals, at: order.ordered_at }
    };
    Part { activation: share.activation.clone(), fact, rider: None }
}
