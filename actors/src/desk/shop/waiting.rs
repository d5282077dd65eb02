//! Stock that is held: whoever asks for it waits a little for the end of the hold, and is told that
//! it is held where that does not come.

use std::collections::VecDeque;
use std::time::Instant;

use actix::prelude::*;
use hotdeal_domain::desk::ShopDesk;
use hotdeal_domain::order::Order;
use hotdeal_domain::shop::Stock;
use hotdeal_domain::{HoldId, ProductId, UnixMillis};

use super::actor::{ShopActor, order, set_aside};
use crate::clock;
use crate::error::RequestError;
use crate::host::directory::OwnerContext;
use crate::host::shell::Caller;
use crate::order::OrderError;
use crate::order::messages::{Hold, PlaceHere, Priced};

/// So many wait at one shop; whoever comes then is told at once.
const WAITING_MAX: usize = 256;

/// Who can wait for stock.
pub(crate) enum Waiter {
    /// An order of this shop alone.
    Order(PlaceHere, Caller<Order, OrderError>),
    /// This shop's share of an order over several.
    Hold(Hold, Caller<Priced, OrderError>),
}

impl Waiter {
    fn is_for(&self, hold: HoldId) -> bool {
        matches!(self, Self::Hold(request, _) if request.hold == hold)
    }

    fn send_away(self, why: OrderError) {
        match self {
            Self::Order(_, caller) => caller.tell(Err(why)),
            Self::Hold(_, caller) => caller.tell(Err(why)),
        }
    }
}

/// Stock, and when it last moved.
type Moved = (Stock, Option<UnixMillis>);

struct Waiting {
    waiter: Waiter,
    until: Instant,
    /// What is held, as it was when it was last asked for.
    product: ProductId,
    stock: Option<Moved>,
}

/// Who waits, the first to come first.
#[derive(Default)]
pub(crate) struct WaitingLine {
    line: VecDeque<Waiting>,
    /// When it is looked who has waited long enough: no later than for the first of them.
    alarm: Option<(Instant, SpawnHandle)>,
}

impl WaitingLine {
    pub(crate) fn len(&self) -> usize {
        self.line.len()
    }

    /// Whoever wanted to hold stock under this number has given up.
    pub(crate) fn forget(&mut self, hold: HoldId) {
        self.line.retain(|waiting| !waiting.waiter.is_for(hold));
    }

    /// Nobody will decide for them any more.
    pub(crate) fn send_all_away(&mut self) {
        let gone = OrderError::Request(RequestError::Unavailable("the owner is being rebuilt"));
        self.line.drain(..).for_each(|waiting| waiting.waiter.send_away(gone.clone()));
    }
}

impl ShopActor {
    /// Decides; where nothing but a hold stands in the way, once it has ended.
    pub(crate) fn decide(&mut self, waiter: Waiter, until: Instant, ctx: &mut OwnerContext<Self>) {
        if let Some((product, waiter)) = self.attempt(waiter) {
            self.wait(product, waiter, until, ctx);
        }
    }

    pub(crate) fn wait(
        &mut self,
        product: ProductId,
        waiter: Waiter,
        until: Instant,
        ctx: &mut OwnerContext<Self>,
    ) {
        if self.waiting.len() >= WAITING_MAX || until <= Instant::now() {
            self.shell.meter.refused();
            return waiter.send_away(OrderError::StockHeld(product));
        }
        let stock = stock(&self.desk, product);
        self.waiting.line.push_back(Waiting { waiter, until, product, stock });
        self.set_alarm(until, ctx);
    }

    /// Decides, or gives back who has to wait for a product.
    fn attempt(&mut self, waiter: Waiter) -> Option<(ProductId, Waiter)> {
        let Self { shell, desk, .. } = self;
        let now = clock::now();
        match waiter {
            Waiter::Order(request, caller) => {
                let (product, request, caller) = order(shell, desk, request, caller, now)?;
                Some((product, Waiter::Order(request, caller)))
            }
            Waiter::Hold(request, caller) => {
                let (product, caller) = set_aside(shell, desk, &request, caller, now)?;
                Some((product, Waiter::Hold(request, caller)))
            }
        }
    }

    /// Stock has moved: decides for whom it may make a difference.
    pub(crate) fn look_again(&mut self, ctx: &mut OwnerContext<Self>) {
        for _ in 0..self.waiting.len() {
            let Some(waiting) = self.waiting.line.pop_front() else { break };
            if stock(&self.desk, waiting.product) == waiting.stock {
                self.waiting.line.push_back(waiting);
            } else {
                self.decide(waiting.waiter, waiting.until, ctx);
            }
        }
    }

