//! The model of deals: every deal there ever was, and who has what at its price.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hotdeal_domain::deal::{Deal, DealState, DealTerms};
use hotdeal_domain::order::OrderLine;
use hotdeal_domain::{Amount, Discount, EventId, ProductId, UnixMillis, UserId};

use crate::table::amount;

#[derive(Debug, Default)]
pub(super) struct Deals {
    pub(super) all: Vec<(Deal, DealState, Vec<ProductId>)>,
    gone: BTreeMap<(EventId, ProductId, UserId), i64>,
    /// What of it is only held.
    held: BTreeMap<(EventId, ProductId, UserId), i64>,
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
    /// The price of a piece and the deal that makes it, found by looking at everything; as it is, or
    /// as it would be without what is held.
    pub(super) fn price(
        &self,
        product: ProductId,
        list: Amount,
        user: UserId,
        pieces: u32,
        at: UnixMillis,
        counts_held: bool,
    ) -> (Amount, Option<EventId>) {
        let holds = |(deal, state, products): &&(Deal, DealState, Vec<ProductId>)| {
            let window = deal.terms.window;
            *state == DealState::Open
                && window.start <= at
                && at < window.end
                && products.contains(&product)
                && self.has_room(deal, product, user, i64::from(pieces), counts_held)
        };
        let running = self.all.iter().filter(holds).map(|(deal, ..)| deal);
        let priced = running.filter_map(|deal| Some((left_to_pay(&deal.terms, list)?, deal)));
        let best =
            priced.min_by_key(|(price, deal)| (*price, Reverse(deal.terms.weight(list)), deal.id));
        best.map_or((list, None), |(price, deal)| (price, Some(deal.id)))
    }

    fn has_room(
        &self,
        deal: &Deal,
        product: ProductId,
        user: UserId,
        pieces: i64,
        counts_held: bool,
    ) -> bool {
        let of =
            |(event, at, _): &(EventId, ProductId, UserId)| *event == deal.id && *at == product;
        let held = |key| if counts_held { 0 } else { self.held.get(key).copied().unwrap_or(0) };
        let gone = |key| self.gone.get(key).copied().unwrap_or(0) - held(key);
        let all: i64 = self.gone.keys().filter(|key| of(key)).map(gone).sum();
        let own = gone(&(deal.id, product, user));
        deal.terms.quota.is_none_or(|quota| all + pieces <= i64::from(quota))
            && deal.terms.person_limit.is_none_or(|limit| own + pieces <= i64::from(limit))
    }

    /// Pieces of these lines went at the prices of deals (`sign` 1) or came back (−1).
    pub(super) fn count(&mut self, user: UserId, lines: &[OrderLine], sign: i64) {
        count(&mut self.gone, user, lines, sign);
    }

    /// Pieces of these lines are held at the prices of deals (`sign` 1) or are no more (−1).
    pub(super) fn hold(&mut self, user: UserId, lines: &[OrderLine], sign: i64) {
        count(&mut self.held, user, lines, sign);
    }

    /// Forgets what can make no price any more, so that a long walk stays fast.
    pub(super) fn forget(&mut self, at: UnixMillis) {
        self.all.retain(|(deal, state, _)| {
            *state != DealState::Cancelled && at < deal.terms.window.end
        });
        let all = &self.all;
        for pieces in [&mut self.gone, &mut self.held] {
            pieces.retain(|(event, ..), count| {
                *count != 0 && all.iter().any(|(deal, ..)| deal.id == *event)
            });
        }
    }
}

fn count(
    pieces: &mut BTreeMap<(EventId, ProductId, UserId), i64>,
    user: UserId,
    lines: &[OrderLine],
    sign: i64,
) {
    for line in lines {
        if let Some(deal) = line.deal {
            let count = pieces.entry((deal, line.product, user)).or_default();
            *count += sign * i64::from(line.quantity.get());
        }
    }
}
