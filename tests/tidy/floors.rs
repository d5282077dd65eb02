//! Which folders of the server import which, read from the sources.
//!
//! `http/kit` is the lowest floor; the wings, `operations`, `docs` and `live` stand on it; `pages` stands on
//! them all; what gathers them, the files right in `src/http`, is on top.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::wings::wings;
use super::{code, files, is_test, name};

static WINGS: LazyLock<Vec<String>> = LazyLock::new(wings);

/// They start the server and print its documents.
const ABOVE_HTTP: [&str; 2] = ["startup", "cli"];

/// An import: its line, and the path from the crate's root.
pub(super) type Import = (usize, Vec<String>);

/// The module that a file below `src` is.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = path.split('/').filter(|part| !["mod", "lib", "main"].contains(part));
    parts.map(str::to_owned).collect()
}

/// The folder that a module belongs to.
fn folder(module: &[String]) -> String {
    let parts: Vec<&str> = module.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["http", wing, ..] if *wing == "kit" || is_beside_kit(wing) => format!("http/{wing}"),
        [top, ..] => (*top).to_owned(),
        [] => String::new(),
    }
}

fn is_beside_kit(folder: &str) -> bool {
    WINGS.iter().any(|wing| wing == folder) || ["operations", "docs"].contains(&folder)
}

/// Whether a folder may import another one.
fn may_import(from: &str, to: &str) -> bool {
    let is_of_http = |folder: &str| folder.split('/').next().is_some_and(|top| top == "http");
    if from == to || !(is_of_http(to) || ["live", "pages"].contains(&to)) {
        return true;
    }
    let rank = |folder: &str| WINGS.iter().position(|wing| folder == format!("http/{wing}"));
    match from {
        "http" => true,
        "http/kit" => false,
        _ if ABOVE_HTTP.contains(&from) => true,
        "pages" => to != "http",
        _ if to == "http/kit" => is_of_http(from) || from == "live",
        _ => matches!((rank(from), rank(to)), (Some(from), Some(to)) if to < from),
    }
}

/// Reads the paths that begin with `crate`, `super` or `self`, also those of a list in braces.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Vec<(usize, Vec<String>)>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text[self.at..].trim_start()
    }

    fn takes(&mut self, token: &str) -> bool {
        let taken = self.rest().strip_prefix(token).map(str::len);
        self.at = taken.map_or(self.at, |left| self.text.len() - left);
        taken.is_some()
    }

    fn word(&mut self) -> String {
        let is_of_word = |c: &char| c.is_alphanumeric() || *c == '_';
        let word: String = self.rest().chars().take_while(is_of_word).collect();
        self.takes(&word);
        word
    }

    /// What follows `base` and two colons.
    fn tree(&mut self, base: &[String]) {
        if self.takes("{") {
            while !self.takes("}") && self.at < self.text.len() {
                self.tree(base);
                if self.takes("as ") {
                    self.word();
                }
                if !self.takes(",") && !self.rest().starts_with('}') {
                    return;
                }
            }
            return;
        }
        let start = self.text.len() - self.rest().len();
        let mut path = base.to_vec();
        let word = self.word();
        if !word.is_empty() {
            path.push(word);
        }
        match self.takes("::") {
            true => self.tree(&path),
            false => self.found.push((start, path)),
        }
    }
}

/// What the lines of a module import.
pub(super) fn imports(module: &[String], lines: &[(usize, String)]) -> Vec<Import> {
    let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let mut reader = Reader { text: &text, at: 0, found: Vec::new() };
    for root in ["crate", "super", "self"] {
        let start = format!("{root}::");
        for (at, _) in text.match_indices(&start) {
            let before = text[..at].chars().next_back().unwrap_or(' ');
            let is_part = before.is_alphanumeric() || ['_', ':'].contains(&before);
            // `pub(in crate::http)` imports nothing.
            if !is_part && !text[..at].ends_with("(in ") {
                reader.at = at + start.len();
                reader.tree(&[root.to_owned()]);
            }
        }
    }
    let found = reader.found.into_iter();
    found
        .map(|(at, path)| {
            let line = text[..at].matches('\n').count();
            (lines.get(line).map_or(0, |(number, _)| *number), from_root(module, &path))
        })
        .collect()
}

/// A path of a module, from the crate's root.
fn from_root(module: &[String], path: &[String]) -> Vec<String> {
    let mut full = module.to_vec();
    for part in path {
        match part.as_str() {
            "crate" => full.clear(),
            "super" => drop(full.pop()),
            "self" => {}
            part => full.push(part.to_owned()),
        }
    }
    full
}

