//! Deals, across the shops they concern: opened, paused, resumed or cancelled by one ledger entry
//! over the deal's stream and the stream of every shop, and told to each shop once it is durable.
//!
//! The prices are made by the shops' desks, so a deal has no actor of its own. Its stream is
//! written by one command at a time: a node takes turns, and each turn raises the epoch, so that
//! another node's turn is refused as a whole.

pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::deal::{
    DEAL_PRODUCTS_MAX, Deal, DealFact, DealRefusal, DealState, DealTerms, PriceFact, decide_move,
};
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::order::OrderRefusal;
use hotdeal_domain::stream::{Deals, Shops};
use hotdeal_domain::{Currency, Discount, EventId, ProductId, ShopId, UserId};
use tokio::sync::MutexGuard;

use crate::api::{
    Answered, BestDeal, DealItem, DealSales, DealView, EventEntry, MoveDeal, OpenDeal, OpenedDeal,
    TurnedDeal,
};
use crate::clock;
use crate::detached::Permit;
use crate::error::AskError;
use crate::keys::Key;
use crate::ledger::{Owned, Tenure, Work};
use crate::mall::Mall;
use crate::notify::Posting;
use crate::shell::{Outcome, key_record};
use crate::shop::{GLANCE, OfferDeal, PostDeal, TidyDeals, TurnDeal};

/// Shops asked at the same time: enough that their tables are read beside each other when they
/// have to be rebuilt, few enough that readers are left for everybody else.
const SHOPS_AT_ONCE: usize = 8;

/// How long a deal waits for its turn: more than one shop that does not answer takes.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// A shop's products of a deal, by number.
type Share = (ShopId, Arc<[ProductId]>);

/// A deal that is durable, and that its shops have not heard of yet.
struct WrittenDeal<'a> {
    answer: OpenedDeal,
    /// What each shop is to be told.
    posts: Vec<(ShopId, PostDeal)>,
    /// People are told of it once it makes the price.
    _posting: Posting,
    /// Kept until it is put up: a shop forgets the turn of a deal that it has not put up yet.
    _turn: MutexGuard<'a, ()>,
}

impl Mall {
    /// Opens a deal. When this answers, the deal is durable and orders get its price.
    ///
    /// # Errors
    /// [`AskError::Deal`], [`AskError::NoSuchProducts`] with all of them,
    /// [`AskError::DiscountTooLarge`] and [`AskError::TooManyDeals`] likewise, [`AskError::Order`] where an amount is taken off in several
    /// currencies.
    pub async fn open_deal(&self, ask: OpenDeal, key: Option<KeyClaim>) -> Outcome<OpenedDeal> {
        self.once(key, async |key| self.open_new_deal(ask, key).await).await
    }

    async fn open_new_deal(&self, ask: OpenDeal, key: Option<Key>) -> Outcome<OpenedDeal> {
        let now = clock::now();
        ask.terms.check(now).map_err(AskError::Deal)?;
        if !(1..=DEAL_PRODUCTS_MAX).contains(&ask.products.len()) {
            return Err(AskError::Deal(DealRefusal::ProductCount));
        }
        let (shares, unknown) = self.by_shop(&ask.products).await?;
        if !unknown.is_empty() {
            return Err(AskError::NoSuchProducts(unknown));
        }
        let id = self.shared.ids.next().await?;
        let deal = Deal { id, terms: ask.terms, currency: None, opened_at: now };
        let (mall, permit) = (self.clone(), self.shared.detached.deal()?);
        // Detached: a caller who hangs up must not leave shops without what is written.
        let opening = async move {
            let _permit = permit;
            let opened = async {
                let written = mall.write_deal(deal, ask.by, ask.products, sorted(shares), key);
                Ok(mall.put_up(written.await?).await)
            };
            let opened = opened.await;
            mall.wake_notifier();
            opened
        };
        actix::spawn(opening).await.unwrap_or(Err(AskError::OutcomeUnknown))
    }

