//! Deals at the shop that sells their products: its desk makes their prices.

use actix::prelude::*;
use hotdeal_domain::Fact;
use hotdeal_domain::deal::Wanted;

use super::ShopActor;
use super::messages::{FindDeals, OfferDeal, PostDeal, TidyDeals, TurnDeal, Willing};
use crate::api::BestDeal;
use crate::clock;
use crate::error::AskError;

impl Handler<OfferDeal> for ShopActor {
    type Result = Result<Willing, AskError>;

    fn handle(&mut self, ask: OfferDeal, _: &mut Self::Context) -> Self::Result {
        self.shell.meter.begin();
        let now = clock::now();
        // An activation that is asked stays until the deal is written.
        self.shell.meter.used_at(now.0);
        self.desk.decide_deal(&ask.products, now)?;
        let currency = self.desk.profile().currency;
        Ok(Willing { activation: self.shell.activation.clone(), currency })
    }
}

impl Handler<PostDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: PostDeal, _: &mut Self::Context) {
        self.shell.meter.begin();
        if ask.epoch == self.shell.activation.epoch {
            self.desk.apply(&Fact::DealPosted { deal: ask.deal, products: ask.products });
            self.publish();
        }
    }
}

impl Handler<TurnDeal> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: TurnDeal, _: &mut Self::Context) {
        self.shell.meter.begin();
        if ask.epoch == self.shell.activation.epoch {
            let at = clock::now();
            self.desk.apply(&Fact::DealTurned { deal: ask.deal, state: ask.state, at });
            self.publish();
        }
    }
}

impl Handler<TidyDeals> for ShopActor {
    type Result = ();

    fn handle(&mut self, _: TidyDeals, _: &mut Self::Context) {
        self.shell.meter.begin();
        self.desk.board_mut().tidy(clock::now());
        self.publish();
    }
}

impl Handler<FindDeals> for ShopActor {
    type Result = Vec<BestDeal>;

    fn handle(&mut self, ask: FindDeals, _: &mut Self::Context) -> Self::Result {
        self.shell.meter.begin();
        let at = clock::now();
        self.shell.meter.used_at(at.0);
        let (board, currency) = (self.desk.board(), self.desk.profile().currency);
        let wanted = Wanted { user: ask.user, pieces: 1, at };
        let best = |product| {
            let list = self.desk.shelf(product).filter(|shelf| !shelf.withdrawn)?.price;
            let offered = board.best(product, list, wanted)?;
            let deal = board.deal(offered.deal)?.clone();
            Some(BestDeal { product, deal, price: offered.price, currency })
        };
        ask.products.iter().copied().filter_map(best).collect()
    }
}
