//! Stock that is held: whoever asks for it waits a little for the end of the hold, and is told that
//! it is held where that does not come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use actix::prelude::*;
use hotdeal_domain::{HoldId, Order, ProductId, ShopDesk, Stock};
use tokio::sync::oneshot;

use super::ShopActor;
use super::actor::{order, set_aside};
use super::messages::{Hold, PlaceHere, Priced};
use crate::clock;
use crate::error::AskError;
use crate::shell::{Ask, Outcome};

/// How long somebody waits for stock that is held: longer than it takes to make an order.
pub(crate) const HELD_WAIT: Duration = Duration::from_millis(200);
/// So many wait at one shop; whoever comes then is told at once.
const WAITING_MAX: usize = 256;

/// Who can wait for stock.
pub(super) enum Waiter {
    /// An order of this shop alone.
    Order(Ask<PlaceHere, Order>),
    /// This shop's share of an order over several.
    Hold(Hold, oneshot::Sender<Outcome<Priced>>),
}

impl Waiter {
    fn is_for(&self, hold: HoldId) -> bool {
        matches!(self, Self::Hold(ask, _) if ask.hold == hold)
    }

    fn send_away(self, why: AskError) {
        // Whoever asked may have gone.
        match self {
            Self::Order(ask) => drop(ask.reply.send(Err(why))),
            Self::Hold(_, reply) => drop(reply.send(Err(why))),
        }
    }
}

struct Waiting {
    waiter: Waiter,
    until: Instant,
    /// What is held, as it was when it was last asked for.
    product: ProductId,
    stock: Option<Stock>,
}

/// Who waits, the first to come first.
#[derive(Default)]
pub(super) struct WaitingLine {
    line: VecDeque<Waiting>,
    /// When the first of them has waited long enough.
    alarm: Option<(Instant, SpawnHandle)>,
}

impl WaitingLine {
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    /// Whoever wanted to hold stock under this number has given up.
    pub(super) fn forget(&mut self, hold: HoldId) {
        self.line.retain(|waiting| !waiting.waiter.is_for(hold));
    }

    /// Nobody will decide for them any more.
    pub(super) fn send_all_away(&mut self) {
        let gone = AskError::Unavailable("the owner is being rebuilt");
        self.line.drain(..).for_each(|waiting| waiting.waiter.send_away(gone.clone()));
    }
}

impl ShopActor {
    /// Decides; where nothing but a hold stands in the way, once it has ended.
    pub(super) fn decide(&mut self, waiter: Waiter, until: Instant, ctx: &mut Context<Self>) {
        if let Some((product, waiter)) = self.attempt(waiter) {
            self.wait(product, waiter, until, ctx);
        }
    }

    pub(super) fn wait(
        &mut self,
        product: ProductId,
        waiter: Waiter,
        until: Instant,
        ctx: &mut Context<Self>,
    ) {
        if self.waiting.len() >= WAITING_MAX || until <= Instant::now() {
            self.shell.meter.refused();
            return waiter.send_away(AskError::StockHeld(product));
        }
        let stock = stock(&self.desk, product);
        self.waiting.line.push_back(Waiting { waiter, until, product, stock });
        self.set_alarm(ctx);
    }

    /// Decides, or gives back who has to wait for a product.
    fn attempt(&mut self, waiter: Waiter) -> Option<(ProductId, Waiter)> {
        let Self { shell, desk, .. } = self;
        let now = clock::now();
        match waiter {
            Waiter::Order(ask) => {
                let (product, ask) = order(shell, desk, ask, now)?;
                Some((product, Waiter::Order(ask)))
            }
            Waiter::Hold(ask, reply) => {
                let (product, reply) = set_aside(shell, desk, &ask, reply, now)?;
                Some((product, Waiter::Hold(ask, reply)))
            }
        }
    }

    /// Stock has moved: decides for whom it may make a difference.
    pub(super) fn look_again(&mut self, ctx: &mut Context<Self>) {
        for _ in 0..self.waiting.len() {
            let Some(waiting) = self.waiting.line.pop_front() else { break };
            if stock(&self.desk, waiting.product) == waiting.stock {
                self.waiting.line.push_back(waiting);
            } else {
                self.decide(waiting.waiter, waiting.until, ctx);
            }
        }
    }

    fn set_alarm(&mut self, ctx: &mut Context<Self>) {
        let Some(due) = self.waiting.line.iter().map(|waiting| waiting.until).min() else { return };
        match self.waiting.alarm {
            Some((set, _)) if set <= due => return,
            Some((_, alarm)) => drop(ctx.cancel_future(alarm)),
            None => {}
        }
        let after = due.saturating_duration_since(Instant::now());
        let alarm = ctx.run_later(after, |actor, ctx| {
            actor.waiting.alarm = None;
            actor.send_late_away();
            actor.set_alarm(ctx);
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
                waiting.waiter.send_away(AskError::StockHeld(waiting.product));
            }
        }
    }
}

fn stock(desk: &ShopDesk, product: ProductId) -> Option<Stock> {
    desk.shelf(product).map(|shelf| shelf.stock)
}
