//! When stock becomes low: once for each crossing, whichever fact it is that crosses.

use std::sync::Arc;

use hotdeal_domain::desk::{DeskFact, Level, Levels, LowStock, ShopDesk};
use hotdeal_domain::order::{Order, OrderFact};
use hotdeal_domain::shop::{LOW_AT, Movement, ShopFact};
use hotdeal_domain::{Currency, OrderId, UnixMillis};

use crate::order_table::line;
use crate::shop_table::{created, profile};
use crate::table::{check, pieces, product, shop, shows_all, user};

const AT: UnixMillis = UnixMillis(9);

/// What happens to product 1 of shop 1: `sells 3`, `gives 3 back`, `moves -3`, `low 20`. Orders are of two
/// shops, the home of which is either.
fn fact(what: &str, number: i64, low_at: u32) -> DeskFact {
    let order = OrderId::try_from(8).expect("an order of the test");
    let some = || pieces(u32::try_from(number).expect("pieces"));
    let (product, lines) = (product(1), || vec![(product(1), some())]);
    match what {
        "orders" => {
            let lines = vec![line(1, 1, some().get(), 5), line(2, 3, 9, 5)];
            let order = Order::new(order, user(2), lines, Currency::Gbp, AT);
            OrderFact::OrderPlaced(Arc::new(order.expect("a small order"))).into()
        }
        "sells" => {
            let (deals, answer_by) = (None, None);
            OrderFact::StockSold { order, lines: lines(), deals, at: AT, answer_by }.into()
        }
        "cancels" => {
            let (user, lines) = (user(2), lines());
            OrderFact::OrderCancelled { order, user, lines, deals: None, at: AT }.into()
        }
        "returns" => OrderFact::StockReturned { order, lines: lines(), deals: None, at: AT }.into(),
        "low" => {
            let to = u32::try_from(number).expect("a threshold");
            ShopFact::LowStockSet { product, low_at: to, before: low_at, at: AT }.into()
        }
        "moves" => {
            let movement = Movement::Reset(0);
            ShopFact::StockMoved { product, movement, delta: number, at: AT }.into()
        }
        other => panic!("{other}"),
    }
}

fn told(crossed: &[LowStock]) -> String {
    match crossed {
        [] => "nothing".to_owned(),
        [one] => format!("low {}", one.level.unsold),
        more => panic!("{more:?}"),
    }
}

#[test]
fn stock_becomes_low_once_by_the_fact_that_takes_it_there() {
    assert_eq!(LOW_AT, 50, "the table counts on it");
    let level = Level { unsold: 60, low_at: LOW_AT };
    let mut levels = Levels::new(shop(1), [(product(1), level)]);
    let (mut low_at, mut facts) = (LOW_AT, Vec::new());
    let seen = check(
        "
        what    number -> told
        orders  9   -> nothing
        # 51 are left: above.
        orders  1   -> low 50
        sells   1   -> nothing
        moves   -9  -> nothing
        returns 10  -> nothing
        # 50 are left: still low.
        cancels 1   -> nothing
        sells   2   -> low 49
        moves   100 -> nothing
        low     149 -> low 149
        low     20  -> nothing
        orders  128 -> nothing
        moves   -1  -> low 20
        low     0   -> nothing
        orders  20  -> low 0
        ",
        |row| {
            let fact = fact(row.text(0), row.number(1), low_at);
            if let DeskFact::Shop(ShopFact::LowStockSet { low_at: to, .. }) = &fact {
                low_at = *to;
            }
            let crossed = levels.apply(&fact);
            facts.push((fact, crossed.clone()));
            told(&crossed)
        },
    );
    shows_all(&seen, &["nothing", "low"]);
    // Whoever knows only where it ends, and the facts, finds the same: after a restart, say.
    for (fact, _) in facts.iter().rev() {
        levels.take_back(fact);
    }
    assert_eq!(levels.clone().apply(&fact("moves", -10, 0)).len(), 1, "60 pieces again");
    for (fact, crossed) in &facts {
        assert_eq!(levels.apply(fact), *crossed, "{fact:?}");
    }
}

#[test]
fn a_product_begins_low_and_what_others_have_is_passed_over() {
    let none = Level { unsold: 7, low_at: 3 };
    let mut levels = Levels::new(shop(1), [(product(1), none)]);
    let new: DeskFact = created(1, 5).into();
    assert_eq!(Levels::touched(shop(1), &new), [product(1)]);
    assert_eq!(levels.apply(&new), []);
    assert_eq!(levels.apply(&fact("moves", 50, 0)), [], "it was never above");
    assert_eq!(levels.apply(&fact("moves", 1, 0)), []);
    assert_eq!(levels.apply(&fact("moves", -1, 0)).len(), 1);
    // The same order in the stream of its other shop: nothing of product 1 is that one's.
    let order = fact("orders", 1, 0);
    assert_eq!(Levels::touched(shop(2), &order), [product(3)]);
    let mut other = Levels::new(shop(2), [(product(1), none)]);
    assert_eq!(other.apply(&order), []);
}

#[test]
fn a_shop_says_at_how_many_pieces_its_stock_is_low() {
    let mut desk = ShopDesk::new(profile(1));
    desk.apply(&created(1, 5).into());
    let low_at = |desk: &ShopDesk| desk.shelf(product(1)).map(|shelf| shelf.low_at);
    assert_eq!(low_at(&desk), Some(LOW_AT));
    for (to, before) in [(20, LOW_AT), (0, 20)] {
        let set = desk.decide_low_stock(product(1), to, AT).expect("it is sold here");
        assert_eq!(set, ShopFact::LowStockSet { product: product(1), low_at: to, before, at: AT });
        desk.apply(&set.into());
        assert_eq!(low_at(&desk), Some(to));
    }
    assert!(desk.decide_low_stock(product(2), 1, AT).is_err());
}
