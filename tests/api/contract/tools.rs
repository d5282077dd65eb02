//! The document read by the programs that people put it into: linters, and a generator of clients
//! whose work is compiled.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{document, operations, printed};
use crate::support::App;

/// The generator of clients; `tests/run` installs it.
const GENERATOR: &str = "HOTDEAL_OPENAPI_GENERATOR";

fn program(name: &str) -> PathBuf {
    let modules = std::env::var("HOTDEAL_TEST_NODE_MODULES").expect("run by tests/run");
    Path::new(&modules).join(".bin").join(name)
}

/// A file of tests/contract.
fn ours(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract").join(name)
}

/// A folder with the document in it.
async fn with_document() -> (TempDir, PathBuf) {
    let app = App::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, printed(&app)).expect("it can be written");
    (folder, file)
}

fn told(command: &mut Command) -> (Output, String) {
    let output = command.stdin(Stdio::null()).output().expect("tests/run installs it");
    let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.push_str(&String::from_utf8_lossy(&output.stderr));
    (output, told)
}

#[tokio::test]
async fn redocly_finds_no_error_in_the_document() {
    let (folder, file) = with_document().await;
    let mut lint = Command::new(program("redocly"));
    lint.arg("lint").arg(&file).args(["--extends", "recommended", "--format", "stylish"]);
    lint.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let (output, told) = self::told(lint.current_dir(folder.path()));
    assert!(output.status.success(), "{told}");
    assert!(told.contains("openapi.json"), "it read something else: {told}");
}

#[tokio::test]
async fn spectral_finds_no_error_in_the_document() {
    let (folder, file) = with_document().await;
    let mut lint = Command::new(program("spectral"));
    lint.arg("lint").arg(&file).arg("--ruleset").arg(ours("spectral.yaml"));
    let (output, told) = self::told(lint.current_dir(folder.path()));
    assert!(output.status.success(), "{told}");
    assert!(told.contains("openapi.json") || told.contains("No results"), "{told}");
}

#[tokio::test]
async fn a_client_generated_from_the_document_compiles() {
    let (folder, file) = with_document().await;
    let generator = std::env::var(GENERATOR).expect("run by tests/run");
    let client = folder.path().join("client");
    let mut generate = Command::new(generator);
    generate.args(["generate", "-g", "typescript-fetch", "-i"]).arg(&file).arg("-o").arg(&client);
    let (output, told) = self::told(&mut generate);
    assert!(output.status.success(), "{told}");
    std::fs::copy(ours("tsconfig.json"), client.join("tsconfig.json")).expect("it is there");
    let mut compile = Command::new(program("tsc"));
    let (output, told) = self::told(compile.arg("-p").arg(&client));
    assert!(output.status.success(), "{told}");
    let operations = ["orderProducts", "openStomp", "logIn", "issueCoupon"];
    let text = everything(&client.join("apis"));
    for name in operations {
        assert!(text.contains(&format!("async {name}(")), "{name} is not in the client");
    }
}

/// The text of all files of a folder.
fn everything(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).expect("the generator wrote it");
    let paths = files.map(|file| file.expect("it can be read").path());
    paths.map(|path| std::fs::read_to_string(path).expect("text")).collect()
}

#[tokio::test]
async fn what_is_public_says_so_and_the_server_is_named() {
    let document = document(&App::start().await);
    let servers = document["servers"].as_array().cloned().unwrap_or_default();
    assert!(!servers.is_empty(), "no server is named");
    for server in &servers {
        assert!(server["url"].is_string() && server["description"].is_string(), "{server}");
    }
    let mut wrong = Vec::new();
    for (method, path, told) in operations(&document) {
        let is_public = told["x-access"]["role"] == "PUBLIC";
        let says_so = told["security"].as_array().is_some_and(Vec::is_empty);
        if is_public != says_so || !matches!(told["security"], Value::Array(_)) {
            wrong.push(format!("{method} {path}: {}", told["security"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
