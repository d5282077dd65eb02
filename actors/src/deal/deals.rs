//! Deals, across the shops they concern: opened, paused, resumed or cancelled by one ledger entry
//! over the deal's stream and the stream of every shop, and told to each shop once it is durable.
//!
//! The prices are made by the shops' desks, so a deal has no actor of its own. Its stream is
//! written by one command at a time: a node takes turns, and each turn raises the epoch, so that
//! another node's turn is refused as a whole.
//!
//! A deal is opened in three steps. Each shop is asked whether it can take the deal: products that are
//! unknown, or of which nothing would be left to pay, are all named at once. One entry then carries
//! `DealOpened` and a `DealPosted` for each shop, under the epoch of the owner that was asked. Once that is
//! durable each shop is told, and only then the caller is answered. A shop that was rebuilt meanwhile has
//! read the deal.
//!
//! A later turn raises the epoch of the deal's stream before it looks at the deal. So an earlier turn whose
//! outcome was unknown is written by then, or never.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::deal::{
    DEAL_PRODUCTS_MAX, Deal, DealFact, DealRefusal, DealState, DealTerms, PriceFact, decide_move,
};
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::stream::{DealStream, ShopStream};
use hotdeal_domain::{Currency, Discount, EventId, ProductId, ShopId, UserId};
use tokio::sync::MutexGuard;

use super::Deals;
use super::Outcome;
use super::api::{
    BestDeal, DealItem, DealSales, DealView, MoveDeal, OpenDeal, OpenedDeal, TurnedDeal,
};
use super::error::DealError;
use super::messages::{OfferDeal, PostDeal, TurnDeal};
use super::posting::Posting;
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;
use crate::host::detached::Permit;
use crate::host::shell::key_record;
use crate::ledger::keys::Key;
use crate::ledger::{Owned, Tenure, Work};

/// Shops asked at the same time: enough that their tables are read beside each other when they
/// have to be rebuilt, few enough that readers are left for everybody else.
const SHOPS_AT_ONCE: usize = 8;

/// How long a deal waits for its turn: more than one shop that does not answer takes.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// A shop's products of a deal, by number.
type ShopProducts = (ShopId, Arc<[ProductId]>);

/// A deal that is durable, and that its shops have not heard of yet.
pub(super) struct WrittenDeal<'a> {
    answer: OpenedDeal,
    /// What each shop is to be told.
    posts: Vec<(ShopId, PostDeal)>,
    /// People are told of it once it makes the price.
    _posting: Posting,
    /// Kept until it is put up: a shop forgets the turn of a deal that it has not put up yet.
    _turn: MutexGuard<'a, ()>,
}

impl Deals {
    /// Opens a deal. When this answers, the deal is durable and orders get its price.
    ///
    /// # Errors
    /// [`DealError::Terms`], [`DealError::NoSuchProducts`] with all of them,
    /// [`DealError::DiscountTooLarge`] and [`DealError::TooManyDeals`] likewise,
    /// [`DealError::MixedCurrencies`] where an amount is taken off in several currencies.
    pub async fn open_deal(&self, request: OpenDeal, key: Option<KeyClaim>) -> Outcome<OpenedDeal> {
        self.host.once(key, async |key| self.open_new_deal(request, key).await).await
    }

    async fn open_new_deal(&self, request: OpenDeal, key: Option<Key>) -> Outcome<OpenedDeal> {
        let now = clock::now();
        request.terms.check(now).map_err(DealError::Terms)?;
        if !(1..=DEAL_PRODUCTS_MAX).contains(&request.products.len()) {
            return Err(DealError::Terms(DealRefusal::ProductCount));
        }
        let (shares, unknown) = self.shops.by_shop(&request.products).await?;
        if !unknown.is_empty() {
            return Err(DealError::NoSuchProducts(unknown));
        }
        let id = self.host.ids.next().await?;
        let deal = Deal { id, terms: request.terms, currency: None, opened_at: now };
        let (deals, permit) = (self.clone(), self.permits.take()?);
        // Detached: a caller who hangs up must not leave shops without what is written.
        let opening = async move {
            let _permit = permit;
            let opened = async {
                let written =
                    deals.write_deal(deal, request.by, request.products, sorted(shares), key);
                Ok(deals.put_up(written.await?).await)
            };
            let opened = opened.await;
            deals.news.notify_one();
            opened
        };
        actix::spawn(opening).await.unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
    }

