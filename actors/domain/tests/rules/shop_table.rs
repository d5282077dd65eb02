//! The desk of one shop: what it refuses, and that holds end in exactly one way.

use std::sync::Arc;

use hotdeal_domain::desk::{
    HOLDS_MAX, MovementRefusal, PlacementRefusal, Shelf, ShopDesk, UnknownProducts, adjustment,
};
use hotdeal_domain::order::{Basket, OrderFact, OrderLine, OrderRefusal};
use hotdeal_domain::shop::{
    AdjustReason, Movement, Product, ShopFact, ShopProfile, Stock, StockRefusal,
};
use hotdeal_domain::{Currency, HoldId, OrderId, ProductId, UnixMillis};

use crate::table::{amount, check, pieces, product, shop, shows_all, user};

const AT: UnixMillis = UnixMillis(1_000);

pub(crate) fn profile(id: i64) -> ShopProfile {
    ShopProfile {
        id: shop(id),
        owner: user(1),
        name: Arc::from("Lamps and more"),
        currency: Currency::Gbp,
        opened_at: UnixMillis(0),
    }
}

pub(crate) fn created(id: i64, price: i64) -> ShopFact {
    ShopFact::ProductCreated(Box::new(Product {
        id: product(id),
        name: Arc::from(format!("Lamp {id}")),
        description: Arc::from(""),
        price: amount(price),
        image_url: Arc::from(""),
        category: Arc::from("HOME_LIVING"),
        created_at: UnixMillis(1),
    }))
}

pub(crate) fn changed(id: i64, price: i64) -> ShopFact {
    let ShopFact::ProductCreated(mut product) = created(id, price) else {
        unreachable!("just made")
    };
    product.name = Arc::from(format!("Better lamp {id}"));
    ShopFact::ProductChanged { product, at: AT }
}

/// Products 1 (10 pieces at 1.00), 2 (5 at 2.50), 3 (never stocked), 4 (one above price).
fn desk() -> ShopDesk {
    let mut desk = ShopDesk::new(profile(1));
    for (id, price, stock) in [(1, 100, 10), (2, 250, 5), (3, 1, 0), (4, 1 << 52, 9)] {
        desk.apply(&created(id, price).into());
        if stock > 0 {
            let movement = Movement::Increased(stock);
            let fact = desk.decide_movement(product(id), movement, AT).expect("within bounds");
            desk.apply(&fact.into());
        }
    }
    desk
}

fn basket(text: &str) -> Basket {
    let lines: Vec<_> = text
        .split(',')
        .map(|line| {
            let (id, quantity) = line.split_once('x').expect("a line of the test");
            let quantity = quantity.parse().expect("a quantity");
            (product(id.parse().expect("a product")), pieces(quantity))
        })
        .collect();
    Basket::new(&lines).expect("a basket of the test")
}

fn hold(id: i64) -> HoldId {
    HoldId::try_from(id).expect("a hold of the test")
}

fn unknown(UnknownProducts(products): UnknownProducts) -> String {
    let ids: Vec<String> = products.iter().map(ProductId::to_string).collect();
    format!("UnknownProducts {}", ids.join(","))
}

fn outcome(refusal: PlacementRefusal) -> String {
    match refusal {
        PlacementRefusal::Unknown(products) => unknown(products),
        PlacementRefusal::Order(OrderRefusal::TotalTooLarge) => "TotalTooLarge".to_owned(),
        PlacementRefusal::Order(OrderRefusal::MixedCurrencies) => "MixedCurrencies".to_owned(),
        PlacementRefusal::Shortage { product, available } => {
            format!("Shortage {product} has {available}")
        }
        PlacementRefusal::StockHeld { product } => format!("StockHeld {product}"),
        PlacementRefusal::TooManyHolds => "TooManyHolds".to_owned(),
    }
}

