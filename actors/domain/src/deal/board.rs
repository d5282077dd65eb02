//! The deals on one shop's products, and the pieces sold or held at their prices.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{DEALS_A_PRODUCT_MAX, Deal, DealShare, DealState};
use crate::invariant::{Broken, Invariant};
use crate::shop::Quantity;
use crate::{Amount, EventId, IdMap, Phase, ProductId, UnixMillis, UserId};

/// What somebody wants to buy at the price of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub user: UserId,
    /// How many pieces.
    pub pieces: u32,
    /// When.
    pub at: UnixMillis,
}

/// The best price of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// The deal that makes the price.
    pub deal: EventId,
    /// The price of one piece.
    pub price: Amount,
}

/// Pieces sold or held at the price of a deal.
#[derive(Debug, Clone, Copy, Default)]
struct Gone {
    all: u32,
    /// Of these, the pieces that are only held, for orders being made.
    held: u32,
}

/// A deal, with those of its products that this shop sells.
#[derive(Debug, Clone)]
struct Posted {
    deal: Arc<Deal>,
    state: DealState,
    products: Arc<[ProductId]>,
    /// Pieces that each person has at its price; kept only if the deal has a limit a person.
    persons: IdMap<(ProductId, UserId), Gone>,
}

/// One deal on one product.
#[derive(Debug, Clone)]
struct Offer {
    deal: EventId,
    /// Counted only if the deal has a quota or a limit a person.
    gone: Gone,
}

/// The deals of one shop that have not ended.
#[derive(Debug, Clone, Default)]
pub struct DealBoard {
    posted: IdMap<EventId, Posted>,
    offers: IdMap<ProductId, Vec<Offer>>,
}

impl DealBoard {
    /// The best running deal of a product whose list price is `list`: the lowest price; among
    /// equals the larger discount; then the older event.
    ///
    /// A deal that would leave nothing to pay is skipped
    /// ([`price_of`](super::DealTerms::price_of)).
    ///
    /// A line has one price. So a deal is also skipped if its quota, or the limit of the person,
    /// does not cover all the pieces wanted. Then the next best deal makes the price, or the list
    /// price stays.
    pub fn best(&self, product: ProductId, list: Amount, wanted: Wanted) -> Option<Offered> {
        self.best_where(product, list, wanted, |gone| gone.all)
    }

    /// As [`best`](Self::best), but as if all held pieces were free.
    pub fn best_without_holds(
        &self,
        product: ProductId,
        list: Amount,
        wanted: Wanted,
    ) -> Option<Offered> {
        self.best_where(product, list, wanted, |gone| gone.all.saturating_sub(gone.held))
    }

    fn best_where(
        &self,
        product: ProductId,
        list: Amount,
        wanted: Wanted,
        counted: fn(Gone) -> u32,
    ) -> Option<Offered> {
        let running = self.offers.get(&product)?.iter().filter_map(|offer| {
            let posted = self.posted.get(&offer.deal)?;
            let holds = posted.state == DealState::Open
                && posted.deal.terms.window.phase(wanted.at) == Phase::Open
                && posted.has_room(offer, product, wanted, counted);
            let price = posted.deal.terms.price_of(list).filter(|_| holds)?;
            Some((price, Reverse(posted.deal.terms.weight(list)), offer.deal))
        });
        running.min().map(|(price, _, deal)| Offered { deal, price })
    }

    /// A deal that is on the board.
    pub fn deal(&self, deal: EventId) -> Option<&Arc<Deal>> {
        self.posted.get(&deal).map(|posted| &posted.deal)
    }

    /// Every deal on the board, by number: with its state, and how many products it is on.
    pub fn all(&self) -> Vec<(Arc<Deal>, DealState, usize)> {
        let posted = self.posted.values();
        let posted =
            posted.map(|posted| (posted.deal.clone(), posted.state, posted.products.len()));
        let mut all: Vec<_> = posted.collect();
        all.sort_unstable_by_key(|(deal, ..)| deal.id);
        all
    }

