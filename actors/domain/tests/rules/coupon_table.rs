//! Who gets a coupon, and why not: the first refusal that applies.

use hotdeal_domain::coupon::{
    BatchStatus, CouponPool, CouponTerms, IssueRefusal, Policy, Validity,
};
use hotdeal_domain::{Amount, BasisPoints, Discount, SaleWindow, UnixMillis};

use crate::table::{amount, check, shows_all, user};

pub(crate) fn terms(total: u32) -> CouponTerms {
    let rate = BasisPoints::try_from(1_500).expect("15 %");
    CouponTerms {
        name: "Opening week".to_owned(),
        total,
        policies: vec![
            Policy { discount: Discount::Fixed(amount(3_000)), allocation_percentage: 50 },
            Policy { discount: Discount::Rate(rate), allocation_percentage: 50 },
        ],
        window: SaleWindow { start: UnixMillis(100), end: UnixMillis(200) },
        validity: Validity::DaysFromIssue(7),
        minimum_price: Amount::ZERO,
    }
}

fn outcome(refusal: IssueRefusal) -> String {
    match refusal {
        IssueRefusal::NotReady(status) => format!("NotReady {status:?}"),
        IssueRefusal::Duplicate(grant) => {
            format!("Duplicate {} of {}", grant.ordinal, grant.issued_at.0)
        }
        IssueRefusal::NotOpenYet(start) => format!("NotOpenYet {}", start.0),
        IssueRefusal::Closed => "Closed".to_owned(),
        IssueRefusal::SoldOut => "SoldOut".to_owned(),
    }
}

/// Columns: user, at. Every grant is applied, so later rows see it.
#[track_caller]
fn draw_from(pool: &mut CouponPool, table: &str) -> std::collections::BTreeSet<String> {
    check(table, |row| {
        let before = pool.clone();
        let decided = pool.decide(user(row.number(0)), UnixMillis(row.number(1)));
        assert_eq!(before.issued(), pool.issued(), "deciding changes nothing");
        match decided {
            Ok(fact) => {
                pool.apply(fact);
                assert_eq!(pool.check(), Ok(()));
                format!("issued {}", fact.ordinal)
            }
            Err(refusal) => outcome(refusal),
        }
    })
}

#[test]
fn each_shopper_gets_one_coupon_inside_the_window_while_there_are_any() {
    let mut pool = CouponPool::new(terms(2), 7, BatchStatus::Preparing);
    let mut seen = draw_from(&mut pool, "user at -> outcome\n 1 150 -> NotReady Preparing");
    pool.set_status(BatchStatus::Ready);
    seen.extend(draw_from(
        &mut pool,
        "
        user  at -> outcome
        1     99 -> NotOpenYet 100
        1    100 -> issued 0
        1    150 -> Duplicate 0 of 100
        # Whoever holds one is told so at any time, before, after and when all are gone.
        1     99 -> Duplicate 0 of 100
        1    200 -> Duplicate 0 of 100
        2    199 -> issued 1
        3    199 -> SoldOut
        3     99 -> NotOpenYet 100
        # Closed comes before sold out.
        3    200 -> Closed
        3    201 -> Closed
        1    150 -> Duplicate 0 of 100
        2    150 -> Duplicate 1 of 199
    ",
    ));
    pool.set_status(BatchStatus::Failed);
    seen.extend(draw_from(&mut pool, "user at -> outcome\n 9 150 -> NotReady Failed"));
    shows_all(&seen, &["issued", "NotReady", "Duplicate", "NotOpenYet", "Closed", "SoldOut"]);
}

#[test]
fn a_grant_tells_what_the_draw_gave_it() {
    let mut pool = CouponPool::new(terms(10), 7, BatchStatus::Ready);
    for (ordinal, id) in (0..10).zip(100..) {
        let fact = pool.decide(user(id), UnixMillis(100)).expect("one is left");
        pool.apply(fact);
        let grant = pool.grant_of(user(id)).expect("it was granted");
        assert_eq!(grant.ordinal, ordinal);
        let policy = usize::from(pool.draw().policy(ordinal).expect("inside the batch"));
        assert_eq!(grant.discount, pool.terms().policies[policy].discount);
        assert_eq!(pool.remaining(), 9 - ordinal);
    }
    assert_eq!(pool.grant_of(user(99)), None, "who never asked holds nothing");
    assert_eq!(pool.discount(10), None, "past the end of the batch");
}

#[test]
fn a_pool_rebuilt_from_its_facts_is_the_same_pool() {
    let mut pool = CouponPool::new(terms(50), 11, BatchStatus::Ready);
    let mut facts = Vec::new();
    for id in 1..=30 {
        let fact = pool.decide(user(id), UnixMillis(100 + id)).expect("one is left");
        pool.apply(fact);
        facts.push(fact);
    }
    let mut rebuilt = CouponPool::new(terms(50), 11, BatchStatus::Ready);
    rebuilt.reserve(facts.len());
    facts.into_iter().for_each(|fact| rebuilt.apply(fact));
    assert_eq!(rebuilt.check(), Ok(()));
    for id in 1..=31 {
        assert_eq!(rebuilt.grant_of(user(id)), pool.grant_of(user(id)));
    }
    let next = UnixMillis(199);
    assert_eq!(rebuilt.decide(user(31), next), pool.decide(user(31), next));
}

#[test]
fn a_shopper_with_two_coupons_is_found_broken() {
    let mut pool = CouponPool::new(terms(5), 7, BatchStatus::Ready);
    let fact = pool.decide(user(1), UnixMillis(100)).expect("one is left");
    pool.apply(fact);
    // No rule decides this; a journal that somebody wrote by hand could say it.
    pool.apply(hotdeal_domain::coupon::CouponIssued { ordinal: 1, ..fact });
    assert!(pool.check().is_err());
}
