//! That no refusal of the contract is forgotten here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{CASES, case};
use crate::support::App;

/// Refusals that rest on nothing which a crash may undo: of these operations (`*`: of all), with
/// these codes, and why.
const DURABLE: &[(&[&str], &[&str], &str)] = &[
    (&["*"], &["IDEMPOTENCY_KEY_REUSED"], "a key's answer is written before it is given"),
    (
        &["signUp", "preloadCoupons", "preloadCouponsShort"],
        &["DUPLICATE_EMAIL", "EVENT_HAS_COUPONS"],
        "the row that stands in the way is in the tables",
    ),
    (
        &["preloadCoupons", "preloadCouponsShort", "createProduct", "importProducts"],
        &["NOT_FOUND_SHOP", "NOT_FOUND_EVENT"],
        "shops and events are looked up in the tables",
    ),
    (
        &["issueCoupon", "issueCouponShort"],
        &["NOT_FOUND_EVENT", "NOT_OPEN_YET", "EVENT_CLOSED", "COUPONS_NOT_READY", "COUPONS_FAILED"],
        "the clock, or the tables, say so",
    ),
    (
        &["orderOne", "orderV2", "orderProducts", "createEvent"],
        &["MIXED_CURRENCIES", "TOO_MANY_DEALS"],
        "a currency never changes, and shops hear of deals that are durable",
    ),
    (
        &[
            "cancelOrder",
            "cancelOrderPart",
            "acceptOrder",
            "delayOrder",
            "readyOrder",
            "finishOrder",
            "rejectOrder",
        ],
        &["NOT_FOUND_ORDER", "NOT_FOUND_SHOP", "ILLEGAL_STATE"],
        "an order's parts are looked up in the tables, one change after the other",
    ),
    (
        &["pauseEvent", "resumeEvent", "cancelEvent"],
        &["NOT_FOUND_EVENT", "ILLEGAL_STATE"],
        "deals are looked up in the tables, one command after the other",
    ),
    (
        &["increaseStock", "resetStock"],
        &["STOCK_BELOW_SOLD"],
        "neither makes what is on hand less than what is sold",
    ),
    (
        &["subscribe", "unsubscribe", "readNotifications"],
        &["NOT_FOUND_PRODUCT", "NOT_FOUND_NOTIFICATION"],
        "products and notices are looked up in the tables",
    ),
    (&["restoreUser"], &["NOT_FOUND_USER"], "accounts are looked up in the tables"),
];

fn is_durable(operation: &str, code: &str) -> bool {
    DURABLE.iter().any(|(operations, codes, _)| {
        codes.contains(&code) && (operations.contains(&"*") || operations.contains(&operation))
    })
}

/// What operations that change something refuse by what they find: 404, 409 and 422.
fn listed() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(include_str!("../../contract/openapi.json"))
        .expect("JSON is committed");
    let items = document["paths"].as_object().expect("paths").values();
    let operations = items.filter_map(Value::as_object).flatten();
    let mut listed = BTreeSet::new();
    for (method, operation) in operations.filter(|(method, _)| *method != "get") {
        let Some(name) = operation["operationId"].as_str() else { continue };
        assert!(!method.is_empty(), "{name}");
        for status in ["404", "409", "422"] {
            let mut told = &operation["responses"][status];
            if let Some(pointer) = told["$ref"].as_str() {
                told =
                    document.pointer(pointer.trim_start_matches('#')).expect("what it refers to");
            }
            let codes = told["x-codes"].as_array().into_iter().flatten();
            listed.extend(
                codes.filter_map(|code| Some((name.to_owned(), code.as_str()?.to_owned()))),
            );
        }
    }
    listed
}

#[tokio::test]
async fn every_refusal_of_the_contract_is_tried_or_rests_on_the_tables() {
    let app = App::start().await;
    let mut tried = BTreeSet::new();
    for name in CASES {
        let refused = case(&app, name).await.refused;
        tried.extend(refused.iter().map(|of| (of.operation.to_owned(), of.code.to_owned())));
    }
    let listed = listed();
    assert!(listed.len() > 50, "the contract lists {listed:?}");
    let forgotten: Vec<_> =
        listed.iter().filter(|of| !tried.contains(*of) && !is_durable(&of.0, &of.1)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    let unlisted: Vec<_> = tried
        .iter()
        .filter(|of| {
            !listed.contains(*of)
                && !["PASSWORD_MISMATCH", "TOKEN_MISMATCH"].contains(&of.1.as_str())
        })
        .collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
}
