//! An order over several shops: all are asked whether it could be; then stock is held at each in
//! the order of their ids, and one ledger entry makes it an order everywhere, or every hold is
//! released.
//!
//! Each part of that entry is written under the epoch of the owner that held the stock. A shop that was
//! rebuilt between hold and commit has a new epoch, so the entry is refused as a whole. Where only another
//! hold stands in the way, the order waits for its end, at most 200 ms in all. If that hold still stands, the
//! order is refused because the stock is held (`STOCK_HELD`). It is not told that there is none. After the
//! commit each shop is told that its hold is sold, or free.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::order::{Basket, Order, OrderFact, OrderLine, OrderRefusal};
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{Currency, HoldId, OrderId, ProductId, ShopId, UserId};
use parking_lot::Mutex;

use super::Outcome;
use super::error::OrderError;
use super::messages::{HELD_WAIT, OrderDesks, Priced, Settle};
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;
use crate::host::shell::key_record;
use crate::ledger::keys::Key;
use crate::ledger::{Ledger, Part, Tenure, Work, WriteError};
use crate::mutant::{self, Mutant};

/// Shops asked at the same time.
const SHOPS_AT_ONCE: usize = 8;
/// Orders over several shops that one person can have under way: so much stock of a shop may be
/// held for nothing.
const UNDER_WAY_MAX: usize = 8;

/// Of all people together. They go on when their callers have hung up, so no connection bounds them.
const ALL_UNDER_WAY_MAX: usize = 1_024;

/// The orders over several shops under way.
#[derive(Clone, Default)]
pub(crate) struct WideOrders(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    by_person: HashMap<UserId, usize>,
    all: usize,
}

/// One of them, until it is dropped.
pub(crate) struct UnderWay {
    orders: WideOrders,
    user: UserId,
}

impl WideOrders {
    /// One more of `user`, if that is not too many.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`OrderError::TooManyHolds`] when they are the person's own.
    pub(crate) fn begin(&self, user: UserId) -> Result<UnderWay, OrderError> {
        let mut counts = self.0.lock();
        if counts.by_person.get(&user).is_some_and(|count| *count >= UNDER_WAY_MAX) {
            return Err(OrderError::TooManyHolds);
        }
        if counts.all >= ALL_UNDER_WAY_MAX {
            return Err(RequestError::Busy.into());
        }
        *counts.by_person.entry(user).or_default() += 1;
        counts.all += 1;
        Ok(UnderWay { orders: self.clone(), user })
    }

    /// How many are under way.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let counts = self.0.lock();
        debug_assert_eq!(counts.all, counts.by_person.values().sum::<usize>());
        counts.all
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut counts = self.orders.0.lock();
        counts.all -= 1;
        if let Some(count) = counts.by_person.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.by_person.remove(&self.user);
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
    pub(crate) desks: Arc<dyn OrderDesks>,
    /// Each shop has to answer it within so many milliseconds, if there is a bound.
    pub(crate) answer_within_ms: Option<i64>,
    pub(crate) ledger: Ledger,
}

/// A shop with its share of the order.
struct ShopShare {
    shop: Tenure<ShopStream>,
    lines: Vec<OrderLine>,
    currency: Currency,
}

impl From<Priced> for ShopShare {
    fn from(Priced { shop, lines, currency }: Priced) -> Self {
        Self { shop, lines, currency }
    }
}

/// Stock that is set aside until its shops are told what has become of the order. Where nobody is
/// left to tell them, as after a panic, they are given up: the tables know, and so does whoever is
/// rebuilt from them.
struct Held {
    ledger: Ledger,
    /// Of a shop that may or may not have set its share aside.
    asked: Option<Tenure<ShopStream>>,
    shares: Vec<ShopShare>,
}

impl Held {
    fn nothing(ledger: &Ledger) -> Self {
        Self { ledger: ledger.clone(), asked: None, shares: Vec::new() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let shares = self.shares.iter().map(|share| share.shop);
        self.asked.into_iter().chain(shares).for_each(|shop| self.ledger.give_up(shop));
    }
}

impl WideOrder {
    /// Makes the order. To be spawned: once stock is held somebody has to settle it, whether or
    /// not the caller still waits.
    pub(crate) async fn run(self, _one: UnderWay, key: Option<Key>) -> Outcome<Order> {
        // Before anything is held: what cannot be must not stand in anybody's way.
        self.could_be().await?;
        let mut held = Held::nothing(&self.ledger);
        let outcome = match self.hold_all(&mut held).await {
            Ok(()) => self.write(&held.shares, key).await,
            Err(refusal) => Err(refusal),
        };
        if outcome.is_err() && mutant::is_on(Mutant::FailedHoldsStay) {
            held.shares.clear();
        }
        while let Some(share) = held.shares.last() {
            self.settle(share.shop.key, outcome.is_ok()).await;
            held.shares.pop();
        }
        outcome.map(Answered::fresh)
    }

    async fn settle(&self, shop: ShopId, sold: bool) {
        // A shop that has been rebuilt since then has read the outcome from the tables.
        drop(self.desks.settle(shop, Settle { hold: self.hold, sold }).await);
    }

