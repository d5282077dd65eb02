//! What is on offer, as all visitors see it alike: deals with what is left of their products, and coupons.
//!
//! It is read at most once in [`AGE_MAX`], whoever asks, and only while somebody does. Everything comes from
//! durable state. A deal is found among the newest [`EVENTS_MAX`] events. This is the one place where pages ask
//! for it, so that another source can take its place.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotdeal_actors::Mall;
use hotdeal_actors::coupon::EventEntry;
use hotdeal_actors::deal::DealItem;
use hotdeal_actors::shop::ProductView;
use hotdeal_domain::coupon::{BatchStatus, CouponTerms};
use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::{Amount, Currency, EventId, ID_MAX, Phase, ProductId, ShopId, UnixMillis};
use parking_lot::Mutex;
use tokio::sync::Mutex as TurnMutex;

use crate::http::kit::problem::Problem;

/// The greatest age of what is shown.
const AGE_MAX: Duration = Duration::from_millis(450);
/// Events looked through for deals and coupons, the newest first.
const EVENTS_MAX: u64 = 200;
/// Deals shown of each kind, and products of one deal: as many as a page has room for.
const OPEN_MAX: usize = 24;
const SOON_MAX: usize = 12;
const ENDED_MAX: usize = 6;
const COUPONS_MAX: usize = 6;
const PRODUCTS_MAX: u64 = 8;

/// A product at the price of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) deal: Arc<Deal>,
    pub(crate) product: Arc<ProductView>,
    pub(crate) shop: Arc<str>,
    /// The price of one piece by the deal.
    pub(crate) price: Amount,
    /// Pieces in all, of the product or of its share of the deal.
    pub(crate) total: u32,
    /// Those that can be bought.
    pub(crate) left: u32,
    /// Pieces sold at the deal's price.
    pub(crate) sold: u32,
}

/// Coupons of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CouponOffer {
    pub(crate) event: EventId,
    pub(crate) currency: Currency,
    pub(crate) terms: CouponTerms,
    pub(crate) left: u32,
}

/// Everything on offer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Offering {
    offers: Vec<Offer>,
    pub(crate) coupons: Vec<CouponOffer>,
}

impl Offering {
    /// Offers that are open at this time; the one that ends first stands first.
    pub(crate) fn open(&self, now: UnixMillis) -> Vec<&Offer> {
        let mut found = self.in_phase(Phase::Open, now);
        found.sort_by_key(|offer| (offer.deal.terms.window.end, offer.product.id));
        let mut seen = HashSet::new();
        found.retain(|offer| seen.insert(offer.product.id));
        found
    }

    /// Offers that open later; the next stands first.
    pub(crate) fn soon(&self, now: UnixMillis) -> Vec<&Offer> {
        let mut found = self.in_phase(Phase::Before, now);
        found.sort_by_key(|offer| (offer.deal.terms.window.start, offer.product.id));
        found
    }

    /// Offers that have ended; the last to end stands first.
    pub(crate) fn ended(&self, now: UnixMillis) -> Vec<&Offer> {
        let mut found = self.in_phase(Phase::After, now);
        found.sort_by_key(|offer| {
            (std::cmp::Reverse(offer.deal.terms.window.end), offer.product.id)
        });
        found
    }

    /// Coupons that can be claimed now or later, the next to end first.
    pub(crate) fn coupons_at(&self, now: UnixMillis) -> Vec<&CouponOffer> {
        let is_there = |offer: &&CouponOffer| offer.terms.window.phase(now) != Phase::After;
        self.coupons.iter().filter(is_there).collect()
    }

    /// Every offer, whenever it is open.
    pub(crate) fn all(&self) -> &[Offer] {
        &self.offers
    }

    fn in_phase(&self, phase: Phase, now: UnixMillis) -> Vec<&Offer> {
        self.offers.iter().filter(|offer| offer.deal.terms.window.phase(now) == phase).collect()
    }
}

/// What was read last, and what of it never changes.
#[derive(Default)]
struct Kept {
    last: Option<(Instant, Arc<Offering>)>,
    /// The products of a deal, as long as the deal is shown.
    products: HashMap<EventId, Arc<[ProductId]>>,
    shops: HashMap<ShopId, (Arc<str>, Currency)>,
}

/// Reads what is on offer.
pub(crate) struct Offers {
    mall: Mall,
    kept: Mutex<Kept>,
    /// One reads, and all who ask meanwhile get the same.
    turn: TurnMutex<()>,
}

impl Offers {
    /// Nothing was read yet.
    pub(crate) fn new(mall: Mall) -> Self {
        Self { mall, kept: Mutex::default(), turn: TurnMutex::default() }
    }

