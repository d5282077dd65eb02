//! Which folders of the domain and of the actors import which, read from the sources.

use std::collections::BTreeMap;
use std::path::Path;

use super::floors::imports;
use super::{code, files, is_test, name};

/// A crate cut into floors.
struct House {
    /// Where its sources are.
    sources: &'static str,
    /// From the lowest to the highest: each may import those before it. What is in no list stands below
    /// them all and imports none of them.
    floors: Vec<String>,
}

/// The wings, each of which may import those before it. Their order is said once: where the mall lists
/// their statements.
pub(super) fn wings() -> Vec<String> {
    let mall = Path::new(env!("CARGO_MANIFEST_DIR")).join("actors/src/mall/mod.rs");
    let lists = code(&mall).into_iter().filter_map(|(_, line)| {
        line.trim().strip_suffix("::rows::statements(),").map(str::to_owned)
    });
    let wings: Vec<String> = lists.collect();
    assert_eq!(wings.first().map(String::as_str), Some("account"), "{wings:?}");
    wings
}

fn floors(below: &[&str], above: &[&str]) -> Vec<String> {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    [owned(below), wings(), owned(above)].concat()
}

fn domain() -> House {
    House { sources: "actors/domain/src/", floors: floors(&[], &["desk", "stream"]) }
}

fn actors() -> House {
    let above = ["fanout", "desk", "audit", "history", "mall"];
    House { sources: "actors/src/", floors: floors(&["storage", "ledger", "host"], &above) }
}

impl House {
    fn module(&self, file: &str) -> Vec<String> {
        let path = file.trim_start_matches(self.sources).trim_end_matches(".rs");
        path.split('/').filter(|part| !["mod", "lib"].contains(part)).map(str::to_owned).collect()
    }

    fn rank(&self, floor: &str) -> Option<usize> {
        self.floors.iter().position(|known| known == floor)
    }

    /// Every place where a file imports a floor above its own, and every edge between floors.
    fn judge(
        &self,
        file: &str,
        lines: &[(usize, String)],
        edges: &mut BTreeMap<String, u32>,
    ) -> Vec<String> {
        let module = self.module(file);
        // The crate's root gathers all of them.
        let Some(from) = module.first() else { return Vec::new() };
        let mut wrong = Vec::new();
        for (line, path) in imports(&module, lines) {
            let Some((to, above)) = path.first().and_then(|to| Some((to, self.rank(to)?))) else {
                continue;
            };
            if from == to {
                continue;
            }
            *edges.entry(format!("{from} -> {to}")).or_default() += 1;
            if self.rank(from).is_none_or(|own| own < above) {
                wrong.push(format!("{file}:{line}: {from} imports {to} ({})", path.join("::")));
            }
        }
        wrong
    }

    /// Judges all of its sources, tests aside.
    fn check(&self, needed: &[&str]) {
        let mut edges = BTreeMap::new();
        let mut wrong = Vec::new();
        for path in files(self.sources.trim_end_matches('/'), "rs") {
            let file = name(&path);
            // Callers who hang up: a test of the whole.
            if !is_test(&path) && !file.contains("/hang_up") {
                wrong.extend(self.judge(&file, &code(&path), &mut edges));
            }
        }
        let edges: Vec<String> =
            edges.iter().map(|(edge, count)| format!("{edge} ({count})")).collect();
        println!("{}", edges.join("\n"));
        for needed in needed {
            let is_seen = edges.iter().any(|edge| edge.starts_with(needed));
            assert!(is_seen, "this test sees no {needed}");
        }
        assert!(
            wrong.is_empty(),
            "a folder imports one above it:\n{}\n\nall edges:\n{}",
            wrong.join("\n"),
            edges.join("\n")
        );
    }

    /// What it says of a file of this one line.
    fn says(&self, file: &str, line: &str) -> usize {
        self.judge(file, &[(1, line.to_owned())], &mut BTreeMap::new()).len()
    }
}

