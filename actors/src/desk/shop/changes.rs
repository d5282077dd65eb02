//! Changes of orders whose home this shop is: which is whose turn, and what becomes of stock that comes back.
//!
//! Changes of one order come one after the other, whichever of its shops or its buyer asks for them: whoever
//! asks while one is under way waits for it, and then finds the order as the tables have it. So a part
//! whose cancellation is under way takes no other step. What a change is stands in `changing.rs`.

use std::collections::VecDeque;

use actix::AsyncContext as _;
use hotdeal_domain::OrderId;
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::order::OrderFact;

use super::actor::ShopActor;
use super::changing::{Changed, Changing, OrderChange};
use crate::clock;
use crate::error::RequestError;
use crate::host::directory::{Handles, OwnerContext};
use crate::host::shell::{Caller, Envelope};
use crate::host::{Answered, mailbox};
use crate::order::OrderError;
use crate::order::messages::{
    Advance, Cancel, ChangeDone, Lapse, OwnPart, PartOwner, ReturnDone, Returned,
};

/// A change of an order that is asked for.
pub(crate) enum Change {
    Cancel(Envelope<Cancel>),
    Advance(Envelope<Advance>),
    Lapse(Envelope<Lapse>),
}

impl Change {
    fn order(&self) -> OrderId {
        match self {
            Self::Cancel(envelope) => envelope.body.order,
            Self::Advance(envelope) => envelope.body.order,
            Self::Lapse(envelope) => envelope.body.order,
        }
    }

    fn send_away(self, why: OrderError) {
        match self {
            Self::Cancel(envelope) => envelope.caller.tell(Err(why)),
            Self::Advance(envelope) => envelope.caller.tell(Err(why)),
            Self::Lapse(envelope) => envelope.caller.tell(Err(why)),
        }
    }
}

impl Handles<Envelope<Cancel>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<Cancel>, ctx: &mut OwnerContext<Self>) {
        self.change_in_turn(Change::Cancel(envelope), ctx);
    }
}

impl Handles<Envelope<Advance>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<Advance>, ctx: &mut OwnerContext<Self>) {
        self.change_in_turn(Change::Advance(envelope), ctx);
    }
}

impl Handles<Envelope<Lapse>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<Lapse>, ctx: &mut OwnerContext<Self>) {
        self.change_in_turn(Change::Lapse(envelope), ctx);
    }
}

impl ShopActor {
    fn change_in_turn(&mut self, change: Change, ctx: &mut OwnerContext<Self>) {
        self.shell.meter.used();
        let order = change.order();
        match self.changing.get_mut(&order) {
            Some(waiting) => waiting.push_back(change),
            None => {
                self.changing.insert(order, VecDeque::new());
                self.change(change, ctx);
            }
        }
        self.publish();
    }

    fn change(&self, change: Change, ctx: &mut OwnerContext<Self>) {
        match change {
            Change::Cancel(envelope) => self.begin(envelope, ctx),
            Change::Advance(envelope) => self.begin(envelope, ctx),
            Change::Lapse(envelope) => self.begin(envelope, ctx),
        }
    }

    fn begin<M: OrderChange>(&self, envelope: Envelope<M>, ctx: &mut OwnerContext<Self>) {
        let changing = Changing {
            activation: self.shell.activation.clone(),
            home: self.desk.profile().id,
            ledger: self.ledger.clone(),
            storage: self.storage.clone(),
            shops: self.shops.clone(),
        };
        let (Envelope { body, caller, .. }, owner) = (envelope, ctx.address());
        let (meter, activation) = (self.shell.meter.clone(), self.shell.activation.clone());
        // Detached: once it is written the other shops have to hear of it, also where this actor
        // has gone meanwhile.
        actix::spawn(async move {
            let Caller { key, reply } = caller;
            let order = body.order();
            let (outcome, returned) = match body.run(&changing, key).await {
                Ok(Changed { answer, returned }) => (Ok(Answered::fresh(answer)), returned),
                Err(error) => (Err(error), None),
            };
            // An owner that has gone has nothing in memory to put right.
            let done = ChangeDone { order, returned };
            _ = mailbox::tell(&owner, &meter, &activation, done).await;
            drop(reply.send(outcome));
        });
    }

    /// Nobody will change orders for them any more.
    pub(crate) fn send_changes_away(&mut self) {
        let gone = RequestError::Unavailable("the owner is being rebuilt");
        for change in self.changing.drain().flat_map(|(_, waiting)| waiting) {
            change.send_away(gone.clone().into());
        }
    }

    fn next_change(&mut self, order: OrderId, ctx: &mut OwnerContext<Self>) {
        let Some(mut waiting) = self.changing.remove(&order) else { return };
        if let Some(change) = waiting.pop_front() {
            self.changing.insert(order, waiting);
            self.change(change, ctx);
        }
    }

    /// What came back, which is durable, is for sale again.
    fn take_back(&mut self, returned: Returned, ctx: &mut OwnerContext<Self>) {
        let Returned { order, lines, deals } = returned;
        let fact = OrderFact::StockReturned { order, lines, deals, at: clock::now() };
        self.desk.learn(&DeskFact::from(fact));
        self.look_again(ctx);
    }
}

impl Handles<ChangeDone> for ShopActor {
    type Result = ();

    fn handle(&mut self, done: ChangeDone, ctx: &mut OwnerContext<Self>) {
        if let Some(returned) = done.returned {
            self.take_back(returned, ctx);
        }
        self.next_change(done.order, ctx);
        self.publish();
    }
}

impl Handles<OwnPart> for ShopActor {
    type Result = Result<PartOwner, RequestError>;

    fn handle(&mut self, _: OwnPart, _: &mut OwnerContext<Self>) -> Self::Result {
        self.shell.meter.used();
        Ok(PartOwner { shop: self.shell.activation.tenure() })
    }
}

impl Handles<ReturnDone> for ShopActor {
    type Result = ();

    fn handle(&mut self, done: ReturnDone, ctx: &mut OwnerContext<Self>) {
        if done.epoch == self.shell.activation.epoch {
            self.take_back(done.returned, ctx);
        }
    }
}
