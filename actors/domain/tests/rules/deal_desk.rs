//! Which deal makes the price of an order, to the instant, and what happens when it is used up.

use std::sync::Arc;

use hotdeal_domain::deal::{DEALS_A_PRODUCT_MAX, Deal, DealState, DealTerms, PriceFact};
use hotdeal_domain::desk::{DeskFact, PlacementRefusal, PostingRefusal, ShopDesk, UnknownProducts};
use hotdeal_domain::order::{Basket, OrderFact, OrderLine};
use hotdeal_domain::shop::{Movement, ShopFact};
use hotdeal_domain::{HoldId, OrderId, UnixMillis};

use crate::deal_table::{deal, discount, event, terms};
use crate::shop_table::{changed, created, profile};
use crate::table::{check, pieces, product, user};

/// Products 1 and 2 at 10.00, 100 pieces of each.
fn desk() -> ShopDesk {
    let mut desk = ShopDesk::new(profile(1));
    for id in [1, 2] {
        desk.apply(&created(id, 1_000).into());
        let movement = Movement::Increased(100);
        let fact = ShopFact::StockMoved { product: product(id), movement, delta: 100, at: at(0) };
        desk.apply(&fact.into());
    }
    desk
}

fn at(ms: i64) -> UnixMillis {
    UnixMillis(ms)
}

fn post(desk: &mut ShopDesk, deal: Deal) {
    let products = [product(1)].into();
    desk.apply(&PriceFact::DealPosted { deal: Arc::new(deal), products }.into());
}

fn limited(id: i64, text: &str, quota: Option<u32>, person_limit: Option<u32>) -> Deal {
    let mut deal = deal(id, discount(text), 0, 1_000);
    (deal.terms.quota, deal.terms.person_limit) = (quota, person_limit);
    deal
}

fn turn(desk: &mut ShopDesk, id: i64, state: DealState) {
    desk.apply(&PriceFact::DealTurned { deal: event(id), state, at: at(5) }.into());
}

fn takes_off(text: &str) -> DealTerms {
    terms(discount(text), 0, 1_000)
}

/// The line of product 1 as an order of `by` would have it.
fn line(desk: &ShopDesk, by: i64, quantity: u32, ms: i64) -> OrderLine {
    let basket = Basket::new(&[(product(1), pieces(quantity))]).expect("a basket of the test");
    let lines = desk.decide_lines(&basket, user(by), at(ms)).expect("in stock");
    lines.into_iter().next().expect("one line")
}

/// `price by deal`, or the list's.
fn told(line: &OrderLine) -> String {
    match line.deal {
        Some(deal) => format!("{} by {deal}", line.unit_price.minor()),
        None => line.unit_price.minor().to_string(),
    }
}

/// Makes an order and applies it: the fact, to be taken back.
fn order(desk: &mut ShopDesk, id: i64, by: i64, quantity: u32) -> (String, DeskFact) {
    let basket = Basket::new(&[(product(1), pieces(quantity))]).expect("a basket of the test");
    let id = OrderId::try_from(id).expect("an order of the test");
    let order = desk.decide_order(id, user(by), &basket, at(10)).expect("in stock");
    let told = told(&order.lines[0]);
    let back = OrderFact::OrderCancelled {
        order: id,
        user: user(by),
        lines: vec![(product(1), pieces(quantity))],
        deals: order.deal_share(profile(1).id),
        at: at(11),
    };
    desk.apply(&OrderFact::OrderPlaced(Arc::new(order)).into());
    assert_eq!(desk.check(), Ok(()));
    (told, back.into())
}

#[test]
fn a_deal_holds_from_its_start_to_just_before_its_end() {
    let mut desk = desk();
    post(&mut desk, deal(7, discount("10%"), 100, 200));
    check(
        "at -> price\n 0 -> 1000\n 99 -> 1000\n 100 -> 900 by 7\n 101 -> 900 by 7\n 199 -> 900 by 7\n 200 -> 1000\n 201 -> 1000",
        |row| told(&line(&desk, 2, 1, row.number(0))),
    );
}

