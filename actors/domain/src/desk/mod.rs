//! The desk of one shop: what it sells, how much of it there is, and who may take it.

mod decide;
mod fact;
mod levels;
mod refusal;
mod shelf;

use std::collections::HashMap;

pub use fact::DeskFact;
pub use levels::{Level, Levels, LowStock};
pub use refusal::{MovementRefusal, PlacementRefusal, PostingRefusal, UnknownProducts};
pub use shelf::Shelf;

use crate::deal::{DealBoard, DealShare};
use crate::invariant::{Broken, Invariant};
use crate::order::OrderLine;
use crate::shop::{AdjustReason, Movement, Quantity, ShopProfile, Stock, StockRefusal};
use crate::{HoldId, IdMap, ProductId, UnixMillis, UserId};

/// Multi-shop orders that can hold stock of one shop at the same time. Each is answered within a
/// commit or two, so reaching this number means that the ledger has stopped.
pub const HOLDS_MAX: usize = 4_096;

/// One shop. `decide_*` methods change nothing; `apply*` cannot refuse, and `apply` also rebuilds
/// the desk.
#[derive(Debug, Clone)]
pub struct ShopDesk {
    profile: ShopProfile,
    shelves: IdMap<ProductId, Shelf>,
    holds: HashMap<HoldId, SetAside>,
    board: DealBoard,
}

/// The stock set aside for one attempt to order.
#[derive(Debug, Clone)]
struct SetAside {
    lines: Vec<(ProductId, Quantity)>,
    /// The part of it that will be sold at the prices of deals. It counts as sold already.
    deals: Option<Box<DealShare>>,
}

impl ShopDesk {
    /// A desk with empty shelves.
    pub fn new(profile: ShopProfile) -> Self {
        Self {
            profile,
            shelves: IdMap::default(),
            holds: HashMap::new(),
            board: DealBoard::default(),
        }
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

    /// The deals of its products.
    pub fn board(&self) -> &DealBoard {
        &self.board
    }

    /// The deals of its products, to be restored when the desk is rebuilt.
    pub fn board_mut(&mut self) -> &mut DealBoard {
        &mut self.board
    }

    /// How many products it sells.
    pub fn products(&self) -> usize {
        self.shelves.values().filter(|shelf| !shelf.withdrawn).count()
    }

    /// How many orders over several shops hold stock here.
    pub fn open_holds(&self) -> usize {
        self.holds.len()
    }

    /// Sets aside the lines that [`decide_hold`](Self::decide_hold) granted to `user`. The caller
    /// then calls exactly one of [`confirm`](Self::confirm) and [`release`](Self::release).
    pub fn apply_hold(&mut self, hold: HoldId, user: UserId, lines: &[OrderLine], at: UnixMillis) {
        let deals = crate::order::deal_share(user, lines.iter());
        if let Some(share) = &deals {
            self.board.hold(share);
        }
        let lines: Vec<_> = lines.iter().map(|line| (line.product, line.quantity)).collect();
        self.shift_all(&lines, Movement::Held, at);
        self.holds.insert(hold, SetAside { lines, deals });
    }

    /// Confirms a hold whose order is durable: what was set aside is sold. An unknown hold is
    /// ignored: a desk that was rebuilt already knows the order.
    pub fn confirm(&mut self, hold: HoldId, at: UnixMillis) {
        if let Some(held) = self.holds.remove(&hold) {
            self.shift_all(&held.lines, Movement::Confirmed, at);
            if let Some(share) = &held.deals {
                self.board.confirm(share);
            }
        }
    }

    /// Releases a hold whose order was not made: what was set aside is free again.
    pub fn release(&mut self, hold: HoldId, at: UnixMillis) {
        if let Some(held) = self.holds.remove(&hold) {
            self.shift_all(&held.lines, Movement::Released, at);
            if let Some(share) = &held.deals {
                self.board.release(share);
            }
        }
    }

    /// Checks the catalogue of invariants.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        let mut held: HashMap<ProductId, u64> = HashMap::new();
        for &(product, quantity) in self.holds.values().flat_map(|held| &held.lines) {
            *held.entry(product).or_default() += u64::from(quantity.get());
        }
        for (product, shelf) in &self.shelves {
            shelf.stock.check()?;
            let open = held.get(product).copied().unwrap_or(0);
            Invariant::HeldIsSumOfHolds.holds(u64::from(shelf.stock.held) == open)?;
        }
        self.board.check()
    }

    fn take(&mut self, deals: Option<&DealShare>) {
        if let Some(share) = deals {
            self.board.take(share);
        }
    }

    fn give_back(&mut self, deals: Option<&DealShare>) {
        if let Some(share) = deals {
            self.board.give_back(share);
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
        self.settle(product, at, |stock| stock.after(movement));
    }

    /// Applies a change that was decided before.
    fn settle(
        &mut self,
        product: ProductId,
        at: UnixMillis,
        change: impl FnOnce(&Stock) -> Result<Stock, StockRefusal>,
    ) {
        let Some(shelf) = self.shelves.get_mut(&product) else {
            debug_assert!(false, "a fact names product {product}, which the shop does not sell");
            return;
        };
        match change(&shelf.stock) {
            Ok(stock) => shelf.stock = stock,
            Err(refusal) => debug_assert!(false, "the change had been decided: {refusal:?}"),
        }
        shelf.moved_at = Some(at);
    }
}

/// The movement that adjusts the stock by `delta` pieces; `None` if `delta` is 0.
pub fn adjustment(delta: i64, reason: AdjustReason) -> Option<Movement> {
    (delta != 0).then_some(Movement::Adjusted { delta, reason })
}