    /// How many deals are on the board.
    pub fn deals(&self) -> usize {
        self.posted.len()
    }

    /// Whether another deal fits on `product` at `at`.
    pub fn has_room(&self, product: ProductId, at: UnixMillis) -> bool {
        let Some(offers) = self.offers.get(&product) else { return true };
        if offers.len() < DEALS_A_PRODUCT_MAX {
            return true;
        }
        let goes_on = |offer: &&Offer| {
            self.posted.get(&offer.deal).is_some_and(|posted| !posted.has_ended(at))
        };
        offers.iter().filter(goes_on).count() < DEALS_A_PRODUCT_MAX
    }

    /// Removes ended deals. This only frees memory: an ended deal makes no price.
    pub fn tidy(&mut self, at: UnixMillis) {
        let ended = self.posted.iter().filter(|(_, posted)| posted.has_ended(at));
        let ended: Vec<EventId> = ended.map(|(&id, _)| id).collect();
        ended.into_iter().for_each(|deal| self.forget(deal));
    }

    /// Removes ended deals, then puts a deal on the board, so that the board holds no more than the
    /// deals that have not ended.
    pub fn post(
        &mut self,
        deal: Arc<Deal>,
        state: DealState,
        products: Arc<[ProductId]>,
        at: UnixMillis,
    ) {
        self.tidy(at);
        if self.posted.contains_key(&deal.id) {
            return;
        }
        self.offers.reserve(products.len());
        for &product in products.iter() {
            let offer = Offer { deal: deal.id, gone: Gone::default() };
            // Most products have one deal: room for exactly that.
            self.offers.entry(product).or_insert_with(|| Vec::with_capacity(1)).push(offer);
        }
        let persons = IdMap::default();
        self.posted.insert(deal.id, Posted { deal, state, products, persons });
    }

    /// Changes the state of a deal. A cancelled one leaves the board.
    pub fn turn(&mut self, deal: EventId, state: DealState) {
        match state {
            DealState::Cancelled => self.forget(deal),
            DealState::Open | DealState::Paused => {
                if let Some(posted) = self.posted.get_mut(&deal) {
                    posted.state = state;
                }
            }
        }
    }

    /// Counts pieces sold at the prices of deals.
    pub fn take(&mut self, share: &DealShare) {
        self.count_all(share, Gone::taken);
    }

    /// Counts pieces as returned: they no longer use up the quota or the person's limit.
    pub fn give_back(&mut self, share: &DealShare) {
        self.count_all(share, Gone::given_back);
    }

    /// Counts pieces held at the prices of deals.
    pub(crate) fn hold(&mut self, share: &DealShare) {
        self.count_all(share, |gone, pieces| gone.taken(pieces).held(pieces));
    }

    /// Pieces that were held are sold.
    pub(crate) fn confirm(&mut self, share: &DealShare) {
        self.count_all(share, Gone::held_no_more);
    }

    /// Pieces that were held are free again.
    pub(crate) fn release(&mut self, share: &DealShare) {
        self.count_all(share, |gone, pieces| gone.held_no_more(pieces).given_back(pieces));
    }

    /// Restores, when the board is rebuilt, how many pieces of a product a person has at the price
    /// of a deal.
    pub fn restore(&mut self, deal: EventId, product: ProductId, user: UserId, pieces: Quantity) {
        self.count(deal, product, user, |gone| gone.taken(pieces.get()));
    }

