//! A bare connection, for what a well-behaved client would never send.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::App;

/// Far above every deadline of the servers of the tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection to the server.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) async fn open(app: &App) -> Self {
        let address = app.url().trim_start_matches("http://");
        Self(TcpStream::connect(address).await.expect("the server listens"))
    }

    /// Sends; a server that has closed already has heard enough.
    pub(crate) async fn say(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes()).await;
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
}
