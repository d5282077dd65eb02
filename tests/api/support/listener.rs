//! Somebody who listens to live events, over WebSocket or server-sent events alike.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    WebSocket,
    Sse,
}

/// A live connection.
pub(crate) enum Listener {
    WebSocket(Box<Socket>),
    Sse { response: reqwest::Response, bytes: Vec<u8> },
}

/// An event as it was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) kind: String,
    /// The whole event, with its id, time and data.
    pub(crate) event: Value,
}

impl Told {
    pub(crate) fn id(&self) -> String {
        self.event["id"].as_str().unwrap_or_else(|| panic!("no id: {self:?}")).to_owned()
    }

    pub(crate) fn data(&self, pointer: &str) -> &Value {
        self.event["data"].pointer(pointer).unwrap_or_else(|| panic!("no {pointer}: {self:?}"))
    }
}

/// A request to open a WebSocket.
pub(crate) fn upgrade(url: &str, path: &str, token: Option<&str>, protocol: &str) -> Request {
    let address = format!("{}{path}", url.replacen("http", "ws", 1));
    let mut request = address.into_client_request().expect("an address of the test");
    let headers = request.headers_mut();
    if let Some(token) = token {
        headers.insert("authorization", format!("Bearer {token}").parse().expect("visible"));
    }
    headers.insert("sec-websocket-protocol", protocol.parse().expect("visible"));
    request
}

/// Opens a WebSocket; the status of the refusal otherwise.
pub(crate) async fn open(request: Request) -> Result<Socket, u16> {
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("no answer: {error}"),
    }
}

impl Listener {
    /// Connects, as new or behind the event `since`.
    pub(crate) async fn connect(
        over: Over,
        url: &str,
        token: &str,
        since: Option<&str>,
    ) -> Result<Self, String> {
        // A stream may say it in the header, as browsers do, or in the query: each in turn.
        static BY_HEADER: AtomicBool = AtomicBool::new(false);
        if over == Over::Sse && since.is_some() && BY_HEADER.fetch_xor(true, Ordering::Relaxed) {
            return Self::connect_to(over, url, token, "", since).await;
        }
        let query = since.map_or(String::new(), |since| format!("?since={since}"));
        Self::connect_to(over, url, token, &query, None).await
    }

    /// The same with any query, and for a stream with a Last-Event-ID.
    pub(crate) async fn connect_to(
        over: Over,
        url: &str,
        token: &str,
        query: &str,
        last_id: Option<&str>,
    ) -> Result<Self, String> {
        let path = match over {
            Over::WebSocket => format!("/api/live{query}"),
            Over::Sse => format!("/api/live/stream{query}"),
        };
        Self::at(over, url, token, &path, last_id).await
    }

    /// The same at any path.
    pub(crate) async fn at(
        over: Over,
        url: &str,
        token: &str,
        path: &str,
        last_id: Option<&str>,
    ) -> Result<Self, String> {
        match over {
            Over::WebSocket => {
                let request = upgrade(url, path, Some(token), "hotdeal.v1+json");
                let opened = tokio_tungstenite::connect_async(request).await;
                let (socket, _) = opened.map_err(|error| error.to_string())?;
                Ok(Self::WebSocket(Box::new(socket)))
            }
            Over::Sse => {
                let client = reqwest::Client::builder().no_proxy().build().expect("plain");
                let mut request = client.get(format!("{url}{path}")).bearer_auth(token);
                if let Some(last_id) = last_id {
                    request = request.header("last-event-id", last_id);
                }
                let response = request.send().await.map_err(|error| error.to_string())?;
                let status = response.status();
                if !status.is_success() {
                    return Err(status.to_string());
                }
                Ok(Self::Sse { response, bytes: Vec::new() })
            }
        }
    }

