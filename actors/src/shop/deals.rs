//! Deals at the shop that sells their products: its desk makes their prices.

use actix::prelude::*;
use hotdeal_domain::Fact;
use tokio::sync::oneshot;

use super::ShopActor;
use super::messages::{OfferDeal, PostDeal, TidyDeals, TurnDeal, Willing};
use crate::api::Answered;
use crate::clock;
use crate::error::AskError;
use crate::shell::later;

impl Handler<OfferDeal> for ShopActor {
    type Result = ResponseFuture<Result<Willing, AskError>>;

    fn handle(&mut self, ask: OfferDeal, _: &mut Self::Context) -> Self::Result {
        let now = clock::now();
        // An activation that is asked stays until the deal is written.
        self.shell.meter.used();
        let (reply, answer) = oneshot::channel();
        match self.desk.decide_deal(&ask.terms, &ask.products, now) {
            Ok(()) => {
                let (activation, currency) =
                    (self.shell.activation.clone(), self.desk.profile().currency);
                drop(reply.send(Ok(Answered::fresh(Willing { activation, currency }))));
            }
            Err(refusal) => self.shell.refuse(refusal.into(), reply),
        }
        later(answer)
    }
}

impl Handler<PostDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: PostDeal, _: &mut Self::Context) {
        if ask.epoch == self.shell.activation.epoch {
            self.apply_deal(&Fact::DealPosted { deal: ask.deal, products: ask.products });
            self.publish();
        }
    }
}

impl Handler<TurnDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: TurnDeal, _: &mut Self::Context) {
        if ask.epoch == self.shell.activation.epoch {
            let at = clock::now();
            self.apply_deal(&Fact::DealTurned { deal: ask.deal, state: ask.state, at });
            self.publish();
        }
    }
}

impl Handler<TidyDeals> for ShopActor {
    type Result = ();

    fn handle(&mut self, _: TidyDeals, _: &mut Self::Context) {
        let now = clock::now();
        self.desk.board_mut().tidy(now);
        self.durable.tidy(now);
        self.publish();
    }
}

impl ShopActor {
    /// What is durable already is so for everybody at once.
    fn apply_deal(&mut self, fact: &Fact) {
        self.desk.apply(fact);
        self.durable.learn_deal(fact);
    }
}
