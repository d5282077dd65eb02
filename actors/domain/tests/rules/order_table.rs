//! The states of an order, and its price.

use std::sync::Arc;

use hotdeal_domain::order::{Order, OrderEvent, OrderLine, OrderRefusal, OrderState};
use hotdeal_domain::{AMOUNT_MAX, Currency, OrderId, UnixMillis};

use crate::table::{amount, check, pieces, product, shop, shows_all, user};

const EVENTS: [(&str, OrderEvent); 5] = [
    ("hold", OrderEvent::Hold),
    ("confirm", OrderEvent::Confirm),
    ("fail", OrderEvent::Fail),
    ("cancel", OrderEvent::Cancel),
    ("expire", OrderEvent::Expire),
];

pub(crate) fn line(shop_id: i64, product_id: i64, quantity: u32, price: i64) -> OrderLine {
    OrderLine {
        product: product(product_id),
        shop: shop(shop_id),
        name: Arc::from("Lamp"),
        quantity: pieces(quantity),
        unit_price: amount(price),
        deal: None,
    }
}

fn order(lines: Vec<OrderLine>) -> Result<Order, OrderRefusal> {
    let id = OrderId::try_from(1).expect("an order of the test");
    Order::new(id, user(1), lines, Currency::Krw, UnixMillis(5))
}

#[test]
fn every_move_of_an_order_is_in_this_table() {
    let table = "
        state           hold          confirm       fail          cancel          expire
        ORDER_BEFORE    ORDER_PENDING ORDER_SUCCESS ORDER_FAILURE -               -
        ORDER_PENDING   -             ORDER_SUCCESS ORDER_FAILURE ORDER_CANCELLED ORDER_EXPIRED
        ORDER_SUCCESS   -             -             -             ORDER_CANCELLED -
        ORDER_FAILURE   -             -             -             -               -
        ORDER_CANCELLED -             -             -             -               -
        ORDER_EXPIRED   -             -             -             -               -
    ";
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|row| row.split_whitespace().collect())
        .filter(|row: &Vec<_>| !row.is_empty())
        .collect();
    assert_eq!(rows.len() - 1, OrderState::ALL.len(), "a row for each state");
    for row in &rows[1..] {
        let state = OrderState::from_name(row[0]).expect("a state of the table");
        for ((name, event), (column, expected)) in
            EVENTS.into_iter().zip(rows[0].iter().zip(row).skip(1))
        {
            assert_eq!(&name, column);
            let after = state.after(event).map_or("-", OrderState::name);
            assert_eq!(after, *expected, "{state:?} and {event:?}");
        }
        let has_no_way_out = EVENTS.iter().all(|&(_, event)| state.after(event).is_none());
        assert_eq!(state.is_terminal(), has_no_way_out, "{state:?}");
    }
}

#[test]
fn a_state_is_stored_and_sent_under_the_same_name() {
    for state in OrderState::ALL {
        assert_eq!(OrderState::from_name(state.name()), Some(state));
        let json = serde_json::to_string(&state).expect("a state is a JSON string");
        assert_eq!(json, format!("\"{}\"", state.name()));
    }
    assert_eq!(OrderState::from_name("order_success"), None);
}

#[test]
fn an_order_costs_the_sum_of_its_lines() {
    assert_eq!(AMOUNT_MAX, 9_007_199_254_740_991, "the table is written for this bound");
    let seen = check(
        "
        quantity price            other -> outcome
        3        100              50    -> 350
        1        0                0     -> 0
        1        9007199254740991 0     -> 9007199254740991
        1        9007199254740991 1     -> TotalTooLarge
        2        4503599627370496 0     -> TotalTooLarge
        1000000  9007199254740991 0     -> TotalTooLarge
        # 2^53 twice over does not come back as a small number.
        1000000  9223372036854    9223372036854 -> TotalTooLarge
    ",
        |row| {
            let lines =
                vec![line(2, 1, row.number(0), row.number(1)), line(1, 2, 1, row.number(2))];
            match order(lines) {
                Ok(order) => {
                    assert_eq!(order.check(), Ok(()));
                    assert_eq!(order.state, OrderState::Success);
                    order.total.minor().to_string()
                }
                Err(OrderRefusal::TotalTooLarge) => "TotalTooLarge".to_owned(),
                Err(OrderRefusal::MixedCurrencies) => "MixedCurrencies".to_owned(),
            }
        },
    );
    shows_all(&seen, &["TotalTooLarge"]);
}

#[test]
fn an_order_lives_at_the_lowest_of_its_shops() {
    let lines = vec![line(9, 1, 2, 5), line(3, 2, 1, 5), line(9, 3, 4, 5), line(5, 4, 1, 5)];
    let order = order(lines).expect("a small order");
    assert_eq!(order.home, shop(3));
    assert_eq!(order.shops(), [shop(3), shop(5), shop(9)]);
    assert_eq!(order.pieces(), 8);
}

#[test]
fn a_total_that_is_not_the_sum_is_found_broken() {
    let mut order = order(vec![line(1, 1, 3, 100)]).expect("a small order");
    order.total = amount(299);
    assert!(order.check().is_err());
}
