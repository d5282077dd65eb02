//! An order over several shops: stock is held at each in the order of their ids, then one ledger
//! entry makes it an order everywhere; or every hold is released.

use std::sync::Arc;

use hotdeal_domain::{
    Basket, Currency, Fact, HoldId, Order, OrderId, OrderLine, OrderRefusal, ProductId, Quantity,
    ShopId, UserId,
};

use crate::api::Answered;
use crate::clock;
use crate::directory::Directory;
use crate::error::AskError;
use crate::keys::Key;
use crate::ledger::{Activation, Ledger, Part, Work};
use crate::mutant::{self, Mutant};
use crate::shell::{Outcome, key_record};
use crate::shop::{Held, Hold, Settle, ShopActor};

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

/// A shop that has set its share aside.
struct Share {
    shop: ShopId,
    activation: Arc<Activation>,
    lines: Vec<OrderLine>,
    currency: Currency,
}

impl WideOrder {
    /// Makes the order. To be spawned: once stock is held somebody has to settle it, whether or
    /// not the caller still waits.
    pub(crate) async fn run(self, key: Option<Key>) -> Outcome<Order> {
        let mut held = Vec::with_capacity(self.shares.len());
        let outcome = match self.hold_all(&mut held).await {
            Ok(()) => self.write(&held, key).await,
            Err(refusal) => Err(refusal),
        };
        if outcome.is_err() && mutant::is_on(Mutant::FailedHoldsStay) {
            held.clear();
        }
        for share in &held {
            let settle = Settle { hold: self.hold, sold: outcome.is_ok() };
            // A shop that has been rebuilt since then has read the outcome from the tables.
            drop(self.shops.tell(share.shop, settle).await);
        }
        outcome.map(Answered::fresh)
    }

    async fn hold_all(&self, held: &mut Vec<Share>) -> Result<(), AskError> {
        if mutant::is_on(Mutant::WideOrdersRefused)
            && self.id.get() % 2 == 0
            && let Some(&(product, _)) = self.shares.iter().find_map(|(_, b)| b.lines().first())
        {
            return Err(AskError::Shortage { product, available: 0 });
        }
        for (shop, basket) in &self.shares {
            let (hold, user, shop) = (self.hold, self.user, *shop);
            let asked = self.shops.ask(shop, || Hold { hold, user, basket: basket.clone() }).await;
            let asked = match asked {
                Ok(asked) => asked,
                Err(error) => {
                    // It may have been set aside all the same, by one who was slow to say so.
                    drop(self.shops.tell(shop, Settle { hold, sold: false }).await);
                    return Err(error);
                }
            };
            let Held { activation, lines, currency } = asked?;
            held.push(Share { shop, activation, lines, currency });
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
