//! STOMP, spoken by the client that existing pages use: `@stomp/stompjs` from npm, bare or over
//! `sockjs-client`. `tests/run` installs them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use super::{connections, deal, ended, follower};
use crate::support::{App, PATIENCE, Role, eventually, mint};

/// The real client in a process of its own, which obeys lines and tells lines of JSON.
pub(crate) struct Stompjs {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Value>,
}

impl Stompjs {
    fn start() -> Self {
        let modules = std::env::var("HOTDEAL_TEST_NODE_MODULES").expect(
            "HOTDEAL_TEST_NODE_MODULES names the folder with @stomp/stompjs and ws: run the tests \
             by tests/run, which installs them",
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/live/stompjs.cjs");
        let mut command = Command::new("node");
        command.arg(script).env("NODE_PATH", modules);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("node is installed by tests/run");
        let input = child.stdin.take().expect("piped");
        let output = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let told = serde_json::from_str(&line).expect("lines of JSON");
                if sender.send(told).is_err() {
                    break;
                }
            }
        });
        Self { child, input, lines }
    }

    pub(crate) fn tell(&mut self, order: &Value) {
        writeln!(self.input, "{order}").expect("it listens");
    }

    /// The next thing it tells, which must be this.
    #[track_caller]
    pub(crate) fn expect(&self, what: &str) -> Value {
        let told = self.lines.recv_timeout(PATIENCE).expect("it tells");
        assert_eq!(told["what"], json!(what), "{told}");
        told
    }

    fn connect(app: &App, path: &str, headers: Value, versions: &[&str]) -> Self {
        let mut client = Self::start();
        let url = format!("{}{path}", app.url().replacen("http", "ws", 1));
        client.tell(&json!({
            "do": "connect", "url": url, "headers": headers, "versions": versions,
        }));
        client
    }

    /// The same over SockJS, whose client is given an address of HTTP.
    pub(crate) fn connect_over_sockjs(app: &App, path: &str, headers: Value) -> Self {
        let mut client = Self::start();
        let url = format!("{}{path}", app.url());
        client.tell(&json!({
            "do": "connect", "url": url, "headers": headers, "versions": ["1.2"], "sockjs": true,
        }));
        client
    }

    pub(crate) fn subscribed(app: &App, path: &str, token: &str, versions: &[&str]) -> Self {
        let headers = json!({"Authorization": format!("Bearer {token}")});
        let mut client = Self::connect(app, path, headers, versions);
        client.expect("connected");
        client.subscribe();
        client
    }

    pub(crate) fn subscribe(&mut self) {
        let destination = "/topic/notification";
        self.tell(&json!({"do": "subscribe", "id": "s-1", "destination": destination}));
        self.expect("receipt");
    }
}

impl Drop for Stompjs {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn stompjs_gets_the_notices_of_subscribed_products_and_of_no_others() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let desk = app.product(None, 1_000_000, 5).await;
    let other = app.product(None, 30_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp, desk]).await;
    for (path, versions) in
        [("/ws", ["1.2"].as_slice()), ("/ws/websocket", &["1.2", "1.1"]), ("/ws", &["1.1"])]
    {
        let mut client = Stompjs::subscribed(&app, path, &token, versions);
        deal(&app, 15.0, &[other]).await;
        deal(&app, 10.0, &[lamp]).await;
        let told = client.expect("message");
        assert_eq!(told["body"], "🔥 핫딜 등장! 'Desk lamp' 지금 바로 11,610원! (10% 할인)");
        assert_eq!(told["headers"]["destination"], "/topic/notification");
        assert_eq!(told["headers"]["subscription"], "s-1");
        deal(&app, 25.0, &[lamp, desk]).await;
        let prices = ["9,675원! (25% 할인)", "750,000원! (25% 할인)"];
        for price in prices {
            let body = client.expect("message")["body"].as_str().expect("text").to_owned();
            assert!(body.ends_with(price), "{body}");
        }
        client.tell(&json!({"do": "unsubscribe", "id": "s-1"}));
        client.expect("receipt");
        deal(&app, 30.0, &[lamp]).await;
        client.tell(&json!({"do": "disconnect"}));
        client.expect("disconnected");
    }
}

#[tokio::test]
async fn stomp_lets_nobody_in_without_a_good_token_and_ends_with_it() {
    let app = App::start().await;
    let bad = Stompjs::connect(&app, "/ws", json!({"Authorization": "Bearer x"}), &["1.2"]);
    assert_eq!(bad.expect("error")["message"], "TOKEN_MISMATCH");
    let none = Stompjs::connect(&app, "/ws", json!({}), &["1.2"]);
    assert_eq!(none.expect("error")["message"], "NOT_FOUND_TOKEN");
    let partner = json!({"Authorization": format!("Bearer {}", mint(11, Role::Partner))});
    let partner = Stompjs::connect(&app, "/ws", partner, &["1.2"]);
    assert_eq!(partner.expect("error")["message"], "FORBIDDEN");
    // In the address, for clients that cannot set headers.
    let path = format!("/ws?access_token={}", mint(11, Role::User));
    let mut by_address = Stompjs::connect(&app, &path, json!({}), &["1.2"]);
    by_address.expect("connected");
    by_address.tell(&json!({"do": "disconnect"}));
    by_address.expect("disconnected");
    let (_, kim) = app.signed_up("kim").await;
    let token = kim.token().expect("logged in");
    let client = Stompjs::subscribed(&app, "/ws", token, &["1.2"]);
    // The one by address is told first, and goes then.
    eventually("it is the only one", PATIENCE, async || {
        let open = connections(&app.admin()).await["transports"][2]["open"].clone();
        (open == json!(1)).then_some(())
    })
    .await;
    let password = json!({"password": "a long enough password"});
    kim.post_json("/api/auth/logout", &password).send().await.with_status(200);
    assert_eq!(client.expect("error")["message"], "revoked");
    client.expect("closed");
    // Counted when the connection has gone.
    eventually("it is counted", PATIENCE, async || {
        (ended(&app.admin(), "revoked").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn stomp_keeps_its_heart_beating_as_agreed() {
    let app = App::start().await;
    let mut client = Stompjs::start();
    let url = format!("{}/ws", app.url().replacen("http", "ws", 1));
    let headers = json!({"Authorization": format!("Bearer {}", mint(11, Role::User))});
    client.tell(&json!({
        "do": "connect", "url": url, "headers": headers, "versions": ["1.2"], "beat": 1_000,
    }));
    let connected = client.expect("connected");
    assert_eq!(connected["headers"]["heart-beat"], "10000,10000");
    client.expect("beat");
}
