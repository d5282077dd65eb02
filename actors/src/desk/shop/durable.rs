//! A shop as it is on the disk, for everybody who only looks: what many read is published here,
//! beside the mailbox, and not asked through it.
//!
//! The actor's own desk runs ahead of the disk. This one hears of a fact once it is durable and
//! before its answer leaves, so that a read is never older than what was acknowledged before it.

use std::sync::Arc;

use hotdeal_domain::deal::Wanted;
use hotdeal_domain::desk::{DeskFact, Level, Shelf, ShopDesk};
use hotdeal_domain::{ProductId, UnixMillis, UserId};
use parking_lot::RwLock;

use crate::deal::BestDeal;
use crate::host::timers::Alarm;
use crate::order::events::BoardLook;
use crate::shop::StockView;

/// Products looked up in one go: the ledger, which waits for it, does so for some microseconds.
pub(crate) const GLANCE: usize = 256;

/// The published desk of a shop.
pub(crate) struct DurableDesk {
    published: RwLock<Published>,
    alarm: Alarm,
}

struct Published {
    desk: ShopDesk,
    /// The sequence of the last durable fact of the shop's stream: the desk is as after it, but for deals,
    /// which make prices a moment later.
    through: i64,
}

impl DurableDesk {
    /// As the tables tell it, after the fact with this sequence.
    pub(crate) fn new(desk: ShopDesk, through: i64) -> Arc<Self> {
        let published = RwLock::new(Published { desk, through });
        Arc::new(Self { published, alarm: Alarm::default() })
    }

    /// A fact of the shop's stream is durable. Deals make prices only once the actor has heard of
    /// them, so it says so itself.
    pub(crate) fn learn(&self, fact: &DeskFact) {
        if let DeskFact::Order(fact) = fact
            && let Some(at) = fact.end()
        {
            self.alarm.learn(at);
        }
        let mut published = self.published.write();
        published.through += 1;
        if !matches!(fact, DeskFact::Price(_)) {
            published.desk.apply(fact);
        }
    }

    /// What rings when something at the shop is to end by itself.
    pub(crate) fn alarm(&self) -> &Alarm {
        &self.alarm
    }

    /// A deal, which is durable, makes prices from now on, or does not any more.
    pub(crate) fn learn_deal(&self, fact: &DeskFact) {
        self.published.write().desk.apply(fact);
    }

    /// The sequence of the last durable fact, and the deals that have not ended.
    pub(crate) fn look(&self) -> BoardLook {
        let published = self.published.read();
        BoardLook { through: published.through, deals: published.desk.board().all() }
    }

    /// The levels of these products after the fact with this sequence. Products that are not sold here
    /// are left out.
    pub(crate) fn levels(&self, products: &[ProductId]) -> (i64, Vec<(ProductId, Level)>) {
        let published = self.published.read();
        let level = |product: &ProductId| {
            let shelf = published.desk.shelf(*product)?;
            let level = Level { unsold: shelf.stock.unsold().into(), low_at: shelf.low_at };
            Some((*product, level))
        };
        (published.through, products.iter().filter_map(level).collect())
    }

    /// Lets go of deals that have ended.
    pub(crate) fn tidy(&self, at: UnixMillis) {
        self.published.write().desk.board_mut().tidy(at);
    }

    /// The stock of a product on sale.
    pub(crate) fn stock(&self, product: ProductId) -> Option<StockView> {
        let published = self.published.read();
        let shelf = published.desk.shelf(product).filter(|shelf| !shelf.withdrawn)?;
        let &Shelf { stock, moved_at, low_at, .. } = shelf;
        Some(StockView { product, stock, updated_at: moved_at, low_at })
    }

    /// The best running deal of each of at most [`GLANCE`] products, as an order of one piece by
    /// `user` would find it.
    pub(crate) fn best_deals(
        &self,
        user: UserId,
        products: &[ProductId],
        at: UnixMillis,
    ) -> Vec<BestDeal> {
        let desk = &self.published.read().desk;
        let (board, currency) = (desk.board(), desk.profile().currency);
        let wanted = Wanted { user, pieces: 1, at };
        let best = |product| {
            let list = desk.shelf(product).filter(|shelf| !shelf.withdrawn)?.price;
            let offered = board.best(product, list, wanted)?;
            let deal = board.deal(offered.deal)?.clone();
            Some(BestDeal { product, deal, price: offered.price, currency })
        };
        products.iter().copied().filter_map(best).collect()
    }
}
