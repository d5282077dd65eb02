//! What the desk decides: each method answers a fact or a refusal, and changes nothing.

use super::{
    HOLDS_MAX, MovementRefusal, PlacementRefusal, PostingRefusal, Shelf, ShopDesk, UnknownProducts,
};
use crate::deal::{DealTerms, Wanted};
use crate::order::{Basket, Order, OrderLine};
use crate::shop::{Movement, Product, Quantity, ShopFact, Stock};
use crate::{OrderId, ProductId, UnixMillis, UserId};

impl ShopDesk {
    /// Decides to change the description of a product; its time of creation stays.
    ///
    /// # Errors
    /// [`UnknownProducts`].
    pub fn decide_change(
        &self,
        product: Product,
        at: UnixMillis,
    ) -> Result<ShopFact, UnknownProducts> {
        self.known(product.id)?;
        Ok(ShopFact::ProductChanged { product: Box::new(product), at })
    }

    /// Decides to take a product off sale.
    ///
    /// # Errors
    /// [`UnknownProducts`].
    pub fn decide_withdrawal(
        &self,
        product: ProductId,
        at: UnixMillis,
    ) -> Result<ShopFact, UnknownProducts> {
        self.known(product)?;
        Ok(ShopFact::ProductWithdrawn { product, at })
    }

    /// Decides a movement of stock by hand.
    ///
    /// # Errors
    /// The first [`MovementRefusal`] that applies.
    pub fn decide_movement(
        &self,
        product: ProductId,
        movement: Movement,
        at: UnixMillis,
    ) -> Result<ShopFact, MovementRefusal> {
        let shelf = self.known(product)?;
        let after = shelf.stock.after(movement).map_err(|refusal| {
            let without_holds = Stock { held: 0, ..shelf.stock };
            match without_holds.after(movement) {
                Ok(_) => MovementRefusal::StockHeld { product },
                Err(_) => MovementRefusal::Stock(refusal),
            }
        })?;
        let delta = i64::from(after.on_hand) - i64::from(shelf.stock.on_hand);
        Ok(ShopFact::StockMoved { product, movement, delta, at })
    }

    /// Decides at how many pieces the stock of a product is low from now on.
    ///
    /// # Errors
    /// [`UnknownProducts`].
    pub fn decide_low_stock(
        &self,
        product: ProductId,
        low_at: u32,
        at: UnixMillis,
    ) -> Result<ShopFact, UnknownProducts> {
        let before = self.known(product)?.low_at;
        Ok(ShopFact::LowStockSet { product, low_at, before, at })
    }

    /// Decides whether a deal can be put on these products.
    ///
    /// # Errors
    /// The first [`PostingRefusal`] that applies; it names every product concerned.
    pub fn decide_deal(
        &self,
        terms: &DealTerms,
        products: &[ProductId],
        at: UnixMillis,
    ) -> Result<(), PostingRefusal> {
        self.all_known(products.iter().copied())?;
        let is_free = |product: &ProductId| {
            self.on_sale(*product).is_some_and(|shelf| terms.price_of(shelf.price).is_none())
        };
        let free: Vec<ProductId> = products.iter().copied().filter(is_free).collect();
        if !free.is_empty() {
            return Err(PostingRefusal::DiscountTooLarge(free));
        }
        let is_crowded = |product: &ProductId| !self.board.has_room(*product, at);
        let crowded: Vec<ProductId> = products.iter().copied().filter(is_crowded).collect();
        if crowded.is_empty() { Ok(()) } else { Err(PostingRefusal::TooManyDeals(crowded)) }
    }

    /// Prices a basket for `user` at `at`, deals included. Checks that all of it is available, and
    /// that no hold stands in the way of a better price.
    ///
    /// # Errors
    /// The first [`PlacementRefusal`] that applies.
    pub fn decide_lines(
        &self,
        basket: &Basket,
        user: UserId,
        at: UnixMillis,
    ) -> Result<Vec<OrderLine>, PlacementRefusal> {
        let mut lines = self.quote(basket, user, at)?;
        lines.iter_mut().try_for_each(|line| self.beside_holds(line, user, at))?;
        Ok(lines)
    }

