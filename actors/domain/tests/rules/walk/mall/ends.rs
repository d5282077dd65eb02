//! Parts of orders in the walk: how far their shops come with them, and what ends them.

use hotdeal_domain::order::{
    CancelRefusal, CancelScope, Cancellation, OrderFact, OrderState, Part, PartState, PartStep,
    StepRefusal, TrackedOrder, decide_cancel,
};
use hotdeal_domain::{ShopId, UserId};

use super::{ANSWERED_WITHIN_MS, Mall};

impl Mall {
    /// Cancels an order, or a part of it.
    pub(super) fn cancel(
        &mut self,
        pick: usize,
        by: UserId,
        scope: CancelScope,
    ) -> Result<(), String> {
        let Some(tracked) = self.orders.get(pick).cloned() else { return Ok(()) };
        let expected = cancellation(&tracked, by, scope);
        let decided = decide_cancel(&tracked, scope, by);
        if decided != expected {
            return Err(format!("cancelling: expected {expected:?}, got {decided:?}"));
        }
        let Ok(Cancellation::Cancel(shops)) = decided else { return Ok(()) };
        let at = self.now();
        let is_whole = scope == CancelScope::Order && shops.len() == tracked.parts.len();
        let (order, home, user) = (tracked.order.id, tracked.order.home, by);
        for shop in shops {
            let part = tracked.part(shop).and_then(|part| part.cancelled(at));
            let part = part.ok_or("a part that was to be cancelled cannot be")?;
            let (lines, deals) = (tracked.order.pieces_of(shop), tracked.order.deal_share(shop));
            let fact = if !is_whole {
                OrderFact::PartCancelled { order, user, lines, deals, at }
            } else if shop == home {
                OrderFact::OrderCancelled { order, user, lines, deals, at }
            } else {
                OrderFact::StockReturned { order, lines, deals, at }
            };
            self.end_part(pick, part, fact);
        }
        self.is_cancelled_with_its_last_part(pick)
    }

    /// Takes a step of a shop.
    pub(super) fn step(
        &mut self,
        pick: usize,
        shop: ShopId,
        step: &PartStep,
    ) -> Result<(), String> {
        let at = self.now();
        let Some(tracked) = self.orders.get(pick) else { return Ok(()) };
        let Some(part) = tracked.part(shop) else { return Ok(()) };
        let (order, by) = (tracked.order.id, tracked.order.user);
        let after = match part.after_step(step, at) {
            Ok(after) => after,
            Err(StepRefusal::IllegalMove(state)) if state == part.state => return Ok(()),
            Err(refusal) => return Err(format!("{step:?} of {part:?} is refused: {refusal:?}")),
        };
        if !part.state.stands() {
            return Err(format!("{part:?} has ended, and {step:?} is taken"));
        }
        let fact = match step {
            PartStep::Accept(expected_at) | PartStep::Delay(expected_at) => {
                OrderFact::PartAccepted { order, by, expected_at: *expected_at, at }
            }
            PartStep::Prepare => OrderFact::PartReady { order, by, at },
            PartStep::HandOver => OrderFact::PartDone { order, by, at },
            PartStep::Reject(rejection) => {
                let (lines, deals) =
                    (tracked.order.pieces_of(shop), tracked.order.deal_share(shop));
                let (by, rejection) = (Some(by), rejection.clone());
                let fact = OrderFact::PartRejected { order, by, rejection, lines, deals, at };
                self.end_part(pick, after, fact);
                return self.is_cancelled_with_its_last_part(pick);
            }
        };
        self.happen(shop, fact);
        self.replace(pick, after);
        Ok(())
    }

    /// A shop's time to answer is over, or not.
    pub(super) fn lapse(&mut self, pick: usize, shop: ShopId) -> Result<(), String> {
        let at = self.now();
        let Some(tracked) = self.orders.get(pick) else { return Ok(()) };
        let lapsed = tracked.decide_lapse(shop, at);
        let is_new = tracked.part(shop).is_some_and(|part| part.state == PartState::New);
        let is_late = tracked.order.ordered_at.plus(ANSWERED_WITHIN_MS) <= at;
        if lapsed.is_some() != (is_new && is_late) {
            return Err(format!("{lapsed:?} at {at:?}: {tracked:?}"));
        }
        let Some(after) = lapsed else { return Ok(()) };
        let (order, rejection) = (tracked.order.id, after.rejection.clone().ok_or("no reason")?);
        let (lines, deals) = (tracked.order.pieces_of(shop), tracked.order.deal_share(shop));
        let fact = OrderFact::PartRejected { order, by: None, rejection, lines, deals, at };
        self.end_part(pick, after, fact);
        self.is_cancelled_with_its_last_part(pick)
    }

    /// The stock of a part returns.
    fn end_part(&mut self, pick: usize, part: Part, fact: OrderFact) {
        let shop = part.shop;
        self.happen(shop, fact);
        self.replace(pick, part);
        let order = self.orders[pick].order.clone();
        let lines: Vec<_> = order.lines.into_iter().filter(|line| line.shop == shop).collect();
        self.deals.count(order.user, &lines, -1);
        for line in lines {
            let pieces = self.model.get_mut(&line.product).expect("a product of the walk");
            pieces.sold -= i128::from(line.quantity.get());
        }
    }

    fn replace(&mut self, pick: usize, part: Part) {
        let TrackedOrder { order, mut parts } = self.orders[pick].clone();
        parts.retain(|other| other.shop != part.shop);
        parts.push(part);
        self.orders[pick] = TrackedOrder::new(order, parts);
    }

    fn is_cancelled_with_its_last_part(&self, pick: usize) -> Result<(), String> {
        let tracked = &self.orders[pick];
        let any_stands = tracked.parts.iter().any(|part| part.state.stands());
        let is_cancelled = tracked.order.state == OrderState::Cancelled;
        if is_cancelled != any_stands { Ok(()) } else { Err(format!("OR-5: {tracked:?}")) }
    }
}

/// What cancelling should come to.
fn cancellation(
    tracked: &TrackedOrder,
    by: UserId,
    scope: CancelScope,
) -> Result<Cancellation, CancelRefusal> {
    if tracked.order.user != by {
        return Err(CancelRefusal::NotTheOwner);
    }
    let concerned: Vec<&Part> = match scope {
        CancelScope::Order => tracked.parts.iter().filter(|part| part.state.stands()).collect(),
        CancelScope::Part(shop) => tracked.parts.iter().filter(|part| part.shop == shop).collect(),
    };
    match (scope, concerned.as_slice()) {
        (CancelScope::Order, []) => return Ok(Cancellation::AlreadyCancelled),
        (CancelScope::Part(_), []) => return Err(CancelRefusal::NoSuchPart),
        (CancelScope::Part(_), [part]) if part.state == PartState::Cancelled => {
            return Ok(Cancellation::AlreadyCancelled);
        }
        _ => {}
    }
    let may_end = |part: &&&Part| matches!(part.state, PartState::New | PartState::Accepted);
    match concerned.iter().find(|part| !may_end(part)) {
        Some(part) => Err(CancelRefusal::IllegalPartMove(part.state)),
        None => Ok(Cancellation::Cancel(concerned.iter().map(|part| part.shop).collect())),
    }
}
