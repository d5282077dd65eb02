//! Deals as everybody sees them: what runs, what begins soon, what ended lately.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hotdeal_actors::deal::{DealItem, DealSales, DealView};
use hotdeal_actors::shop::ProductView;
use hotdeal_actors::{Mall, RequestError};
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{Amount, EventId, Phase, ProductId, ShopId};

use crate::clock;

/// Deals shown at most: of those that run, those that begin soon, and those that ended lately. A
/// front has room for some dozens.
const RUNNING_MAX: u64 = 50;
const SOON_MAX: u64 = 25;
const ENDED_MAX: u64 = 25;
pub(super) const DEALS_MAX: usize = 100;
/// Lately: within a day.
const LATELY_MS: i64 = 86_400_000;
/// Products shown of each: what fits into a card. The deal says how many it has.
const PRODUCTS_MAX: u64 = 12;
/// Deals whose products are read at the same time.
const READS_AT_ONCE: usize = 4;

/// A deal as everybody sees it.
#[derive(Debug, Clone)]
pub(crate) struct ShownDeal {
    /// The deal, and whether it holds within its window.
    pub(crate) view: DealView,
    /// What has gone at its price.
    pub(crate) sales: DealSales,
    /// Where the moment of the reading lies in its window.
    pub(crate) phase: Phase,
    /// The first of its products that are on sale, by number.
    pub(crate) products: Vec<ShownProduct>,
}

/// A product of a deal as everybody sees it.
#[derive(Debug, Clone)]
pub(crate) struct ShownProduct {
    pub(crate) product: ProductView,
    pub(crate) shop_name: Arc<str>,
    /// What one piece costs by the deal; `None` where the deal leaves nothing to pay, and so does not
    /// hold.
    pub(crate) deal_price: Option<Amount>,
    /// Pieces sold at the deal's price.
    pub(crate) sold: u32,
    /// Pieces that its quota leaves; `None` where it has none.
    pub(crate) quota_left: Option<u32>,
    /// Pieces that can be ordered at the deal's price now.
    pub(crate) left: u32,
}

/// The place of a deal among those shown: which come first, then by their time, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DealPlace(u8, i64, i64);

impl ShownDeal {
    /// The event.
    pub(crate) fn id(&self) -> EventId {
        self.view.deal.id
    }

    /// Its place among those shown: what runs by its end, what begins soon by its start, what ended by
    /// its end, the latest first.
    pub(crate) fn place(&self) -> DealPlace {
        let window = &self.view.deal.terms.window;
        let (rank, time) = match self.phase {
            Phase::Open => (0, window.end.0),
            Phase::Before => (1, window.start.0),
            Phase::After => (2, i64::MAX - window.end.0.max(0)),
        };
        DealPlace(rank, time, self.id().get())
    }
}

impl std::fmt::Display for DealPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.0, self.1, self.2)
    }
}

impl std::str::FromStr for DealPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected the place of a deal, as 0-1796000000000-19";
        let mut parts = text.splitn(3, '-');
        let rank = parts.next().and_then(|part| part.parse().ok());
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok());
        match (rank, number(), number()) {
            (Some(rank @ 0..=2), Some(time @ 0..), Some(id @ 1..)) => Ok(Self(rank, time, id)),
            _ => Err(EXPECTED),
        }
    }
}

/// Reads the deals that are shown now, in the order of their places.
pub(super) async fn read(mall: &Mall) -> Result<Vec<ShownDeal>, RequestError> {
    let now = clock::now();
    let most = [RUNNING_MAX, SOON_MAX, ENDED_MAX];
    let deals = mall.deals().around(now, LATELY_MS, most).await?;
    let reading =
        deals.iter().map(|(view, _)| mall.deals().deal_items(view.deal.id, 0, PRODUCTS_MAX));
    let items: Vec<Vec<DealItem>> =
        stream::iter(reading).buffered(READS_AT_ONCE).try_collect().await?;
    let known = Known::read(mall, items.iter().flatten().map(|item| item.product)).await?;
    let shown = deals.into_iter().zip(items).map(|((view, sales), items)| {
        let phase = view.deal.terms.window.phase(now);
        let products = items.iter().filter_map(|item| known.product(&view, item)).collect();
        ShownDeal { view, sales, phase, products }
    });
    let mut shown: Vec<ShownDeal> = shown.collect();
    shown.sort_unstable_by_key(ShownDeal::place);
    Ok(shown)
}

/// What is known of the products of these deals.
struct Known {
    products: HashMap<ProductId, ProductView>,
    available: HashMap<ProductId, u32>,
    shops: HashMap<ShopId, ShopProfile>,
}

impl Known {
    async fn read(mall: &Mall, ids: impl Iterator<Item = ProductId>) -> Result<Self, RequestError> {
        let mut ids: Vec<ProductId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let products = mall.shops().products(&ids).await?;
        let stocks = mall.shops().stocks(&ids).await?;
        let mut shops: Vec<ShopId> = products.iter().map(|product| product.shop).collect();
        shops.sort_unstable();
        shops.dedup();
        let shops = mall.shops().profiles(&shops).await?;
        let available = stocks.into_iter().map(|view| (view.product, view.stock.available()));
        Ok(Self {
            available: available.collect(),
            products: products.into_iter().map(|product| (product.id, product)).collect(),
            shops,
        })
    }

    /// A product of a deal; `None` for one that was taken off sale.
    fn product(&self, deal: &DealView, item: &DealItem) -> Option<ShownProduct> {
        let product = self.products.get(&item.product)?.clone();
        let terms = &deal.deal.terms;
        let quota_left = terms.quota.map(|quota| quota.saturating_sub(item.sold));
        let available = self.available.get(&item.product).copied().unwrap_or(0);
        Some(ShownProduct {
            shop_name: self.shops.get(&product.shop)?.name.clone(),
            deal_price: terms.price_of(product.price),
            sold: item.sold,
            quota_left,
            left: quota_left.map_or(available, |quota| quota.min(available)),
            product,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
        for place in [DealPlace(0, 1_796_000_000_000, 19), DealPlace(2, i64::MAX - 5, 1)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in [
            "",
            "0",
            "0-1",
            "3-1-1",
            "0--1-1",
            "0-1-0",
            "0-1-1-1",
            "x-1-1",
            "0-1-9999999999999999999",
        ] {
            assert!(text.parse::<DealPlace>().is_err(), "{text}");
        }
        assert!(DealPlace(0, 9, 9) < DealPlace(1, 1, 1));
    }
}
