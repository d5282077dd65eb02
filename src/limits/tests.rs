//! How callers are charged, and what the headers tell them.

use std::time::Duration;

use super::*;

fn limits(user: Option<Quota>, address: Option<Quota>) -> Limits {
    let quotas = [Quotas { user, address }; Group::ALL.len()];
    Limits::new(1_000, quotas, TrustedProxies::default())
}

fn quota(calls: u32, window_s: u32) -> Option<Quota> {
    Some(Quota { calls, window_s })
}

fn user(number: i64) -> UserId {
    UserId::try_from(number).expect("a number of an account")
}

fn told(limits: &Limits, standing: &Standing) -> [Option<String>; 2] {
    let mut headers = HeaderMap::new();
    limits.tell(standing, &mut headers);
    [POLICY, STANDING]
        .map(|name| headers.get(name).map(|value| value.to_str().expect("plain").to_owned()))
}

/// One call of `who` from `address` at `now`.
fn call(limits: &Limits, who: i64, address: [u8; 4], now: Instant) -> (bool, Standing) {
    let mut standing = Standing::at(now);
    let outcome = limits
        .charge_address(Group::Read, || Some(address.into()), &mut standing)
        .and_then(|()| limits.charge_user(Group::Read, user(who), &mut standing));
    (outcome.is_ok(), standing)
}

#[test]
fn the_policy_that_binds_first_is_the_one_told() {
    let limits = limits(quota(3, 60), quota(5, 10));
    let now = limits.started + Duration::from_secs(1);
    let policy = Some("\"read-user\";q=3;w=60, \"read-address\";q=5;w=10".to_owned());
    let (_, standing) = call(&limits, 1, [10, 0, 0, 1], now);
    let left = Some("\"read-user\";r=2;t=20".to_owned());
    assert_eq!(told(&limits, &standing), [policy.clone(), left]);
    for who in 2..=3 {
        assert!(call(&limits, who, [10, 0, 0, 1], now).0);
    }
    let (_, standing) = call(&limits, 4, [10, 0, 0, 1], now);
    assert_eq!(told(&limits, &standing)[1].as_deref(), Some("\"read-address\";r=1;t=8"));
    assert!(call(&limits, 5, [10, 0, 0, 1], now).0);
    let (let_in, standing) = call(&limits, 6, [10, 0, 0, 1], now);
    assert!(!let_in);
    assert_eq!(told(&limits, &standing)[1].as_deref(), Some("\"read-address\";r=0;t=2"));
    assert!(call(&limits, 6, [10, 0, 0, 2], now).0, "another address");
    assert!(call(&limits, 6, [10, 0, 0, 1], now + Duration::from_secs(2)).0, "in time");
}

#[test]
fn groups_do_not_take_from_each_other() {
    let limits = limits(quota(1, 60), None);
    let mut standing = Standing::at(Instant::now());
    for group in Group::ALL {
        assert!(limits.charge_user(group, user(1), &mut standing).is_ok());
        let refused = limits.charge_user(group, user(1), &mut standing).expect_err("used up");
        assert_eq!((refused.policy, refused.retry_after_s), (group.policies()[0], 60));
    }
}

#[test]
fn without_a_limit_nothing_is_counted_and_nothing_told() {
    let limits = limits(None, None);
    for _ in 0..1_000 {
        let (let_in, standing) = call(&limits, 1, [10, 0, 0, 1], Instant::now());
        assert!(let_in);
        assert_eq!(told(&limits, &standing), [None, None]);
    }
}
