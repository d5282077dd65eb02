//! A key names one attempt: the same request finds the first answer, another is refused.

use hotdeal_domain::idempotency::{Claimed, KeyClaim, KeyScope};

use crate::table::{check, shows_all, user};

fn told(claimed: Claimed<&str>) -> String {
    match claimed {
        Claimed::Fresh => "Fresh".to_owned(),
        Claimed::Replay(answer) => format!("Replay {answer}"),
        Claimed::Conflict => "Conflict".to_owned(),
    }
}

#[test]
fn the_same_request_finds_the_first_answer_and_another_one_a_conflict() {
    let scope = KeyScope { principal: user(1), operation: "placeOrder", key: "k".into() };
    let claim = KeyClaim { scope, fingerprint: [7; 16] };
    let seen = check(
        "
        byte length -> outcome
        7    16     -> Replay first
        6    16     -> Conflict
        7    15     -> Conflict
        7    0      -> Conflict
    ",
        |row| {
            let stored = vec![row.number(0); row.number::<usize>(1)];
            told(claim.against(Some((&stored, "first"))))
        },
    );
    shows_all(&seen, &["Replay", "Conflict"]);
    assert_eq!(told(claim.against(None)), "Fresh");
}

#[test]
fn a_scope_is_a_principal_an_operation_and_a_key_to_the_letter() {
    let scope = |principal, operation, key: &str| KeyScope {
        principal: user(principal),
        operation,
        key: key.into(),
    };
    let known = scope(1, "placeOrder", "k1");
    assert_eq!(known, scope(1, "placeOrder", "k1"));
    for other in [
        scope(2, "placeOrder", "k1"),
        scope(1, "issueCoupon", "k1"),
        scope(1, "placeOrder", "k2"),
        scope(1, "placeOrder", "K1"),
    ] {
        assert_ne!(known, other);
    }
}
