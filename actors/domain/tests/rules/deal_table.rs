//! What a deal may promise, what it makes of a price, and what can be done with it.

use hotdeal_domain::deal::{
    DAY_MS, DEAL_DAYS_MAX, Deal, DealMove, DealMoveRefusal, DealState, DealTerms, decide_move,
};
use hotdeal_domain::shop::{ON_HAND_MAX, QUANTITY_MAX};
use hotdeal_domain::{BasisPoints, Discount, EventId, SaleWindow, UnixMillis};

use crate::table::{amount, check, shows_all};

pub(crate) fn event(id: i64) -> EventId {
    EventId::try_from(id).expect("an event of the test")
}

/// A discount in hundredths of a percent.
pub(crate) fn percent(points: u16) -> Discount {
    Discount::Rate(BasisPoints::try_from(points).expect("a percentage of the test"))
}

pub(crate) fn terms(discount: Discount, start: i64, end: i64) -> DealTerms {
    let window = SaleWindow { start: UnixMillis(start), end: UnixMillis(end) };
    DealTerms { discount, window, quota: None, person_limit: None }
}

pub(crate) fn deal(id: i64, discount: Discount, start: i64, end: i64) -> Deal {
    let terms = terms(discount, start, end);
    Deal { id: event(id), terms, currency: None, opened_at: UnixMillis(1) }
}

/// `12.5%` or `300`.
pub(crate) fn discount(text: &str) -> Discount {
    match text.strip_suffix('%') {
        Some(number) => {
            let (whole, part) = number.split_once('.').unwrap_or((number, ""));
            let points = format!("{whole}{part:0<2}").parse().expect("a percentage of the test");
            percent(points)
        }
        None => Discount::Fixed(amount(text.parse().expect("an amount of the test"))),
    }
}

#[test]
fn a_deal_makes_a_price_rounded_half_up_and_none_where_nothing_is_left_to_pay() {
    check(
        "
        price   discount -> price after
        10000   10%      -> 9000
        999     50%      -> 500
        333     12.5%    -> 291
        1       50%      -> 1
        1       50.01%   -> none
        1       99%      -> none
        1       0.01%    -> 1
        10000   99.99%   -> 1
        12900   33.33%   -> 8600
        255     10%      -> 230
        245     10%      -> 221
        9007199254740991 0.01% -> 9006298534815517
        1000    300      -> 700
        1000    999      -> 1
        1000    1000     -> none
        1000    1001     -> none
        0       10%      -> none
    ",
        |row| {
            let terms = terms(discount(row.text(1)), 0, 1);
            let price = terms.price_of(amount(row.number(0)));
            price.map_or_else(|| "none".to_owned(), |price| price.minor().to_string())
        },
    );
}

#[test]
fn a_deal_promises_only_what_can_be_kept() {
    let longest = DEAL_DAYS_MAX * DAY_MS;
    let table = format!(
        "
        discount start end  quota limit -> outcome
        10%      100  200   -     -     -> promised
        99.99%   100  200   1     1     -> promised
        1        100  200   {ON_HAND_MAX} {QUANTITY_MAX} -> promised
        10%      0    51    -     -     -> promised
        10%      100  {}    -     -     -> promised
        100%     100  100   0     0     -> DiscountOutOfRange
        0        100  200   -     -     -> DiscountOutOfRange
        10%      100  100   0     0     -> WindowEmpty
        10%      100  99    -     -     -> WindowEmpty
        10%      0    50    0     0     -> WindowPast
        10%      0    49    -     -     -> WindowPast
        10%      100  {}    0     0     -> WindowTooLong
        10%      100  200   0     0     -> QuotaOutOfRange
        10%      100  200   {} -  -> QuotaOutOfRange
        10%      100  200   5     0     -> PersonLimitOutOfRange
        10%      100  200   -     {}    -> PersonLimitOutOfRange
    ",
        100 + longest,
        101 + longest,
        ON_HAND_MAX + 1,
        QUANTITY_MAX + 1,
    );
    let seen = check(&table, |row| {
        let mut terms = terms(discount(row.text(0)), row.number(1), row.number(2));
        terms.quota = row.text(3).parse().ok();
        terms.person_limit = row.text(4).parse().ok();
        match terms.check(UnixMillis(50)) {
            Ok(()) => "promised".to_owned(),
            Err(refusal) => format!("{refusal:?}"),
        }
    });
    shows_all(
        &seen,
        &[
            "DiscountOutOfRange",
            "WindowEmpty",
            "WindowPast",
            "WindowTooLong",
            "QuotaOutOfRange",
            "PersonLimitOutOfRange",
        ],
    );
}

#[test]
fn a_last_day_counts_whole() {
    for (ms, days) in [(1, 1), (DAY_MS, 1), (DAY_MS + 1, 2), (7 * DAY_MS, 7)] {
        assert_eq!(terms(percent(1), 1_000, 1_000 + ms).days(), days, "{ms}");
    }
}

#[test]
fn every_move_of_a_deal_is_in_this_table() {
    let seen = check(
        "
        state     asked  at  -> outcome
        OPEN      pause  50  -> PAUSED
        OPEN      pause  150 -> PAUSED
        OPEN      resume 150 -> unchanged
        OPEN      cancel 150 -> CANCELLED
        PAUSED    pause  150 -> unchanged
        PAUSED    resume 150 -> OPEN
        PAUSED    cancel 199 -> CANCELLED
        CANCELLED pause  150 -> Cancelled
        CANCELLED resume 250 -> Cancelled
        CANCELLED cancel 250 -> unchanged
        OPEN      pause  200 -> Ended
        PAUSED    resume 200 -> Ended
        OPEN      cancel 200 -> Ended
    ",
        |row| {
            let state = DealState::from_name(row.text(0)).expect("a state of the table");
            let asked = match row.text(1) {
                "pause" => DealMove::Pause,
                "resume" => DealMove::Resume,
                _ => DealMove::Cancel,
            };
            let terms = terms(percent(1_000), 100, 200);
            match decide_move(&terms, state, asked, UnixMillis(row.number(2))) {
                Ok(Some(state)) => state.name().to_owned(),
                Ok(None) => "unchanged".to_owned(),
                Err(DealMoveRefusal::Cancelled) => "Cancelled".to_owned(),
                Err(DealMoveRefusal::Ended) => "Ended".to_owned(),
            }
        },
    );
    shows_all(&seen, &["Cancelled", "Ended", "unchanged"]);
}
