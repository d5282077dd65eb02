//! The description of live events, read by AsyncAPI's own parser.

use std::process::Command;

use serde_json::Value;

use crate::support::App;

const PARSE: &str = "
const { Parser } = require('@asyncapi/parser');
const text = require('node:fs').readFileSync(0, 'utf8');
new Parser().parse(text).then((parsed) => {
  const { document: found, diagnostics } = parsed;
  for (const { code, message, path, severity } of diagnostics) {
    if (severity < 2) console.log(`${code} at ${path.join('.')}: ${message}`);
  }
  console.log(`channels: ${found?.channels().all().length}`);
});";

#[tokio::test]
async fn the_description_of_live_events_is_good_asyncapi_and_is_served() {
    let app = App::start().await;
    let printed = app.run(&["asyncapi"]);
    assert!(printed.status.success(), "{printed:?}");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &printed.stdout).expect("it can be written");
    let modules = std::env::var("HOTDEAL_TEST_NODE_MODULES").expect("run by tests/run");
    let parsed = Command::new("node")
        .args(["-e", PARSE])
        .env("NODE_PATH", modules)
        .stdin(std::fs::File::open(file.path()).expect("just written"))
        .output()
        .expect("node is installed by tests/run");
    let told = String::from_utf8_lossy(&parsed.stdout);
    assert_eq!(told.trim(), "channels: 5", "{}", String::from_utf8_lossy(&parsed.stderr));
    let printed: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    let served: Value = app.anyone().get("/api/asyncapi.json").send().await.good();
    assert_eq!(served, printed);
}
