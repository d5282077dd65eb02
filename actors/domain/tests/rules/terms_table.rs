//! What a seller may promise with coupons.

use hotdeal_domain::coupon::{
    COUPONS_MAX, CouponTerms, NAME_MAX, POLICIES_MAX, Policy, TermsRefusal, Validity,
};
use hotdeal_domain::{Amount, BasisPoints, Discount, SaleWindow, UnixMillis};

use crate::coupon_table::terms;
use crate::table::amount;

const NOW: UnixMillis = UnixMillis(50);
type Change = fn(&mut CouponTerms);

fn fixed(minor: i64, allocation_percentage: u8) -> Policy {
    Policy { discount: Discount::Fixed(amount(minor)), allocation_percentage }
}

fn rate(points: u16, allocation_percentage: u8) -> Policy {
    let points = BasisPoints::try_from(points).expect("a percentage of the test");
    Policy { discount: Discount::Rate(points), allocation_percentage }
}

fn window(start: i64, end: i64) -> SaleWindow {
    SaleWindow { start: UnixMillis(start), end: UnixMillis(end) }
}

/// What the row is about, the change to good terms, and what the check says then.
const TABLE: &[(&str, Change, Result<(), TermsRefusal>)] = &[
    ("good terms", |_| {}, Ok(())),
    ("an empty name", |t| t.name.clear(), Err(TermsRefusal::NameLength)),
    ("a blank name", |t| t.name = " \t\n".to_owned(), Err(TermsRefusal::NameLength)),
    ("the longest name, in letters of three bytes", |t| t.name = "깜".repeat(NAME_MAX), Ok(())),
    ("a letter more", |t| t.name = "깜".repeat(NAME_MAX + 1), Err(TermsRefusal::NameLength)),
    ("no coupon", |t| t.total = 0, Err(TermsRefusal::TotalOutOfRange)),
    ("one coupon", |t| t.total = 1, Ok(())),
    ("the largest batch", |t| t.total = COUPONS_MAX, Ok(())),
    ("one more", |t| t.total = COUPONS_MAX + 1, Err(TermsRefusal::TotalOutOfRange)),
    ("no policy", |t| t.policies.clear(), Err(TermsRefusal::PolicyCount)),
    ("as many policies as there are", |t| t.policies = vec![rate(1, 1); POLICIES_MAX], Ok(())),
    (
        "one more",
        |t| t.policies = vec![rate(1, 1); POLICIES_MAX + 1],
        Err(TermsRefusal::PolicyCount),
    ),
    (
        "a policy without a share",
        |t| t.policies = vec![rate(1, 0), rate(1, 100)],
        Err(TermsRefusal::EmptyPolicy),
    ),
    (
        "a policy worth nothing",
        |t| t.policies = vec![fixed(0, 100)],
        Err(TermsRefusal::EmptyPolicy),
    ),
    ("a policy that gives all", |t| t.policies = vec![rate(10_000, 100)], Ok(())),
    ("99 percent", |t| t.policies = vec![fixed(1, 99)], Err(TermsRefusal::SharesNotWhole)),
    (
        "101 percent",
        |t| t.policies = vec![fixed(1, 100), fixed(1, 1)],
        Err(TermsRefusal::SharesNotWhole),
    ),
    (
        // A sum kept in eight bits would be 100 again.
        "356 percent",
        |t| t.policies = vec![fixed(1, 178), fixed(1, 178)],
        Err(TermsRefusal::SharesNotWhole),
    ),
    ("an end at the start", |t| t.window = window(100, 100), Err(TermsRefusal::WindowEmpty)),
    ("an end before the start", |t| t.window = window(100, 99), Err(TermsRefusal::WindowEmpty)),
    ("an end at this instant", |t| t.window = window(10, 50), Err(TermsRefusal::WindowPast)),
    ("an end a millisecond on", |t| t.window = window(10, 51), Ok(())),
    (
        "no day of validity",
        |t| t.validity = Validity::DaysFromIssue(0),
        Err(TermsRefusal::ValidityOutOfRange),
    ),
    ("ten years", |t| t.validity = Validity::DaysFromIssue(3_650), Ok(())),
    (
        "a day more",
        |t| t.validity = Validity::DaysFromIssue(3_651),
        Err(TermsRefusal::ValidityOutOfRange),
    ),
    (
        "over before the first is issued",
        |t| t.validity = Validity::Until(UnixMillis(100)),
        Err(TermsRefusal::ValidityOutOfRange),
    ),
    ("valid to the end of the window", |t| t.validity = Validity::Until(UnixMillis(200)), Ok(())),
    ("any minimum price", |t| t.minimum_price = amount(1_000_000), Ok(())),
    // The order of the refusals is part of the contract: everything wrong at once.
    (
        "all wrong",
        |t| {
            *t = CouponTerms {
                name: String::new(),
                total: 0,
                policies: Vec::new(),
                window: window(9, 8),
                validity: Validity::DaysFromIssue(0),
                minimum_price: Amount::ZERO,
            };
        },
        Err(TermsRefusal::NameLength),
    ),
    (
        "all wrong but the name",
        |t| (t.total, t.policies, t.window) = (0, Vec::new(), window(9, 8)),
        Err(TermsRefusal::TotalOutOfRange),
    ),
    ("empty and past", |t| t.window = window(9, 8), Err(TermsRefusal::WindowEmpty)),
];

#[test]
fn terms_are_checked_in_order() {
    for (what, change, expected) in TABLE {
        let mut terms = terms(10);
        change(&mut terms);
        assert_eq!(terms.check(NOW), *expected, "{what}");
    }
}

#[test]
fn every_refusal_of_terms_has_a_row() {
    // Exhaustive on purpose: a new refusal must break this until it has a row.
    let place = |refusal: TermsRefusal| match refusal {
        TermsRefusal::NameLength => 0,
        TermsRefusal::TotalOutOfRange => 1,
        TermsRefusal::PolicyCount => 2,
        TermsRefusal::EmptyPolicy => 3,
        TermsRefusal::SharesNotWhole => 4,
        TermsRefusal::WindowEmpty => 5,
        TermsRefusal::WindowPast => 6,
        TermsRefusal::ValidityOutOfRange => 7,
    };
    let shown: std::collections::BTreeSet<usize> =
        TABLE.iter().filter_map(|(_, _, expected)| expected.err()).map(place).collect();
    assert!(shown.into_iter().eq(0..8), "a refusal has no row");
}

#[test]
fn a_coupon_is_valid_for_its_days_or_until_its_instant() {
    let mut terms = terms(1);
    assert_eq!(terms.valid_until(UnixMillis(150)), UnixMillis(150 + 7 * 86_400_000));
    terms.validity = Validity::Until(UnixMillis(900));
    assert_eq!(terms.valid_until(UnixMillis(150)), UnixMillis(900));
    // 9999-12-31T05:59:59.999Z is written with four digits of the year in every zone.
    terms.validity = Validity::DaysFromIssue(3_650);
    let latest = UnixMillis(253_402_236_000_000 - 1);
    assert_eq!(terms.valid_until(latest.plus(-1_000)), latest);
}
