//! What the walkers through the mall try next.

use std::collections::BTreeSet;

use hotdeal_domain::deal::{DAY_MS, DealState, DealTerms};
use hotdeal_domain::order::{Basket, CancelScope, PartStep, Rejection, RejectionReason};
use hotdeal_domain::shop::{AdjustReason, Movement};
use hotdeal_domain::{Discount, ProductId, SaleWindow, ShopId, SplitMix64, UnixMillis, UserId};

use crate::deal_table::percent;
use crate::table::{amount, pieces, product, shop, user};

/// Shops of the mall.
pub(super) const SHOPS: i64 = 3;
/// Each shop sells products `shop * 10 + 1 ..= shop * 10 + 4`.
pub(super) const PRODUCTS: i64 = 4;

#[derive(Debug)]
pub(super) enum Command {
    Move {
        product: ProductId,
        movement: Movement,
    },
    /// Holds at each shop in order; then confirms all when `is_paid` and every shop granted.
    Order {
        user: UserId,
        basket: Basket,
        is_paid: bool,
    },
    /// Holds at each shop and leaves it open for a while.
    Hold {
        user: UserId,
        basket: Basket,
    },
    EndHold {
        pick: u32,
        is_paid: bool,
    },
    Cancel {
        pick: u32,
        by: UserId,
        scope: CancelScope,
    },
    /// A shop's step with its part of an order.
    Step {
        pick: u32,
        shop: ShopId,
        step: PartStep,
    },
    /// A shop's time to answer may be over.
    Lapse {
        pick: u32,
        shop: ShopId,
    },
    /// Opens a deal that holds so long from so far ahead.
    Open {
        terms: DealTerms,
        products: Vec<ProductId>,
    },
    Reprice {
        product: ProductId,
        price: i64,
    },
    Turn {
        pick: u32,
        state: DealState,
    },
    Rebuild(ShopId),
}

pub(super) fn seller(product: ProductId) -> ShopId {
    shop(product.get() / 10)
}

pub(super) fn shops_of(basket: &Basket) -> BTreeSet<ShopId> {
    basket.lines().iter().map(|&(product, _)| seller(product)).collect()
}

pub(super) fn part(basket: &Basket, shop: ShopId) -> Basket {
    basket.part(|product| seller(product) == shop).expect("a shop of this basket")
}

impl Command {
    /// Something to try next, where `orders` were made so far.
    pub(super) fn wish(chance: &mut SplitMix64, orders: usize) -> Self {
        let by = user(1 + i64::from(chance.below(3)));
        let pick = chance.below(u32::try_from(orders.max(1)).unwrap_or(u32::MAX));
        let at = 1 + i64::from(chance.below(3));
        let which = 1 + i64::from(chance.below(4));
        match chance.below(100) {
            0..30 => Command::Move {
                product: product(at * 10 + which),
                movement: random_movement(chance),
            },
            30..60 => Command::Order {
                user: by,
                basket: random_basket(chance),
                is_paid: chance.below(4) > 0,
            },
            60..70 => Command::Hold { user: by, basket: random_basket(chance) },
            70..80 => Command::EndHold { pick: chance.below(8), is_paid: chance.below(2) > 0 },
            80..86 => Command::Cancel { pick, by, scope: random_scope(chance) },
            86..90 => Command::Step { pick, shop: shop(at), step: random_step(chance) },
            90 => Command::Lapse { pick, shop: shop(at) },
            91 => Command::Reprice {
                product: product(at * 10 + which),
                price: 1 + i64::from(chance.below(500)),
            },
            92..94 => Command::Open {
                terms: random_terms(chance),
                products: random_basket(chance).lines().iter().map(|line| line.0).collect(),
            },
            94..97 => Command::Turn {
                pick: chance.below(8),
                state: DealState::ALL[chance.below(3) as usize],
            },
            _ => Command::Rebuild(shop(at)),
        }
    }
}

fn random_scope(chance: &mut SplitMix64) -> CancelScope {
    match i64::from(chance.below(6)) {
        at @ 1..=3 => CancelScope::Part(shop(at)),
        _ => CancelScope::Order,
    }
}

fn random_step(chance: &mut SplitMix64) -> PartStep {
    // Later than any walk comes.
    let expected = UnixMillis(DAY_MS);
    match chance.below(6) {
        0 | 1 => PartStep::Accept(expected),
        2 => PartStep::Delay(expected),
        3 => PartStep::Prepare,
        4 => PartStep::HandOver,
        _ => PartStep::Reject(Rejection { reason: RejectionReason::TooBusy, text: None }),
    }
}

fn random_basket(chance: &mut SplitMix64) -> Basket {
    let shops = 1 + i64::from(chance.below(3));
    let lines: Vec<_> = (0..=chance.below(4))
        .map(|_| {
            let at = 1 + i64::from(chance.below(u32::try_from(shops).expect("a few")));
            let which = 1 + i64::from(chance.below(u32::try_from(PRODUCTS).expect("a few")));
            (product(at * 10 + which), pieces(1 + chance.below(12)))
        })
        .collect();
    Basket::new(&lines).expect("a few pieces of a few products")
}

/// Terms whose window is told from the moment at which the deal is opened.
fn random_terms(chance: &mut SplitMix64) -> DealTerms {
    let start = i64::from(chance.below(60)) - 20;
    let end = start.max(0) + 1 + i64::from(chance.below(200));
    let mut most = |below| (chance.below(3) > 0).then(|| 1 + chance.below(below));
    let (quota, person_limit) = (most(40), most(15));
    let discount = match chance.below(3) {
        0 => Discount::Fixed(amount(1 + i64::from(chance.below(450)))),
        _ => percent(u16::try_from(1 + chance.below(9_999)).expect("below 100 %")),
    };
    let window = SaleWindow { start: UnixMillis(start), end: UnixMillis(end) };
    DealTerms { discount, window, quota, person_limit }
}

fn random_movement(chance: &mut SplitMix64) -> Movement {
    let reason = AdjustReason::Count;
    match chance.below(20) {
        0..8 => Movement::Increased(chance.below(30)),
        8..12 => Movement::Reset(chance.below(120)),
        12..18 => Movement::Adjusted { delta: i64::from(chance.below(60)) - 40, reason },
        18 => Movement::Adjusted { delta: chance.next_u64().cast_signed(), reason },
        _ => Movement::Increased((chance.next_u64() >> 32) as u32),
    }
}
