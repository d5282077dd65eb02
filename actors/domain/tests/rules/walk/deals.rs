//! The model of deals: every deal there ever was, and who has what at its price.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::{Amount, EventId, OrderLine, ProductId, UnixMillis, UserId};

#[derive(Debug, Default)]
pub(super) struct Deals {
    pub(super) all: Vec<(Deal, DealState, Vec<ProductId>)>,
    gone: BTreeMap<(EventId, ProductId, UserId), i64>,
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
        let best = running
            .min_by_key(|deal| (deal.terms.price(list), Reverse(deal.terms.weight(list)), deal.id));
        best.map_or((list, None), |deal| (deal.terms.price(list), Some(deal.id)))
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
