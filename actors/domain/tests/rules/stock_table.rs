//! Stock of one product: what may move, and what would break it.

use hotdeal_domain::shop::{
    AdjustReason, Movement, ON_HAND_MAX, QUANTITY_MAX, Quantity, Stock, StockRefusal,
};

use crate::table::{check, shows_all};

fn movement(name: &str, pieces: i64) -> Movement {
    let count = u32::try_from(pieces);
    let count = || count.expect("a count of the test");
    match name {
        "increase" => Movement::Increased(count()),
        "reset" => Movement::Reset(count()),
        "adjust" => Movement::Adjusted { delta: pieces, reason: AdjustReason::Count },
        "hold" => Movement::Held(count()),
        "confirm" => Movement::Confirmed(count()),
        "release" => Movement::Released(count()),
        "sell" => Movement::Sold(count()),
        "return" => Movement::Returned(count()),
        other => panic!("no movement is called {other}"),
    }
}

fn moved(stock: Stock, name: &str, pieces: i64) -> String {
    match stock.after(movement(name, pieces)) {
        Ok(next) => {
            assert_eq!(next.check(), Ok(()));
            format!("{}/{}/{} leaves {}", next.on_hand, next.held, next.sold, next.available())
        }
        Err(StockRefusal::Shortage(available)) => format!("Shortage {available}"),
        Err(StockRefusal::BelowHeldAndSold) => "BelowHeldAndSold".to_owned(),
        Err(StockRefusal::TooMuch) => "TooMuch".to_owned(),
    }
}

#[test]
fn a_movement_keeps_on_hand_above_held_and_sold() {
    assert_eq!(ON_HAND_MAX, 1_000_000_000, "the table is written for this bound");
    let seen = check(
        "
        on_hand    held sold movement pieces -> outcome
        0             0    0 increase      5 -> 5/0/0 leaves 5
        10            2    3 increase      1 -> 11/2/3 leaves 6
        999999999     0    0 increase      1 -> 1000000000/0/0 leaves 1000000000
        1000000000    0    0 increase      1 -> TooMuch
        1          0    0 increase 4294967295 -> TooMuch
        10            2    3 reset         5 -> 10/2/3 leaves 5
        10            2    3 reset         6 -> 11/2/3 leaves 6
        10            2    3 reset         0 -> 5/2/3 leaves 0
        10            2    3 reset 999999995 -> 1000000000/2/3 leaves 999999995
        10            2    3 reset 999999996 -> TooMuch
        10            0    0 reset         0 -> 0/0/0 leaves 0
        10            0    0 reset 1000000000 -> 1000000000/0/0 leaves 1000000000
        10            0    0 reset 1000000001 -> TooMuch
        10            2    3 adjust       -5 -> 5/2/3 leaves 0
        10            2    3 adjust       -6 -> BelowHeldAndSold
        10            2    3 adjust        6 -> 16/2/3 leaves 11
        10            0    0 adjust      -10 -> 0/0/0 leaves 0
        10            0    0 adjust      -11 -> BelowHeldAndSold
        10            0    0 adjust -9223372036854775808 -> BelowHeldAndSold
        10            0    0 adjust  9223372036854775807 -> TooMuch
        10            2    3 hold          5 -> 10/7/3 leaves 0
        10            2    3 hold          6 -> Shortage 5
        10            2    3 sell          5 -> 10/2/8 leaves 0
        10            2    3 sell          6 -> Shortage 5
        0             0    0 sell          1 -> Shortage 0
        10            5    5 hold 4294967295 -> Shortage 0
        10            2    3 confirm       2 -> 10/0/5 leaves 5
        10            2    3 release       2 -> 10/0/3 leaves 7
        10            2    3 return        3 -> 10/2/0 leaves 8
        1000000000    0 1000000000 return 1000000000 -> 1000000000/0/0 leaves 1000000000
    ",
        |row| {
            let stock = Stock { on_hand: row.number(0), held: row.number(1), sold: row.number(2) };
            moved(stock, row.text(3), row.number(4))
        },
    );
    shows_all(&seen, &["Shortage", "BelowHeldAndSold", "TooMuch"]);
}

#[test]
fn a_hold_and_its_end_add_up() {
    check(
        "
        first second -> outcome
        hold  confirm -> 10/0/4 leaves 6
        hold  release -> 10/0/0 leaves 10
        sell  return  -> 10/0/0 leaves 10
    ",
        |row| {
            let stock = Stock { on_hand: 10, held: 0, sold: 0 };
            let between = stock.after(movement(row.text(0), 4)).expect("4 of 10");
            assert_eq!(between.available(), 6);
            moved(between, row.text(1), 4)
        },
    );
}

#[test]
fn stock_that_covers_less_than_is_held_and_sold_is_found_broken() {
    for (on_hand, held, sold, is_sound) in
        [(5, 2, 3, true), (4, 2, 3, false), (0, 0, 1, false), (0, 1, 0, false), (0, 0, 0, true)]
    {
        assert_eq!(Stock { on_hand, held, sold }.check().is_ok(), is_sound);
    }
    let overflowing = Stock { on_hand: u32::MAX, held: u32::MAX, sold: u32::MAX };
    assert!(overflowing.check().is_err(), "the sum is not taken in 32 bits");
}

#[test]
fn a_quantity_is_between_one_and_its_bound() {
    for (pieces, is_quantity) in
        [(0, false), (1, true), (QUANTITY_MAX, true), (QUANTITY_MAX + 1, false), (u32::MAX, false)]
    {
        assert_eq!(Quantity::try_from(pieces).is_ok(), is_quantity, "{pieces}");
    }
    let most = Quantity::try_from(QUANTITY_MAX).expect("the bound");
    let one = Quantity::try_from(1).expect("one");
    assert_eq!(most.checked_add(one), None);
    assert_eq!(one.checked_add(one).map(Quantity::get), Some(2));
}
