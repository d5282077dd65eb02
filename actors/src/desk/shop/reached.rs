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
use crate::error::RequestError;
use crate::host::directory::{Directory, Handles};
use crate::host::shell::{AnswerFuture, Envelope, Request, SendFuture};
use crate::ledger::Tenure;
use crate::order::OrderError;
use crate::order::messages::{Cancel, Hold, OrderDesks, PlaceHere, Priced, Quote, Settle};
use crate::shop::StockView;
use crate::shop::messages::{AddMany, AddProduct, CatalogueDesks, Redescribe, StockMoved, TakeOff};

type Desks = Directory<ShopActor>;

impl Desks {
    fn sent<M: Request>(&self, shop: ShopId, envelope: Envelope<M>) -> SendFuture<'_>
    where
        ShopActor: Handles<Envelope<M>>,
    {
        async move { self.send(shop, envelope).await.map(drop) }.boxed_local()
    }

    async fn tenure(&self, shop: ShopId) -> Result<Tenure<ShopStream>, RequestError> {
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
    ) -> Result<Vec<BestDeal>, RequestError> {
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
    fn add(&self, shop: ShopId, envelope: Envelope<AddProduct>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn add_many(&self, shop: ShopId, envelope: Envelope<AddMany>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn redescribe(&self, shop: ShopId, envelope: Envelope<Redescribe>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn take_off(&self, shop: ShopId, envelope: Envelope<TakeOff>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn move_stock(&self, shop: ShopId, envelope: Envelope<StockMoved>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn wake(&self, shop: ShopId) -> SendFuture<'_> {
        async move { self.live(shop).await.map(drop) }.boxed_local()
    }

    fn stock(&self, shop: ShopId, product: ProductId) -> Option<Option<StockView>> {
        let live = self.found(shop)?;
        live.meter.used();
        Some(live.card.stock(product))
    }
}

impl DealDesks for Desks {
    fn offer(&self, shop: ShopId, offer: OfferDeal) -> AnswerFuture<'_, Willing, DealError> {
        async move { self.ask(shop, || offer.clone()).await? }.boxed_local()
    }

    fn post(&self, shop: ShopId, post: PostDeal) -> SendFuture<'_> {
        // One that has gone since then reads the deal from the tables.
        self.tell(shop, post).boxed_local()
    }

    fn turn(&self, shop: ShopId, turn: TurnDeal) -> SendFuture<'_> {
        self.tell(shop, turn).boxed_local()
    }

    fn owner(&self, shop: ShopId) -> AnswerFuture<'_, Tenure<ShopStream>> {
        self.tenure(shop).boxed_local()
    }

    fn best_deals(
        &self,
        shop: ShopId,
        user: UserId,
        products: Vec<ProductId>,
    ) -> AnswerFuture<'_, Vec<BestDeal>> {
        self.glance(shop, user, products).boxed_local()
    }

    fn tidy(&self) {
        self.remind(|| TidyDeals);
    }
}

impl OrderDesks for Desks {
    fn place(&self, shop: ShopId, envelope: Envelope<PlaceHere>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn cancel(&self, shop: ShopId, envelope: Envelope<Cancel>) -> SendFuture<'_> {
        self.sent(shop, envelope)
    }

    fn quote(
        &self,
        shop: ShopId,
        user: UserId,
        basket: Basket,
    ) -> AnswerFuture<'_, Priced, OrderError> {
        async move { self.ask(shop, || Quote { user, basket: basket.clone() }).await? }
            .boxed_local()
    }

    fn owner(&self, shop: ShopId) -> AnswerFuture<'_, Tenure<ShopStream>> {
        self.tenure(shop).boxed_local()
    }

    fn hold(
        &self,
        shop: ShopId,
        hold: HoldId,
        user: UserId,
        basket: Basket,
        until: Instant,
    ) -> AnswerFuture<'_, Priced, OrderError> {
        let within = move || until.saturating_duration_since(Instant::now());
        async move {
            let request = || Hold { hold, user, basket: basket.clone(), within: within() };
            self.ask(shop, request).await?
        }
        .boxed_local()
    }

    fn settle(&self, shop: ShopId, settle: Settle) -> SendFuture<'_> {
        // A shop that has been rebuilt since then has read the outcome from the tables.
        self.tell(shop, settle).boxed_local()
    }
}
