//! A page in Debian's Chromium, which does what it is told over the DevTools protocol.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::{PATIENCE, Socket, open};

const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
];

/// A browser of the test's own with one page.
pub(crate) struct Page {
    child: Child,
    tools: Socket,
    session: String,
    number: u64,
    _folder: TempDir,
}

impl Page {
    /// Shows what is at `url`.
    pub(crate) async fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("chromium");
        let data = format!("--user-data-dir={}", folder.path().display());
        command.args(ARGUMENTS).arg(data).env("HOME", folder.path());
        let piped = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("chromium is installed by tests/run");
        let address = listening(&mut child).recv_timeout(PATIENCE).expect("it tells where");
        let request = address.into_client_request().expect("an address");
        let tools = open(request).await.expect("it lets us in");
        let mut page = Self { child, tools, session: String::new(), number: 0, _folder: folder };
        let target = page.call("Target.createTarget", json!({"url": url})).await;
        let wanted = json!({"targetId": target["targetId"], "flatten": true});
        let attached = page.call("Target.attachToTarget", wanted).await;
        attached["sessionId"].as_str().expect("a session").clone_into(&mut page.session);
        // Until then what it is told is told to the empty page before.
        let shown = json!({"expression": "document.readyState + ' ' + location.href"});
        let wanted = json!(format!("complete {url}"));
        let begun = Instant::now();
        while page.answer("Runtime.evaluate", shown.clone()).await["result"]["result"]["value"]
            != wanted
        {
            assert!(begun.elapsed() < PATIENCE, "it shows the page in time");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        page
    }

    /// What this script of the page comes to, once it has.
    pub(crate) async fn does(&mut self, script: &str) -> Value {
        let wanted = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let done = self.call("Runtime.evaluate", wanted).await;
        assert!(done.get("exceptionDetails").is_none(), "{script}: {done}");
        done["result"]["value"].clone()
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        let told = self.answer(method, params).await;
        assert!(told.get("error").is_none(), "{method}: {told}");
        told["result"].clone()
    }

    async fn answer(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut call = json!({"id": self.number, "method": method, "params": params});
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        self.tools.send(Message::text(call.to_string())).await.expect("it listens");
        let number = self.number;
        let answer = async {
            while let Some(Ok(told)) = self.tools.next().await {
                let Message::Text(text) = told else { continue };
                let told: Value = serde_json::from_str(&text).expect("JSON");
                if told["id"] == json!(number) {
                    return told;
                }
            }
            panic!("{method}: the browser has gone");
        };
        let told = tokio::time::timeout(PATIENCE, answer).await;
        told.unwrap_or_else(|_| panic!("{method}: no answer in time"))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Its own children go with it. It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The line in which it tells where its tools listen.
fn listening(child: &mut Child) -> Receiver<String> {
    let errors = child.stderr.take().expect("piped");
    let (sender, address) = channel();
    std::thread::spawn(move || {
        // To the end, so that it is never held up by what it says.
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                let _ = sender.send(address.to_owned());
            }
        }
    });
    address
}
