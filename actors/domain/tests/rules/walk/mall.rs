//! A walk through a mall of three shops: stock by hand, orders of one shop and of several by
//! holds, cancellations, and desks rebuilt from their facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hotdeal_domain::{
    Basket, Cancellation, Currency, Fact, HoldId, Movement, ON_HAND_MAX, Order, OrderId, OrderLine,
    OrderState, ProductId, Quantity, ShopDesk, ShopId, ShopRefusal, SplitMix64, UnixMillis, UserId,
    decide_cancel,
};

use super::wishes::{Command, PRODUCTS, SHOPS};
use super::{World, walk_all};
use crate::shop_table::{created, profile};
use crate::table::{product, shop, user};

/// The model of one product, in numbers too large to wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pieces {
    on_hand: i128,
    held: i128,
    sold: i128,
}

struct Mall {
    desks: BTreeMap<ShopId, ShopDesk>,
    facts: BTreeMap<ShopId, Vec<Fact>>,
    orders: Vec<Order>,
    open: Vec<(HoldId, Basket)>,
    model: BTreeMap<ProductId, Pieces>,
    /// The number of the next order or hold, and the time.
    next: i64,
}

fn seller(product: ProductId) -> ShopId {
    shop(product.get() / 10)
}

fn shops_of(basket: &Basket) -> BTreeSet<ShopId> {
    basket.lines().iter().map(|&(product, _)| seller(product)).collect()
}

fn part(basket: &Basket, shop: ShopId) -> Basket {
    basket.part(|product| seller(product) == shop).expect("a shop of this basket")
}

