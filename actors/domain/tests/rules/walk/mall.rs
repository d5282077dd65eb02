//! A walk through a mall of three shops: stock by hand, orders of one shop and of several by
//! holds, cancellations, and desks rebuilt from their facts.

mod deals;
mod ends;

use std::collections::BTreeMap;
use std::sync::Arc;

use hotdeal_domain::desk::{DeskFact, MovementRefusal, ShopDesk};
use hotdeal_domain::order::{Basket, Order, OrderFact, OrderLine, TrackedOrder};
use hotdeal_domain::shop::{Movement, ON_HAND_MAX, Quantity, ShopFact};
use hotdeal_domain::{
    Currency, HoldId, OrderId, ProductId, ShopId, SplitMix64, UnixMillis, UserId,
};

use super::deals::Deals;
use super::pieces::{Lack, Pieces};
use super::wishes::{Command, PRODUCTS, SHOPS, part, seller, shops_of};
use super::{World, walk_all};
use crate::shop_table::{created, profile};
use crate::table::{product, shop};

/// An attempt to order at several shops that has not ended yet.
struct Held {
    hold: HoldId,
    user: UserId,
    basket: Basket,
    lines: Vec<OrderLine>,
}

struct Mall {
    desks: BTreeMap<ShopId, ShopDesk>,
    facts: BTreeMap<ShopId, Vec<DeskFact>>,
    orders: Vec<TrackedOrder>,
    open: Vec<Held>,
    deals: Deals,
    model: BTreeMap<ProductId, Pieces>,
    /// The number of the next order or hold, and the time.
    next: i64,
}

/// A shop of the walk has so many commands to answer an order.
const ANSWERED_WITHIN_MS: i64 = 20;