    /// Asks all shops whether the order could be.
    async fn could_be(&self) -> Result<(), OrderError> {
        if mutant::is_on(Mutant::WideOrdersRefused)
            && self.id.get() % 2 == 0
            && let Some(&(product, _)) = self.shares.iter().find_map(|(_, b)| b.lines().first())
        {
            return Err(OrderError::Shortage { product, available: 0 });
        }
        let asked = self.shares.iter().map(|(shop, basket)| async move {
            let priced = self.desks.quote(*shop, self.user, basket.clone()).await;
            priced.map(ShopShare::from)
        });
        let quoted: Vec<_> = stream::iter(asked).buffered(SHOPS_AT_ONCE).collect().await;
        let quoted = quoted.into_iter().collect::<Result<Vec<ShopShare>, OrderError>>()?;
        self.order(&quoted).await.map(drop)
    }

    async fn hold_all(&self, held: &mut Held) -> Result<(), OrderError> {
        let until = Instant::now() + HELD_WAIT;
        for (shop, basket) in &self.shares {
            let (hold, user, shop) = (self.hold, self.user, *shop);
            held.asked = Some(self.desks.owner(shop).await?);
            match self.desks.hold(shop, hold, user, basket.clone(), until).await {
                Ok(priced) => held.shares.push(priced.into()),
                Err(error) => {
                    // It may have been set aside all the same, by one who was slow to say so.
                    self.settle(shop, false).await;
                    held.asked = None;
                    return Err(error);
                }
            }
            held.asked = None;
        }
        Ok(())
    }

    async fn write(&self, held: &[ShopShare], key: Option<Key>) -> Result<Order, OrderError> {
        let order = Arc::new(self.order(held).await?);
        let parts = held.iter().map(|share| self.part(share, &order));
        let parts = parts.collect::<Result<Vec<Part>, WriteError>>()?;
        let key = key.map(|key| key_record(key, &*order, order.ordered_at));
        self.ledger.commit(Work::Facts(parts), key).await?;
        Ok(Arc::unwrap_or_clone(order))
    }

    /// The order of these shares. A refusal rests on their prices, which may not be durable yet.
    async fn order(&self, shares: &[ShopShare]) -> Result<Order, OrderError> {
        let refusal = match self.put_together(shares) {
            Err(refusal) => refusal,
            made => return made,
        };
        for share in shares {
            self.ledger.settled(&self.ledger.owner(share.shop)?).await?;
        }
        Err(refusal)
    }

    fn put_together(&self, held: &[ShopShare]) -> Result<Order, OrderError> {
        let currency = held.first().map(|share| share.currency).ok_or(RequestError::Busy)?;
        if held.iter().any(|share| share.currency != currency) {
            return Err(OrderError::Order(OrderRefusal::MixedCurrencies));
        }
        let mut lines: Vec<OrderLine> =
            held.iter().flat_map(|share| share.lines.iter().cloned()).collect();
        lines.sort_by_key(|line| line.product);
        let order = Order::new(self.id, self.user, lines, currency, clock::now());
        Ok(order.map_err(OrderError::Order)?.to_be_answered_within(self.answer_within_ms))
    }

    /// A shop's share as a fact of its stream: the order at its home, what was sold elsewhere.
    fn part(&self, share: &ShopShare, order: &Arc<Order>) -> Result<Part, WriteError> {
        let shop = share.shop.key;
        let fact = if shop == order.home {
            OrderFact::OrderPlaced(order.clone())
        } else {
            let lines: Vec<(ProductId, Quantity)> =
                share.lines.iter().map(|line| (line.product, line.quantity)).collect();
            let deals = order.deal_share(shop);
            let &Order { id: order, ordered_at: at, answer_by, .. } = &**order;
            OrderFact::StockSold { order, lines, deals, at, answer_by }
        };
        Ok(self.ledger.owner(share.shop)?.part(fact))
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::{AMOUNT_MAX, Amount};
    use tokio_test::{assert_pending, task};

    use crate::hang_up::world::world;
    use crate::lease::Lease;
    use crate::order::wide::*;

    #[test]
    fn so_many_orders_over_several_shops_are_under_way_and_the_next_is_told_so() {
        let orders = WideOrders::default();
        let user = |number| UserId::try_from(number).expect("an id");
        let begun: Vec<_> = (1..=5_000).map(|number| orders.begin(user(number))).collect();
        let refused = begun
            .iter()
            .filter(|begun| matches!(begun, Err(OrderError::Request(RequestError::Busy))))
            .count();
        assert_eq!(begun.len() - refused, 1_024, "one each of five thousand people");
    }

    #[actix::test]
    async fn a_refusal_that_rests_on_the_prices_of_what_is_held_waits_until_they_are_durable() {
        let world = world().await;
        let (order, _one) = world.wide_order().await;
        let mut held = Held::nothing(&order.ledger);
        order.hold_all(&mut held).await.expect("held");
        let dear = Amount::try_from(AMOUNT_MAX).expect("an amount");
        held.shares.iter_mut().for_each(|share| share.lines[0].unit_price = dear);
        // The prices are on their way to a ledger that does not write.
        let order = WideOrder { ledger: Ledger::new(10, Lease::for_ever()), ..order };
        let shop = held.ledger.owner(held.shares[1].shop).expect("it is live");
        held.shares.iter().for_each(|share| {
            order.ledger.know(&held.ledger.owner(share.shop).expect("it is live"));
        });
        let place = order.ledger.take().expect("a place");
        let priced = place.write(Work::Barrier(shop.activation().clone()), None);
        let mut refused = task::spawn(order.write(&held.shares, None));
        assert_pending!(refused.poll(), "a refusal overtook the prices it rests on");
        drop(priced);
    }
}
