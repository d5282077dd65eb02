//! A robot that shops in the demo, so that its pages move: it orders a little, claims coupons, cancels
//! now and then, brings stock, and opens the next deal. It knows only what the tables tell, so it goes
//! on after a restart. Where the demo's shoppers are missing it does nothing.

use std::collections::HashSet;
use std::time::Duration;

use hotdeal_actors::Mall;
use hotdeal_actors::coupon::{EventEntry, IssueCoupon};
use hotdeal_actors::deal::DealView;
use hotdeal_actors::order::{CancelOrder, PlaceOrder};
use hotdeal_actors::shop::{MoveStock, ProductSearch, ProductView};
use hotdeal_domain::deal::DealState;
use hotdeal_domain::order::{Basket, CancelScope};
use hotdeal_domain::shop::{Movement, Quantity};
use hotdeal_domain::{EventId, Phase, ProductId, SaleWindow, ShopId, UserId};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::{MINUTE_MS, SELLER, SHOPS, failed, open_coupons, open_deal, shopper};
use crate::auth::Passwords;
use crate::clock;
use crate::startup::StartError;
use crate::startup::first::random_password;

/// Shoppers the robot plays.
const SHOPPERS: usize = 12;
/// Milliseconds between two of its deeds, least and most.
const PAUSE_MS: std::ops::Range<u64> = 800..3_500;
/// Of so many deeds one is to look after deals, stock and coupons.
const LOOK_EVERY: u32 = 6;
/// Deals and coupon events looked at: the newest. The robot never has as many under way.
const LOOKED_AT: u64 = 20;
/// A deal of the robot opens after so many minutes and lasts so long.
const OPENS_IN_MIN: std::ops::Range<i64> = 6..15;
const LASTS_MIN: std::ops::Range<i64> = 30..90;

/// Opens the accounts it plays.
pub(super) async fn prepare(mall: &Mall, passwords: &Passwords) -> Result<(), StartError> {
    // One hash does for all: nobody knows the password.
    let hashed = passwords.hash(random_password(), None).await;
    let hashed = hashed.map_err(|_| failed("a password cannot be hashed"))?;
    for number in 1..=SHOPPERS {
        shopper(mall, &email(number), &hashed).await?;
    }
    Ok(())
}

fn email(number: usize) -> String {
    format!("robot{number}@demo.hotdeal.local")
}

/// Starts it; it ends with the system it runs in.
pub(in crate::startup) fn start(mall: Mall) {
    actix_web::rt::spawn(async move {
        match Robot::find(&mall).await {
            Ok(Some(robot)) => robot.run().await,
            Ok(None) => tracing::info!("the demo's robot finds no demo here"),
            Err(error) => tracing::warn!(%error, "the demo's robot does not start"),
        }
    });
}

struct Robot {
    mall: Mall,
    shoppers: Vec<UserId>,
    seller: UserId,
    shop: ShopId,
    /// What the demo's shops sell, and how much of it is brought at a time. The robot buys nothing that
    /// was added later.
    products: Vec<(ProductId, u32)>,
    /// What deals are on, of those products.
    on_deal: Vec<ProductId>,
    /// The coupon event that is open, and who of the shoppers has none of its coupons.
    coupons: Option<EventId>,
    claimed: HashSet<(EventId, UserId)>,
    last_order: Option<CancelOrder>,
}

impl Robot {
    /// The demo as the tables have it; `None` where there is none.
    async fn find(mall: &Mall) -> Result<Option<Self>, StartError> {
        let Some(seller) = user(mall, SELLER).await? else { return Ok(None) };
        let mut shoppers = Vec::new();
        for number in 1..=SHOPPERS {
            shoppers.extend(user(mall, &email(number)).await?);
        }
        let shop = mall.shops().shop_of(seller).await.map_err(failed)?;
        let Some(shop) = shop.filter(|_| shoppers.len() == SHOPPERS) else { return Ok(None) };
        // The demo was made on a new database, so its products are the first.
        let goods: Vec<_> = SHOPS.iter().flat_map(|shop| shop.goods).collect();
        let limit = goods.len() as u64;
        let first = ProductSearch { shop: None, category: None, name: None, after: 0, limit };
        let found = mall.shops().search_products(&first).await.map_err(failed)?;
        let good = |product: &ProductView| {
            let known = goods.iter().find(|good| good.name == product.name.as_ref())?;
            Some((product.id, known.pieces))
        };
        let products = found.iter().filter_map(good).collect();
        Ok(Some(Self {
            mall: mall.clone(),
            shoppers,
            seller,
            shop: shop.id,
            products,
            on_deal: Vec::new(),
            coupons: None,
            claimed: HashSet::new(),
            last_order: None,
        }))
    }