    async fn write_deal(
        &self,
        mut deal: Deal,
        by: UserId,
        products: Vec<ProductId>,
        shares: Vec<Share>,
        key: Option<Key>,
    ) -> Result<WrittenDeal<'_>, AskError> {
        let (owners, currencies) = self.willing(deal.terms, &shares).await?;
        if matches!(deal.terms.discount, Discount::Fixed(_)) {
            deal.currency = Some(common(&currencies)?);
        }
        let (id, at) = (deal.id, deal.opened_at);
        let posted = Arc::new(deal.clone());
        let count = u32::try_from(products.len()).unwrap_or(u32::MAX);
        let opened = DealFact::DealOpened { deal: Box::new(deal.clone()), by, products: count };
        let founding = Owned::<Deals>::founding(id);
        let mut parts = vec![founding.part(opened)];
        for ((_, products), shop) in shares.iter().zip(&owners) {
            let (deal, products) = (posted.clone(), products.clone());
            let owner = self.shared.ledger.owner(*shop)?;
            parts.push(owner.part(PriceFact::DealPosted { deal, products }));
        }
        let answer = OpenedDeal { deal, products };
        let posting = self.shared.notices.post(id);
        let turn = self.deal_turn().await?;
        let key = key.map(|key| key_record(key, &answer, at));
        self.shared.ledger.commit(Work::Facts(parts), key).await?;
        let posts = shares.into_iter().zip(owners).map(|((shop, products), owner)| {
            (shop, PostDeal { epoch: owner.epoch, deal: posted.clone(), products })
        });
        Ok(WrittenDeal { answer, posts: posts.collect(), _posting: posting, _turn: turn })
    }

    /// Tells each shop of a deal, so that orders get its price.
    async fn put_up(&self, written: WrittenDeal<'_>) -> Answered<OpenedDeal> {
        let WrittenDeal { answer, posts, _posting, _turn } = written;
        let told = posts.into_iter().map(|(shop, post)| async move {
            // A shop that has gone since then reads the deal from the tables.
            drop(self.shared.shops.tell(shop, post).await);
        });
        stream::iter(told).buffer_unordered(SHOPS_AT_ONCE).collect::<()>().await;
        Answered::fresh(answer)
    }

    /// The turn to change deals; nothing has happened yet, so who waits for long is sent away.
    async fn deal_turn(&self) -> Result<MutexGuard<'_, ()>, AskError> {
        let turn = self.shared.deal_turn.lock();
        tokio::time::timeout(TURN_WITHIN, turn).await.map_err(|_| AskError::Busy)
    }

    /// The owner and currency of each shop, if all of them can take the deal.
    async fn willing(
        &self,
        terms: DealTerms,
        shares: &[Share],
    ) -> Result<(Vec<Tenure<Shops>>, Vec<Currency>), AskError> {
        let asked = shares.iter().map(|(shop, products)| async move {
            let offer = || OfferDeal { terms, products: products.clone() };
            self.shared.shops.ask(*shop, offer).await?
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
                Err(AskError::NoSuchProducts(products)) => unknown.extend(products),
                Err(AskError::DiscountTooLarge(products)) => free.extend(products),
                Err(AskError::TooManyDeals(products)) => crowded.extend(products),
                Err(error) => return Err(error),
            }
        }
        if !unknown.is_empty() {
            return Err(AskError::NoSuchProducts(unknown));
        }
        if !free.is_empty() {
            return Err(AskError::DiscountTooLarge(free));
        }
        if crowded.is_empty() { Ok(willing) } else { Err(AskError::TooManyDeals(crowded)) }
    }

    /// The one currency in which these products are sold.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`]; [`AskError::Order`] when there are several.
    pub async fn currency_of(&self, products: &[ProductId]) -> Result<Currency, AskError> {
        let (shares, unknown) = self.by_shop(products).await?;
        if !unknown.is_empty() {
            return Err(AskError::NoSuchProducts(unknown));
        }
        let mut currencies = Vec::new();
        for shop in shares.into_keys() {
            currencies.push(self.shop(shop).await?.ok_or(AskError::NoSuchShop)?.currency);
        }
        common(&currencies)
    }

    /// Pauses, resumes or cancels a deal; orders are priced by it accordingly when this answers.
    ///
    /// # Errors
    /// [`AskError::NoSuchEvent`], [`AskError::IllegalDealMove`].
    pub async fn move_deal(&self, ask: MoveDeal, key: Option<KeyClaim>) -> Outcome<TurnedDeal> {
        // Detached, as opening one is.
        let moved = async |key| {
            let permit = self.shared.detached.deal()?;
            let moving = actix::spawn(moved(self.clone(), ask, key, permit)).await;
            moving.unwrap_or(Err(AskError::OutcomeUnknown))
        };
        self.once(key, moved).await
    }

    async fn move_in_turn(&self, ask: MoveDeal, key: Option<Key>) -> Outcome<TurnedDeal> {
        // Of no event there is nothing to own.
        self.deal(ask.deal).await?.ok_or(AskError::NoSuchEvent)?;
        // Before anything is decided, also that nothing is to change: an earlier move whose outcome
        // was unknown is written now, or never. So each move costs a transaction, also one that is
        // refused.
        let deal = self.shared.ledger.activate::<Deals>(ask.deal).await?;
        let (mut turned, next) = self.decided(ask).await?;
        let Some(state) = next else {
            self.keep(&turned, key).await?;
            return Ok(Answered::fresh(turned));
        };
        turned.view.state = state;
        let at = turned.at;
        let shops = self.live_shops(ask.deal).await?;
        let mut parts = vec![deal.part(DealFact::DealTurned { deal: ask.deal, state, at })];
        let turned_there = || PriceFact::DealTurned { deal: ask.deal, state, at };
        for shop in &shops {
            parts.push(self.shared.ledger.owner(*shop)?.part(turned_there()));
        }
        let _posting = self.shared.notices.post(ask.deal);
        let key = key.map(|key| key_record(key, &turned, at));
        self.shared.ledger.commit(Work::Facts(parts), key).await?;
        let told = shops.into_iter().map(|shop| {
            let turn = TurnDeal { epoch: shop.epoch, deal: ask.deal, state };
            async move { drop(self.shared.shops.tell(shop.key, turn).await) }
        });
        stream::iter(told).buffer_unordered(SHOPS_AT_ONCE).collect::<()>().await;
        Ok(Answered::fresh(turned))
    }

    async fn decided(&self, ask: MoveDeal) -> Result<(TurnedDeal, Option<DealState>), AskError> {
        let view = self.deal(ask.deal).await?.ok_or(AskError::NoSuchEvent)?;
        let at = clock::now();
        let next = decide_move(&view.deal.terms, view.state, ask.asked, at)?;
        Ok((TurnedDeal { view, at }, next))
    }

    async fn live_shops(&self, deal: EventId) -> Result<Vec<Tenure<Shops>>, AskError> {
        let shops = self.shared.storage.shops_of_deal(deal).await?;
        let live = shops.into_iter().map(|shop| async move {
            let live = self.shared.shops.live(shop).await?;
            // An owner that is asked stays until the deal is written.
            live.meter.used();
            Ok(live.activation.tenure())
        });
        let found: Vec<_> = stream::iter(live).buffered(SHOPS_AT_ONCE).collect().await;
        found.into_iter().collect()
    }

    /// Lets go of deals that have ended, wherever they are in memory. No price hangs on it.
    pub fn tidy_deals(&self) {
        self.shared.shops.remind(|| TidyDeals);
    }

    /// A deal by its event.
    pub async fn deal(&self, deal: EventId) -> Result<Option<DealView>, AskError> {
        self.shared.storage.deal(deal).await
    }

    /// Deals, the newest first, below the event `before`, at most `limit` of them.
    pub async fn deals(&self, before: i64, limit: u64) -> Result<Vec<DealView>, AskError> {
        self.shared.storage.deals(before, limit).await
    }

    /// Events below `before`, the newest first, at most `limit` of them, with what they came to.
    pub async fn events(&self, before: i64, limit: u64) -> Result<Vec<EventEntry>, AskError> {
        self.shared.storage.slow()?.events(before, limit).await
    }

    /// Products of a deal with what has gone at its price, after the product `after`, at most
    /// `limit` of them.
    pub async fn deal_items(
        &self,
        deal: EventId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<DealItem>, AskError> {
        self.shared.storage.deal_items(deal, after, limit).await
    }

    /// A deal with what has gone at its price.
    pub async fn deal_with_sales(
        &self,
        deal: EventId,
    ) -> Result<Option<(DealView, DealSales)>, AskError> {
        self.shared.storage.deal_with_sales(deal).await
    }

    /// The best running deal of each product, as an order of one piece by `user` would find it
    /// now, as far as what makes its price is durable. Products without one, and products that do
    /// not exist, are left out. In the order asked.
    pub async fn best_deals(
        &self,
        user: UserId,
        products: &[ProductId],
    ) -> Result<Vec<BestDeal>, AskError> {
        let (shares, _) = self.by_shop(products).await?;
        let live = shares.into_iter().map(|(shop, products)| async move {
            Ok::<_, AskError>((self.shared.shops.live(shop).await?, products))
        });
        let live: Vec<_> = stream::iter(live).buffer_unordered(SHOPS_AT_ONCE).collect().await;
        let mut best: HashMap<ProductId, BestDeal> = HashMap::new();
        let now = clock::now();
        for shop in live {
            let (shop, products) = shop?;
            shop.meter.used();
            for some in products.chunks(GLANCE) {
                let deals = shop.card.best_deals(user, some, now);
                best.extend(deals.into_iter().map(|deal| (deal.product, deal)));
                // Others are served by this thread, too.
                tokio::task::yield_now().await;
            }
        }
        Ok(products.iter().filter_map(|product| best.remove(product)).collect())
    }
}

async fn moved(
    mall: Mall,
    ask: MoveDeal,
    key: Option<Key>,
    _permit: Permit,
) -> Outcome<TurnedDeal> {
    let _turn = mall.deal_turn().await?;
    let moved = mall.move_in_turn(ask, key).await;
    mall.wake_notifier();
    moved
}

/// Each shop's products by number: so their rows are appended to the table.
fn sorted(shares: BTreeMap<ShopId, Vec<ProductId>>) -> Vec<Share> {
    let by_number = |(shop, mut products): (ShopId, Vec<ProductId>)| {
        products.sort_unstable();
        (shop, products.into())
    };
    shares.into_iter().map(by_number).collect()
}

fn common(currencies: &[Currency]) -> Result<Currency, AskError> {
    let first = currencies.first().copied().ok_or(AskError::NoSuchShop)?;
    let is_one = currencies.iter().all(|currency| *currency == first);
    if is_one { Ok(first) } else { Err(AskError::Order(OrderRefusal::MixedCurrencies)) }
}