    pub(super) async fn write_deal(
        &self,
        mut deal: Deal,
        by: UserId,
        products: Vec<ProductId>,
        shares: Vec<ShopProducts>,
        key: Option<Key>,
    ) -> Result<WrittenDeal<'_>, DealError> {
        let (owners, currencies) = self.willing(deal.terms, &shares).await?;
        if matches!(deal.terms.discount, Discount::Fixed(_)) {
            deal.currency = Some(common(&currencies)?);
        }
        let (id, at) = (deal.id, deal.opened_at);
        let posted = Arc::new(deal.clone());
        let count = u32::try_from(products.len()).unwrap_or(u32::MAX);
        let opened = DealFact::DealOpened { deal: Box::new(deal.clone()), by, products: count };
        let founding = Owned::<DealStream>::founding(id);
        let mut parts = vec![founding.part(opened)];
        for ((_, products), shop) in shares.iter().zip(&owners) {
            let (deal, products) = (posted.clone(), products.clone());
            let owner = self.host.ledger.owner(*shop)?;
            parts.push(owner.part(PriceFact::DealPosted { deal, products }));
        }
        let answer = OpenedDeal { deal, products };
        let posting = self.postings.post(id);
        let turn = self.deal_turn().await?;
        let key = key.map(|key| key_record(key, &answer, at));
        self.host.ledger.commit(Work::Facts(parts), key).await?;
        let posts = shares.into_iter().zip(owners).map(|((shop, products), owner)| {
            (shop, PostDeal { epoch: owner.epoch, deal: posted.clone(), products })
        });
        Ok(WrittenDeal { answer, posts: posts.collect(), _posting: posting, _turn: turn })
    }

    /// Tells each shop of a deal, so that orders get its price.
    pub(super) async fn put_up(&self, written: WrittenDeal<'_>) -> Answered<OpenedDeal> {
        let WrittenDeal { answer, posts, _posting, _turn } = written;
        let told = posts.into_iter().map(|(shop, post)| async move {
            // A shop that has gone since then reads the deal from the tables.
            drop(self.desks.post(shop, post).await);
        });
        stream::iter(told).buffer_unordered(SHOPS_AT_ONCE).collect::<()>().await;
        Answered::fresh(answer)
    }

    /// The turn to change deals; nothing has happened yet, so who waits for long is sent away.
    async fn deal_turn(&self) -> Result<MutexGuard<'_, ()>, RequestError> {
        let turn = self.turn.lock();
        tokio::time::timeout(TURN_WITHIN, turn).await.map_err(|_| RequestError::Busy)
    }

    /// The owner and currency of each shop, if all of them can take the deal.
    async fn willing(
        &self,
        terms: DealTerms,
        shares: &[ShopProducts],
    ) -> Result<(Vec<Tenure<ShopStream>>, Vec<Currency>), DealError> {
        let asked = shares.iter().map(|(shop, products)| async move {
            self.desks.offer(*shop, OfferDeal { terms, products: products.clone() }).await
        });
        let answers: Vec<_> = stream::iter(asked).buffered(SHOPS_AT_ONCE).collect().await;
        let (mut unknown, mut free, mut crowded) = (Vec::new(), Vec::new(), Vec::new());
        let mut willing = (Vec::with_capacity(answers.len()), Vec::with_capacity(answers.len()));
        for answer in answers {
            match answer {
                Ok(shop) => {
                    willing.0.push(shop.shop);
                    willing.1.push(shop.currency);
                }
                Err(DealError::NoSuchProducts(products)) => unknown.extend(products),
                Err(DealError::DiscountTooLarge(products)) => free.extend(products),
                Err(DealError::TooManyDeals(products)) => crowded.extend(products),
                Err(error) => return Err(error),
            }
        }
        if !unknown.is_empty() {
            return Err(DealError::NoSuchProducts(unknown));
        }
        if !free.is_empty() {
            return Err(DealError::DiscountTooLarge(free));
        }
        if crowded.is_empty() { Ok(willing) } else { Err(DealError::TooManyDeals(crowded)) }
    }

    /// The one currency in which these products are sold.
    ///
    /// # Errors
    /// [`DealError::NoSuchProducts`]; [`DealError::MixedCurrencies`] when there are several.
    pub async fn currency_of(&self, products: &[ProductId]) -> Result<Currency, DealError> {
        let (shares, unknown) = self.shops.by_shop(products).await?;
        if !unknown.is_empty() {
            return Err(DealError::NoSuchProducts(unknown));
        }
        let mut currencies = Vec::new();
        for shop in shares.into_keys() {
            currencies.push(self.shops.shop(shop).await?.ok_or(DealError::NoSuchShop)?.currency);
        }
        common(&currencies)
    }

    /// Pauses, resumes or cancels a deal; orders are priced by it accordingly when this answers.
    ///
    /// # Errors
    /// [`DealError::NoSuchEvent`], [`DealError::IllegalMove`].
    pub async fn move_deal(&self, request: MoveDeal, key: Option<KeyClaim>) -> Outcome<TurnedDeal> {
        // Detached, as opening one is.
        let moved = async |key| {
            let permit = self.permits.take()?;
            let moving = actix::spawn(moved(self.clone(), request, key, permit)).await;
            moving.unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
        };
        self.host.once(key, moved).await
    }

    async fn move_in_turn(&self, request: MoveDeal, key: Option<Key>) -> Outcome<TurnedDeal> {
        // Of no event there is nothing to own.
        self.deal(request.deal).await?.ok_or(DealError::NoSuchEvent)?;
        // Before anything is decided, also that nothing is to change: an earlier move whose outcome
        // was unknown is written now, or never. So each move costs a transaction, also one that is
        // refused.
        let deal = self.host.ledger.activate::<DealStream>(request.deal).await?;
        let (mut turned, next) = self.decided(request).await?;
        let Some(state) = next else {
            self.host.keep(&turned, key).await?;
            return Ok(Answered::fresh(turned));
        };
        turned.view.state = state;
        let at = turned.at;
        let shops = self.live_shops(request.deal).await?;
        let mut parts = vec![deal.part(DealFact::DealTurned { deal: request.deal, state, at })];
        let turned_there = || PriceFact::DealTurned { deal: request.deal, state, at };
        for shop in &shops {
            parts.push(self.host.ledger.owner(*shop)?.part(turned_there()));
        }
        let _posting = self.postings.post(request.deal);
        let key = key.map(|key| key_record(key, &turned, at));
        self.host.ledger.commit(Work::Facts(parts), key).await?;
        let told = shops.into_iter().map(|shop| {
            let turn = TurnDeal { epoch: shop.epoch, deal: request.deal, state };
            async move { drop(self.desks.turn(shop.key, turn).await) }
        });
        stream::iter(told).buffer_unordered(SHOPS_AT_ONCE).collect::<()>().await;
        Ok(Answered::fresh(turned))
    }

    async fn decided(
        &self,
        request: MoveDeal,
    ) -> Result<(TurnedDeal, Option<DealState>), DealError> {
        let view = self.deal(request.deal).await?.ok_or(DealError::NoSuchEvent)?;
        let at = clock::now();
        let next = decide_move(&view.deal.terms, view.state, request.asked, at)?;
        Ok((TurnedDeal { view, at }, next))
    }

    async fn live_shops(&self, deal: EventId) -> Result<Vec<Tenure<ShopStream>>, RequestError> {
        let shops = self.host.storage.shops_of_deal(deal).await?;
        let live = shops.into_iter().map(|shop| self.desks.owner(shop));
        let found: Vec<_> = stream::iter(live).buffered(SHOPS_AT_ONCE).collect().await;
        found.into_iter().collect()
    }

    /// Lets go of deals that have ended, wherever they are in memory. No price hangs on it.
    pub fn tidy_deals(&self) {
        self.desks.tidy();
    }

    /// A deal by its event.
    pub async fn deal(&self, deal: EventId) -> Result<Option<DealView>, RequestError> {
        self.host.storage.deal(deal).await
    }

    /// Deals, the newest first, below the event `before`, at most `limit` of them.
    pub async fn list(&self, before: i64, limit: u64) -> Result<Vec<DealView>, RequestError> {
        self.host.storage.deals(before, limit).await
    }

    /// Products of a deal with what has gone at its price, after the product `after`, at most
    /// `limit` of them.
    pub async fn deal_items(
        &self,
        deal: EventId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<DealItem>, RequestError> {
        self.host.storage.deal_items(deal, after, limit).await
    }

    /// A deal with what has gone at its price.
    pub async fn deal_with_sales(
        &self,
        deal: EventId,
    ) -> Result<Option<(DealView, DealSales)>, RequestError> {
        self.host.storage.deal_with_sales(deal).await
    }

    /// The best running deal of each product, as an order of one piece by `user` would find it
    /// now, as far as what makes its price is durable. Products without one, and products that do
    /// not exist, are left out. In the order asked.
    pub async fn best_deals(
        &self,
        user: UserId,
        products: &[ProductId],
    ) -> Result<Vec<BestDeal>, DealError> {
        let (shares, _) = self.shops.by_shop(products).await?;
        let asked = shares.into_iter().map(|(shop, own)| self.desks.best_deals(shop, user, own));
        let found: Vec<_> = stream::iter(asked).buffer_unordered(SHOPS_AT_ONCE).collect().await;
        let mut best: HashMap<ProductId, BestDeal> = HashMap::new();
        for deals in found {
            best.extend(deals?.into_iter().map(|deal| (deal.product, deal)));
        }
        Ok(products.iter().filter_map(|product| best.remove(product)).collect())
    }
}

async fn moved(
    deals: Deals,
    request: MoveDeal,
    key: Option<Key>,
    _permit: Permit,
) -> Outcome<TurnedDeal> {
    let _turn = deals.deal_turn().await?;
    let moved = deals.move_in_turn(request, key).await;
    deals.news.notify_one();
    moved
}

/// Each shop's products by number: so their rows are appended to the table.
fn sorted(shares: BTreeMap<ShopId, Vec<ProductId>>) -> Vec<ShopProducts> {
    let by_number = |(shop, mut products): (ShopId, Vec<ProductId>)| {
        products.sort_unstable();
        (shop, products.into())
    };
    shares.into_iter().map(by_number).collect()
}

fn common(currencies: &[Currency]) -> Result<Currency, DealError> {
    let first = currencies.first().copied().ok_or(DealError::NoSuchShop)?;
    let is_one = currencies.iter().all(|currency| *currency == first);
    if is_one { Ok(first) } else { Err(DealError::MixedCurrencies) }
}