    /// Prices a quoted line again, with all held pieces counted as gone; refuses if that leaves too
    /// few pieces or makes the line dearer.
    fn beside_holds(
        &self,
        line: &mut OrderLine,
        user: UserId,
        at: UnixMillis,
    ) -> Result<(), PlacementRefusal> {
        let shelf = self.known(line.product)?;
        if shelf.stock.held == 0 {
            return Ok(());
        }
        let pieces = line.quantity.get();
        let offered = self.board.best(line.product, shelf.price, Wanted { user, pieces, at });
        let price = offered.map_or(shelf.price, |offered| offered.price);
        if pieces > shelf.stock.available() || price > line.unit_price {
            return Err(PlacementRefusal::StockHeld { product: line.product });
        }
        line.deal = offered.map(|offered| offered.deal);
        Ok(())
    }

    /// Prices a basket for `user` at `at` as if all held pieces were free.
    ///
    /// # Errors
    /// The first [`PlacementRefusal`] that applies. It stands whatever becomes of the holds.
    pub fn quote(
        &self,
        basket: &Basket,
        user: UserId,
        at: UnixMillis,
    ) -> Result<Vec<OrderLine>, PlacementRefusal> {
        self.all_known(basket.lines().iter().map(|&(product, _)| product))?;
        let lines = basket.lines().iter();
        lines.map(|&(product, quantity)| self.line(product, quantity, user, at)).collect()
    }

    /// Decides an order of this shop alone: all of it or nothing.
    ///
    /// # Errors
    /// The first [`PlacementRefusal`] that applies.
    pub fn decide_order(
        &self,
        id: OrderId,
        user: UserId,
        basket: &Basket,
        at: UnixMillis,
    ) -> Result<Order, PlacementRefusal> {
        let lines = self.decide_lines(basket, user, at)?;
        Order::new(id, user, lines, self.profile.currency, at).map_err(PlacementRefusal::Order)
    }

    /// Decides whether stock can be set aside for one attempt to order at several shops.
    ///
    /// # Errors
    /// The first [`PlacementRefusal`] that applies.
    pub fn decide_hold(
        &self,
        basket: &Basket,
        user: UserId,
        at: UnixMillis,
    ) -> Result<Vec<OrderLine>, PlacementRefusal> {
        if self.holds.len() >= HOLDS_MAX {
            return Err(PlacementRefusal::TooManyHolds);
        }
        self.decide_lines(basket, user, at)
    }

    fn on_sale(&self, product: ProductId) -> Option<&Shelf> {
        self.shelves.get(&product).filter(|shelf| !shelf.withdrawn)
    }

    fn all_known(&self, products: impl Iterator<Item = ProductId>) -> Result<(), UnknownProducts> {
        let unknown: Vec<ProductId> =
            products.filter(|product| self.on_sale(*product).is_none()).collect();
        if unknown.is_empty() { Ok(()) } else { Err(UnknownProducts(unknown)) }
    }

    fn known(&self, product: ProductId) -> Result<&Shelf, UnknownProducts> {
        self.on_sale(product).ok_or_else(|| UnknownProducts(vec![product]))
    }

    fn line(
        &self,
        product: ProductId,
        quantity: Quantity,
        user: UserId,
        at: UnixMillis,
    ) -> Result<OrderLine, PlacementRefusal> {
        let shelf = self.known(product)?;
        let available = shelf.stock.unsold();
        if quantity.get() > available {
            return Err(PlacementRefusal::Shortage { product, available });
        }
        let wanted = Wanted { user, pieces: quantity.get(), at };
        let offered = self.board.best_without_holds(product, shelf.price, wanted);
        Ok(OrderLine {
            product,
            shop: self.profile.id,
            name: shelf.name.clone(),
            quantity,
            unit_price: offered.map_or(shelf.price, |offered| offered.price),
            deal: offered.map(|offered| offered.deal),
        })
    }
}