    /// Looks no later than that for who has waited long enough. The line is not gone through for it:
    /// an alarm that is earlier than it need be finds nobody, and sets the next.
    fn set_alarm(&mut self, due: Instant, ctx: &mut OwnerContext<Self>) {
        match self.waiting.alarm {
            Some((set, _)) if set <= due => return,
            Some((_, alarm)) => drop(ctx.cancel_future(alarm)),
            None => {}
        }
        let after = due.saturating_duration_since(Instant::now());
        let alarm = ctx.run_later(after, |actor, ctx| {
            actor.waiting.alarm = None;
            actor.send_late_away();
            let next = actor.waiting.line.iter().map(|waiting| waiting.until).min();
            if let Some(next) = next {
                actor.set_alarm(next, ctx);
            }
        });
        self.waiting.alarm = Some((due, alarm));
    }

    /// Whoever has waited long enough is told that it is held.
    fn send_late_away(&mut self) {
        let now = Instant::now();
        let line = std::mem::take(&mut self.waiting.line);
        for waiting in line {
            if waiting.until > now {
                self.waiting.line.push_back(waiting);
            } else {
                self.shell.meter.refused();
                waiting.waiter.send_away(OrderError::StockHeld(waiting.product));
            }
        }
    }
}

/// The time, too: as many pieces may be held for somebody else, or at another price.
fn stock(desk: &ShopDesk, product: ProductId) -> Option<Moved> {
    desk.shelf(product).map(|shelf| (shelf.stock, shelf.moved_at))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hotdeal_domain::deal::DealTerms;
    use hotdeal_domain::order::Basket;
    use hotdeal_domain::shop::Quantity;
    use hotdeal_domain::{BasisPoints, Discount, SaleWindow, UserId};
    use tokio_test::{assert_pending, task};

    use crate::deal::OpenDeal;
    use crate::desk::shop::waiting::*;
    use crate::hang_up::world::{World, eventually, world};
    use crate::host::directory::Observe;
    use crate::order::PlaceOrder;
    use crate::order::messages::Settle;

    impl World {
        fn lamps(&self, pieces: u32) -> Basket {
            let pieces = Quantity::try_from(pieces).expect("a quantity");
            Basket::new(&[(self.lamp, pieces)]).expect("a basket")
        }

        async fn hold(&self, hold: HoldId, user: UserId, pieces: u32) {
            let (basket, within) = (self.lamps(pieces), Duration::ZERO);
            let request = || Hold { hold, user, basket: basket.clone(), within };
            let held = self.mall.shared.desks.ask(self.home, request).await.expect("an answer");
            drop(held.expect("held"));
        }

        async fn settle(&self, hold: HoldId, sold: bool) {
            let settle = Settle { hold, sold };
            self.mall.shared.desks.tell(self.home, settle).await.expect("told");
        }

        /// Opens a deal on lamps of which a person gets so many pieces.
        async fn limited_deal(&self, pieces: u32) {
            let start = clock::now();
            let terms = DealTerms {
                discount: Discount::Rate(BasisPoints::try_from(5_000).expect("a half")),
                window: SaleWindow { start, end: start.plus(3_600_000) },
                quota: None,
                person_limit: Some(pieces),
            };
            let request = OpenDeal { by: self.buyer, terms, products: vec![self.lamp] };
            drop(self.mall.deals().open_deal(request, None).await.expect("opened"));
        }

        async fn waiting(&self) -> usize {
            let state = self.mall.shared.desks.ask(self.home, || Observe).await.flatten();
            let waiting = state.expect("a state")["waiting"].as_u64().expect("a number");
            usize::try_from(waiting).expect("a few")
        }
    }

    #[actix::test]
    async fn who_waits_for_the_price_of_a_deal_gets_it_once_the_hold_has_ended() {
        let world = world().await;
        world.limited_deal(3).await;
        let [own, another] = [1, 2].map(|id| HoldId::try_from(id).expect("an id"));
        let (user, anybody) = (world.buyer, UserId::try_from(9).expect("an id"));
        // Where this machine is slow, whoever waits is told that it is held.
        for _ in 0..20 {
            world.hold(own, user, 2).await;
            let request = PlaceOrder { user, basket: world.lamps(2) };
            let mut asked = task::spawn(world.mall.orders().place_order(request, None));
            assert_pending!(asked.poll());
            eventually("it waits or is told", async || {
                (asked.is_woken() || world.waiting().await == 1).then_some(())
            })
            .await;
            // As many pieces are held as before, and not those.
            world.hold(another, anybody, 2).await;
            world.settle(own, false).await;
            let asked = asked.await;
            world.settle(another, false).await;
            if let Ok(made) = asked {
                return assert_eq!(made.value.lines[0].unit_price.minor(), 450);
            }
        }
        panic!("it was free and nobody got it");
    }
}