#[test]
fn the_lowest_price_wins_then_the_larger_discount_then_the_older_event() {
    check(
        "
        first  second -> price
        10%    20%    -> 800 by 2
        20%    10%    -> 800 by 1
        10%    150    -> 850 by 2
        # The same price after rounding: the larger discount.
        10.01% 10.04% -> 900 by 2
        10.04% 10.01% -> 900 by 1
        100    10%    -> 900 by 1
        99.6%  997    -> 3 by 2
        # What leaves nothing to pay is left out.
        99.9%  99.96% -> 1 by 1
        1000   10%    -> 900 by 2
        999    1000   -> 1 by 1
        99.96% 1000   -> 1000
        1000   2000   -> 1000
        10%    10%    -> 900 by 1
    ",
        |row| {
            let mut desk = desk();
            post(&mut desk, deal(1, discount(row.text(0)), 0, 100));
            post(&mut desk, deal(2, discount(row.text(1)), 0, 100));
            told(&line(&desk, 2, 1, 50))
        },
    );
}

#[test]
fn a_better_deal_that_is_not_running_leaves_the_price_to_the_next() {
    let mut desk = desk();
    post(&mut desk, deal(1, discount("10%"), 0, 1_000));
    post(&mut desk, deal(2, discount("50%"), 100, 200));
    check(
        "at -> price\n 99 -> 900 by 1\n 100 -> 500 by 2\n 199 -> 500 by 2\n 200 -> 900 by 1",
        |row| told(&line(&desk, 2, 1, row.number(0))),
    );
    turn(&mut desk, 2, DealState::Paused);
    assert_eq!(told(&line(&desk, 2, 1, 150)), "900 by 1");
    turn(&mut desk, 2, DealState::Open);
    assert_eq!(told(&line(&desk, 2, 1, 150)), "500 by 2");
    turn(&mut desk, 2, DealState::Cancelled);
    turn(&mut desk, 1, DealState::Paused);
    assert_eq!(told(&line(&desk, 2, 1, 150)), "1000");
    turn(&mut desk, 1, DealState::Open);
    assert_eq!((told(&line(&desk, 2, 1, 150)), desk.board().deals()), ("900 by 1".into(), 1));
}

#[test]
fn a_used_up_quota_leaves_the_price_to_the_next_deal_or_to_the_list() {
    let mut desk = desk();
    post(&mut desk, limited(1, "50%", Some(5), None));
    post(&mut desk, limited(2, "10%", Some(3), None));
    let (first, back) = order(&mut desk, 1, 2, 4);
    assert_eq!(first, "500 by 1");
    // One is left of the better deal: a line of two has one price, and it is not that one.
    assert_eq!(order(&mut desk, 2, 3, 2).0, "900 by 2");
    assert_eq!(order(&mut desk, 3, 3, 1).0, "500 by 1");
    assert_eq!(order(&mut desk, 4, 4, 2).0, "1000");
    assert_eq!(order(&mut desk, 5, 4, 1).0, "900 by 2");
    assert_eq!(order(&mut desk, 6, 4, 1).0, "1000");
    desk.apply(&back);
    assert_eq!(order(&mut desk, 7, 9, 5).0, "1000", "four came back, not five");
    assert_eq!(order(&mut desk, 8, 9, 4).0, "500 by 1");
}

#[test]
fn a_person_has_a_limit_over_all_orders_and_gets_it_back() {
    let mut desk = desk();
    post(&mut desk, limited(1, "50%", Some(6), Some(3)));
    let (first, back) = order(&mut desk, 1, 2, 2);
    assert_eq!(first, "500 by 1");
    assert_eq!(order(&mut desk, 2, 2, 2).0, "1000");
    assert_eq!(order(&mut desk, 3, 2, 1).0, "500 by 1");
    assert_eq!(order(&mut desk, 4, 2, 1).0, "1000");
    assert_eq!(order(&mut desk, 5, 3, 3).0, "500 by 1", "another's limit is another's");
    assert_eq!(desk.board().gone(event(1), product(1), user(2)), (6, 3));
    assert_eq!(order(&mut desk, 6, 4, 1).0, "1000", "the quota is used up");
    desk.apply(&back);
    assert_eq!(desk.board().gone(event(1), product(1), user(2)), (4, 1));
    assert_eq!(order(&mut desk, 7, 2, 2).0, "500 by 1");
}

