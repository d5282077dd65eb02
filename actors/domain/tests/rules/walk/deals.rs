//! The model of deals: every deal there ever was, and who has what at its price.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hotdeal_domain::coupon::Discount;
use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::{Amount, EventId, OrderLine, ProductId, UnixMillis, UserId};

use crate::table::amount;

#[derive(Debug, Default)]
pub(super) struct Deals {
    pub(super) all: Vec<(Deal, DealState, Vec<ProductId>)>,
    gone: BTreeMap<(EventId, ProductId, UserId), i64>,
}

/// What a deal leaves to pay of a price, if anything, by the rule as it is told to people.
pub(super) fn left_to_pay(terms: &DealTerms, list: Amount) -> Option<Amount> {
    let list = i128::from(list.minor());
    let left = match terms.discount {
        Discount::Rate(points) => (list * (10_000 - i128::from(points.get())) + 5_000) / 10_000,
        Discount::Fixed(off) => list - i128::from(off.minor()),
    };
    (left > 0).then(|| amount(i64::try_from(left).expect("less than the price")))
}

impl Deals {
    /// The price of a piece and the deal that makes it, found by looking at everything.
    pub(super) fn price(
        &self,
        product: ProductId,
        list: Amount,
        user: UserId,
        pieces: u32,
        at: UnixMillis,
    ) -> (Amount, Option<EventId>) {
        let holds = |(deal, state, products): &&(Deal, DealState, Vec<ProductId>)| {
            let window = deal.terms.window;
            *state == DealState::Open
                && window.start <= at
                && at < window.end
                && products.contains(&product)
                && self.has_room(deal, product, user, i64::from(pieces))
        };
        let running = self.all.iter().filter(holds).map(|(deal, ..)| deal);
        let priced = running.filter_map(|deal| Some((left_to_pay(&deal.terms, list)?, deal)));
        let best =
            priced.min_by_key(|(price, deal)| (*price, Reverse(deal.terms.weight(list)), deal.id));
        best.map_or((list, None), |(price, deal)| (price, Some(deal.id)))
    }

    fn has_room(&self, deal: &Deal, product: ProductId, user: UserId, pieces: i64) -> bool {
        let of =
            |(event, at, _): &(EventId, ProductId, UserId)| *event == deal.id && *at == product;
        let all: i64 = self.gone.iter().filter(|(key, _)| of(key)).map(|(_, gone)| gone).sum();
        let own = self.gone.get(&(deal.id, product, user)).copied().unwrap_or(0);
        deal.terms.quota.is_none_or(|quota| all + pieces <= i64::from(quota))
            && deal.terms.person_limit.is_none_or(|limit| own + pieces <= i64::from(limit))
    }

    /// Pieces of these lines went at the prices of deals (`sign` 1) or came back (−1).
    pub(super) fn count(&mut self, user: UserId, lines: &[OrderLine], sign: i64) {
        for line in lines {
            if let Some(deal) = line.deal {
                let gone = self.gone.entry((deal, line.product, user)).or_default();
                *gone += sign * i64::from(line.quantity.get());
            }
        }
    }

    /// Forgets what can make no price any more, so that a long walk stays fast.
    pub(super) fn forget(&mut self, at: UnixMillis) {
        self.all.retain(|(deal, state, _)| {
            *state != DealState::Cancelled && at < deal.terms.window.end
        });
        let all = &self.all;
        self.gone.retain(|(event, ..), gone| {
            *gone != 0 && all.iter().any(|(deal, ..)| deal.id == *event)
        });
    }
}