fn unmoved(refusal: MovementRefusal) -> String {
    match refusal {
        MovementRefusal::Unknown(products) => unknown(products),
        MovementRefusal::StockHeld { product } => format!("StockHeld {product}"),
        MovementRefusal::Stock(StockRefusal::TooMuch) => "TooMuch".to_owned(),
        MovementRefusal::Stock(StockRefusal::BelowHeldAndSold) => "BelowHeldAndSold".to_owned(),
        MovementRefusal::Stock(StockRefusal::Shortage(available)) => {
            format!("Shortage {available}")
        }
    }
}

/// Holds a basket of user 2, as decided.
fn set_aside(desk: &mut ShopDesk, id: HoldId, basket: &Basket) {
    let lines = desk.decide_hold(basket, user(2), AT).expect("in stock");
    desk.apply_hold(id, user(2), &lines, AT);
}

fn state(desk: &ShopDesk, id: i64) -> String {
    let shelf = desk.shelf(product(id)).expect("a product of the test");
    let Stock { on_hand, held, sold } = shelf.stock;
    format!("{on_hand}/{held}/{sold}")
}

#[test]
fn an_order_of_one_shop_is_all_or_nothing() {
    let desk = desk();
    let seen = check(
        "
        basket            -> outcome
        1x1               -> 100
        1x10,2x5          -> 2250
        1x11              -> Shortage 1 has 10
        3x1               -> Shortage 3 has 0
        1x10,2x6          -> Shortage 2 has 5
        1x11,2x6          -> Shortage 1 has 10
        8x1               -> UnknownProducts 8
        # All that are unknown are named, and before any shortage.
        1x11,7x1,9x1      -> UnknownProducts 7,9
        4x1               -> 4503599627370496
        4x2               -> TotalTooLarge
        4x1,1x1           -> 4503599627370596
    ",
        |row| {
            let id = OrderId::try_from(5).expect("an order of the test");
            match desk.decide_order(id, user(2), &basket(row.text(0)), AT) {
                Ok(order) => {
                    assert_eq!(order.check(), Ok(()));
                    assert_eq!(order.currency, Currency::Gbp);
                    order.total.minor().to_string()
                }
                Err(refusal) => outcome(refusal),
            }
        },
    );
    shows_all(&seen, &["Shortage", "UnknownProducts", "TotalTooLarge"]);
    assert_eq!(state(&desk, 1), "10/0/0", "deciding takes nothing");
}

#[test]
fn stock_is_moved_by_hand_within_its_bounds() {
    let mut desk = desk();
    set_aside(&mut desk, hold(1), &basket("1x3"));
    let seen = check(
        "
        product movement pieces -> outcome
        1       increase      5 -> 15/3/0
        1       reset         3 -> 6/3/0
        1       reset         0 -> 3/3/0
        1       adjust       -7 -> 3/3/0
        1       adjust       -8 -> StockHeld 1
        1       adjust      -11 -> BelowHeldAndSold
        1       increase 1000000000 -> TooMuch
        9       increase      1 -> UnknownProducts 9
        9       reset        -1 -> UnknownProducts 9
    ",
        |row| {
            let pieces: i64 = row.number(2);
            let count = u32::try_from(pieces).unwrap_or(u32::MAX);
            let movement = match row.text(1) {
                "increase" => Movement::Increased(count),
                "reset" => Movement::Reset(count),
                _ => Movement::Adjusted { delta: pieces, reason: AdjustReason::WriteOff },
            };
            match desk.decide_movement(product(row.number(0)), movement, AT) {
                Ok(fact) => {
                    let mut after = desk.clone();
                    after.apply(&fact.into());
                    assert_eq!(after.check(), Ok(()));
                    state(&after, row.number(0))
                }
                Err(refusal) => unmoved(refusal),
            }
        },
    );
    shows_all(&seen, &["UnknownProducts", "StockHeld", "BelowHeldAndSold", "TooMuch"]);
}