/// Holds pieces of product 1 for an order of `by`.
fn hold(desk: &mut ShopDesk, by: i64, quantity: u32) -> HoldId {
    let hold = HoldId::try_from(1).expect("a hold of the test");
    let basket = Basket::new(&[(product(1), pieces(quantity))]).expect("a basket of the test");
    let lines = desk.decide_hold(&basket, user(by), at(10)).expect("in stock");
    desk.apply_hold(hold, user(by), &lines, at(10));
    hold
}

/// The price, or that it is held.
fn asked(desk: &ShopDesk, by: i64, quantity: u32) -> String {
    let basket = Basket::new(&[(product(1), pieces(quantity))]).expect("a basket of the test");
    match desk.decide_lines(&basket, user(by), at(20)) {
        Ok(lines) => told(&lines[0]),
        Err(refusal) => {
            assert_eq!(refusal, PlacementRefusal::StockHeld { product: product(1) });
            "held".to_owned()
        }
    }
}

#[test]
fn who_would_get_a_better_price_but_for_a_hold_waits_for_its_end() {
    for (quota, person_limit, by) in [(Some(3), None, 3), (None, Some(3), 2)] {
        for sells in [true, false] {
            let mut desk = desk();
            post(&mut desk, limited(1, "50%", quota, person_limit));
            post(&mut desk, limited(2, "10%", Some(50), None));
            let hold = hold(&mut desk, 2, 2);
            let pieces = [1, 2, 3, 4, 51];
            let beside = pieces.map(|quantity| asked(&desk, by, quantity));
            // A deal that has not so many pieces in any case is not waited for.
            assert_eq!(beside, ["500 by 1", "held", "held", "900 by 2", "1000"]);
            let after = if sells {
                desk.confirm(hold, at(20));
                ["500 by 1", "900 by 2", "900 by 2", "900 by 2", "1000"]
            } else {
                desk.release(hold, at(20));
                ["500 by 1", "500 by 1", "500 by 1", "900 by 2", "1000"]
            };
            assert_eq!(pieces.map(|quantity| asked(&desk, by, quantity)), after);
            assert_eq!(desk.check(), Ok(()));
        }
    }
}

#[test]
fn nobody_waits_for_a_deal_that_is_no_cheaper() {
    let mut desk = desk();
    post(&mut desk, limited(1, "10.04%", Some(1), None));
    post(&mut desk, limited(2, "10%", None, None));
    let hold = hold(&mut desk, 2, 1);
    assert_eq!(asked(&desk, 3, 1), "900 by 2");
    desk.release(hold, at(20));
    assert_eq!(asked(&desk, 3, 1), "900 by 1");
}

#[test]
fn an_order_freezes_the_price_and_the_deal_that_made_it() {
    let mut desk = desk();
    post(&mut desk, deal(1, discount("50%"), 0, 1_000));
    let basket = Basket::new(&[(product(1), pieces(2)), (product(2), pieces(1))]);
    let basket = basket.expect("a basket of the test");
    let id = OrderId::try_from(1).expect("an order of the test");
    let order = desk.decide_order(id, user(2), &basket, at(10)).expect("in stock");
    turn(&mut desk, 1, DealState::Cancelled);
    let lines: Vec<String> = order.lines.iter().map(told).collect();
    assert_eq!((lines, order.total.minor()), (vec!["500 by 1".into(), "1000".into()], 2_000));
    assert_eq!(order.check(), Ok(()));
}

#[test]
fn a_product_is_in_a_deal_while_it_costs_more_than_the_deal_takes_off() {
    let mut desk = desk();
    post(&mut desk, limited(1, "300", Some(2), Some(1)));
    let mut costs = |price: i64| {
        desk.apply(&changed(1, price).into());
        told(&line(&desk, 2, 1, 10))
    };
    check(
        "price -> paid\n 1000 -> 700 by 1\n 301 -> 1 by 1\n 300 -> 300\n 299 -> 299\n 1 -> 1\n 301 -> 1 by 1",
        |row| costs(row.number(0)),
    );
    assert_eq!(desk.board().gone(event(1), product(1), user(2)), (0, 0));
    assert_eq!(desk.check(), Ok(()));
}

