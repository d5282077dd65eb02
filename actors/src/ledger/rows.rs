//! From facts to rows: what one transaction writes into which table. The only place that says so.

mod answers;
mod coupons;
mod latest;

use std::collections::BTreeMap;
use std::sync::Arc;

use hotdeal_domain::coupon::{BatchStatus, CouponFact};
use hotdeal_domain::deal::{DealFact, PriceFact};
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::notice::{FollowFact, NewsKind, NoticeFact, ReadMarks};
use hotdeal_domain::order::{Order, OrderFact};
use hotdeal_domain::shop::{Product, Quantity, ShopFact, ShopProfile};
use hotdeal_domain::{
    EventId, Fact, OrderId, ProductId, ShopId, StreamId, UnixMillis, UserFact, UserId,
};

use super::codec::Segment;
use super::notice_rows::Notices;
use super::sales::{DealSales, Worth};
use super::steps::{Stand, Steps};
use super::store::{Bulk, Cell};
use super::{CouponRow, Entry, Part, Rider, Work, store};
use crate::mutant::{self, Mutant};

/// Rows a fact will write, its share of the journal aside: for the choice of the batch.
pub(super) fn rows_of(fact: &Fact) -> usize {
    match fact {
        Fact::Shop(_, DeskFact::Order(fact)) => match fact {
            OrderFact::OrderPlaced(order) => 1 + order.lines.len(),
            OrderFact::StockSold { lines, .. }
            | OrderFact::OrderCancelled { lines, .. }
            | OrderFact::StockReturned { lines, .. } => lines.len(),
        },
        Fact::Shop(_, DeskFact::Price(PriceFact::DealPosted { products, .. })) => products.len(),
        Fact::User(_, UserFact::Follow(FollowFact::Subscribed { products, .. })) => products.len(),
        Fact::User(_, UserFact::Follow(FollowFact::NoticesRead { marks, .. })) => match marks {
            ReadMarks::Each(ids) => ids.len(),
            ReadMarks::Through(_) => 1,
        },
        Fact::Notices(_, NoticeFact::DealTold { told, .. }) => {
            1 + usize::try_from(told.notices).unwrap_or(usize::MAX - 1)
        }
        Fact::Shop(..) | Fact::Event(..) | Fact::Deal(..) | Fact::User(..) | Fact::Admins(_) => 1,
    }
}

/// A stream's share of a transaction.
struct Advance {
    epoch: i64,
    founding: bool,
    from: Stand,
    segment: Segment,
    /// Answers added to the log of those, which has no facts.
    kept: i64,
}

#[derive(Default)]
struct StockDelta {
    on_hand: i64,
    sold: i64,
    at: i64,
    worth: Worth,
}

/// All rows of one transaction, by the step that writes them.
pub(super) struct RowSet {
    streams: BTreeMap<StreamId, Advance>,
    tables: BTreeMap<usize, Bulk>,
    stock: BTreeMap<ProductId, StockDelta>,
    prepared: BTreeMap<EventId, i64>,
    latest: latest::Latest,
    pub(super) notices: Notices,
    pub(super) deal_sales: DealSales,
    keys: Bulk,
    marks: Bulk,
}

impl RowSet {
    pub(super) fn new() -> Self {
        Self {
            streams: BTreeMap::new(),
            tables: BTreeMap::new(),
            stock: BTreeMap::new(),
            prepared: BTreeMap::new(),
            latest: latest::Latest::default(),
            notices: Notices::default(),
            deal_sales: DealSales::default(),
            keys: Bulk::new(&store::KEYS),
            marks: Bulk::new(&store::MARKS),
        }
    }

    /// Adds what `entry` writes; `stand` tells how far each stream has come.
    pub(super) fn add(&mut self, entry: &Entry, stand: impl Fn(StreamId) -> Stand) {
        if matches!(entry.work, Work::Barrier(_)) && entry.key.is_none() {
            return;
        }
        for activation in entry.activations() {
            self.streams.entry(activation.stream).or_insert_with(|| Advance {
                epoch: activation.epoch,
                founding: activation.founding,
                from: stand(activation.stream),
                segment: Segment::default(),
                kept: 0,
            });
        }
        for part in entry.parts() {
            self.part(part);
        }
        if let Work::Coupons { activation, rows } = &entry.work
            && let StreamId::Event(event) = activation.stream
        {
            self.coupons(event, rows);
        }
        if let Work::Marks { rows, .. } = &entry.work {
            self.marks(rows);
        }
        if let Some(key) = &entry.key {
            self.key(key);
        }
    }

    pub(super) fn table(&mut self, step: usize) -> &mut Bulk {
        self.tables.entry(step).or_insert_with(|| Bulk::new(store::step(step)))
    }