#[test]
fn a_hold_ends_once_in_a_sale_or_a_release() {
    for (sells, after) in [(true, "10/0/4"), (false, "10/0/0")] {
        let mut desk = desk();
        set_aside(&mut desk, hold(1), &basket("1x4,2x5"));
        assert_eq!((state(&desk, 1), desk.open_holds()), ("10/4/0".to_owned(), 1));
        assert_eq!(
            desk.decide_hold(&basket("2x1"), user(2), AT).map_err(outcome),
            Err("StockHeld 2".to_owned()),
            "what is held is not available"
        );
        // Once in earnest, then again both ways: a second end finds nothing to end.
        if sells {
            desk.confirm(hold(1), AT)
        } else {
            desk.release(hold(1), AT)
        }
        desk.confirm(hold(1), AT);
        desk.release(hold(1), AT);
        assert_eq!((state(&desk, 1).as_str(), desk.open_holds()), (after, 0));
        assert_eq!(desk.check(), Ok(()));
    }
}

#[test]
fn what_is_held_is_told_from_what_is_short() {
    let mut desk = desk();
    set_aside(&mut desk, hold(1), &basket("1x4,2x5"));
    check(
        "
        basket  -> quote | now
        1x6     -> 600 | 600
        1x7     -> 700 | StockHeld 1
        1x10    -> 1000 | StockHeld 1
        1x11    -> Shortage 1 has 10 | Shortage 1 has 10
        1x1,2x1 -> 350 | StockHeld 2
        # A shortage stands whatever becomes of the holds, so it is told first.
        1x7,2x6 -> Shortage 2 has 5 | Shortage 2 has 5
        2x1,3x1 -> Shortage 3 has 0 | Shortage 3 has 0
        1x7,9x1 -> UnknownProducts 9 | UnknownProducts 9
    ",
        |row| {
            let basket = basket(row.text(0));
            let told = |decided: Result<Vec<OrderLine>, PlacementRefusal>| match decided {
                Ok(lines) => lines
                    .iter()
                    .map(|line| line.total().expect("small").minor())
                    .sum::<i64>()
                    .to_string(),
                Err(refusal) => outcome(refusal),
            };
            let quoted = told(desk.quote(&basket, user(2), AT));
            format!("{quoted} | {}", told(desk.decide_lines(&basket, user(2), AT)))
        },
    );
}

#[test]
fn a_desk_keeps_a_bounded_number_of_holds() {
    let mut desk = ShopDesk::new(profile(1));
    desk.apply(&created(1, 100).into());
    let movement = Movement::Increased(1_000_000);
    desk.apply(
        &ShopFact::StockMoved { product: product(1), movement, delta: 1_000_000, at: AT }.into(),
    );
    for number in (1..).take(HOLDS_MAX) {
        set_aside(&mut desk, hold(number), &basket("1x1"));
    }
    let refused = desk.decide_hold(&basket("1x1"), user(2), AT).map_err(outcome);
    assert_eq!(refused, Err("TooManyHolds".to_owned()));
    desk.release(hold(7), AT);
    assert!(desk.decide_hold(&basket("1x1"), user(2), AT).is_ok(), "an ended hold makes room");
    assert_eq!(desk.check(), Ok(()));
}

#[test]
fn an_order_line_freezes_name_and_price() {
    let desk = desk();
    let lines = desk.decide_lines(&basket("2x3,1x1"), user(2), AT).expect("in stock");
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.product.get(), &*line.name, line.quantity.get(), line.unit_price.minor()))
        .collect();
    assert_eq!(told, [(1, "Lamp 1", 1, 100), (2, "Lamp 2", 3, 250)]);
    assert!(lines.iter().all(|line| line.shop == shop(1) && line.deal.is_none()));
}

#[test]
fn a_shelf_tells_when_its_stock_last_moved() {
    let mut desk = desk();
    assert_eq!(desk.shelf(product(3)).and_then(|shelf| shelf.moved_at), None, "never stocked");
    let fact = desk.decide_movement(product(3), Movement::Reset(1), UnixMillis(7)).expect("fits");
    desk.apply(&fact.into());
    assert_eq!(desk.shelf(product(3)).and_then(|shelf| shelf.moved_at), Some(UnixMillis(7)));
    let again = Movement::Increased(1);
    let fact = desk.decide_movement(product(3), again, UnixMillis(9)).expect("fits");
    desk.apply(&fact.into());
    assert_eq!(desk.shelf(product(3)).and_then(|shelf| shelf.moved_at), Some(UnixMillis(9)));
}

