//! The house rules that no lint knows: read from the sources themselves.

#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/tables.rs"]
mod tables;
#[path = "tidy/wings.rs"]
mod wings;

use std::path::{Path, PathBuf};

/// Lines of a file at most: what is longer is two things.
const LINES_MAX: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` whose name ends in `.ext`.
fn files(folder: &str, ext: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        // What a later part of the project brings need not be there yet.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder of ours can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ext) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The lines that say something to the compiler, with their numbers; no tests, no comments.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = read(path);
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = (1..).zip(product.lines());
    lines
        .map(|(number, line)| (number, line.split("//").next().unwrap_or_default().to_owned()))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect()
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
        || name(path).split('/').any(|part| part == "tests")
}

/// Fails with every place where one of `banned` stands in a product file below `folders`.
#[track_caller]
fn nowhere(folders: &[&str], banned: &[&str], except: impl Fn(&str) -> bool, why: &str) {
    let mut found = Vec::new();
    for path in folders.iter().flat_map(|folder| files(folder, "rs")) {
        if is_test(&path) || except(&name(&path)) {
            continue;
        }
        for (number, line) in code(&path) {
            found.extend(
                banned
                    .iter()
                    .filter(|word| line.contains(*word))
                    .map(|word| format!("{}:{number}: `{word}`", name(&path))),
            );
        }
    }
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

const SOURCES: [&str; 6] = ["src", "actors", "entities", "migration", "tests", "build.rs"];

#[test]
fn the_sources_are_where_this_test_looks() {
    let count = SOURCES.iter().flat_map(|folder| files(folder, "rs")).count();
    assert!(count > 40, "{count} files: the rules below would hold of nothing");
}

#[test]
fn the_domain_knows_no_clock_no_waiting_no_chance_and_no_outside() {
    let banned = [
        "SystemTime",
        "Instant",
        "std::time",
        "chrono",
        "async ",
        ".await",
        "tokio",
        "actix",
        "sea_orm",
        "sqlx",
        "std::io",
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "rand::",
        "getrandom",
        "new_v4",
        "new_v7",
        "now_v7",
        "println!",
        "eprintln!",
        "tracing",
        "log::",
        "Mutex",
        "RwLock",
        "Atomic",
        "thread_local",
        "static mut",
        "RandomState",
        "unsafe",
    ];
    nowhere(
        &["actors/domain/src"],
        &banned,
        |_| false,
        "this belongs in a shell, not in the rules",
    );
    let manifest = read(&root().join("actors/domain/Cargo.toml"));
    let dependencies = manifest.split("[dependencies]").nth(1).expect("the domain's manifest");
    let dependencies = dependencies.split('[').next().expect("up to the next table");
    for line in dependencies.lines().filter(|line| !line.trim().is_empty()) {
        let crate_name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        assert_eq!(crate_name, "serde", "the domain depends on {crate_name}");
    }
}

#[test]
fn the_wall_clock_is_read_in_one_place() {
    nowhere(
        &["src", "actors"],
        &["SystemTime", "Utc::now", "Local::now"],
        |name| name == "actors/src/clock/reader.rs",
        "it may be wrong just now: ask the clock of the actors",
    );
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let long: Vec<String> = SOURCES
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| (read(&path).lines().count(), name(&path)))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "more than {LINES_MAX} lines:\n{}", long.join("\n"));
}

#[test]
fn every_crate_is_held_to_the_same_lints() {
    let manifests: Vec<PathBuf> = std::iter::once(root().join("Cargo.toml"))
        .chain(["actors", "entities", "migration"].iter().flat_map(|folder| files(folder, "toml")))
        .filter(|path| path.file_name().is_some_and(|name| name == "Cargo.toml"))
        .collect();
    assert!(manifests.len() >= 5, "{manifests:?}");
    for manifest in manifests {
        let text = read(&manifest);
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} has lints of its own",
            name(&manifest)
        );
        assert!(
            !text.contains("git = \""),
            "{}: dependencies come from a registry",
            name(&manifest)
        );
    }
}

#[test]
fn only_the_ledger_writes_to_the_database() {
    let writes = [
        "INSERT INTO",
        "UPDATE ",
        "DELETE FROM",
        "insert_many",
        "insert_one",
        ".insert(&",
        ".save(&",
        "update_many",
        "delete_many",
        "delete_by_id",
        "execute_unprepared",
        "execute_raw",
    ];
    // A wing hands its statements over: only the ledger runs them.
    let is_handed_over =
        |name: &str| name.ends_with("/rows.rs") || name == "actors/src/notice/forget.rs";
    let may = |name: &str| {
        name.starts_with("actors/src/ledger")
            || name.starts_with("migration/")
            || is_handed_over(name)
    };
    nowhere(
        &["src", "actors/src", "entities"],
        &writes,
        may,
        "only actors/src/ledger (and a migration) writes",
    );
}

#[test]
fn actors_know_nothing_of_http() {
    let http = ["actix_web", "StatusCode", "HttpResponse", "HttpRequest", "HeaderMap", "http::"];
    nowhere(&["actors", "entities", "migration"], &http, |_| false, "HTTP stays in src/http");
    for manifest in ["actors/Cargo.toml", "actors/domain/Cargo.toml", "entities/Cargo.toml"] {
        assert!(!read(&root().join(manifest)).contains("actix-web"), "{manifest}");
    }
}

#[test]
fn no_message_goes_past_the_bound_of_a_mailbox() {
    nowhere(
        &["src", "actors"],
        &["do_send(", "addr.send(", "address().send("],
        |_| false,
        "do_send ignores the bound of a mailbox and send waits at it for ever: use try_send",
    );
    nowhere(
        &["src", "actors"],
        &["unbounded_channel", "mpsc::channel()", "unbounded()"],
        |_| false,
        "a queue has a bound, with a reason",
    );
}

#[test]
fn nothing_waits_on_a_lock_of_the_standard_library() {
    nowhere(
        &["src", "actors"],
        &["std::sync::Mutex", "std::sync::RwLock", "sync::{Mutex", "Mutex, RwLock}"],
        |_| false,
        "parking_lot's locks are not poisoned",
    );
}

#[test]
fn things_are_called_by_what_they_are() {
    let mut found = Vec::new();
    for path in
        ["src", "actors", "entities", "migration"].iter().flat_map(|folder| files(folder, "rs"))
    {
        for (number, line) in code(&path) {
            for kind in ["struct ", "enum ", "trait ", "mod ", "type "] {
                let Some((_, rest)) = line.split_once(kind) else { continue };
                let word: String =
                    rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let lower = word.to_lowercase();
                if ["manager", "helper", "util"].iter().any(|empty| lower.contains(empty)) {
                    found.push(format!("{}:{number}: {word}", name(&path)));
                }
            }
        }
    }
    // What the schema library calls its own is not ours to name.
    found.retain(|place| !place.ends_with("SchemaManager"));
    assert!(found.is_empty(), "a name that says nothing:\n{}", found.join("\n"));
}

#[test]
fn no_address_of_somebodys_machine_is_in_the_sources() {
    let here = format!("{}/", root().display());
    let homes = ["/home/", "/root/", "/Users/", "C:\\", here.as_str()];
    let texts = ["rs", "toml", "md", "yml", "yaml", "sql", "sh"];
    let folders = ["src", "actors", "entities", "migration", "tests", "config", ".ci", "docs"];
    let mut paths: Vec<PathBuf> =
        folders.iter().flat_map(|folder| texts.iter().flat_map(|ext| files(folder, ext))).collect();
    paths.extend(
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "tests/run", ".ci/run"]
            .map(|file| root().join(file)),
    );
    for path in paths.into_iter().filter(|path| path.exists() && !path.ends_with("tidy.rs")) {
        let text = read(&path);
        for home in homes {
            assert!(!text.contains(home), "{} names {home}", name(&path));
        }
    }
}

/// The commands in the shell blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in page.lines() {
        if let Some(fence) = line.trim().strip_prefix("```") {
            inside = !inside && ["sh", "bash", "console", "shell"].contains(&fence.trim());
        } else if inside {
            commands.push(line.trim().trim_start_matches("$ ").to_owned());
        }
    }
    commands
}

