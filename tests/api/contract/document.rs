//! The document is the one that is committed, and leaves nothing out.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{document, operations, printed};
use crate::support::App;

/// Operations that are no GET and take no key: they look something up, or a repeat does no harm.
const WITHOUT_KEY: &[&str] = &[
    "searchProducts",
    "searchStocks",
    "searchEvents",
    "noop",
    // A ticket is good once; a filter that is set again changes nothing.
    "buyTicket",
    "setLogLevel",
];

#[tokio::test]
async fn the_committed_document_is_the_one_the_program_prints() {
    let app = App::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/openapi.json");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = committed
        .lines()
        .zip(printed(&app).lines())
        .position(|(committed, printed)| committed != printed);
    assert!(
        committed.trim_end() == printed(&app).trim_end(),
        "tests/contract/openapi.json is not what `hotdeal openapi` prints (from line {}). If the \
         change of the contract is meant, renew it and commit it with the change:\n    \
         cargo run -- openapi > tests/contract/openapi.json",
        differs.map_or_else(|| "its end".to_owned(), |line| (line + 1).to_string()),
    );
    let served: Value = app.anyone().get("/api/openapi.json").send().await.with_status(200).good();
    assert_eq!(served, document(&app), "what is served is what is printed");
}

#[tokio::test]
async fn every_operation_is_described_in_full() {
    let document = document(&App::start().await);
    assert_eq!(document["openapi"], "3.1.0");
    let tags: Vec<&Value> =
        document["tags"].as_array().expect("tags").iter().map(|tag| &tag["name"]).collect();
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for (method, path, told) in operations(&document) {
        let name = told["operationId"].as_str().unwrap_or_default();
        let mut complain = |what: String| wrong.push(format!("{method} {path} ({name}): {what}"));
        if name.is_empty() || !names.insert(name.to_owned()) {
            complain("has no name of its own".to_owned());
        }
        let of = told["tags"].as_array().cloned().unwrap_or_default();
        if of.len() != 1 || !tags.contains(&&of[0]) {
            complain(format!("stands in {of:?}"));
        }
        if told["summary"].as_str().is_none_or(str::is_empty) {
            complain("says nothing".to_owned());
        }
        faults_of_answers(&document, told).into_iter().for_each(&mut complain);
        faults_of_asking(told).into_iter().for_each(&mut complain);
        let takes_key = told["parameters"]
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one["name"] == "Idempotency-Key"));
        if takes_key == (method == "GET" || WITHOUT_KEY.contains(&name)) {
            complain("takes a key where it should not, or the other way round".to_owned());
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    assert!(names.len() > 40, "{} operations", names.len());
}

/// What a reference stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => {
            let found = document.pointer(reference.trim_start_matches('#'));
            found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
    }
}

fn faults_of_answers(document: &Value, told: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let answers = told["responses"].as_object().expect("answers");
    let needs_token = told["security"].as_array().is_some_and(|ways| !ways.is_empty());
    for (status, answer) in answers {
        let answer = resolved(document, answer);
        for header in ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary"] {
            if answer["headers"][header].is_null() {
                faults.push(format!("{status} has no {header}"));
            }
        }
        let content = answer["content"].as_object().cloned().unwrap_or_default();
        // After 101 it is another protocol, whose messages AsyncAPI tells.
        if status == "101" || status == "304" || status.starts_with('2') {
            let has_schema = content.values().all(|body| is_named(&body["schema"]));
            let is_bare = ["204", "101", "304"].contains(&status.as_str());
            if content.is_empty() != is_bare || !has_schema {
                faults.push(format!("{status} has no schema with a name"));
            }
            continue;
        }
        let body = &content.get("application/problem+json").map(|body| &body["schema"]);
        if content.len() != 1 || body.is_none_or(|schema| !is_named(schema)) {
            faults.push(format!("{status} is no problem"));
        }
        if answer["x-codes"].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!("{status} lists no codes"));
        }
        if answer["headers"]["Content-Language"].is_null() {
            faults.push(format!("{status} has no Content-Language"));
        }
    }
    if !answers.keys().any(|status| status == "101" || status.starts_with('2')) {
        faults.push("never succeeds".to_owned());
    }
    for status in ["401", "403"] {
        // Logging in can fail without a token being needed.
        if needs_token && !answers.contains_key(status) {
            faults.push(format!("needs a token and has no {status}"));
        }
    }
    faults
}

/// A named schema, a list of one, or a plain text.
fn is_named(schema: &Value) -> bool {
    match schema["type"].as_str() {
        Some("array") => is_named(&schema["items"]),
        Some("string") => true,
        _ => schema["$ref"].is_string(),
    }
}

fn faults_of_asking(told: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for parameter in told["parameters"].as_array().into_iter().flatten() {
        let schema = &parameter["schema"];
        let is_bounded = match schema["type"].as_str() {
            Some("integer") => schema["minimum"].is_i64() && schema["maximum"].is_i64(),
            Some("string") => {
                let is_short = schema["maxLength"].as_u64().is_some_and(|max| max <= 4_096);
                is_short || schema["enum"].is_array() || parameter["in"] == "header"
            }
            Some("boolean") => true,
            _ => schema["$ref"].is_string(),
        };
        if !is_bounded {
            faults.push(format!("`{}` has no bounds", parameter["name"]));
        }
        if parameter["in"] == "path" && parameter["required"] != true {
            faults.push(format!("`{}` of the path may be absent", parameter["name"]));
        }
    }
    for body in told["requestBody"]["content"].as_object().into_iter().flatten() {
        if !is_named(&body.1["schema"]) {
            faults.push(format!("the body ({}) has no schema with a name", body.0));
        }
    }
    faults
}

/// Objects described where they are used get no name in a generated client.
#[tokio::test]
async fn every_object_has_a_name_and_every_reference_leads_somewhere() {
    let document = document(&App::start().await);
    let mut wrong = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        // An object that extends another is described beside the reference to it.
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for part in &parts {
            for (member, described) in part["properties"].as_object().into_iter().flatten() {
                if !described["properties"].is_null() || !described["items"]["properties"].is_null()
                {
                    wrong.push(format!("{name}.{member} is an object without a name"));
                }
            }
            for required in part["required"].as_array().into_iter().flatten() {
                let member = required.as_str().unwrap_or_default();
                if part["properties"][member].is_null() {
                    wrong.push(format!("{name} requires {member}, which it does not describe"));
                }
            }
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap_or_default();
        if document.pointer(pointer).is_none() {
            wrong.push(format!("{pointer} leads nowhere"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
