//! Runs the tests of `tests/browser` in Debian's Chromium, on SQLite alone: pages are the same on both databases.

use std::process::Command;

use crate::support::Store;

/// Runs one of the files there.
#[track_caller]
fn run(file: &str) {
    if Store::of_this_run() != Store::Sqlite {
        return;
    }
    let root = env!("CARGO_MANIFEST_DIR");
    let mut node = Command::new("node");
    node.arg("--test").arg(format!("{root}/tests/browser/{file}"));
    node.env("HOTDEAL_TEST_PROGRAM", env!("CARGO_BIN_EXE_hotdeal"));
    let ended = node.output().expect("node is installed by tests/run");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn pages_are_fit_for_everybody_in_each_language_colour_and_width() {
    run("looks.test.mjs");
}

#[test]
fn pages_stand_what_happens_while_somebody_looks() {
    run("scenarios.test.mjs");
}

#[test]
fn a_shop_works_on_its_orders_as_they_come() {
    run("console.test.mjs");
}
