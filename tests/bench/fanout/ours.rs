//! Our server, in a process of its own that publishes what its standard input asks for: the way
//! from the fan-out to the sockets, without a database in it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::Arc;

use hotdeal::auth::Tokens;
use hotdeal::settings::Settings;
use hotdeal::startup::{Server, StopSignals};
use hotdeal_actors::account::Role;
use hotdeal_actors::fanout::{Delivery, Fanout, Frame};
use hotdeal_domain::UserId;

use super::receiver::Protocol;
use super::{MESSAGE, Publishes, kill, on_first};
use crate::world::Outcome;

const SECRET: &str = "4f1c0d6a9b7e4c35a2d8e6f09713bc54-fan-out";
/// Whose connections they all are.
const PERSON: i64 = 1;

pub(crate) struct Ours {
    server: Child,
    input: ChildStdin,
    address: String,
}

/// A word that is none of the parts: the process is to be the server.
pub(crate) const SERVE: &str = "serve-fanout";

/// The server's process.
pub(crate) fn serve() -> Outcome<()> {
    let settings = Settings::load(None, &[])?;
    let log = hotdeal::telemetry::LogFilter::start(&settings.log);
    let system = actix::System::new();
    system.block_on(async {
        let signals = StopSignals::take()?;
        let server = Server::build(settings, log).await?;
        println!("ready: http://{}", server.address());
        let fanout = server.fanout().clone();
        std::thread::spawn(move || publish_as_told(&fanout));
        server.run_until_stopped(signals).await?;
        Ok(())
    })
}

/// A number a line: so many messages.
fn publish_as_told(fanout: &Fanout) {
    let text: String = "x".repeat(MESSAGE);
    let frame = Arc::new(Frame::new(text, String::new()));
    let person = UserId::try_from(PERSON).expect("a person");
    for line in std::io::stdin().lines().map_while(Result::ok) {
        for _ in 0..line.trim().parse().unwrap_or(0) {
            fanout.publish(Delivery::Personal { to: vec![(person, frame.clone())] });
        }
    }
}

impl Ours {
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let database = folder.join("fanout.db");
        let program = std::env::current_exe()?;
        let program = program.to_str().ok_or("a path that is no text")?;
        let nothing = folder.display().to_string();
        let mut command = on_first(program);
        command
            .args([
                "--postgres",
                "-",
                "--programs",
                "-",
                "--redis",
                "0",
                "--folder",
                &nothing,
                SERVE,
            ])
            .env("HOTDEAL__HTTP__BIND", "127.0.0.1:0")
            .env("HOTDEAL__HTTP__WORKERS", "1")
            .env("HOTDEAL__DATABASE__URL", format!("sqlite://{}", database.display()))
            .env("HOTDEAL__AUTH__SECRET", SECRET)
            .env("HOTDEAL__DEMO__ENABLED", "false")
            .env("HOTDEAL__LOG__FILTER", "error")
            .env("HOTDEAL__LIVE__PER_USER_MAX", "10000")
            .env("HOTDEAL__LIVE__HEARTBEAT_S", "3600")
            .env("HOTDEAL__LIVE__SILENCE_S", "86400")
            .env("HOTDEAL__LIMITS__LIVE_USER", "off")
            .env("HOTDEAL__LIMITS__LIVE_ADDRESS", "off");
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = server.stdin.take().ok_or("no input")?;
        let output = server.stdout.take().ok_or("no output")?;
        for line in BufReader::new(output).lines() {
            if let Some(url) = line?.strip_prefix("ready: ") {
                let address = url.trim_start_matches("http://").to_owned();
                return Ok(Self { server, input, address });
            }
        }
        kill(&mut server);
        Err("the server did not start".into())
    }
}

impl Publishes for Ours {
    fn id(&self) -> u32 {
        self.server.id()
    }

    fn request(&self, protocol: Protocol) -> (String, String) {
        let user = UserId::try_from(PERSON).expect("a person");
        let token = Tokens::new(SECRET).mint_access(user, Role::User, hotdeal::clock::now());
        let host = &self.address;
        let (path, more) = match protocol {
            Protocol::WebSocket => (
                "/api/live",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            ),
            Protocol::Sse | Protocol::AnySse => ("/api/live/stream", ""),
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n\
             Authorization: Bearer {token}\r\n{more}\r\n"
        );
        (host.clone(), request)
    }

    fn publish(&mut self, messages: u64) -> Outcome<()> {
        Ok(writeln!(self.input, "{messages}")?)
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        kill(&mut self.server);
    }
}
