//! Deals on the walk: opened, turned, and what they make of the prices.

use std::collections::BTreeSet;
use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealState, DealTerms, PriceFact};
use hotdeal_domain::desk::PostingRefusal;
use hotdeal_domain::order::OrderLine;
use hotdeal_domain::shop::{Quantity, ShopFact};
use hotdeal_domain::{Amount, EventId, ProductId, ShopId, UserId};

use super::super::deals::left_to_pay;
use super::super::wishes::seller;
use super::Mall;
use crate::shop_table::changed;

impl Mall {
    fn list(&self, product: ProductId) -> Amount {
        self.desks[&seller(product)].shelf(product).expect("a product of the walk").price
    }

    pub(super) fn reprice(&mut self, product: ProductId, price: i64) -> Result<(), String> {
        let (shop, at) = (seller(product), self.now());
        let ShopFact::ProductChanged { product, .. } = changed(product.get(), price) else {
            return Err("not a change".to_owned());
        };
        let fact = self.desk(shop).decide_change(*product, at);
        self.happen(shop, fact.map_err(|refusal| format!("{refusal:?}"))?);
        Ok(())
    }

    /// What the desks made of the prices must be what the model finds by looking at everything.
    pub(super) fn expect_prices(&self, user: UserId, lines: &[OrderLine]) -> Result<(), String> {
        for line in lines {
            let (product, pieces) = (line.product, line.quantity.get());
            let list = self.list(product);
            let expected = self.deals.price(product, list, user, pieces, self.now(), true);
            if (line.unit_price, line.deal) != expected {
                return Err(format!("expected {expected:?} for {line:?} of {user}"));
            }
        }
        Ok(())
    }

    /// Whether nothing but what is held makes this line dearer.
    pub(super) fn is_dearer_for_holds(
        &self,
        user: UserId,
        (product, quantity): (ProductId, Quantity),
    ) -> bool {
        let (list, now) = (self.list(product), self.now());
        let [now, then] = [true, false].map(|counts_held| {
            self.deals.price(product, list, user, quantity.get(), now, counts_held).0
        });
        now > then
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
        let free = |product: &ProductId| left_to_pay(&terms, self.list(*product)).is_none();
        let free: Vec<ProductId> = products.iter().copied().filter(free).collect();
        let of = |all: &[ProductId], shop: ShopId| -> Vec<ProductId> {
            all.iter().copied().filter(|&product| seller(product) == shop).collect()
        };
        for &shop in &shops {
            let expected = match of(&free, shop) {
                free if free.is_empty() => Ok(()),
                free => Err(PostingRefusal::DiscountTooLarge(free)),
            };
            let decided = self.desk(shop).decide_deal(&terms, &of(products, shop), at);
            if decided != expected {
                return Err(format!("{terms:?}: expected {expected:?}, got {decided:?}"));
            }
        }
        if !free.is_empty() {
            return Ok(());
        }
        for &shop in &shops {
            let (deal, products) = (Arc::new(deal.clone()), of(products, shop).into());
            self.happen(shop, PriceFact::DealPosted { deal, products });
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
        shops
            .into_iter()
            .for_each(|shop| self.happen(shop, PriceFact::DealTurned { deal, state, at }));
    }
}
