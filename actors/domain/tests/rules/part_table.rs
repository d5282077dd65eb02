//! The parts of an order: what their shops do with them, and what their buyer may cancel.

use hotdeal_domain::order::{
    CancelRefusal, CancelScope, Cancellation, EXPECTED_WITHIN_MS, Order, OrderState, Part,
    PartEvent, PartState, PartStep, Rejection, RejectionReason, StepRefusal, TrackedOrder,
    decide_cancel,
};
use hotdeal_domain::{Currency, OrderId, UnixMillis};

use crate::order_table::line;
use crate::table::{amount, check, shop, shows_all, user};

const EVENTS: [(&str, PartEvent); 7] = [
    ("accept", PartEvent::Accept),
    ("delay", PartEvent::Delay),
    ("prepare", PartEvent::Prepare),
    ("handover", PartEvent::HandOver),
    ("reject", PartEvent::Reject),
    ("cancel", PartEvent::Cancel),
    ("lapse", PartEvent::Lapse),
];

/// An order of three shops by user 1: 100 at shop 1, 20 at shop 2, 3 at shop 3.
fn order() -> Order {
    let id = OrderId::try_from(1).expect("an order of the test");
    let lines = vec![line(1, 1, 2, 50), line(2, 2, 1, 20), line(3, 3, 3, 1)];
    Order::new(id, user(1), lines, Currency::Krw, UnixMillis(5)).expect("a small order")
}

fn part(shop_id: i64, state: &str) -> Part {
    let state = PartState::from_name(state).expect("a state");
    Part { state, ..Part::new(shop(shop_id), UnixMillis(5)) }
}

/// The order with its parts in these states.
fn tracked(states: [&str; 3]) -> TrackedOrder {
    let parts = (1..).zip(states).map(|(shop, state)| part(shop, state)).collect();
    TrackedOrder::new(order(), parts)
}

#[test]
fn every_move_of_a_part_is_in_this_table() {
    let table = "
        state     accept   delay    prepare handover reject   cancel    lapse
        NEW       ACCEPTED -        -       -        REJECTED CANCELLED REJECTED
        ACCEPTED  -        ACCEPTED READY   -        REJECTED CANCELLED -
        READY     -        -        -       DONE     -        -         -
        DONE      -        -        -       -        -        -         -
        REJECTED  -        -        -       -        -        -         -
        CANCELLED -        -        -       -        -        -         -
    ";
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|row| row.split_whitespace().collect())
        .filter(|row: &Vec<_>| !row.is_empty())
        .collect();
    assert_eq!(rows.len() - 1, PartState::ALL.len(), "a row for each state");
    for row in &rows[1..] {
        let state = PartState::from_name(row[0]).expect("a state of the table");
        for ((name, event), (column, expected)) in
            EVENTS.into_iter().zip(rows[0].iter().zip(row).skip(1))
        {
            assert_eq!(&name, column);
            let after = state.after(event).map_or("-", PartState::name);
            assert_eq!(after, *expected, "{state:?} and {event:?}");
        }
    }
    let standing = PartState::ALL.into_iter().filter(|state| state.stands());
    let standing: Vec<&str> = standing.map(PartState::name).collect();
    assert_eq!(standing, ["NEW", "ACCEPTED", "READY", "DONE"]);
}

#[test]
fn a_shop_names_a_time_that_lies_ahead_and_not_too_far() {
    let within = EXPECTED_WITHIN_MS;
    let seen = check(
        &format!(
            "
            state    step   expected -> outcome
            NEW      accept 101      -> ACCEPTED
            NEW      accept {last}   -> ACCEPTED
            ACCEPTED delay  101      -> ACCEPTED
            NEW      accept 100      -> ExpectedTimeOutOfRange
            NEW      accept 99       -> ExpectedTimeOutOfRange
            NEW      accept {beyond} -> ExpectedTimeOutOfRange
            ACCEPTED delay  100      -> ExpectedTimeOutOfRange
            # What cannot be a time comes before what cannot be now.
            READY    delay  100      -> ExpectedTimeOutOfRange
            READY    delay  101      -> IllegalMove READY
            NEW      delay  101      -> IllegalMove NEW
            ACCEPTED accept 101      -> IllegalMove ACCEPTED
            DONE     accept 101      -> IllegalMove DONE
        ",
            last = 100 + within,
            beyond = 101 + within
        ),
        |row| {
            let expected = UnixMillis(row.number(2));
            let step = match row.text(1) {
                "accept" => PartStep::Accept(expected),
                _ => PartStep::Delay(expected),
            };
            match part(1, row.text(0)).after_step(&step, UnixMillis(100)) {
                Ok(after) => {
                    assert_eq!(after.expected_at, Some(expected));
                    assert_eq!(after.changed_at, UnixMillis(100));
                    after.state.name().to_owned()
                }
                Err(StepRefusal::ExpectedTimeOutOfRange) => "ExpectedTimeOutOfRange".to_owned(),
                Err(StepRefusal::IllegalMove(state)) => format!("IllegalMove {}", state.name()),
            }
        },
    );
    shows_all(&seen, &["ExpectedTimeOutOfRange", "IllegalMove"]);
}

