//! One change of an order: a part goes on, or parts end and the stock of each comes back to its shop, in one
//! entry.
//!
//! Each part is changed by a fact in the stream of its shop. The entry is guarded by the owner of the order's
//! home, whose turn it is: where that was given up meanwhile, another may have changed the order.

use std::sync::Arc;

use hotdeal_domain::order::{
    CancelScope, Cancellation, Order, OrderFact, Part, PartStep, TrackedOrder, decide_cancel,
};
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{OrderId, ShopId, UnixMillis, UserId};

use super::actor::ShopActor;
use crate::clock;
use crate::host::directory::Directory;
use crate::host::shell::{Answer, Request, key_record};
use crate::ledger::keys::Key;
use crate::ledger::{self, Ledger, Owned, Tenure, Work};
use crate::order::messages::{Advance, Cancel, Lapse, OwnPart, ReturnDone, Returned};
use crate::order::read::FoundPart;
use crate::order::rows::PartChange;
use crate::order::{OrderError, PartView};
use crate::storage::Storage;

/// What is needed to change an order.
pub(super) struct Changing {
    pub(super) activation: Owned<ShopStream>,
    pub(super) home: ShopId,
    pub(super) ledger: Ledger,
    pub(super) storage: Storage,
    pub(super) shops: Directory<ShopActor>,
}

/// A change that is done, or had been done before.
pub(super) struct Changed<T> {
    pub(super) answer: T,
    /// What came back to the home shop.
    pub(super) returned: Option<Returned>,
}

impl<T> Changed<T> {
    /// Nothing came back.
    fn only(answer: T) -> Self {
        Self { answer, returned: None }
    }
}

/// Something that is asked to change an order.
pub(super) trait OrderChange: Request<Error = OrderError> {
    /// The order.
    fn order(&self) -> OrderId;

    /// Does it.
    async fn run(
        &self,
        changing: &Changing,
        key: Option<Key>,
    ) -> Result<Changed<Self::Answer>, OrderError>;
}

impl OrderChange for Cancel {
    fn order(&self) -> OrderId {
        self.order
    }

    async fn run(
        &self,
        changing: &Changing,
        key: Option<Key>,
    ) -> Result<Changed<TrackedOrder>, OrderError> {
        let tracked = changing.tracked(self.order).await?;
        let shops = match decide_cancel(&tracked, self.scope, self.user)? {
            Cancellation::AlreadyCancelled => {
                changing.keep(&tracked, key).await?;
                return Ok(Changed::only(tracked));
            }
            Cancellation::Cancel(shops) => shops,
        };
        let at = clock::now();
        let ending = Ending::cancelled(tracked, &shops, self.scope, self.user, at);
        let answer = ending.after.clone();
        changing.end(ending, &answer, key, at).await
    }
}

impl OrderChange for Advance {
    fn order(&self) -> OrderId {
        self.order
    }

    async fn run(
        &self,
        changing: &Changing,
        key: Option<Key>,
    ) -> Result<Changed<PartView>, OrderError> {
        let &Self { order, shop, ref step, by, .. } = self;
        let at = clock::now();
        let PartStep::Reject(_) = step else {
            return changing.go_on(order, shop, step, by, at, key).await.map(Changed::only);
        };
        let tracked = changing.tracked(order).await?;
        let before = tracked.part(shop).ok_or(OrderError::NoSuchOrder)?;
        let part = before.after_step(step, at)?;
        let answer = PartView { order, part: part.clone() };
        let ending = Ending::new(tracked, vec![part], Cause::Rejected { by: Some(by) });
        changing.end(ending, &answer, key, at).await
    }
}

impl OrderChange for Lapse {
    fn order(&self) -> OrderId {
        self.order
    }

    async fn run(&self, changing: &Changing, key: Option<Key>) -> Result<Changed<()>, OrderError> {
        let tracked = changing.tracked(self.order).await?;
        let at = clock::now();
        // Its shop may have answered meanwhile, or its buyer have cancelled it.
        let Some(part) = tracked.decide_lapse(self.shop, at) else { return Ok(Changed::only(())) };
        let ending = Ending::new(tracked, vec![part], Cause::Rejected { by: None });
        changing.end(ending, &(), key, at).await
    }
}

/// Why parts end.
#[derive(Clone, Copy)]
enum Cause {
    /// Their buyer cancels the whole order, of which every part stood.
    OrderCancelled { user: UserId },
    /// Their buyer cancels these parts.
    PartsCancelled { user: UserId },
    /// Their shop rejects them, or has not answered in time.
    Rejected { by: Option<UserId> },
}

/// Parts of an order that end.
struct Ending {
    /// The order as it was.
    order: Arc<Order>,
    /// Each part as it was, and as it is then.
    parts: Vec<(Part, Part)>,
    /// The order as it is then.
    after: TrackedOrder,
    cause: Cause,
}

impl Ending {
    fn new(tracked: TrackedOrder, ended: Vec<Part>, cause: Cause) -> Self {
        let TrackedOrder { order, parts } = tracked;
        let mut after = parts.clone();
        let mut pairs = Vec::with_capacity(ended.len());
        for end in ended {
            if let Some(part) = after.iter_mut().find(|part| part.shop == end.shop) {
                pairs.push((std::mem::replace(part, end.clone()), end));
            }
        }
        let after = TrackedOrder::new(order.clone(), after);
        Self { order: Arc::new(order), parts: pairs, after, cause }
    }

