//! Every dependency that is named is used: each costs a build its time, and a reader the question
//! what it is for.

use std::path::PathBuf;

use super::{code, files, is_test, read, root};

/// The crates, each by its folder.
const CRATES: [&str; 5] = [".", "actors", "actors/domain", "entities", "migration"];

/// The crates that a manifest names in its tables whose heads end like this.
fn named(manifest: &str, table: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            let head = head.trim_end_matches(']');
            is_inside = head == table || head.ends_with(&format!("'.{table}"));
        } else if is_inside && line.contains('=') && !line.starts_with('#') {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether a path in this line begins with the crate, or the line imports it whole.
fn uses(line: &str, crate_name: &str) -> bool {
    let name = crate_name.replace('-', "_");
    line.match_indices(&name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_start = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
        let after = &line[at + name.len()..];
        is_start && ["::", ";", " as "].iter().any(|next| after.starts_with(next))
    })
}

fn manifest(folder: &str) -> String {
    read(&root().join(folder).join("Cargo.toml"))
}

fn sources(folder: &str, part: &str) -> Vec<PathBuf> {
    files(&format!("{folder}/{part}"), "rs")
}

#[test]
fn every_dependency_is_used_where_it_is_named() {
    let mut unused = Vec::new();
    for folder in CRATES {
        let product: Vec<String> = sources(folder, "src")
            .iter()
            .filter(|path| !is_test(path))
            .flat_map(|path| code(path))
            .map(|(_, line)| line)
            .collect();
        let named_for_it = named(&manifest(folder), "dependencies");
        assert!(!named_for_it.is_empty(), "{folder}: no dependencies were found");
        for name in named_for_it {
            if !product.iter().any(|line| uses(line, &name)) {
                unused.push(format!("{folder}: {name}, unless by tests, whose table is another"));
            }
        }
        let all: Vec<String> = ["src", "tests"]
            .iter()
            .flat_map(|part| sources(folder, part))
            .map(|path| read(&path))
            .collect();
        for name in named(&manifest(folder), "dev-dependencies") {
            if !all.iter().flat_map(|text| text.lines()).any(|line| uses(line, &name)) {
                unused.push(format!("{folder}: {name}, for tests"));
            }
        }
    }
    assert!(unused.is_empty(), "named and not used:\n{}", unused.join("\n"));
}

#[test]
fn every_version_is_of_a_crate_that_somebody_names() {
    let mut taken = Vec::new();
    for folder in CRATES {
        taken.extend(named(&manifest(folder), "dependencies"));
        taken.extend(named(&manifest(folder), "dev-dependencies"));
    }
    let mut versions = named(&manifest("."), "workspace.dependencies");
    assert!(versions.len() > 40, "{versions:?}");
    versions.retain(|name| !taken.contains(name));
    assert!(versions.is_empty(), "nobody depends on {versions:?}");
}

/// Which Unicode tables `idna` reads host names with is chosen in the lock file alone, as its
/// `idna_adapter` describes; those it takes by itself are twenty crates more. Only the hosts of databases
/// are read with them.
#[test]
fn the_small_tables_for_host_names_are_locked() {
    let lock = read(&root().join("Cargo.lock"));
    assert!(
        !lock.contains("name = \"icu_normalizer\""),
        "an update took the large ones: cargo update -p idna_adapter --precise 1.1.0"
    );
}

#[test]
fn what_counts_as_a_use() {
    for line in ["use log;", "log::info!(x)", "use log::Level;", "let x = log::max();"] {
        assert!(uses(line, "log"), "{line}");
    }
    for line in ["catalog::all()", "use super::log::KEPT;", "let log = 1", "// log"] {
        assert!(!uses(line, "log"), "{line}");
    }
    let table = "[dependencies]\na.workspace = true\n# b = 1\n[target.'cfg(x)'.dependencies]\nc = \"1\"\n[dev-dependencies]\nd = \"1\"\n";
    assert_eq!(named(table, "dependencies"), ["a", "c"]);
    assert_eq!(named(table, "dev-dependencies"), ["d"]);
}
