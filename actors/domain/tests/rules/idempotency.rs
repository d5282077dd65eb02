//! A key names one attempt: the same request finds the first answer, another is refused.

use std::sync::Arc;

use hotdeal_domain::idempotency::{Claimed, KeyBook, KeyClaim, KeyScope};

use crate::table::{check, shows_all, user};

const OPERATIONS: [&str; 2] = ["placeOrder", "issueCoupon"];

fn claim(principal: i64, operation: &str, key: &str, body: u8) -> KeyClaim {
    let operation = OPERATIONS.into_iter().find(|name| *name == operation).expect("an operation");
    let scope = KeyScope { principal: user(principal), operation, key: Arc::from(key) };
    KeyClaim { scope, fingerprint: [body; 16] }
}

fn told(claimed: Claimed) -> String {
    match claimed {
        Claimed::Fresh => "Fresh".to_owned(),
        Claimed::Replay(answer) => format!("Replay {answer}"),
        Claimed::Conflict => "Conflict".to_owned(),
    }
}

#[test]
fn a_key_belongs_to_one_principal_one_operation_and_one_request() {
    let mut book = KeyBook::new(100);
    book.remember(&claim(1, "placeOrder", "k1", 7), Arc::from("first"));
    let seen = check(
        "
        principal operation   key body -> outcome
        1         placeOrder  k1  7    -> Replay first
        1         placeOrder  k1  8    -> Conflict
        1         placeOrder  k2  7    -> Fresh
        1         placeOrder  K1  7    -> Fresh
        1         issueCoupon k1  7    -> Fresh
        2         placeOrder  k1  7    -> Fresh
        # Asking changes nothing.
        1         placeOrder  k1  7    -> Replay first
    ",
        |row| told(book.find(&claim(row.number(0), row.text(1), row.text(2), row.number(3)))),
    );
    shows_all(&seen, &["Fresh", "Replay", "Conflict"]);
}

#[test]
fn a_claim_is_compared_with_a_stored_row_as_with_the_book() {
    let claim = claim(1, "placeOrder", "k", 7);
    let answer: Arc<str> = Arc::from("stored");
    assert_eq!(told(claim.against(None)), "Fresh");
    assert_eq!(told(claim.against(Some((&[7; 16], &answer)))), "Replay stored");
    assert_eq!(told(claim.against(Some((&[6; 16], &answer)))), "Conflict");
    assert_eq!(told(claim.against(Some((&[7; 15], &answer)))), "Conflict");
    assert_eq!(told(claim.against(Some((&[], &answer)))), "Conflict");
}

#[test]
fn the_book_forgets_the_oldest_key_first_and_only_when_it_is_full() {
    let mut book = KeyBook::new(3);
    for number in 0..5_u8 {
        let key = format!("k{number}");
        book.remember(&claim(1, "placeOrder", &key, 7), Arc::from(key.as_str()));
    }
    let find = |key: &str| told(book.find(&claim(1, "placeOrder", key, 7)));
    let found: Vec<String> = (0..5).map(|number| find(&format!("k{number}"))).collect();
    assert_eq!(found, ["Fresh", "Fresh", "Replay k2", "Replay k3", "Replay k4"]);
}
