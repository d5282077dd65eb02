//! What a shopper may ask for in one order.

use hotdeal_domain::order::{Basket, BasketRefusal, LINES_MAX};

use crate::table::{check, pieces, product, shows_all};

fn told(basket: Result<Basket, BasketRefusal>) -> String {
    match basket {
        Ok(basket) => {
            let lines: Vec<String> = basket
                .lines()
                .iter()
                .map(|(product, quantity)| format!("{product}x{}", quantity.get()))
                .collect();
            lines.join(",")
        }
        Err(BasketRefusal::Empty) => "Empty".to_owned(),
        Err(BasketRefusal::TooManyLines) => "TooManyLines".to_owned(),
        Err(BasketRefusal::TooManyPieces(product)) => format!("TooManyPieces {product}"),
    }
}

/// `1x3,2x4` are three of product 1 and four of product 2; `5x1*9` is that line nine times.
fn basket(text: &str) -> Result<Basket, BasketRefusal> {
    let mut lines = Vec::new();
    for line in text.split(',').filter(|line| *line != "-") {
        let (line, times) = line.split_once('*').unwrap_or((line, "1"));
        let (id, quantity) = line.split_once('x').expect("a line of the test");
        let line = (
            product(id.parse().expect("a product")),
            pieces(quantity.parse().expect("a quantity")),
        );
        lines.extend(std::iter::repeat_n(line, times.parse().expect("a number of times")));
    }
    Basket::new(&lines)
}

#[test]
fn lines_of_one_product_are_summed_and_bounded() {
    assert_eq!(LINES_MAX, 10_000, "the table is written for this bound");
    let seen = check(
        "
        lines              -> outcome
        -                  -> Empty
        7x3                -> 7x3
        7x1000000          -> 7x1000000
        9x1,7x2            -> 7x2,9x1
        7x2,9x1,7x3        -> 7x5,9x1
        7x999999,7x1       -> 7x1000000
        7x1000000,7x1      -> TooManyPieces 7
        9x1,7x600000,7x600000 -> TooManyPieces 7
        7x1*10000          -> 7x10000
        7x1*10001          -> TooManyLines
        # Too many lines comes first: they are counted before they are summed.
        7x1000000*10001    -> TooManyLines
    ",
        |row| told(basket(row.text(0))),
    );
    shows_all(&seen, &["Empty", "TooManyLines", "TooManyPieces"]);
}

#[test]
fn a_basket_of_the_largest_size_keeps_every_line() {
    let lines: Vec<_> = (1..=10_000).rev().map(|id| (product(id), pieces(1))).collect();
    let basket = Basket::new(&lines).expect("as large as may be");
    assert!(basket.lines().iter().map(|(product, _)| product.get()).eq(1..=10_000));
}

#[test]
fn the_parts_of_a_basket_are_the_basket() {
    let whole = basket("1x1,2x2,3x3").expect("three lines");
    let odd = whole.part(|product| product.get() % 2 == 1).expect("two lines");
    let even = whole.part(|product| product.get() % 2 == 0).expect("one line");
    assert_eq!(told(Ok(odd)), "1x1,3x3");
    assert_eq!(told(Ok(even)), "2x2");
    assert_eq!(whole.part(|_| false), None, "a basket is never empty");
}