#[test]
fn no_aggregate_of_the_domain_imports_one_above_it() {
    domain().check(&["order -> deal", "desk -> order", "stream -> desk"]);
}

#[test]
fn no_floor_of_the_actors_imports_one_above_it() {
    actors().check(&["ledger -> storage", "host -> ledger", "order -> shop", "desk -> order"]);
}

#[test]
fn a_planted_import_of_an_aggregate_above_is_found() {
    for (file, line) in [
        ("actors/domain/src/shop/mod.rs", "use crate::order::Order;"),
        ("actors/domain/src/deal/board.rs", "use super::super::coupon::CouponPool;"),
        ("actors/domain/src/money.rs", "use crate::{shop::Quantity, UnixMillis};"),
        ("actors/domain/src/notice/mod.rs", "fn f() -> crate::desk::ShopDesk {}"),
    ] {
        assert_eq!(domain().says(file, line), 1, "{file}: {line}");
    }
    for (file, line) in [
        ("actors/domain/src/order/mod.rs", "use crate::deal::DealShare;"),
        ("actors/domain/src/desk/mod.rs", "use crate::order::OrderLine;"),
        ("actors/domain/src/account/session.rs", "use super::admins::AdminFact;"),
        ("actors/domain/src/lib.rs", "pub use desk::ShopDesk;"),
    ] {
        assert_eq!(domain().says(file, line), 0, "{file}: {line}");
    }
}

#[test]
fn a_planted_import_of_a_wing_in_the_ledger_is_found_and_so_is_a_circle() {
    for (file, line) in [
        ("actors/src/ledger/batch.rs", "use crate::order::rows::Cancelled;"),
        ("actors/src/ledger/keys/read.rs", "let x = crate::shop::Shops::new();"),
        ("actors/src/storage/mod.rs", "use crate::ledger::Ledger;"),
        ("actors/src/host/shell.rs", "use crate::mall::Mall;"),
        ("actors/src/clock.rs", "use crate::host::Host;"),
        ("actors/src/account/open.rs", "use crate::shop::Shops;"),
        ("actors/src/order/orders.rs", "use crate::{desk::shop::ShopActor, clock};"),
        ("actors/src/notice/notices.rs", "use super::super::mall::Mall;"),
    ] {
        assert_eq!(actors().says(file, line), 1, "{file}: {line}");
    }
    for (file, line) in [
        ("actors/src/order/rows.rs", "use crate::shop::rows::move_stock;"),
        ("actors/src/desk/rows.rs", "use crate::{account, deal, notice};"),
        ("actors/src/ledger/writer.rs", "use super::batch::WriteSet;"),
        ("actors/src/mall.rs", "use crate::desk::shop::ShopActor;"),
    ] {
        assert_eq!(actors().says(file, line), 0, "{file}: {line}");
    }
}

/// So every import shows its wing.
#[test]
fn no_wing_is_handed_out_at_the_root_of_a_crate() {
    for house in [domain(), actors()] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(house.sources).join("lib.rs");
        let gathers = ["host", "ledger", "storage", "mall", "stream"];
        for (number, line) in code(&root) {
            let of = line.trim().strip_prefix("pub use ").map(|path| path.split("::").next());
            let wing = of.flatten().filter(|of| house.rank(of).is_some() && !gathers.contains(of));
            assert_eq!(wing, None, "{}lib.rs:{number}", house.sources);
        }
    }
}

/// Only the root has no folder: what is new is put where it belongs.
#[test]
fn every_folder_of_the_actors_has_its_floor() {
    let actors = actors();
    for path in files("actors/src", "rs") {
        let module = actors.module(&name(&path));
        let [folder, _, ..] = module.as_slice() else { continue };
        let is_known = actors.rank(folder).is_some() || ["clock", "hang_up"].contains(&&**folder);
        assert!(is_known, "actors/src/{folder} is in no list of this test");
    }
}