    /// Checks the catalogue of invariants.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        for (&id, posted) in &self.posted {
            let terms = &posted.deal.terms;
            // In one pass over the persons, because an operator may look at a desk in the middle of
            // a sale.
            let mut held: IdMap<ProductId, u64> = IdMap::default();
            for (&(product, _), &Gone { all: pieces, .. }) in &posted.persons {
                let is_within = terms.person_limit.is_some_and(|limit| pieces <= limit);
                Invariant::DealWithinPersonLimit.holds(pieces > 0 && is_within)?;
                *held.entry(product).or_default() += u64::from(pieces);
            }
            for product in posted.products.iter().filter(|_| terms.is_counted()) {
                let gone = self.offer(id, *product).map_or(0, |offer| offer.gone.all);
                let of_persons = held.get(product).copied().unwrap_or(0);
                Invariant::DealWithinQuota.holds(terms.quota.is_none_or(|most| gone <= most))?;
                Invariant::DealWithinPersonLimit
                    .holds(terms.person_limit.is_none() || of_persons == u64::from(gone))?;
            }
        }
        Ok(())
    }

    /// Pieces of one product sold or held at the price of a deal: in all, and of these to one
    /// person.
    pub fn gone(&self, deal: EventId, product: ProductId, user: UserId) -> (u32, u32) {
        let gone = self.offer(deal, product).map_or(0, |offer| offer.gone.all);
        (gone, self.posted.get(&deal).map_or(0, |posted| posted.of(product, user).all))
    }

    fn offer(&self, deal: EventId, product: ProductId) -> Option<&Offer> {
        self.offers.get(&product)?.iter().find(|offer| offer.deal == deal)
    }

    fn forget(&mut self, deal: EventId) {
        let Some(posted) = self.posted.remove(&deal) else { return };
        for product in posted.products.iter() {
            if let Some(offers) = self.offers.get_mut(product) {
                offers.retain(|offer| offer.deal != deal);
                if offers.is_empty() {
                    self.offers.remove(product);
                }
            }
        }
    }

    fn count_all(&mut self, share: &DealShare, change: fn(Gone, u32) -> Gone) {
        for &(deal, product, quantity) in &share.lines {
            self.count(deal, product, share.user, |gone| change(gone, quantity.get()));
        }
    }

    fn count(
        &mut self,
        deal: EventId,
        product: ProductId,
        user: UserId,
        change: impl Fn(Gone) -> Gone,
    ) {
        // A deal that has left the board makes no price any more: nothing is counted for it.
        let Some(posted) = self.posted.get_mut(&deal) else { return };
        let offers = self.offers.get_mut(&product);
        let offer = offers.and_then(|offers| offers.iter_mut().find(|offer| offer.deal == deal));
        let Some(offer) = offer.filter(|_| posted.deal.terms.is_counted()) else { return };
        offer.gone = change(offer.gone);
        if posted.deal.terms.person_limit.is_some() {
            match change(posted.of(product, user)) {
                Gone { all: 0, .. } => _ = posted.persons.remove(&(product, user)),
                pieces => _ = posted.persons.insert((product, user), pieces),
            }
        }
    }
}

impl Gone {
    fn taken(self, pieces: u32) -> Self {
        Self { all: self.all.saturating_add(pieces), ..self }
    }

    fn given_back(self, pieces: u32) -> Self {
        Self { all: self.all.saturating_sub(pieces), ..self }
    }

    fn held(self, pieces: u32) -> Self {
        Self { held: self.held.saturating_add(pieces), ..self }
    }

    fn held_no_more(self, pieces: u32) -> Self {
        Self { held: self.held.saturating_sub(pieces), ..self }
    }
}

impl Posted {
    fn has_ended(&self, at: UnixMillis) -> bool {
        self.deal.terms.window.phase(at) == Phase::After
    }

    fn of(&self, product: ProductId, user: UserId) -> Gone {
        self.persons.get(&(product, user)).copied().unwrap_or_default()
    }

    fn has_room(
        &self,
        offer: &Offer,
        product: ProductId,
        wanted: Wanted,
        counted: fn(Gone) -> u32,
    ) -> bool {
        let fits = |gone: Gone, most: u32| {
            u64::from(counted(gone)) + u64::from(wanted.pieces) <= most.into()
        };
        let terms = &self.deal.terms;
        terms.quota.is_none_or(|quota| fits(offer.gone, quota))
            && terms.person_limit.is_none_or(|limit| fits(self.of(product, wanted.user), limit))
    }
}