impl Mall {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.next)
    }

    fn desk(&mut self, shop: ShopId) -> &mut ShopDesk {
        self.desks.get_mut(&shop).expect("a shop of the walk")
    }

    fn happen(&mut self, shop: ShopId, fact: Fact) {
        self.desk(shop).apply(&fact);
        self.facts.entry(shop).or_default().push(fact);
    }

    /// The first product of the first shop that is short, as the model sees it.
    fn shortage(&self, basket: &Basket) -> Option<ProductId> {
        let short = |&&(product, quantity): &&(ProductId, Quantity)| {
            let Pieces { on_hand, held, sold } = self.model[&product];
            i128::from(quantity.get()) > on_hand - held - sold
        };
        // Product numbers rise with the shops, so the order of products is that of the shops.
        basket.lines().iter().find(short).map(|&(product, _)| product)
    }

    fn move_by_hand(&mut self, product: ProductId, movement: Movement) -> Result<(), String> {
        let shop = seller(product);
        let pieces = self.model[&product];
        let on_hand = match movement {
            Movement::Increased(more) => pieces.on_hand + i128::from(more),
            Movement::Reset(to) => i128::from(to),
            Movement::Adjusted { delta, .. } => pieces.on_hand + i128::from(delta),
            Movement::Held(_)
            | Movement::Confirmed(_)
            | Movement::Released(_)
            | Movement::Sold(_)
            | Movement::Returned(_) => return Err("not a movement by hand".to_owned()),
        };
        let fits = (pieces.held + pieces.sold..=i128::from(ON_HAND_MAX)).contains(&on_hand);
        let at = self.now();
        match self.desk(shop).decide_movement(product, movement, at) {
            Ok(fact) if fits => {
                let Fact::StockMoved { delta, .. } = fact else {
                    return Err(format!("not a movement: {fact:?}"));
                };
                if i128::from(delta) != on_hand - pieces.on_hand {
                    return Err(format!("{movement:?} of {pieces:?} is journalled as {delta}"));
                }
                self.happen(shop, fact);
                self.model.insert(product, Pieces { on_hand, ..pieces });
                Ok(())
            }
            Err(ShopRefusal::Stock(_)) if !fits => Ok(()),
            other => Err(format!("the model says fits = {fits}, the desk {other:?}")),
        }
    }

    /// Holds at each shop in sorted order, or at none.
    fn hold_all(
        &mut self,
        hold: HoldId,
        basket: &Basket,
    ) -> Result<Option<Vec<OrderLine>>, String> {
        let at = self.now();
        let mut lines = Vec::new();
        let mut held = Vec::new();
        for shop in shops_of(basket) {
            let part = part(basket, shop);
            match self.desk(shop).decide_hold(&part) {
                Ok(granted) => {
                    self.desk(shop).apply_hold(hold, &part, at);
                    lines.extend(granted);
                    held.push(shop);
                }
                Err(ShopRefusal::Shortage { product, .. }) => {
                    held.into_iter().for_each(|shop| self.desk(shop).release(hold, at));
                    let expected = self.shortage(basket);
                    let is_right = expected == Some(product);
                    let wrong = || format!("expected {expected:?} to be short, not {product}");
                    return if is_right { Ok(None) } else { Err(wrong()) };
                }
                Err(refusal) => return Err(format!("{refusal:?}")),
            }
        }
        match self.shortage(basket) {
            None => {
                self.model_each(basket, |pieces, count| pieces.held += count);
                Ok(Some(lines))
            }
            Some(product) => Err(format!("{product} was short and yet held")),
        }
    }

    fn model_each(&mut self, basket: &Basket, change: impl Fn(&mut Pieces, i128)) {
        for &(product, quantity) in basket.lines() {
            let pieces = self.model.get_mut(&product).expect("a product of the walk");
            change(pieces, i128::from(quantity.get()));
        }
    }

    fn release(&mut self, hold: HoldId, basket: &Basket) {
        let at = self.now();
        shops_of(basket).into_iter().for_each(|shop| self.desk(shop).release(hold, at));
        self.model_each(basket, |pieces, count| pieces.held -= count);
    }

    /// One ledger entry for all shops: the order at its home, what was sold at the others.
    fn confirm(&mut self, hold: HoldId, basket: &Basket, by: UserId) -> Result<(), String> {
        let at = self.now();
        let mut lines = Vec::new();
        for shop in shops_of(basket) {
            lines.extend(self.priced(shop, &part(basket, shop)));
        }
        let id = OrderId::try_from(self.next).map_err(|refused| refused.to_string())?;
        let order = Order::new(id, by, lines, Currency::Gbp, at).map_err(|r| format!("{r:?}"))?;
        order.check().map_err(|broken| broken.to_string())?;
        for shop in order.shops() {
            self.desk(shop).confirm(hold, at);
            let lines = part(basket, shop).lines().to_vec();
            let fact = if shop == order.home {
                Fact::OrderPlaced(Arc::new(order.clone()))
            } else {
                Fact::StockSold { order: id, lines, at }
            };
            // The live desk knows through its hold; only a rebuilt one needs the fact.
            self.facts.entry(shop).or_default().push(fact);
        }
        self.model_each(basket, |pieces, count| {
            pieces.held -= count;
            pieces.sold += count;
        });
        self.orders.push(order);
        Ok(())
    }

    fn priced(&self, shop: ShopId, part: &Basket) -> Vec<OrderLine> {
        let line = |&(product, quantity): &(ProductId, Quantity)| {
            let shelf = self.desks[&shop].shelf(product).expect("a product of the walk");
            let (name, unit_price) = (shelf.name.clone(), shelf.price);
            OrderLine { product, shop, name, quantity, unit_price, deal: None }
        };
        part.lines().iter().map(line).collect()
    }

    /// An order of one shop alone needs no hold.
    fn order_at_once(&mut self, by: UserId, basket: &Basket) -> Result<(), String> {
        let home = *shops_of(basket).first().expect("a basket is not empty");
        let id = OrderId::try_from(self.next).map_err(|refused| refused.to_string())?;
        let at = self.now();
        let short = self.shortage(basket);
        match (self.desk(home).decide_order(id, by, basket, at), short) {
            (Ok(order), None) => {
                order.check().map_err(|broken| broken.to_string())?;
                self.happen(home, Fact::OrderPlaced(Arc::new(order.clone())));
                self.model_each(basket, |pieces, count| pieces.sold += count);
                self.orders.push(order);
                Ok(())
            }
            (Err(ShopRefusal::Shortage { product, .. }), Some(short)) if short == product => Ok(()),
            (other, _) => Err(format!("the model says short = {short:?}, the desk {other:?}")),
        }
    }

    fn cancel(&mut self, pick: usize, by: UserId) -> Result<(), String> {
        let Some(order) = self.orders.get(pick).cloned() else { return Ok(()) };
        let expected = match (order.user == by, order.state) {
            (false, _) => None,
            (true, OrderState::Cancelled) => Some(Cancellation::AlreadyCancelled),
            (true, _) => Some(Cancellation::Cancel),
        };
        let decided = decide_cancel(&order, by).ok();
        if decided != expected {
            return Err(format!("cancelling: expected {expected:?}, got {decided:?}"));
        }
        if decided != Some(Cancellation::Cancel) {
            return Ok(());
        }
        let at = self.now();
        for shop in order.shops() {
            let here = order.lines.iter().filter(|line| line.shop == shop);
            let lines = here.map(|line| (line.product, line.quantity)).collect();
            let fact = if shop == order.home {
                Fact::OrderCancelled { order: order.id, user: by, lines, at }
            } else {
                Fact::StockReturned { order: order.id, lines, at }
            };
            self.happen(shop, fact);
        }
        for line in &order.lines {
            let pieces = self.model.get_mut(&line.product).expect("a product of the walk");
            pieces.sold -= i128::from(line.quantity.get());
        }
        self.orders[pick].state = OrderState::Cancelled;
        Ok(())
    }

    /// A rebuilt desk knows its facts and no holds: those attempts end in nothing.
    fn rebuild(&mut self, shop: ShopId) {
        let lost: Vec<_> =
            self.open.extract_if(.., |(_, basket)| shops_of(basket).contains(&shop)).collect();
        for (hold, basket) in lost {
            self.release(hold, &basket);
        }
        let mut rebuilt = ShopDesk::new(profile(shop.get()));
        self.facts[&shop].iter().for_each(|fact| rebuilt.apply(fact));
        self.desks.insert(shop, rebuilt);
    }
}

