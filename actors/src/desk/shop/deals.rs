//! Deals at the shop that sells their products: its desk makes their prices.

use actix::ResponseFuture;
use hotdeal_domain::deal::PriceFact;
use hotdeal_domain::desk::DeskFact;

use super::actor::ShopActor;
use crate::clock;
use crate::deal::DealError;
use crate::deal::messages::{OfferDeal, PostDeal, TidyDeals, TurnDeal, Willing};
use crate::host::Answered;
use crate::host::directory::{Handles, OwnerContext};
use crate::host::shell::{Caller, later};

impl Handles<OfferDeal> for ShopActor {
    type Result = ResponseFuture<Result<Willing, DealError>>;

    fn handle(&mut self, request: OfferDeal, _: &mut OwnerContext<Self>) -> Self::Result {
        let now = clock::now();
        // An activation that is asked stays until the deal is written.
        self.shell.meter.used();
        let (caller, answer) = Caller::without_key();
        match self.desk.decide_deal(&request.terms, &request.products, now) {
            Ok(()) => {
                let (shop, currency) =
                    (self.shell.activation.tenure(), self.desk.profile().currency);
                caller.tell(Ok(Answered::fresh(Willing { shop, currency })));
            }
            Err(refusal) => self.shell.refuse(refusal.into(), caller),
        }
        later(answer)
    }
}

impl Handles<PostDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, request: PostDeal, _: &mut OwnerContext<Self>) {
        if request.epoch == self.shell.activation.epoch {
            self.apply_deal(
                &PriceFact::DealPosted { deal: request.deal, products: request.products }.into(),
            );
            self.publish();
        }
    }
}

impl Handles<TurnDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, request: TurnDeal, _: &mut OwnerContext<Self>) {
        if request.epoch == self.shell.activation.epoch {
            let at = clock::now();
            self.apply_deal(
                &PriceFact::DealTurned { deal: request.deal, state: request.state, at }.into(),
            );
            self.publish();
        }
    }
}

impl Handles<TidyDeals> for ShopActor {
    type Result = ();

    fn handle(&mut self, _: TidyDeals, _: &mut OwnerContext<Self>) {
        let now = clock::now();
        self.desk.beside_facts().board_mut().tidy(now);
        self.durable.tidy(now);
        self.publish();
    }
}

impl ShopActor {
    /// What is durable already is so for everybody at once.
    fn apply_deal(&mut self, fact: &DeskFact) {
        self.desk.learn(fact);
        self.durable.learn_deal(fact);
    }
}