/// Every place where a file imports what it may not, and every edge between folders.
fn judge(file: &str, lines: &[(usize, String)], edges: &mut BTreeMap<String, u32>) -> Vec<String> {
    let module = module(file);
    let from = folder(&module);
    let mut wrong = Vec::new();
    for (line, path) in imports(&module, lines) {
        let to = folder(&path);
        if from == to || path.is_empty() {
            continue;
        }
        *edges.entry(format!("{from} -> {to}")).or_default() += 1;
        if !may_import(&from, &to) {
            wrong.push(format!("{file}:{line}: {from} imports {to} ({})", path.join("::")));
        }
    }
    wrong
}

#[test]
fn no_floor_of_http_imports_one_above_it() {
    let mut edges = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files("src", "rs").iter().filter(|path| !is_test(path)) {
        wrong.extend(judge(&name(path), &code(path), &mut edges));
    }
    let is_of_http = |edge: &String| edge.contains("http") || edge.contains("live");
    let edges: Vec<String> = edges
        .iter()
        .filter(|(edge, _)| is_of_http(edge))
        .map(|(edge, count)| format!("{edge} ({count})"))
        .collect();
    println!("{}", edges.join("\n"));
    for needed in ["http -> live", "live -> http/kit", "http/deal -> http/shop"] {
        assert!(edges.iter().any(|edge| edge.starts_with(needed)), "this test sees no {needed}");
    }
    assert!(
        wrong.is_empty(),
        "a floor of http imports one above or beside it:\n{}\n\nall edges:\n{}",
        wrong.join("\n"),
        edges.join("\n")
    );
}

#[test]
fn a_planted_import_is_found() {
    for (file, line, found) in [
        ("src/http/kit/call.rs", "use crate::live::Live;", "http/kit imports live"),
        ("src/http/kit/problem.rs", "use crate::http::TABLE;", "http/kit imports http "),
        (
            "src/http/kit/problem/refusals.rs",
            "let x = super::super::super::deal::x();",
            "http/deal",
        ),
        ("src/http/shop/shops.rs", "use crate::http::{kit::code::Code, order};", "http/order"),
        ("src/http/account/mod.rs", "use super::shop::shapes::SearchAsk;", "http/shop"),
        (
            "src/http/docs/page.rs",
            "use super::super::{\n account::{words as w, routes},\n};",
            "http/account",
        ),
        ("src/live/frames.rs", "use crate::http::deal::shapes::DealAnswer;", "http/deal"),
        ("src/live/ws.rs", "use crate::http::Parts;", "live imports http "),
        ("src/auth/mod.rs", "use crate::http::kit::call::Call;", "auth imports http/kit"),
        ("src/auth/mod.rs", "use crate::{clock, live::Live};", "auth imports live"),
        ("src/pages/look.rs", "use crate::http::TABLE;", "pages imports http "),
        ("src/http/shop/shops.rs", "use crate::pages::Site;", "http/shop imports pages"),
        ("src/live/sse.rs", "use crate::pages::stream;", "live imports pages"),
    ] {
        let lines: Vec<(usize, String)> = (1..).zip(line.lines().map(str::to_owned)).collect();
        let wrong = judge(file, &lines, &mut BTreeMap::new());
        assert!(wrong.iter().any(|wrong| wrong.contains(found)), "{file}: {line}: {wrong:?}");
    }
    for (file, line) in [
        ("src/http/notice/notices.rs", "use crate::http::deal::shapes::DealTermsAnswer;"),
        ("src/http/notice/notices.rs", "use super::{routes, words::NewsKindName};"),
        ("src/http/mod.rs", "use self::{account, coupon};"),
        ("src/http/kit/intake/gate.rs", "pub(in crate::http) fn begin() {}"),
        ("src/startup/mod.rs", "use crate::http::{self, Parts};"),
        ("src/pages/account/mod.rs", "use crate::http::account::sessions;"),
        ("src/settings/mod.rs", "pub use live::LiveSettings;"),
    ] {
        let lines = [(1, line.to_owned())];
        assert_eq!(judge(file, &lines, &mut BTreeMap::new()), [""; 0], "{line}");
    }
}

/// Each folder of `src/http` is a wing, or beside them: the rules above hold of it.
#[test]
fn every_folder_of_http_has_its_place() {
    let http = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    for entry in std::fs::read_dir(http).expect("the folder is there") {
        let entry = entry.expect("a folder of ours can be read");
        let called = entry.file_name().to_string_lossy().into_owned();
        let is_known = called == "kit" || is_beside_kit(&called);
        assert!(is_known || entry.path().is_file(), "src/http/{called} is in no list of this test");
    }
}