#[test]
fn a_part_keeps_the_time_its_shop_named_until_it_ends() {
    let at = UnixMillis(100);
    let accepted = part(1, "NEW").after_step(&PartStep::Accept(UnixMillis(500)), at);
    let accepted = accepted.expect("it is new");
    let ready = accepted.after_step(&PartStep::Prepare, at).expect("it is accepted");
    let done = ready.after_step(&PartStep::HandOver, at).expect("it is ready");
    for part in [&accepted, &ready, &done] {
        assert_eq!((part.expected_at, &part.rejection), (Some(UnixMillis(500)), &None));
    }
    let rejection = Rejection { reason: RejectionReason::Closed, text: Some("Sorry".into()) };
    let rejected = accepted.after_step(&PartStep::Reject(rejection.clone()), at);
    let rejected = rejected.expect("it is accepted");
    assert_eq!((rejected.expected_at, rejected.rejection), (None, Some(rejection)));
    let cancelled = accepted.cancelled(at).expect("it is accepted");
    assert_eq!((cancelled.expected_at, cancelled.rejection), (None, None));
    assert_eq!(ready.cancelled(at), None);
}

#[test]
fn what_is_cancelled_is_all_that_stands_or_one_part() {
    let seen = check(
        "
        by what  one       two       three     -> outcome
        1  order NEW       NEW       NEW       -> Cancel 1 2 3
        1  order NEW       ACCEPTED  REJECTED  -> Cancel 1 2
        1  order CANCELLED ACCEPTED  CANCELLED -> Cancel 2
        1  2     NEW       ACCEPTED  READY     -> Cancel 2
        1  1     NEW       DONE      REJECTED  -> Cancel 1
        1  order REJECTED  CANCELLED REJECTED  -> AlreadyCancelled
        1  order CANCELLED CANCELLED CANCELLED -> AlreadyCancelled
        1  2     NEW       CANCELLED NEW       -> AlreadyCancelled
        # Whose order it is comes first: a stranger learns nothing of it.
        2  order NEW       NEW       NEW       -> NotTheOwner
        2  order CANCELLED CANCELLED CANCELLED -> NotTheOwner
        2  4     NEW       NEW       NEW       -> NotTheOwner
        1  4     NEW       NEW       NEW       -> NoSuchPart
        1  4     CANCELLED CANCELLED CANCELLED -> NoSuchPart
        1  order NEW       NEW       READY     -> IllegalPartMove READY
        1  order NEW       DONE      NEW       -> IllegalPartMove DONE
        1  3     NEW       NEW       READY     -> IllegalPartMove READY
        1  3     NEW       NEW       REJECTED  -> IllegalPartMove REJECTED
    ",
        |row| {
            let tracked = tracked([row.text(2), row.text(3), row.text(4)]);
            let scope = match row.text(1) {
                "order" => CancelScope::Order,
                _ => CancelScope::Part(shop(row.number(1))),
            };
            match decide_cancel(&tracked, scope, user(row.number(0))) {
                Ok(Cancellation::Cancel(shops)) => {
                    shops.iter().fold("Cancel".to_owned(), |told, shop| format!("{told} {shop}"))
                }
                Ok(Cancellation::AlreadyCancelled) => "AlreadyCancelled".to_owned(),
                Err(CancelRefusal::NotTheOwner) => "NotTheOwner".to_owned(),
                Err(CancelRefusal::NoSuchPart) => "NoSuchPart".to_owned(),
                Err(CancelRefusal::IllegalMove(state)) => format!("IllegalMove {}", state.name()),
                Err(CancelRefusal::IllegalPartMove(state)) => {
                    format!("IllegalPartMove {}", state.name())
                }
            }
        },
    );
    let outcomes = ["Cancel", "AlreadyCancelled", "NotTheOwner", "NoSuchPart", "IllegalPartMove"];
    shows_all(&seen, &outcomes);
}

