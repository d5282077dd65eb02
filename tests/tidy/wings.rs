//! Which aggregates of the domain import which, read from the sources.

use std::collections::BTreeMap;

use super::floors::imports;
use super::{code, files, name};

/// From the lowest to the highest: each may import those before it. What is in no list stands below them
/// all and imports none of them.
const WINGS: [&str; 8] = ["account", "shop", "deal", "coupon", "order", "notice", "desk", "stream"];

fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("actors/domain/src/").trim_end_matches(".rs");
    path.split('/').filter(|part| !["mod", "lib"].contains(part)).map(str::to_owned).collect()
}

fn rank(wing: &str) -> Option<usize> {
    WINGS.iter().position(|known| *known == wing)
}

/// Every place where a file imports a wing above its own, and every edge between wings.
fn judge(file: &str, lines: &[(usize, String)], edges: &mut BTreeMap<String, u32>) -> Vec<String> {
    let module = module(file);
    // The crate's root gathers all of them.
    let Some(from) = module.first() else { return Vec::new() };
    let mut wrong = Vec::new();
    for (line, path) in imports(&module, lines) {
        let Some((to, above)) = path.first().and_then(|to| Some((to, rank(to)?))) else { continue };
        if from == to {
            continue;
        }
        *edges.entry(format!("{from} -> {to}")).or_default() += 1;
        if rank(from).is_none_or(|own| own < above) {
            wrong.push(format!("{file}:{line}: {from} imports {to} ({})", path.join("::")));
        }
    }
    wrong
}

#[test]
fn no_aggregate_of_the_domain_imports_one_above_it() {
    let mut edges = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files("actors/domain/src", "rs") {
        wrong.extend(judge(&name(&path), &code(&path), &mut edges));
    }
    let edges: Vec<String> =
        edges.iter().map(|(edge, count)| format!("{edge} ({count})")).collect();
    println!("{}", edges.join("\n"));
    for needed in ["order -> deal", "desk -> order", "stream -> desk"] {
        assert!(edges.iter().any(|edge| edge.starts_with(needed)), "this test sees no {needed}");
    }
    assert!(
        wrong.is_empty(),
        "an aggregate imports one above it:\n{}\n\nall edges:\n{}",
        wrong.join("\n"),
        edges.join("\n")
    );
}

#[test]
fn a_planted_import_of_an_aggregate_above_is_found() {
    for (file, line) in [
        ("actors/domain/src/shop/mod.rs", "use crate::order::Order;"),
        ("actors/domain/src/deal/board.rs", "use super::super::coupon::CouponPool;"),
        ("actors/domain/src/money.rs", "use crate::{shop::Quantity, UnixMillis};"),
        ("actors/domain/src/notice/mod.rs", "fn f() -> crate::desk::ShopDesk {}"),
    ] {
        let lines = [(1, line.to_owned())];
        assert_eq!(judge(file, &lines, &mut BTreeMap::new()).len(), 1, "{file}: {line}");
    }
    for (file, line) in [
        ("actors/domain/src/order/mod.rs", "use crate::deal::DealShare;"),
        ("actors/domain/src/desk/mod.rs", "use crate::order::OrderLine;"),
        ("actors/domain/src/account/session.rs", "use super::admins::AdminFact;"),
        ("actors/domain/src/lib.rs", "pub use desk::ShopDesk;"),
    ] {
        let lines = [(1, line.to_owned())];
        assert_eq!(judge(file, &lines, &mut BTreeMap::new()), [""; 0], "{file}: {line}");
    }
}
