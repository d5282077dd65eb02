//! A bare connection, for what a well-behaved client would never send.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{App, PATIENCE};

/// One connection to the server.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) async fn open(app: &App) -> Self {
        let address = app.url().trim_start_matches("http://");
        Self(TcpStream::connect(address).await.expect("the server listens"))
    }

    /// The same from another address of this machine than clients have otherwise.
    pub(crate) async fn open_from(app: &App, from: &str) -> Self {
        let parse = |text: &str| text.parse().expect("an address of the test");
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(parse(&format!("{from}:0"))).expect("all of 127.0.0.0/8 is this machine");
        let address = parse(app.url().trim_start_matches("http://"));
        Self(socket.connect(address).await.expect("the server listens"))
    }

    /// Sends; a server that has closed already has heard enough.
    pub(crate) async fn say(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes()).await;
    }

    /// The same, for what is no text.
    pub(crate) async fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// All that comes back until the server has said it: to the end of the connection, or of the
    /// body whose length it told.
    pub(crate) async fn answer(&mut self) -> String {
        let mut heard = Vec::new();
        let listening = async {
            let mut buffer = [0; 4_096];
            while !is_whole(&heard) {
                match self.0.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => heard.extend_from_slice(&buffer[..count]),
                }
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("an answer or an end in time");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// All that comes back until this has, or the connection ends.
    pub(crate) async fn heard(&mut self, what: &str) -> String {
        let mut heard = Vec::new();
        let listening = async {
            let mut buffer = [0; 4_096];
            while !String::from_utf8_lossy(&heard).contains(what) {
                match self.0.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => heard.extend_from_slice(&buffer[..count]),
                }
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("it comes in time, or an end");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Whether the server has ended it.
    pub(crate) fn is_ended(&self) -> bool {
        match self.0.try_read(&mut [0; 1]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// Whether the server says more on it, or at least does not end it, for a second.
    pub(crate) async fn goes_on(&mut self) -> bool {
        let mut heard = Vec::new();
        let listening = self.0.read_to_end(&mut heard);
        tokio::time::timeout(Duration::from_secs(1), listening).await.is_err()
    }

    /// The status that came back; `None` when the connection was closed without one.
    pub(crate) async fn status(&mut self) -> Option<u16> {
        let mut heard = Vec::new();
        let listening = async {
            let mut buffer = [0; 1_024];
            while heard.len() < 12 {
                match self.0.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => heard.extend_from_slice(&buffer[..count]),
                }
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("an answer or an end in time");
        let text = String::from_utf8_lossy(&heard);
        text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    /// Everything up to the end of the connection, and how long that took.
    pub(crate) async fn rest(&mut self) -> (String, Duration) {
        let begun = Instant::now();
        let mut heard = Vec::new();
        // An end by a reset is an end, too.
        let listening = self.0.read_to_end(&mut heard);
        _ = tokio::time::timeout(PATIENCE, listening).await.expect("the server ends it in time");
        (String::from_utf8_lossy(&heard).into_owned(), begun.elapsed())
    }
}

/// Whether an answer with a length has come to its end.
fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
    length.is_some_and(|length| heard.len() >= head.len() + 4 + length)
}
