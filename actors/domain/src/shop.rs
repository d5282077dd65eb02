//! The desk of one shop: what it sells, how much of it there is, and who may take it.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::invariant::{Broken, Invariant};
use crate::{
    AdjustReason, Amount, Basket, Currency, Fact, HoldId, Movement, Order, OrderId, OrderLine,
    OrderRefusal, ProductId, Quantity, ShopId, Stock, StockRefusal, UnixMillis, UserId,
};

/// Multi-shop orders that can hold stock of one shop at the same time: each is answered within
/// a commit or two, so this many means the ledger has stopped.
pub const HOLDS_MAX: usize = 4_096;

/// A shop as it presents itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopProfile {
    /// Its number.
    pub id: ShopId,
    /// The seller it belongs to.
    pub owner: UserId,
    /// Its name.
    pub name: Arc<str>,
    /// The currency of its prices.
    pub currency: Currency,
    /// When it opened.
    pub opened_at: UnixMillis,
}

/// A product as its shop describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its number.
    pub id: ProductId,
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub description: Arc<str>,
    /// The price of one piece, before any deal.
    pub price: Amount,
    /// Where its picture lies.
    pub image_url: Arc<str>,
    /// Its category, by code.
    pub category: Arc<str>,
    /// When it was created.
    pub created_at: UnixMillis,
}

/// What the desk keeps of a product: enough to sell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Its name.
    pub name: Arc<str>,
    /// The price of one piece.
    pub price: Amount,
    /// How much there is.
    pub stock: Stock,
    /// When the stock last changed; `None` if it was never stocked.
    pub moved_at: Option<UnixMillis>,
    /// Taken off sale: it is kept only because stock of its orders may return.
    pub withdrawn: bool,
}

/// Why the desk refuses: the first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopRefusal {
    /// More orders over several shops are being made than the desk keeps holds for.
    TooManyHolds,
    /// These products are not sold here.
    UnknownProducts(Vec<ProductId>),
    /// Less than asked for is available of this product.
    Shortage {
        /// The product.
        product: ProductId,
        /// Pieces available.
        available: u32,
    },
    /// The lines cannot become one order.
    Order(OrderRefusal),
    /// The change of stock would break its bounds.
    Stock(StockRefusal),
}

/// One shop. `decide_*` methods change nothing; `apply*` cannot refuse, and `apply` is also how
/// the desk is rebuilt.
#[derive(Debug, Clone)]
pub struct ShopDesk {
    profile: ShopProfile,
    shelves: HashMap<ProductId, Shelf>,
    holds: HashMap<HoldId, Vec<(ProductId, Quantity)>>,
}

impl ShopDesk {
    /// A desk with empty shelves.
    pub fn new(profile: ShopProfile) -> Self {
        Self { profile, shelves: HashMap::new(), holds: HashMap::new() }
    }

    /// Puts a product on the shelf as the tables tell it, when the desk is rebuilt.
    pub fn restore(&mut self, product: ProductId, shelf: Shelf) {
        self.shelves.insert(product, shelf);
    }

    /// The shop.
    pub fn profile(&self) -> &ShopProfile {
        &self.profile
    }

    /// What the desk keeps of `product`.
    pub fn shelf(&self, product: ProductId) -> Option<&Shelf> {
        self.shelves.get(&product)
    }

    /// How many products it sells.
    pub fn products(&self) -> usize {
        self.shelves.values().filter(|shelf| !shelf.withdrawn).count()
    }

    /// How many orders over several shops hold stock here.
    pub fn open_holds(&self) -> usize {
        self.holds.len()
    }

    /// Decides to describe a product anew; when it was created does not change with it.
    ///
    /// # Errors
    /// [`ShopRefusal::UnknownProducts`].
    pub fn decide_change(&self, product: Product, at: UnixMillis) -> Result<Fact, ShopRefusal> {
        self.known(product.id)?;
        Ok(Fact::ProductChanged { product: Box::new(product), at })
    }

    /// Decides to take a product off sale.
    ///
    /// # Errors
    /// [`ShopRefusal::UnknownProducts`].
    pub fn decide_withdrawal(
        &self,
        product: ProductId,
        at: UnixMillis,
    ) -> Result<Fact, ShopRefusal> {
        self.known(product)?;
        Ok(Fact::ProductWithdrawn { product, at })
    }