    async fn run(mut self) {
        for turn in 0_u32.. {
            // Whatever is refused, the next deed is tried: the robot is nobody to be answered.
            if let Err(error) = self.act(turn).await {
                tracing::debug!(%error, "the demo's robot was refused");
            }
            let pause = rand::rng().random_range(PAUSE_MS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn act(&mut self, turn: u32) -> Result<(), StartError> {
        if turn.is_multiple_of(LOOK_EVERY) {
            return self.look_after().await;
        }
        match rand::rng().random_range(0..12) {
            0 => self.claim().await,
            1 => self.cancel().await,
            _ => self.order().await,
        }
    }

    async fn order(&mut self) -> Result<(), StartError> {
        let (user, product, pieces) = {
            let mut random = rand::rng();
            let of_deal = self.on_deal.choose(&mut random).copied();
            let any = self.products.choose(&mut random).map(|(product, _)| *product);
            let product = of_deal.filter(|_| random.random_range(0..4) > 0).or(any);
            (self.shoppers.choose(&mut random).copied(), product, random.random_range(1..=3))
        };
        let (Some(user), Some(product)) = (user, product) else { return Ok(()) };
        let pieces = Quantity::try_from(pieces).map_err(|_| failed("no quantity"))?;
        let basket = Basket::new(&[(product, pieces)]).map_err(|_| failed("no basket"))?;
        let placed = self.mall.orders().place_order(PlaceOrder { user, basket }, None).await;
        let order = placed.map_err(failed)?.value.id;
        self.last_order = Some(CancelOrder { order, scope: CancelScope::Order, user });
        Ok(())
    }

    async fn cancel(&mut self) -> Result<(), StartError> {
        let Some(cancel) = self.last_order.take() else { return Ok(()) };
        self.mall.orders().cancel_order(cancel, None).await.map(drop).map_err(failed)
    }

    async fn claim(&mut self) -> Result<(), StartError> {
        let Some(event) = self.coupons else { return Ok(()) };
        let is_without = |user: &&UserId| !self.claimed.contains(&(event, **user));
        let Some(user) = self.shoppers.iter().find(is_without).copied() else { return Ok(()) };
        self.claimed.insert((event, user));
        let issue = IssueCoupon { event, user };
        self.mall.coupons().issue(issue, None).await.map(drop).map_err(failed)
    }

    /// Sees to it that a deal is open and another one will be, that coupons are to be had, and that
    /// what was sold out is there again after a while.
    async fn look_after(&mut self) -> Result<(), StartError> {
        let newest = hotdeal_domain::ID_MAX;
        let deals = self.mall.deals().list(newest, LOOKED_AT).await.map_err(failed)?;
        let now = clock::now();
        let of_phase = |phase| {
            let is_so = move |deal: &&DealView| {
                deal.state == DealState::Open && deal.deal.terms.window.phase(now) == phase
            };
            deals.iter().filter(is_so)
        };
        self.on_deal.clear();
        for deal in of_phase(Phase::Open) {
            let of_deal = self.mall.deals().deal_items(deal.deal.id, 0, LOOKED_AT).await;
            self.on_deal.extend(of_deal.map_err(failed)?.iter().map(|item| item.product));
        }
        let Self { products, on_deal, .. } = self;
        on_deal.retain(|product| products.iter().any(|(ours, _)| ours == product));
        if of_phase(Phase::Before).next().is_none() {
            self.open_next_deal().await?;
        }
        self.bring_stock().await?;
        self.keep_coupons_open().await
    }

    async fn open_next_deal(&self) -> Result<(), StartError> {
        let (products, percent, window) = {
            let mut random = rand::rng();
            let start = clock::now().plus(random.random_range(OPENS_IN_MIN) * MINUTE_MS);
            let end = start.plus(random.random_range(LASTS_MIN) * MINUTE_MS);
            let products: Vec<_> =
                self.products.sample(&mut random, 2).map(|(product, _)| *product).collect();
            (products, random.random_range(4..=10) * 5, SaleWindow { start, end })
        };
        open_deal(&self.mall, self.seller, percent, products, window).await.map(drop)
    }

    async fn bring_stock(&self) -> Result<(), StartError> {
        let ids: Vec<_> = self.products.iter().map(|(product, _)| *product).collect();
        let stocks = self.mall.shops().stocks(&ids).await.map_err(failed)?;
        for &(product, pieces) in &self.products {
            let of_it = stocks.iter().find(|stock| stock.product == product);
            let is_gone = of_it.is_none_or(|stock| stock.stock.available() == 0);
            // It shows as sold out for a while.
            if is_gone && rand::rng().random_range(0..8) == 0 {
                let stock = MoveStock { product, movement: Movement::Increased(pieces) };
                self.mall.shops().move_stock(stock, None).await.map_err(failed)?;
            }
        }
        Ok(())
    }

    async fn keep_coupons_open(&mut self) -> Result<(), StartError> {
        let newest = hotdeal_domain::ID_MAX;
        let events = self.mall.coupons().events(newest, LOOKED_AT).await.map_err(failed)?;
        let now = clock::now();
        let is_open = |entry: &&EventEntry| {
            entry.coupons.as_ref().is_some_and(|coupons| {
                let terms = &coupons.batch.terms;
                terms.window.phase(now) == Phase::Open && coupons.issued < terms.total
            })
        };
        self.coupons = events.iter().find(is_open).map(|entry| entry.event);
        if self.coupons.is_none() {
            self.coupons = Some(open_coupons(&self.mall, self.seller, self.shop).await?);
        }
        self.claimed.retain(|(event, _)| Some(*event) == self.coupons);
        Ok(())
    }
}

async fn user(mall: &Mall, email: &str) -> Result<Option<UserId>, StartError> {
    let found = mall.accounts().credentials(email).await.map_err(failed)?;
    Ok(found.map(|known| known.account.user))
}
