//! How wings reach the owner of a shop.

use std::time::Instant;

use futures_util::FutureExt as _;
use hotdeal_domain::order::Basket;
use hotdeal_domain::stream::ShopStream;
use hotdeal_domain::{HoldId, ProductId, ShopId, UserId};

use super::ShopActor;
use super::durable::GLANCE;
use crate::clock;
use crate::deal::BestDeal;
use crate::deal::DealError;
use crate::deal::messages::{DealDesks, OfferDeal, PostDeal, TidyDeals, TurnDeal, Willing};
use crate::error::AskError;
use crate::host::directory::{Directory, Handles};
use crate::host::shell::{Ask, Asking, Request, Sending};
use crate::ledger::Tenure;
use crate::order::OrderError;
use crate::order::messages::{Cancel, Hold, OrderDesks, PlaceHere, Priced, Quote, Settle};
use crate::shop::StockView;
use crate::shop::messages::{AddMany, AddProduct, CatalogueDesks, Redescribe, StockMoved, TakeOff};

type Desks = Directory<ShopActor>;

impl Desks {
    fn sent<M: Ask>(&self, shop: ShopId, ask: Request<M>) -> Sending<'_>
    where
        ShopActor: Handles<Request<M>>,
    {
        async move { self.send(shop, ask).await.map(drop) }.boxed_local()
    }

    async fn tenure(&self, shop: ShopId) -> Result<Tenure<ShopStream>, AskError> {
        let live = self.live(shop).await?;
        // Whoever is to be written with stays until that is done.
        live.meter.used();
        Ok(live.activation.tenure())
    }

    async fn glance(
        &self,
        shop: ShopId,
        user: UserId,
        products: Vec<ProductId>,
    ) -> Result<Vec<BestDeal>, AskError> {
        let live = self.live(shop).await?;
        live.meter.used();
        let (mut best, now) = (Vec::new(), clock::now());
        for some in products.chunks(GLANCE) {
            best.extend(live.card.best_deals(user, some, now));
            // Others are served by this thread, too.
            tokio::task::yield_now().await;
        }
        Ok(best)
    }
}

impl CatalogueDesks for Desks {
    fn add(&self, shop: ShopId, ask: Request<AddProduct>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn add_many(&self, shop: ShopId, ask: Request<AddMany>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn redescribe(&self, shop: ShopId, ask: Request<Redescribe>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn take_off(&self, shop: ShopId, ask: Request<TakeOff>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn move_stock(&self, shop: ShopId, ask: Request<StockMoved>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn wake(&self, shop: ShopId) -> Sending<'_> {
        async move { self.live(shop).await.map(drop) }.boxed_local()
    }

    fn stock(&self, shop: ShopId, product: ProductId) -> Option<Option<StockView>> {
        let live = self.found(shop)?;
        live.meter.used();
        Some(live.card.stock(product))
    }
}

impl DealDesks for Desks {
    fn offer(&self, shop: ShopId, offer: OfferDeal) -> Asking<'_, Willing, DealError> {
        async move { self.ask(shop, || offer.clone()).await? }.boxed_local()
    }

    fn post(&self, shop: ShopId, post: PostDeal) -> Sending<'_> {
        // One that has gone since then reads the deal from the tables.
        self.tell(shop, post).boxed_local()
    }

    fn turn(&self, shop: ShopId, turn: TurnDeal) -> Sending<'_> {
        self.tell(shop, turn).boxed_local()
    }

    fn owner(&self, shop: ShopId) -> Asking<'_, Tenure<ShopStream>> {
        self.tenure(shop).boxed_local()
    }

    fn best_deals(
        &self,
        shop: ShopId,
        user: UserId,
        products: Vec<ProductId>,
    ) -> Asking<'_, Vec<BestDeal>> {
        self.glance(shop, user, products).boxed_local()
    }

    fn tidy(&self) {
        self.remind(|| TidyDeals);
    }
}

impl OrderDesks for Desks {
    fn place(&self, shop: ShopId, ask: Request<PlaceHere>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn cancel(&self, shop: ShopId, ask: Request<Cancel>) -> Sending<'_> {
        self.sent(shop, ask)
    }

    fn quote(&self, shop: ShopId, user: UserId, basket: Basket) -> Asking<'_, Priced, OrderError> {
        async move { self.ask(shop, || Quote { user, basket: basket.clone() }).await? }
            .boxed_local()
    }

    fn owner(&self, shop: ShopId) -> Asking<'_, Tenure<ShopStream>> {
        self.tenure(shop).boxed_local()
    }

    fn hold(
        &self,
        shop: ShopId,
        hold: HoldId,
        user: UserId,
        basket: Basket,
        until: Instant,
    ) -> Asking<'_, Priced, OrderError> {
        let within = move || until.saturating_duration_since(Instant::now());
        async move {
            let ask = || Hold { hold, user, basket: basket.clone(), within: within() };
            self.ask(shop, ask).await?
        }
        .boxed_local()
    }

    fn settle(&self, shop: ShopId, settle: Settle) -> Sending<'_> {
        // A shop that has been rebuilt since then has read the outcome from the tables.
        self.tell(shop, settle).boxed_local()
    }
}