    /// Decides a movement of stock by hand.
    ///
    /// # Errors
    /// [`ShopRefusal::UnknownProducts`] or [`ShopRefusal::Stock`].
    pub fn decide_movement(
        &self,
        product: ProductId,
        movement: Movement,
        at: UnixMillis,
    ) -> Result<Fact, ShopRefusal> {
        let shelf = self.known(product)?;
        let after = shelf.stock.after(movement).map_err(ShopRefusal::Stock)?;
        let delta = i64::from(after.on_hand) - i64::from(shelf.stock.on_hand);
        Ok(Fact::StockMoved { product, movement, delta, at })
    }

    /// Prices a basket and checks that all of it is available.
    ///
    /// # Errors
    /// The first [`ShopRefusal`] that applies.
    pub fn decide_lines(&self, basket: &Basket) -> Result<Vec<OrderLine>, ShopRefusal> {
        let unknown: Vec<ProductId> = basket
            .lines()
            .iter()
            .map(|&(product, _)| product)
            .filter(|product| self.known(*product).is_err())
            .collect();
        if !unknown.is_empty() {
            return Err(ShopRefusal::UnknownProducts(unknown));
        }
        basket.lines().iter().map(|&(product, quantity)| self.line(product, quantity)).collect()
    }

    /// Decides an order of this shop alone: all of it or nothing.
    ///
    /// # Errors
    /// The first [`ShopRefusal`] that applies.
    pub fn decide_order(
        &self,
        id: OrderId,
        user: UserId,
        basket: &Basket,
        at: UnixMillis,
    ) -> Result<Order, ShopRefusal> {
        let lines = self.decide_lines(basket)?;
        Order::new(id, user, lines, self.profile.currency, at).map_err(ShopRefusal::Order)
    }

    /// Decides whether stock can be set aside for one attempt to order at several shops.
    ///
    /// # Errors
    /// The first [`ShopRefusal`] that applies.
    pub fn decide_hold(&self, basket: &Basket) -> Result<Vec<OrderLine>, ShopRefusal> {
        if self.holds.len() >= HOLDS_MAX {
            return Err(ShopRefusal::TooManyHolds);
        }
        self.decide_lines(basket)
    }

    /// Sets aside what [`decide_hold`](Self::decide_hold) granted. Followed by exactly one of
    /// [`confirm`](Self::confirm) and [`release`](Self::release).
    pub fn apply_hold(&mut self, hold: HoldId, basket: &Basket, at: UnixMillis) {
        for &(product, quantity) in basket.lines() {
            self.shift(product, Movement::Held(quantity.get()), at);
        }
        self.holds.insert(hold, basket.lines().to_vec());
    }

    /// The order a hold was for is durable: what was set aside is sold. Nothing happens when the
    /// hold is unknown, as after a rebuild, which already knows the order.
    pub fn confirm(&mut self, hold: HoldId, at: UnixMillis) {
        self.end_hold(hold, Movement::Confirmed, at);
    }

    /// The order a hold was for did not come about: what was set aside is free again.
    pub fn release(&mut self, hold: HoldId, at: UnixMillis) {
        self.end_hold(hold, Movement::Released, at);
    }

