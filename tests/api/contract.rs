//! The contract as the document tells it: complete, committed, shown to people, and kept by the
//! server. What existing clients rely on is `wire`.

mod document;
mod fuzz;
mod page;
mod problems;
mod told;
mod tools;

use serde_json::Value;

use crate::support::App;

/// The document as the program prints it.
fn printed(app: &App) -> String {
    let ended = app.run(&["openapi"]);
    assert!(ended.status.success(), "{ended:?}");
    ended.stdout
}

fn document(app: &App) -> Value {
    serde_json::from_str(&printed(app)).expect("JSON")
}

/// Every operation of a document: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("the operations of a path");
        methods.iter().map(move |(method, told)| (method.to_uppercase(), path.clone(), told))
    });
    of_path.collect()
}