    /// The next event, signs of life aside; an error when the connection ended.
    pub(crate) async fn next(&mut self) -> Result<Told, String> {
        let next = async {
            loop {
                let told = match self {
                    Self::WebSocket(socket) => next_text(socket).await?,
                    Self::Sse { response, bytes } => next_event(response, bytes).await?,
                };
                if told.kind != "heartbeat" {
                    return Ok(told);
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.unwrap_or(Err("nothing came".to_owned()))
    }

    /// The next event, which must be of this kind.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: &str) -> impl Future<Output = Told> {
        let caller = std::panic::Location::caller();
        async move {
            let told = self.next().await.unwrap_or_else(|error| panic!("{caller}: {error}"));
            assert_eq!(told.kind, kind, "{caller}: {told:?}");
            told
        }
    }

    /// Waits for a sign of life, whatever is told before it.
    pub(crate) async fn beat(&mut self) -> Result<(), String> {
        let beat = async {
            loop {
                match self {
                    Self::WebSocket(socket) => match socket.next().await {
                        Some(Ok(Message::Ping(_))) => return Ok(()),
                        Some(Ok(_)) => {}
                        other => return Err(format!("no sign of life: {other:?}")),
                    },
                    Self::Sse { response, bytes } => {
                        if next_event(response, bytes).await?.kind == "heartbeat" {
                            return Ok(());
                        }
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, beat).await.unwrap_or(Err("nothing came".to_owned()))
    }

    /// Says something over a WebSocket.
    pub(crate) async fn say(&mut self, message: &Value) {
        self.say_all(std::slice::from_ref(message)).await;
    }

    /// Says several things at once, in one piece as far as the network is concerned.
    pub(crate) async fn say_all(&mut self, messages: &[Value]) {
        match self {
            Self::WebSocket(socket) => {
                for message in messages {
                    let text = Message::text(message.to_string());
                    socket.feed(text).await.expect("it is open");
                }
                socket.flush().await.expect("it is open");
            }
            Self::Sse { .. } => panic!("nothing can be said over a stream of events"),
        }
    }
}

async fn next_text(socket: &mut Socket) -> Result<Told, String> {
    loop {
        match socket.next().await {
            None => return Err("closed".to_owned()),
            Some(Err(error)) => return Err(error.to_string()),
            Some(Ok(Message::Close(frame))) => {
                let said = frame.map_or(String::new(), |f| format!("{} {}", f.code, f.reason));
                return Err(format!("closed: {said}"));
            }
            Some(Ok(Message::Text(text))) => return Ok(told(&text)),
            Some(Ok(_)) => {}
        }
    }
}

fn told(text: &str) -> Told {
    let event: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in {text}"));
    Told { kind: event["type"].as_str().expect("a type").to_owned(), event }
}

/// The next event of a stream, its id line compared with the id it carries.
async fn next_event(response: &mut reqwest::Response, bytes: &mut Vec<u8>) -> Result<Told, String> {
    loop {
        if let Some(end) = bytes.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = bytes.drain(..end + 2).collect();
            let event = std::str::from_utf8(&event).expect("text");
            if let Some(told) = event_told(event) {
                return Ok(told);
            }
            continue;
        }
        let chunk = response.chunk().await.map_err(|error| error.to_string())?;
        let chunk = chunk.ok_or("the stream ended")?;
        bytes.extend_from_slice(&chunk);
    }
}

fn event_told(event: &str) -> Option<Told> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let (kind, data) = (field("event: ")?, field("data: ")?);
    let mut told = match kind {
        "heartbeat" | "end" => Told { kind: kind.to_owned(), event: json!({}) },
        _ => told(data),
    };
    if matches!(kind, "heartbeat" | "end") {
        told.event = serde_json::from_str(data).expect("JSON");
    } else {
        let id = told.event["id"].as_str().expect("an id");
        // What tells a state is no place to come back to.
        let is_place = ["notices:", "shop:"].iter().any(|stream| id.starts_with(stream));
        assert_eq!(field("id: "), is_place.then_some(id), "{event}");
    }
    assert_eq!(told.kind, kind, "{event}");
    Some(told)
}
