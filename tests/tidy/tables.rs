//! Each table is one wing's: where its rows are written no other names it.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, files, name};

/// What says rows beside each `rows.rs`.
const BESIDE: [&str; 2] = ["actors/src/ledger/tables.rs", "actors/src/notice/forget.rs"];

/// The files that write rows, each as a text.
fn writing() -> Vec<(String, String)> {
    let paths = files("actors/src", "rs").into_iter();
    let named = paths.map(|path| (name(&path), path)).filter(|(file, _)| {
        // The rows of any statement: they know no table.
        let says_rows = file.ends_with("/rows.rs") && !file.contains("/statement/");
        says_rows || BESIDE.contains(&file.as_str())
    });
    named
        .map(|(file, path)| (file, code(&path).into_iter().map(|(_, line)| line + "\n").collect()))
        .collect()
}

/// The tables a text imports, or writes to by name.
fn tables<'a>(text: &str, known: &'a [String]) -> BTreeSet<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let imports =
        text.split("hotdeal_entities::").skip(1).filter_map(|rest| rest.split(';').next());
    let imported: BTreeSet<&str> = imports.flat_map(|rest| rest.split(|c| !is_word(c))).collect();
    let begins = ["INTO ", "UPDATE ", "DELETE FROM ", "Delete::first(\"", "Delete::first(\n    \""];
    let written: BTreeSet<&str> = begins
        .iter()
        .flat_map(|begins| text.split(begins).skip(1))
        .filter_map(|rest| rest.split(|c| !is_word(c)).next())
        .collect();
    let is_named = |table: &&str| imported.contains(table) || written.contains(table);
    known.iter().map(String::as_str).filter(is_named).collect()
}

/// Who names each table.
fn owners(texts: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let known: Vec<String> = files("entities/src", "rs")
        .iter()
        .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
        .collect();
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in texts {
        let wing = file.trim_start_matches("actors/src/").split('/').next().unwrap_or_default();
        for table in tables(text, &known) {
            owners.entry(table.to_owned()).or_default().insert(wing.to_owned());
        }
    }
    owners
}

#[test]
fn every_table_is_written_by_one_wing() {
    let owners = owners(&writing());
    assert!(owners.len() > 20, "this test sees few tables: {owners:?}");
    let shared: Vec<_> = owners.iter().filter(|(_, wings)| wings.len() > 1).collect();
    assert!(shared.is_empty(), "a table of one wing is named by another: {shared:?}");
}

#[test]
fn a_planted_table_of_another_wing_is_found() {
    for (text, table) in [
        ("use hotdeal_entities::{products, orders};", "orders"),
        ("use hotdeal_entities::journal::Column as Journal;", "journal"),
        ("const A: &str = \"UPDATE coupons SET key = '1'\";", "coupons"),
        ("const A: Delete = Delete::first(\"revoked_tokens\", \"token\");", "revoked_tokens"),
    ] {
        let mut texts = writing();
        texts.push(("actors/src/shop/rows.rs".to_owned(), text.to_owned()));
        assert_eq!(owners(&texts)[table].len(), 2, "{text}");
    }
}
