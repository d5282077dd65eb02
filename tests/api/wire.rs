//! The wire contract of existing clients, row by row: paths, bodies, members and statuses as they
//! stand in its table, each with the body given there. What else the server does is tested
//! elsewhere; a change here breaks somebody's client.

mod accounts;
mod bodies;
mod catalogue;
mod codes;
mod coupons;
mod deals;
mod local_times;
mod orders;
mod subscriptions;

use serde_json::Value;

use crate::support::{Answer, App, Client, Role};

/// The answer's body, which has at least these members; each name may be a path, as `data.email`.
#[track_caller]
fn with_members(answer: &Answer, status: u16, members: &[&str]) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
    let body: Value = answer.read();
    has_members(&body, members);
    body
}

/// The list an answer is, each entry of which has at least these members.
#[track_caller]
fn list_with_members(answer: &Answer, members: &[&str]) -> Vec<Value> {
    assert_eq!(answer.status.as_u16(), 200, "{answer}");
    let list: Vec<Value> = answer.read();
    list.iter().for_each(|entry| has_members(entry, members));
    list
}

#[track_caller]
fn has_members(body: &Value, members: &[&str]) {
    for member in members {
        let pointer = format!("/{}", member.replace('.', "/"));
        assert!(body.pointer(&pointer).is_some(), "no `{member}` in {body}");
    }
}

/// A time, with its offset.
#[track_caller]
fn is_time(text: &Value) {
    let text = text.as_str().expect("a text");
    assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{text} is no time");
}

/// A shopper by the name of `number`, whose account nothing needs to know.
fn shopper(app: &App, number: i64) -> Client {
    app.with_role(number, Role::User)
}
