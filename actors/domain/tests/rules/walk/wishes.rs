//! What the walkers through the mall try next.

use hotdeal_domain::{AdjustReason, Basket, Movement, ProductId, ShopId, SplitMix64, UserId};

use crate::table::{pieces, product, shop, user};

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
        basket: Basket,
    },
    EndHold {
        pick: u32,
        is_paid: bool,
    },
    Cancel {
        pick: u32,
        by: UserId,
    },
    Rebuild(ShopId),
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
            30..65 => Command::Order {
                user: by,
                basket: random_basket(chance),
                is_paid: chance.below(4) > 0,
            },
            65..75 => Command::Hold { basket: random_basket(chance) },
            75..85 => Command::EndHold { pick: chance.below(8), is_paid: chance.below(2) > 0 },
            85..97 => Command::Cancel { pick, by },
            _ => Command::Rebuild(shop(at)),
        }
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