#[test]
fn what_is_not_answered_in_time_is_rejected_by_itself_and_nothing_else_is() {
    let seen = check(
        "
        within at  shop one       -> outcome
        95     100 1    NEW       -> REJECTED NOT_ANSWERED
        95     999 1    NEW       -> REJECTED NOT_ANSWERED
        95     99  1    NEW       -> -
        # Whoever has not said until when waits for ever.
        -      999 1    NEW       -> -
        95     100 1    ACCEPTED  -> -
        95     100 1    READY     -> -
        95     100 1    DONE      -> -
        95     100 1    REJECTED  -> -
        95     100 1    CANCELLED -> -
        95     100 2    NEW       -> -
        95     100 3    NEW       -> REJECTED NOT_ANSWERED
        95     100 4    NEW       -> -
    ",
        |row| {
            let within = (row.text(0) != "-").then(|| row.number(0));
            let TrackedOrder { order, parts } = tracked([row.text(3), "ACCEPTED", "NEW"]);
            let order = order.to_be_answered_within(within);
            let at = UnixMillis(row.number(1));
            let lapsed = TrackedOrder { order, parts }.decide_lapse(shop(row.number(2)), at);
            let Some(Part { state, rejection, changed_at, .. }) = lapsed else {
                return "-".to_owned();
            };
            assert_eq!(changed_at, at);
            let rejection = rejection.expect("a reason");
            assert_eq!(rejection.text, None);
            format!("{} {}", state.name(), rejection.reason.name())
        },
    );
    shows_all(&seen, &["REJECTED", "-"]);
    let by_hand = RejectionReason::BY_HAND;
    let missing = RejectionReason::ALL.into_iter().filter(|reason| !by_hand.contains(reason));
    assert_eq!(missing.collect::<Vec<_>>(), [RejectionReason::NotAnswered]);
}

#[test]
fn an_order_that_came_to_another_end_is_not_cancelled() {
    for state in [OrderState::Before, OrderState::Failure, OrderState::Expired] {
        let tracked = TrackedOrder::placed(Order { state, ..order() });
        let refused = Err(CancelRefusal::IllegalMove(state));
        assert_eq!(decide_cancel(&tracked, CancelScope::Order, user(1)), refused);
        assert_eq!(decide_cancel(&tracked, CancelScope::Part(shop(1)), user(1)), refused);
    }
}

#[test]
fn an_order_stands_as_long_as_one_of_its_parts_and_costs_what_stands() {
    check(
        "
        one       two       three     -> outcome
        NEW       NEW       NEW       -> ORDER_SUCCESS 123
        DONE      REJECTED  READY     -> ORDER_SUCCESS 103
        CANCELLED REJECTED  ACCEPTED  -> ORDER_SUCCESS 3
        CANCELLED REJECTED  CANCELLED -> ORDER_CANCELLED 0
    ",
        |row| {
            let tracked = tracked([row.text(0), row.text(1), row.text(2)]);
            assert_eq!(tracked.order.total, amount(123), "it stays as it was ordered");
            format!("{} {}", tracked.order.state.name(), tracked.standing_total().minor())
        },
    );
}

#[test]
fn parts_that_never_changed_are_new_or_were_cancelled_with_the_order() {
    let states = |tracked: TrackedOrder| tracked.parts.iter().map(|part| part.state).collect();
    let of_new: Vec<PartState> = states(TrackedOrder::placed(order()));
    assert_eq!(of_new, [PartState::New; 3]);
    let cancelled = Order { state: OrderState::Cancelled, ..order() };
    let of_cancelled: Vec<PartState> = states(TrackedOrder::placed(cancelled));
    assert_eq!(of_cancelled, [PartState::Cancelled; 3]);
}

#[test]
fn a_shop_sees_its_own_lines_and_their_sum_alone() {
    let tracked = tracked(["NEW", "ACCEPTED", "REJECTED"]);
    let seen = tracked.seen_by(&[shop(2)]).expect("it has a part");
    assert_eq!(seen.order.lines, [line(2, 2, 1, 20)]);
    assert_eq!((seen.order.total, seen.standing_total()), (amount(20), amount(20)));
    assert_eq!(seen.parts, [part(2, "ACCEPTED")]);
    let both = tracked.seen_by(&[shop(3), shop(1), shop(9)]).expect("they have parts");
    assert_eq!((both.order.total, both.standing_total()), (amount(103), amount(100)));
    assert_eq!(tracked.seen_by(&[shop(4)]), None);
    assert_eq!(tracked.seen_by(&[]), None);
}

#[test]
fn an_order_that_was_kept_before_there_were_parts_is_read() {
    let cancelled = Order { state: OrderState::Cancelled, ..order() };
    let kept = serde_json::to_string(&cancelled).expect("JSON");
    let read: TrackedOrder = serde_json::from_str(&kept).expect("as earlier versions kept it");
    assert_eq!(read, TrackedOrder::placed(cancelled));
    let now = tracked(["NEW", "READY", "REJECTED"]);
    let kept = serde_json::to_string(&now).expect("JSON");
    assert_eq!(serde_json::from_str::<TrackedOrder>(&kept).expect("as it is kept"), now);
    // The order in it is read by those who know no parts.
    assert_eq!(serde_json::from_str::<Order>(&kept).expect("an order"), now.order);
}