    fn part(&mut self, part: &Part) {
        let stream = part.activation.stream;
        let mut sequence = 0;
        if let Some(advance) = self.streams.get_mut(&stream) {
            advance.segment.push(&part.fact);
            sequence = advance.from.last_sequence + advance.segment.count();
        }
        let rider = part.rider.as_deref();
        match &part.fact {
            Fact::Shop(shop, DeskFact::Shop(fact)) => self.shop_fact(*shop, fact),
            Fact::Shop(shop, DeskFact::Order(fact)) => self.order_fact(*shop, fact, rider),
            Fact::Shop(shop, DeskFact::Price(fact)) => self.price_fact(*shop, fact),
            Fact::Event(event, fact) => self.coupon_fact(*event, fact, rider),
            Fact::Deal(_, fact) => self.deal_fact(fact, sequence),
            Fact::User(user, UserFact::AccountOpened(opened)) => {
                self.account(*user, opened.at, rider);
            }
            Fact::User(user, UserFact::Account(fact)) => self.account_fact(*user, fact, rider),
            Fact::User(user, UserFact::Follow(fact)) => self.follow_fact(*user, fact),
            Fact::Notices(_, NoticeFact::DealTold { deal, told, at }) => {
                self.deal_told(*deal, sequence, told, *at, rider);
            }
            // Who is an admin stands in the rows of accounts.
            Fact::Admins(_) => {}
        }
    }

    fn shop_fact(&mut self, stream: ShopId, fact: &ShopFact) {
        match fact {
            ShopFact::ShopOpened(shop) => self.shop(shop),
            ShopFact::ProductCreated(product) => self.product(product, stream),
            ShopFact::ProductChanged { product, .. } => self.product_changed(product),
            ShopFact::ProductWithdrawn { product, at } => self.product_withdrawn(*product, *at),
            ShopFact::StockMoved { product, delta, at, .. } => {
                self.shift(*product, *delta, 0, *at);
            }
        }
    }

    fn order_fact(&mut self, shop: ShopId, fact: &OrderFact, rider: Option<&Rider>) {
        match fact {
            OrderFact::OrderPlaced(order) => self.order(order, shop),
            OrderFact::OrderCancelled { order, lines, at, .. } => {
                self.cancel(*order, *at, rider);
                self.sold(lines, -1, *at);
            }
            OrderFact::StockSold { lines, at, .. } => self.sold(lines, 1, *at),
            OrderFact::StockReturned { lines, at, .. } => self.sold(lines, -1, *at),
        }
    }

    fn price_fact(&mut self, shop: ShopId, fact: &PriceFact) {
        match fact {
            PriceFact::DealPosted { deal, products } => self.deal_posted(deal.id, shop, products),
            // The row of the deal tells it for every shop.
            PriceFact::DealTurned { .. } => {}
        }
    }

    fn coupon_fact(&mut self, event: EventId, fact: &CouponFact, rider: Option<&Rider>) {
        match fact {
            CouponFact::CouponsOpened { batch, shop, terms, seed, at } => {
                self.batch(batch.get(), *shop, terms, *seed, *at, rider);
            }
            CouponFact::CouponsReady => self.batch_status(event, BatchStatus::Ready),
            CouponFact::CouponsFailed { .. } => self.batch_status(event, BatchStatus::Failed),
            CouponFact::CouponIssued(issued) => self.issue(event, issued),
        }
    }

    fn deal_fact(&mut self, fact: &DealFact, sequence: i64) {
        match fact {
            DealFact::DealOpened { deal, by, products } => {
                self.deal_opened(deal, *by, *products);
                self.deal_news(deal.id, sequence, NewsKind::Opened, deal.opened_at);
            }
            DealFact::DealTurned { deal, state, at } => {
                self.deal_turned(*deal, *state);
                self.deal_news(*deal, sequence, NewsKind::of_turn(*state), *at);
            }
        }
    }

    fn order(&mut self, order: &Order, stream: ShopId) {
        self.table(store::ORDERS).push([
            Cell::Int(order.id.get()),
            Cell::Int(order.user.get()),
            Cell::Int(order.home.get()),
            Cell::Static(order.state.name()),
            Cell::Int(order.total.minor()),
            Cell::Static(order.currency.code()),
            Cell::Int(order.ordered_at.0),
        ]);
        let lines = self.table(store::ORDER_LINES);
        for (number, line) in (0_i64..).zip(&order.lines) {
            lines.push([
                Cell::Int(order.id.get()),
                Cell::Int(number),
                Cell::Int(line.product.get()),
                Cell::Int(line.shop.get()),
                Cell::Text(line.name.clone()),
                Cell::Int(i64::from(line.quantity.get())),
                Cell::Int(line.unit_price.minor()),
                line.deal.map_or(Cell::Null, |deal| Cell::Int(deal.get())),
            ]);
        }
        self.count_order(order, 1);
        for line in order.lines.iter().filter(|line| line.shop == stream) {
            self.shift(line.product, 0, i64::from(line.quantity.get()), order.ordered_at);
        }
    }

    fn sold(&mut self, lines: &[(ProductId, Quantity)], sign: i64, at: UnixMillis) {
        for &(product, quantity) in lines {
            self.shift(product, 0, sign * i64::from(quantity.get()), at);
        }
    }