#[test]
fn a_deal_is_not_put_on_products_of_which_it_leaves_nothing_to_pay() {
    let mut desk = desk();
    desk.apply(&created(3, 1_001).into());
    let asked = [product(1), product(3), product(2)];
    let free = Err(PostingRefusal::DiscountTooLarge(vec![product(1), product(2)]));
    assert_eq!(desk.decide_deal(&takes_off("1000"), &asked, at(1)), free);
    assert_eq!(desk.decide_deal(&takes_off("999"), &asked, at(1)), Ok(()));
    // Before what is crowded, and after what is unknown.
    for id in (1..).take(DEALS_A_PRODUCT_MAX) {
        post(&mut desk, deal(id, discount("10%"), 0, 100));
    }
    assert_eq!(desk.decide_deal(&takes_off("1000"), &asked, at(1)), free);
    let unknown = Err(PostingRefusal::Unknown(UnknownProducts(vec![product(9)])));
    assert_eq!(desk.decide_deal(&takes_off("1000"), &[product(1), product(9)], at(1)), unknown);
}

#[test]
fn a_deal_is_put_on_products_of_the_shop_that_have_room_for_it() {
    let mut desk = desk();
    let asked = [product(1), product(8), product(2), product(9)];
    let unknown = Err(PostingRefusal::Unknown(UnknownProducts(vec![product(8), product(9)])));
    assert_eq!(desk.decide_deal(&takes_off("10%"), &asked, at(1)), unknown);
    for id in (1..).take(DEALS_A_PRODUCT_MAX) {
        assert_eq!(desk.decide_deal(&takes_off("10%"), &[product(1)], at(1)), Ok(()));
        post(&mut desk, deal(id, discount("10%"), 0, 100 + id));
    }
    let crowded = Err(PostingRefusal::TooManyDeals(vec![product(1)]));
    assert_eq!(desk.decide_deal(&takes_off("10%"), &[product(1), product(2)], at(1)), crowded);
    assert_eq!(desk.decide_deal(&takes_off("10%"), &[product(2)], at(1)), Ok(()));
    // The first of them has ended by then.
    assert_eq!(desk.decide_deal(&takes_off("10%"), &[product(1)], at(101)), Ok(()));
    let mut next = deal(500, discount("10%"), 0, 900);
    next.opened_at = at(110);
    post(&mut desk, next);
    assert_eq!(desk.board().deals(), DEALS_A_PRODUCT_MAX - 9, "ten have ended, one is new");
}

#[test]
fn what_has_ended_leaves_the_board_when_it_is_tidied_and_what_runs_or_comes_stays() {
    let mut desk = desk();
    for id in 1..=3 {
        let start = (id - 1) * 1_000;
        post(&mut desk, deal(id, discount("50%"), start, start + 1_000));
    }
    let (_, back) = order(&mut desk, 1, 2, 1);
    desk.board_mut().tidy(at(999));
    assert_eq!(desk.board().deals(), 3, "to the instant");
    desk.board_mut().tidy(at(1_000));
    assert_eq!(desk.board().deals(), 2);
    assert_eq!(told(&line(&desk, 3, 1, 1_000)), "500 by 2");
    // What was bought at its price can come back all the same.
    desk.apply(&back);
    assert_eq!(desk.check(), Ok(()));
}

#[test]
fn a_deal_posted_twice_is_there_once() {
    let mut desk = desk();
    post(&mut desk, limited(1, "50%", Some(1), None));
    order(&mut desk, 1, 2, 1);
    post(&mut desk, limited(1, "50%", Some(1), None));
    assert_eq!(told(&line(&desk, 3, 1, 10)), "1000");
    assert_eq!(desk.board().deals(), 1);
}

#[test]
fn a_withdrawn_product_takes_no_deal_and_is_named_with_the_unknown() {
    let mut desk = desk();
    desk.apply(&ShopFact::ProductWithdrawn { product: product(1), at: at(1) }.into());
    let unknown = || UnknownProducts(vec![product(1), product(8)]);
    assert_eq!(
        desk.decide_deal(&takes_off("10%"), &[product(1), product(2), product(8)], at(2)),
        Err(unknown().into())
    );
    let lines = [(product(1), pieces(1)), (product(2), pieces(1)), (product(8), pieces(1))];
    let basket = Basket::new(&lines).expect("a basket of the test");
    let refused = desk.decide_lines(&basket, user(2), at(2)).expect_err("two are not on sale");
    assert_eq!(refused, unknown().into());
}