    /// Applies a fact of this shop's stream, fresh or replayed.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::ProductCreated(product) => {
                let shelf = Shelf {
                    name: product.name.clone(),
                    price: product.price,
                    stock: Stock::default(),
                    moved_at: None,
                    withdrawn: false,
                };
                self.shelves.insert(product.id, shelf);
            }
            Fact::ProductChanged { product, .. } => {
                if let Some(shelf) = self.shelves.get_mut(&product.id) {
                    shelf.name = product.name.clone();
                    shelf.price = product.price;
                }
            }
            Fact::ProductWithdrawn { product, .. } => {
                if let Some(shelf) = self.shelves.get_mut(product) {
                    shelf.withdrawn = true;
                }
            }
            Fact::StockMoved { product, movement, at, .. } => self.shift(*product, *movement, *at),
            Fact::OrderPlaced(order) => {
                let here = self.profile.id;
                for line in order.lines.iter().filter(|line| line.shop == here) {
                    self.shift(line.product, Movement::Sold(line.quantity.get()), order.ordered_at);
                }
            }
            Fact::StockSold { lines, at, .. } => self.shift_all(lines, Movement::Sold, *at),
            Fact::OrderCancelled { lines, at, .. } | Fact::StockReturned { lines, at, .. } => {
                self.shift_all(lines, Movement::Returned, *at);
            }
            Fact::ShopOpened(profile) => self.profile = profile.clone(),
            Fact::CouponsOpened { .. }
            | Fact::CouponsReady
            | Fact::CouponsFailed { .. }
            | Fact::CouponIssued(_)
            | Fact::AccountOpened { .. }
            | Fact::Account(_) => {}
        }
    }

    /// Checks the catalogue of invariants.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        let mut held: HashMap<ProductId, u64> = HashMap::new();
        for &(product, quantity) in self.holds.values().flatten() {
            *held.entry(product).or_default() += u64::from(quantity.get());
        }
        for (product, shelf) in &self.shelves {
            shelf.stock.check()?;
            let open = held.get(product).copied().unwrap_or(0);
            Invariant::HeldIsSumOfHolds.holds(u64::from(shelf.stock.held) == open)?;
        }
        Ok(())
    }

    fn known(&self, product: ProductId) -> Result<&Shelf, ShopRefusal> {
        let shelf = self.shelves.get(&product).filter(|shelf| !shelf.withdrawn);
        shelf.ok_or_else(|| ShopRefusal::UnknownProducts(vec![product]))
    }

    fn line(&self, product: ProductId, quantity: Quantity) -> Result<OrderLine, ShopRefusal> {
        let shelf = self.known(product)?;
        let available = shelf.stock.available();
        if quantity.get() > available {
            return Err(ShopRefusal::Shortage { product, available });
        }
        Ok(OrderLine {
            product,
            shop: self.profile.id,
            name: shelf.name.clone(),
            quantity,
            unit_price: shelf.price,
            deal: None,
        })
    }

    fn end_hold(&mut self, hold: HoldId, end: fn(u32) -> Movement, at: UnixMillis) {
        if let Some(lines) = self.holds.remove(&hold) {
            self.shift_all(&lines, end, at);
        }
    }

    fn shift_all(
        &mut self,
        lines: &[(ProductId, Quantity)],
        movement: fn(u32) -> Movement,
        at: UnixMillis,
    ) {
        for &(product, quantity) in lines {
            self.shift(product, movement(quantity.get()), at);
        }
    }

    fn shift(&mut self, product: ProductId, movement: Movement, at: UnixMillis) {
        let Some(shelf) = self.shelves.get_mut(&product) else {
            debug_assert!(false, "a fact names product {product}, which the shop does not sell");
            return;
        };
        match shelf.stock.after(movement) {
            Ok(stock) => shelf.stock = stock,
            Err(refusal) => debug_assert!(false, "{movement:?} had been decided: {refusal:?}"),
        }
        shelf.moved_at = Some(at);
    }
}

/// Who may cancel an order, and what the cancellation is.
///
/// # Errors
/// [`CancelRefusal`], the first that applies.
pub fn decide_cancel(order: &Order, by: UserId) -> Result<Cancellation, CancelRefusal> {
    if order.user != by {
        return Err(CancelRefusal::NotTheOwner);
    }
    if order.state == crate::OrderState::Cancelled {
        return Ok(Cancellation::AlreadyCancelled);
    }
    match order.state.after(crate::OrderEvent::Cancel) {
        Some(_) => Ok(Cancellation::Cancel),
        None => Err(CancelRefusal::IllegalMove(order.state)),
    }
}

/// What cancelling an order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// Its stock returns.
    Cancel,
    /// It was cancelled before; nothing changes.
    AlreadyCancelled,
}

/// Why an order is not cancelled: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelRefusal {
    /// It is somebody else's.
    NotTheOwner,
    /// It has come to another end.
    IllegalMove(crate::OrderState),
}

/// Adjusts by hand: the movement for `delta` pieces, or `None` when there is nothing to move.
pub fn adjustment(delta: i64, reason: AdjustReason) -> Option<Movement> {
    (delta != 0).then_some(Movement::Adjusted { delta, reason })
}