    fn shift(&mut self, product: ProductId, on_hand: i64, sold: i64, at: UnixMillis) {
        let delta = self.stock.entry(product).or_default();
        delta.on_hand += on_hand;
        delta.sold += sold;
        delta.at = delta.at.max(at.0);
    }

    pub(super) fn worth(&mut self, product: ProductId) -> &mut Worth {
        &mut self.stock.entry(product).or_default().worth
    }

    fn cancel(&mut self, order: OrderId, at: UnixMillis, rider: Option<&Rider>) {
        self.table(store::CANCELLATIONS).push([Cell::Int(order.get()), Cell::Int(at.0)]);
        match rider {
            Some(Rider::Cancelled(order)) => self.count_order(order, -1),
            _ => debug_assert!(false, "an order is cancelled with what was in it"),
        }
    }

    fn product(&mut self, product: &Product, shop: ShopId) {
        self.table(store::PRODUCTS).push([
            Cell::Int(product.id.get()),
            Cell::Int(shop.get()),
            Cell::Text(product.name.clone()),
            Cell::Text(product.description.clone()),
            Cell::Int(product.price.minor()),
            Cell::Text(product.image_url.clone()),
            Cell::Text(product.category.clone()),
            Cell::Int(product.created_at.0),
        ]);
        self.table(store::STOCKS).push([
            Cell::Int(product.id.get()),
            Cell::Int(shop.get()),
            Cell::Int(0),
            Cell::Int(0),
            Cell::Int(0),
        ]);
    }

    fn shop(&mut self, shop: &ShopProfile) {
        self.table(store::SHOPS).push([
            Cell::Int(shop.id.get()),
            Cell::Int(shop.owner.get()),
            Cell::Text(shop.name.clone()),
            Cell::Static(shop.currency.code()),
            Cell::Int(shop.opened_at.0),
        ]);
    }

    fn account(&mut self, user: UserId, at: UnixMillis, rider: Option<&Rider>) {
        let Some(Rider::Account { email, name, password_phc, role }) = rider else {
            debug_assert!(false, "an account is opened with how it logs in");
            return;
        };
        self.table(store::CREDENTIALS).push([
            Cell::Int(user.get()),
            Cell::Text(email.as_str().into()),
            Cell::Text(password_phc.as_str().into()),
            Cell::Static(role),
            Cell::Int(at.0),
        ]);
        self.table(store::PROFILES).push([
            Cell::Int(user.get()),
            Cell::Text(name.as_str().into()),
            Cell::Int(at.0),
        ]);
    }

    /// The statements, in the order in which they are run; `None` when there is nothing to write.
    /// Where time was set back, a stream's times stand still until it has come as far again.
    pub(super) fn into_steps(mut self, now: UnixMillis) -> Option<Steps> {
        if self.streams.is_empty() && self.keys.cells.is_empty() {
            return None;
        }
        let mut founding = Bulk::new(&store::FOUNDING);
        let mut journal = Bulk::new(&store::JOURNAL);
        let mut fence = Bulk::new(&store::FENCE);
        let mut ends = Vec::new();
        for (stream, advance) in std::mem::take(&mut self.streams) {
            let name: Arc<str> = stream.to_string().into();
            let Stand { last_sequence: from, recorded_at: mut before } = advance.from;
            if mutant::is_on(Mutant::JournalTimesFall) {
                before = 0;
            }
            let has_facts = advance.segment.count() > 0;
            let to = from + advance.segment.count() + advance.kept;
            let recorded_at = if has_facts { now.0.max(before) } else { before };
            ends.push((stream, Stand { last_sequence: to, recorded_at }));
            if advance.founding {
                founding.push([Cell::Text(name.clone()), Cell::Int(advance.epoch), Cell::Int(to)]);
            } else {
                fence.push([
                    Cell::Text(name.clone()),
                    Cell::Int(advance.epoch),
                    Cell::Int(from),
                    Cell::Int(to),
                ]);
            }
            if has_facts {
                journal.push([
                    Cell::Text(name),
                    Cell::Int(to),
                    Cell::Int(from + 1),
                    Cell::Int(advance.epoch),
                    Cell::Int(recorded_at),
                    Cell::Text(advance.segment.into_text().into()),
                ]);
            }
        }
        for (event, count) in std::mem::take(&mut self.prepared) {
            let row = [Cell::Int(event.get()), Cell::Int(count)];
            self.table(store::BATCH_PREPARED).push(row);
        }
        self.write_latest();
        self.write_notices();
        let mut tables: Vec<Bulk> = self.tables.into_values().collect();
        let mut stock = Bulk::new(&store::STOCK_DELTAS);
        for (product, delta) in self.stock {
            let [orders, billions, rest] = delta.worth.cells();
            stock.push([
                Cell::Int(product.get()),
                Cell::Int(delta.on_hand),
                Cell::Int(delta.sold),
                Cell::Int(delta.at),
                orders,
                billions,
                rest,
            ]);
        }
        tables.push(stock);
        tables.push(self.marks);
        tables.extend(self.deal_sales.into_bulks());
        Some(Steps { founding, journal, tables, keys: self.keys, fence, ends })
    }
}