#[test]
fn the_commands_in_the_readme_exist() {
    let commands = commands(&read(&root().join("README.md")));
    for wanted in ["cargo run --release", "tests/run"] {
        let is_there = commands.iter().any(|command| command.starts_with(wanted));
        assert!(is_there, "README.md does not show `{wanted}`");
    }
    for script in ["tests/run", ".ci/run"] {
        use std::os::unix::fs::PermissionsExt as _;
        let about = std::fs::metadata(root().join(script)).expect("the script is there");
        assert!(about.permissions().mode() & 0o111 != 0, "{script} cannot be run");
    }
    for command in &commands {
        for word in command.split_whitespace().take_while(|word| *word != "|") {
            let is_path = ["tests/", ".ci/", "config/", "src/", "./tests/"]
                .iter()
                .any(|at| word.starts_with(at));
            assert!(
                !is_path || root().join(word).exists(),
                "README.md names {word}, which is not there"
            );
        }
        let mut words = command.split_whitespace();
        if words.next().is_some_and(|word| word.ends_with("hotdeal")) {
            let subcommand = words.next().unwrap_or("serve");
            let known =
                ["serve", "migrate", "openapi", "asyncapi", "replay", "rush", "audit", "user"];
            let is_known = subcommand.starts_with('-') || known.contains(&subcommand);
            assert!(is_known, "README.md: `{command}`");
        }
    }
}
