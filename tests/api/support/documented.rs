//! The refusals that the committed contract lists: every one that any test is given has to be
//! among them, whatever the test is about.

use std::sync::LazyLock;

use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../contract/openapi.json")).expect("JSON is committed")
});

/// Fails where an operation was refused with a code that it does not list for this status.
pub(super) fn check(what: &str, status: u16, body: &[u8]) {
    let (method, target) = what.split_once(' ').expect("a method and a path");
    // An address that is none, or does not take the method, belongs to no operation.
    let Some(operation) = operation(method, target) else { return };
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = &problem["code"];
    // Here is no operation: perhaps it is at another address of the server.
    if code == "NOT_FOUND" {
        return;
    }
    let mut told = &operation["responses"][status.to_string()];
    if let Some(pointer) = told["$ref"].as_str() {
        told = DOCUMENT.pointer(pointer.trim_start_matches('#')).expect("what is referred to");
    }
    let listed = told["x-codes"].as_array().is_some_and(|codes| codes.contains(code));
    assert!(listed, "{what} -> {status} {code} is not documented: {}", told["x-codes"]);
}

/// The operation at an address; one without parameters before one with them.
fn operation(method: &str, target: &str) -> Option<&'static Value> {
    let path = target.split('?').next().unwrap_or_default();
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let item = paths
        .get(path)
        .or_else(|| paths.iter().find(|(template, _)| is_at(template, path)).map(|(_, item)| item));
    item?.get(&method)
}

fn is_at(template: &str, path: &str) -> bool {
    let (parts, others) = (template.split('/'), path.split('/'));
    let same = |(part, other): (&str, &str)| part == other || part.starts_with('{');
    parts.clone().count() == others.clone().count() && parts.zip(others).all(same)
}