impl Mall {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.next)
    }

    fn desk(&mut self, shop: ShopId) -> &mut ShopDesk {
        self.desks.get_mut(&shop).expect("a shop of the walk")
    }

    fn happen(&mut self, shop: ShopId, fact: impl Into<DeskFact>) {
        let fact = fact.into();
        self.desk(shop).apply(&fact);
        self.facts.entry(shop).or_default().push(fact);
    }

    /// What the first shop that has not enough lacks, as the model sees it: what is short, before
    /// what is held.
    fn lack(&self, user: UserId, basket: &Basket) -> Option<Lack> {
        let exceeds = |line: &&(ProductId, Quantity), counts_held: bool| {
            let Pieces { on_hand, held, sold } = self.model[&line.0];
            let held = if counts_held { held } else { 0 };
            i128::from(line.1.get()) > on_hand - held - sold
        };
        shops_of(basket).into_iter().find_map(|shop| {
            let part = part(basket, shop);
            let short = part.lines().iter().find(|line| exceeds(line, false));
            let is_held = |line: &&_| exceeds(line, true) || self.is_dearer_for_holds(user, **line);
            let held = part.lines().iter().find(is_held);
            let held = held.map(|&(product, _)| Lack::Held(product));
            short.map(|&(product, _)| Lack::Short(product)).or(held)
        })
    }

    fn move_by_hand(&mut self, product: ProductId, movement: Movement) -> Result<(), String> {
        let shop = seller(product);
        let pieces = self.model[&product];
        let on_hand = match movement {
            Movement::Increased(more) => pieces.on_hand + i128::from(more),
            Movement::Reset(to) => pieces.held + pieces.sold + i128::from(to),
            Movement::Adjusted { delta, .. } => pieces.on_hand + i128::from(delta),
            Movement::Held(_)
            | Movement::Confirmed(_)
            | Movement::Released(_)
            | Movement::Sold(_)
            | Movement::Returned(_) => return Err("not a movement by hand".to_owned()),
        };
        let fits_unheld = (pieces.sold..=i128::from(ON_HAND_MAX)).contains(&on_hand);
        let fits = (pieces.held + pieces.sold..=i128::from(ON_HAND_MAX)).contains(&on_hand);
        let at = self.now();
        match self.desk(shop).decide_movement(product, movement, at) {
            Ok(fact) if fits => {
                let ShopFact::StockMoved { delta, .. } = fact else {
                    return Err(format!("not a movement: {fact:?}"));
                };
                if i128::from(delta) != on_hand - pieces.on_hand {
                    return Err(format!("{movement:?} of {pieces:?} is journalled as {delta}"));
                }
                self.happen(shop, fact);
                self.model.insert(product, Pieces { on_hand, ..pieces });
                Ok(())
            }
            Err(MovementRefusal::StockHeld { .. }) if !fits && fits_unheld => Ok(()),
            Err(MovementRefusal::Stock(_)) if !fits && !fits_unheld => Ok(()),
            other => Err(format!("the model says fits = {fits}, the desk {other:?}")),
        }
    }

    /// Holds at each shop in sorted order, or at none.
    fn hold_all(
        &mut self,
        hold: HoldId,
        user: UserId,
        basket: &Basket,
    ) -> Result<Option<Held>, String> {
        let at = self.now();
        let mut lines = Vec::new();
        let mut held = Vec::new();
        for shop in shops_of(basket) {
            let part = part(basket, shop);
            match self.desk(shop).decide_hold(&part, user, at) {
                Ok(granted) => {
                    self.desk(shop).apply_hold(hold, user, &granted, at);
                    lines.extend(granted);
                    held.push(shop);
                }
                Err(refusal) => {
                    held.into_iter().for_each(|shop| self.desk(shop).release(hold, at));
                    let expected = self.lack(user, basket);
                    let is_right = expected.is_some() && expected == Lack::told(&refusal);
                    let wrong = || format!("expected {expected:?}, not {refusal:?}");
                    return if is_right { Ok(None) } else { Err(wrong()) };
                }
            }
        }
        match self.lack(user, basket) {
            None => {
                self.expect_prices(user, &lines)?;
                self.deals.count(user, &lines, 1);
                self.deals.hold(user, &lines, 1);
                self.model_each(basket, |pieces, count| pieces.held += count);
                Ok(Some(Held { hold, user, basket: basket.clone(), lines }))
            }
            Some(lack) => Err(format!("{lack:?} and yet held")),
        }
    }

    fn model_each(&mut self, basket: &Basket, change: impl Fn(&mut Pieces, i128)) {
        for &(product, quantity) in basket.lines() {
            let pieces = self.model.get_mut(&product).expect("a product of the walk");
            change(pieces, i128::from(quantity.get()));
        }
    }

    fn release(&mut self, held: &Held) {
        let Held { hold, basket, .. } = held;
        let (hold, at) = (*hold, self.now());
        self.deals.count(held.user, &held.lines, -1);
        self.deals.hold(held.user, &held.lines, -1);
        shops_of(basket).into_iter().for_each(|shop| self.desk(shop).release(hold, at));
        self.model_each(basket, |pieces, count| pieces.held -= count);
    }

    /// One ledger entry for all shops: the order at its home, what was sold at the others.
    fn confirm(&mut self, held: Held) -> Result<(), String> {
        let Held { hold, user, basket, lines } = held;
        let at = self.now();
        let id = OrderId::try_from(self.next).map_err(|refused| refused.to_string())?;
        let order = Order::new(id, user, lines, Currency::Gbp, at).map_err(|r| format!("{r:?}"))?;
        let order = order.to_be_answered_within(Some(ANSWERED_WITHIN_MS));
        order.check().map_err(|broken| broken.to_string())?;
        self.deals.hold(user, &order.lines, -1);
        for shop in order.shops() {
            self.desk(shop).confirm(hold, at);
            let lines = part(&basket, shop).lines().to_vec();
            let fact = if shop == order.home {
                OrderFact::OrderPlaced(Arc::new(order.clone()))
            } else {
                let (deals, answer_by) = (order.deal_share(shop), order.answer_by);
                OrderFact::StockSold { order: id, lines, deals, at, answer_by }
            };
            // The live desk knows through its hold; only a rebuilt one needs the fact.
            self.facts.entry(shop).or_default().push(fact.into());
        }
        self.model_each(&basket, |pieces, count| {
            pieces.held -= count;
            pieces.sold += count;
        });
        self.orders.push(TrackedOrder::placed(order));
        Ok(())
    }

    /// An order of one shop alone needs no hold.
    fn order_at_once(&mut self, by: UserId, basket: &Basket) -> Result<(), String> {
        let home = *shops_of(basket).first().expect("a basket is not empty");
        let id = OrderId::try_from(self.next).map_err(|refused| refused.to_string())?;
        let at = self.now();
        let lack = self.lack(by, basket);
        match (self.desk(home).decide_order(id, by, basket, at), lack) {
            (Ok(order), None) => {
                let order = order.to_be_answered_within(Some(ANSWERED_WITHIN_MS));
                order.check().map_err(|broken| broken.to_string())?;
                self.expect_prices(by, &order.lines)?;
                self.deals.count(by, &order.lines, 1);
                self.happen(home, OrderFact::OrderPlaced(Arc::new(order.clone())));
                self.model_each(basket, |pieces, count| pieces.sold += count);
                self.orders.push(TrackedOrder::placed(order));
                Ok(())
            }
            (Err(refusal), Some(_)) if Lack::told(&refusal) == lack => Ok(()),
            (other, _) => Err(format!("the model says {lack:?}, the desk {other:?}")),
        }
    }

    /// A rebuilt desk knows its facts and no holds: those attempts end in nothing.
    fn rebuild(&mut self, shop: ShopId) {
        let lost: Vec<_> =
            self.open.extract_if(.., |held| shops_of(&held.basket).contains(&shop)).collect();
        lost.iter().for_each(|held| self.release(held));
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
            deals: Deals::default(),
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
            Command::Order { user, basket, is_paid } => match self.hold_all(hold, *user, basket)? {
                Some(held) if *is_paid => self.confirm(held),
                Some(held) => {
                    self.release(&held);
                    Ok(())
                }
                None => Ok(()),
            },
            Command::Hold { user, basket } => {
                let held = self.hold_all(hold, *user, basket)?;
                self.open.extend(held);
                Ok(())
            }
            Command::EndHold { pick, is_paid } => {
                let pick = *pick as usize;
                if pick >= self.open.len() {
                    return Ok(());
                }
                let held = self.open.swap_remove(pick);
                if *is_paid {
                    return self.confirm(held);
                }
                self.release(&held);
                Ok(())
            }
            Command::Cancel { pick, by, scope } => self.cancel(*pick as usize, *by, *scope),
            Command::Step { pick, shop, step } => self.step(*pick as usize, *shop, step),
            Command::Lapse { pick, shop } => self.lapse(*pick as usize, *shop),
            Command::Open { terms, products } => self.open_deal(*terms, products),
            Command::Reprice { product, price } => self.reprice(*product, *price),
            Command::Turn { pick, state } => {
                self.turn_deal(*pick as usize, *state);
                Ok(())
            }
            Command::Rebuild(shop) => {
                self.rebuild(*shop);
                Ok(())
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        for (&shop, desk) in &self.desks {
            desk.check().map_err(|broken| format!("{broken} at shop {shop}"))?;
            let open = self.open.iter().filter(|held| shops_of(&held.basket).contains(&shop));
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