    fn cancelled(
        tracked: TrackedOrder,
        shops: &[ShopId],
        scope: CancelScope,
        user: UserId,
        at: UnixMillis,
    ) -> Self {
        let cause = match scope {
            CancelScope::Order if shops.len() == tracked.parts.len() => {
                Cause::OrderCancelled { user }
            }
            CancelScope::Order | CancelScope::Part(_) => Cause::PartsCancelled { user },
        };
        let parts = shops.iter().filter_map(|shop| tracked.part(*shop)?.cancelled(at)).collect();
        Self::new(tracked, parts, cause)
    }

    /// What the stream of a part's shop tells of its end.
    fn fact(&self, part: &Part, home: ShopId, at: UnixMillis) -> OrderFact {
        let Returned { order, lines, deals } = self.returned(part.shop);
        match self.cause {
            Cause::OrderCancelled { user } if part.shop == home => {
                OrderFact::OrderCancelled { order, user, lines, deals, at }
            }
            Cause::OrderCancelled { .. } => OrderFact::StockReturned { order, lines, deals, at },
            Cause::PartsCancelled { user } => {
                OrderFact::PartCancelled { order, user, lines, deals, at }
            }
            Cause::Rejected { by } => {
                let rejection = part.rejection.clone().expect("a part is rejected for a reason");
                OrderFact::PartRejected { order, by, rejection, lines, deals, at }
            }
        }
    }

    fn returned(&self, shop: ShopId) -> Returned {
        let order = &self.order;
        Returned { order: order.id, lines: order.pieces_of(shop), deals: order.deal_share(shop) }
    }

    /// Whether a fact of its own tells that no part is left.
    fn is_emptied(&self) -> bool {
        let is_told = matches!(self.cause, Cause::OrderCancelled { .. });
        !is_told && self.after.parts.iter().all(|part| !part.state.stands())
    }
}

impl Changing {
    async fn tracked(&self, order: OrderId) -> Result<TrackedOrder, OrderError> {
        self.storage.tracked(order).await?.ok_or(OrderError::NoSuchOrder)
    }

    /// Keeps an answer by which nothing changed under its key.
    async fn keep<T: Answer>(&self, answer: &T, key: Option<Key>) -> Result<(), OrderError> {
        if let Some(key) = key {
            let kept = key_record(key, answer, clock::now());
            self.ledger.commit(Work::Facts(Vec::new()), Some(kept)).await?;
        }
        Ok(())
    }

    /// A part goes on, and stands.
    async fn go_on(
        &self,
        order: OrderId,
        shop: ShopId,
        step: &PartStep,
        by: UserId,
        at: UnixMillis,
        key: Option<Key>,
    ) -> Result<PartView, OrderError> {
        let found = self.storage.part(order, shop).await?.ok_or(OrderError::NoSuchOrder)?;
        let FoundPart { part, ordered_at, answer_by } = found;
        let (before, after) = (part.state, part.after_step(step, at)?);
        let fact = match step {
            PartStep::Accept(expected_at) | PartStep::Delay(expected_at) => {
                OrderFact::PartAccepted { order, by, expected_at: *expected_at, at }
            }
            PartStep::Prepare => OrderFact::PartReady { order, by, at },
            PartStep::HandOver => OrderFact::PartDone { order, by, at },
            PartStep::Reject(_) => return Err(OrderError::IllegalPartMove(before)),
        };
        let answer = PartView { order, part: after.clone() };
        let change = PartChange { before, after, ordered_at, answer_by, order: None };
        let owner = self.owner(shop).await?;
        let part = self.ledger.owner(owner)?.part_with(fact, Some(change));
        self.write(vec![part], &answer, key, at).await?;
        Ok(answer)
    }

    /// Parts end. The shops whose stock comes back hear of it once that is durable.
    async fn end<T: Answer + Clone>(
        &self,
        ending: Ending,
        answer: &T,
        key: Option<Key>,
        at: UnixMillis,
    ) -> Result<Changed<T>, OrderError> {
        let (mut owners, mut parts) = (Vec::new(), Vec::new());
        for (before, after) in &ending.parts {
            let owner = self.owner(after.shop).await?;
            owners.push(owner);
            let change = PartChange {
                before: before.state,
                after: after.clone(),
                ordered_at: ending.order.ordered_at,
                answer_by: ending.order.answer_by,
                order: Some(ending.order.clone()),
            };
            let fact = ending.fact(after, self.home, at);
            parts.push(self.ledger.owner(owner)?.part_with(fact, Some(change)));
        }
        if ending.is_emptied() {
            let emptied = OrderFact::OrderEmptied { order: ending.order.id, at };
            parts.push(self.activation.part(emptied));
        }
        self.write(parts, answer, key, at).await?;
        let mut returned = None;
        for shop in owners {
            let back = ending.returned(shop.key);
            if shop.key == self.home {
                returned = Some(back);
                continue;
            }
            let done = ReturnDone { epoch: shop.epoch, returned: back };
            // A shop that has gone since then has nothing in memory to put right.
            drop(self.shops.tell(shop.key, done).await);
        }
        Ok(Changed { answer: answer.clone(), returned })
    }

    /// The owner in whose stream a part is changed.
    async fn owner(&self, shop: ShopId) -> Result<Tenure<ShopStream>, OrderError> {
        if shop == self.home {
            return Ok(self.activation.tenure());
        }
        Ok(self.shops.ask(shop, || OwnPart).await??.shop)
    }

    async fn write<T: Answer>(
        &self,
        parts: Vec<ledger::Part>,
        answer: &T,
        key: Option<Key>,
        at: UnixMillis,
    ) -> Result<(), OrderError> {
        let key = key.map(|key| key_record(key, answer, at));
        let guard = self.activation.activation().clone();
        Ok(self.ledger.commit(Work::Guarded(guard, parts), key).await?)
    }
}