    /// Everything on offer, as it was at most [`AGE_MAX`] ago.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn read(&self) -> Result<Arc<Offering>, Problem> {
        if let Some(offering) = self.fresh() {
            return Ok(offering);
        }
        let _turn = self.turn.lock().await;
        if let Some(offering) = self.fresh() {
            return Ok(offering);
        }
        let read_at = Instant::now();
        let offering = Arc::new(self.read_anew().await?);
        self.kept.lock().last = Some((read_at, offering.clone()));
        Ok(offering)
    }

    fn fresh(&self) -> Option<Arc<Offering>> {
        let kept = self.kept.lock();
        let (_, offering) = kept.last.as_ref().filter(|(at, _)| at.elapsed() < AGE_MAX)?;
        Some(offering.clone())
    }

    async fn read_anew(&self) -> Result<Offering, Problem> {
        let now = crate::clock::now();
        let events = self.mall.coupons().events(ID_MAX, EVENTS_MAX).await?;
        let deals = shown(&events, now);
        let is_shown: HashSet<EventId> = deals.iter().map(|deal| deal.id).collect();
        self.kept.lock().products.retain(|event, _| is_shown.contains(event));
        let mut items = Vec::new();
        for deal in deals {
            let deal = Arc::new(deal);
            items
                .extend(self.items(&deal, now).await?.into_iter().map(|item| (deal.clone(), item)));
        }
        let ids: Vec<ProductId> = items.iter().map(|(_, item)| item.product).collect();
        let stocks = self.mall.shops().stocks(&ids).await?;
        let stocks: HashMap<_, _> =
            stocks.into_iter().map(|view| (view.product, view.stock)).collect();
        let mut offers = Vec::with_capacity(items.len());
        for (deal, item) in items {
            let Some(product) = self.mall.shops().product(item.product).await? else { continue };
            let Some(price) = deal.terms.price_of(product.price) else { continue };
            let (shop, _) = self.shop(product.shop).await?;
            let stock = stocks.get(&item.product).copied().unwrap_or_default();
            let (mut total, mut left) = (stock.on_hand, stock.available());
            if let Some(quota) = deal.terms.quota {
                total = total.min(quota);
                left = left.min(quota.saturating_sub(item.sold));
            }
            offers.push(Offer { deal, product, shop, price, total, left, sold: item.sold });
        }
        Ok(Offering { offers, coupons: self.coupons(&events, now).await? })
    }

    /// The products of a deal. What has gone at its price is read where it counts.
    async fn items(&self, deal: &Deal, now: UnixMillis) -> Result<Vec<DealItem>, Problem> {
        let known = self.kept.lock().products.get(&deal.id).cloned();
        let counts = deal.terms.quota.is_some() || deal.terms.window.phase(now) == Phase::After;
        if let Some(known) = known.filter(|_| !counts) {
            return Ok(known.iter().map(|&product| DealItem { product, sold: 0 }).collect());
        }
        let items = self.mall.deals().deal_items(deal.id, 0, PRODUCTS_MAX).await?;
        let products = items.iter().map(|item| item.product).collect();
        self.kept.lock().products.insert(deal.id, products);
        Ok(items)
    }

    /// A shop's name and currency, which never change.
    async fn shop(&self, shop: ShopId) -> Result<(Arc<str>, Currency), Problem> {
        if let Some(known) = self.kept.lock().shops.get(&shop) {
            return Ok(known.clone());
        }
        let profile = self.mall.shops().shop(shop).await?;
        let Some(profile) = profile else { return Ok(("".into(), Currency::Krw)) };
        let known = (profile.name, profile.currency);
        self.kept.lock().shops.insert(shop, known.clone());
        Ok(known)
    }

    async fn coupons(
        &self,
        events: &[EventEntry],
        now: UnixMillis,
    ) -> Result<Vec<CouponOffer>, Problem> {
        let mut found = Vec::new();
        for entry in events {
            let Some(coupons) = &entry.coupons else { continue };
            let batch = &coupons.batch;
            let is_over = batch.terms.window.phase(now) == Phase::After;
            if batch.status != BatchStatus::Ready || is_over || found.len() == COUPONS_MAX {
                continue;
            }
            let (_, currency) = self.shop(batch.shop).await?;
            found.push(CouponOffer {
                event: entry.event,
                currency,
                terms: batch.terms.clone(),
                left: batch.terms.total.saturating_sub(coupons.issued),
            });
        }
        found.sort_by_key(|offer| offer.terms.window.end);
        Ok(found)
    }
}

/// The deals that are shown: those that run, the next, and the last.
fn shown(events: &[EventEntry], now: UnixMillis) -> Vec<Deal> {
    let views = events.iter().filter_map(|entry| entry.deal.as_ref());
    let standing = views.filter(|view| view.state == DealState::Open).map(|view| &view.deal);
    let mut kinds: [Vec<&Deal>; 3] = Default::default();
    for deal in standing {
        let kind = match deal.terms.window.phase(now) {
            Phase::Open => 0,
            Phase::Before => 1,
            Phase::After => 2,
        };
        kinds[kind].push(deal);
    }
    let [open, soon, ended] = &mut kinds;
    open.sort_by_key(|deal| deal.terms.window.end);
    open.truncate(OPEN_MAX);
    soon.sort_by_key(|deal| deal.terms.window.start);
    soon.truncate(SOON_MAX);
    ended.sort_by_key(|deal| std::cmp::Reverse(deal.terms.window.end));
    ended.truncate(ENDED_MAX);
    kinds.iter().flatten().map(|deal| (*deal).clone()).collect()
}