#[test]
fn a_product_described_anew_is_sold_as_described() {
    let mut desk = desk();
    let ShopFact::ProductChanged { product: described, .. } = changed(1, 120) else {
        unreachable!()
    };
    let fact = desk.decide_change(*described, AT).expect("it is on sale");
    desk.apply(&fact.into());
    let lines = desk.decide_lines(&basket("1x2"), user(2), AT).expect("in stock");
    assert_eq!((&*lines[0].name, lines[0].unit_price), ("Better lamp 1", amount(120)));
    assert_eq!(desk.shelf(product(1)).map(|shelf| shelf.stock.on_hand), Some(10));
    let ShopFact::ProductChanged { product: unknown, .. } = changed(9, 1) else { unreachable!() };
    assert_eq!(desk.decide_change(*unknown, AT), Err(UnknownProducts(vec![product(9)])));
}

#[test]
fn a_product_taken_off_sale_is_unknown_but_its_stock_may_return() {
    let mut desk = desk();
    let order = OrderId::try_from(1).expect("an order of the test");
    let lines = vec![(product(1), pieces(4))];
    let (deals, answer_by) = (None, None);
    let sold = OrderFact::StockSold { order, lines: lines.clone(), deals, at: AT, answer_by };
    desk.apply(&sold.into());
    let held = desk.decide_hold(&basket("1x2"), user(2), AT).expect("in stock");
    desk.apply_hold(hold(1), user(2), &held, AT);
    desk.apply(&desk.decide_withdrawal(product(1), AT).expect("it is on sale").into());
    let unknown = || UnknownProducts(vec![product(1)]);
    assert_eq!(desk.decide_lines(&basket("1x1,2x1"), user(2), AT), Err(unknown().into()));
    assert_eq!(desk.decide_movement(product(1), Movement::Increased(1), AT), Err(unknown().into()));
    assert_eq!(desk.decide_withdrawal(product(1), AT), Err(unknown()));
    assert_eq!(desk.products(), 3);
    desk.confirm(hold(1), AT);
    desk.apply(&OrderFact::StockReturned { order, lines, deals: None, at: AT }.into());
    assert_eq!(desk.shelf(product(1)).map(|shelf| shelf.stock.sold), Some(2));
    assert!(desk.check().is_ok());
}

#[test]
fn a_restored_desk_stands_where_the_tables_say() {
    let mut desk = ShopDesk::new(profile(1));
    let stock = Stock { on_hand: 9, held: 0, sold: 4 };
    let shelf = Shelf {
        name: Arc::from("Lamp"),
        price: amount(5),
        stock,
        low_at: 50,
        moved_at: Some(AT),
        withdrawn: false,
    };
    desk.restore(product(6), shelf.clone());
    assert_eq!((desk.products(), desk.shelf(product(6))), (1, Some(&shelf)));
    assert!(desk.decide_lines(&basket("6x5"), user(2), AT).is_ok());
    assert!(desk.decide_lines(&basket("6x6"), user(2), AT).is_err());
}

#[test]
fn a_held_count_without_its_hold_is_found_broken() {
    let mut desk = ShopDesk::new(profile(1));
    let stock = Stock { on_hand: 9, held: 1, sold: 0 };
    desk.restore(
        product(6),
        Shelf {
            name: Arc::from(""),
            price: amount(5),
            stock,
            low_at: 50,
            moved_at: None,
            withdrawn: false,
        },
    );
    assert!(desk.check().is_err());
}

#[test]
fn an_adjustment_by_nothing_is_none() {
    assert_eq!(adjustment(0, AdjustReason::Count), None);
    let returned = Movement::Adjusted { delta: 2, reason: AdjustReason::Return };
    assert_eq!(adjustment(2, AdjustReason::Return), Some(returned));
}
