//! Deals on the walk: opened, turned, and what they make of the prices.

use std::collections::BTreeSet;
use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::{EventId, Fact, OrderLine, ProductId, ShopId, UserId};

use super::super::wishes::seller;
use super::Mall;

impl Mall {
    /// What the desks made of the prices must be what the model finds by looking at everything.
    pub(super) fn expect_prices(&self, user: UserId, lines: &[OrderLine]) -> Result<(), String> {
        for line in lines {
            let (product, pieces) = (line.product, line.quantity.get());
            let list = self.desks[&line.shop].shelf(product).expect("a product of the walk").price;
            let expected = self.deals.price(product, list, user, pieces, self.now());
            if (line.unit_price, line.deal) != expected {
                return Err(format!("expected {expected:?} for {line:?} of {user}"));
            }
        }
        Ok(())
    }

    pub(super) fn open_deal(
        &mut self,
        mut terms: DealTerms,
        products: &[ProductId],
    ) -> Result<(), String> {
        let at = self.now();
        self.deals.forget(at);
        terms.window.start.0 += at.0;
        terms.window.end.0 += at.0;
        terms.check(at).map_err(|refusal| format!("{terms:?}: {refusal:?}"))?;
        let id = EventId::try_from(self.next).map_err(|refused| refused.to_string())?;
        let deal = Deal { id, terms, currency: None, opened_at: at };
        let shops: BTreeSet<ShopId> = products.iter().copied().map(seller).collect();
        for &shop in &shops {
            let here: Vec<ProductId> =
                products.iter().copied().filter(|&product| seller(product) == shop).collect();
            self.desk(shop).decide_deal(&here, at).map_err(|refusal| format!("{refusal:?}"))?;
            let (deal, products) = (Arc::new(deal.clone()), here.into());
            self.happen(shop, Fact::DealPosted { deal, products });
        }
        self.deals.all.push((deal, DealState::Open, products.to_vec()));
        Ok(())
    }

    pub(super) fn turn_deal(&mut self, pick: usize, state: DealState) {
        let at = self.now();
        let Some((deal, now, products)) = self.deals.all.get_mut(pick) else { return };
        if *now == DealState::Cancelled {
            return;
        }
        *now = state;
        let deal = deal.id;
        let shops: BTreeSet<ShopId> = products.iter().copied().map(seller).collect();
        shops.into_iter().for_each(|shop| self.happen(shop, Fact::DealTurned { deal, state, at }));
    }
}