impl World for Mall {
    type Command = Command;

    fn begin(_: &mut SplitMix64) -> Self {
        let mut mall = Self {
            desks: (1..=SHOPS).map(|id| (shop(id), ShopDesk::new(profile(id)))).collect(),
            facts: BTreeMap::new(),
            orders: Vec::new(),
            open: Vec::new(),
            model: BTreeMap::new(),
            next: 1,
        };
        for (at, which) in (1..=SHOPS).flat_map(|at| (1..=PRODUCTS).map(move |which| (at, which))) {
            let id = at * 10 + which;
            mall.happen(shop(at), created(id, 100 * which));
            mall.model.insert(product(id), Pieces::default());
        }
        mall
    }

    fn next(&self, chance: &mut SplitMix64) -> Command {
        Command::wish(chance, self.orders.len())
    }

    fn run(&mut self, command: &Command) -> Result<(), String> {
        self.next += 1;
        let hold = HoldId::try_from(self.next).map_err(|refused| refused.to_string())?;
        match command {
            Command::Move { product, movement } => self.move_by_hand(*product, *movement),
            Command::Order { user, basket, .. } if shops_of(basket).len() == 1 => {
                self.order_at_once(*user, basket)
            }
            Command::Order { user, basket, is_paid } => match self.hold_all(hold, basket)? {
                Some(_) if *is_paid => self.confirm(hold, basket, *user),
                Some(_) => {
                    self.release(hold, basket);
                    Ok(())
                }
                None => Ok(()),
            },
            Command::Hold { basket } => {
                if self.hold_all(hold, basket)?.is_some() {
                    self.open.push((hold, basket.clone()));
                }
                Ok(())
            }
            Command::EndHold { pick, is_paid } => {
                let pick = *pick as usize;
                if pick >= self.open.len() {
                    return Ok(());
                }
                let (hold, basket) = self.open.swap_remove(pick);
                if *is_paid {
                    return self.confirm(hold, &basket, user(1));
                }
                self.release(hold, &basket);
                Ok(())
            }
            Command::Cancel { pick, by } => self.cancel(*pick as usize, *by),
            Command::Rebuild(shop) => {
                self.rebuild(*shop);
                Ok(())
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        for (&shop, desk) in &self.desks {
            desk.check().map_err(|broken| format!("{broken} at shop {shop}"))?;
            let open = self.open.iter().filter(|(_, basket)| shops_of(basket).contains(&shop));
            if desk.open_holds() != open.count() {
                return Err(format!("shop {shop} keeps {} holds", desk.open_holds()));
            }
        }
        for (&product, pieces) in &self.model {
            let shelf = self.desks[&seller(product)].shelf(product).expect("a product of the walk");
            let (on_hand, held, sold) = (shelf.stock.on_hand, shelf.stock.held, shelf.stock.sold);
            let got = Pieces { on_hand: on_hand.into(), held: held.into(), sold: sold.into() };
            if got != *pieces
                || i128::from(shelf.stock.available()) != got.on_hand - got.held - got.sold
            {
                return Err(format!(
                    "product {product}: expected {pieces:?}, got {:?}",
                    shelf.stock
                ));
            }
        }
        Ok(())
    }
}

#[test]
fn no_walk_through_the_mall_breaks_an_invariant() {
    walk_all::<Mall>();
}
