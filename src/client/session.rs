//! Calls with JSON, one after another, each repeated with the same idempotency key until it is
//! answered.

use std::io::{self, Write as _};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{Connection, Reply, Target};

/// Attempts of one call at most. With the pauses below they last about half a minute: long enough
/// for a server that restarts, and an end for one that is gone.
const TRIES_MAX: u32 = 16;
/// The first pause before a call is repeated; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause, also where the server asks for a longer one.
const PAUSE_MAX: Duration = Duration::from_secs(3);
/// The longest an answer may take: longer than any deadline of the server.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Characters of an answer's body that an error shows at most.
const SHOWN_MAX: usize = 300;

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub path: &'a str,
    /// The access token.
    pub token: Option<&'a str>,
    /// The idempotency key.
    pub key: Option<&'a str>,
    /// Whether it may be repeated: it changes nothing, or has an idempotency key.
    pub repeatable: bool,
    /// The JSON body; empty for none.
    pub body: &'a [u8],
}

impl<'a> Call<'a> {
    /// Reads.
    pub fn get(path: &'a str, token: &'a str) -> Self {
        Self { method: "GET", path, token: Some(token), key: None, repeatable: true, body: b"" }
    }

    /// Changes something, once for each `key`.
    pub fn post(path: &'a str, token: &'a str, key: &'a str, body: &'a [u8]) -> Self {
        Self { method: "POST", path, token: Some(token), key: Some(key), repeatable: true, body }
    }

    /// Asks with a body, and changes nothing.
    pub fn query(path: &'a str, token: &'a str, body: &'a [u8]) -> Self {
        Self { method: "POST", path, token: Some(token), key: None, repeatable: true, body }
    }
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where the thing made is found.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// How often the call was repeated before this answer.
    pub repeats: u32,
}

/// Why a call was not done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody answered, or not in HTTP.
    #[error("{call}: no answer from the server")]
    NoAnswer {
        /// Method and path.
        call: String,
        /// What broke.
        source: io::Error,
    },
    /// The server answered something else than was expected.
    #[error("{call}: answered {status} {shown}")]
    Refused {
        /// Method and path.
        call: String,
        /// The status.
        status: u16,
        /// The beginning of the body.
        shown: String,
    },
    /// The answer's body is not what the contract says.
    #[error("{call}: the answer cannot be read: {shown}")]
    Unreadable {
        /// Method and path.
        call: String,
        /// What is wrong.
        source: serde_json::Error,
        /// The beginning of the body.
        shown: String,
    },
}

/// Calls one server over one connection, opened when needed.
#[derive(Debug)]
pub struct Session {
    target: Target,
    authority: String,
    connection: Option<Connection>,
    outbox: Vec<u8>,
}

impl Session {
    /// A session with nothing sent yet.
    pub fn new(target: Target) -> Self {
        let authority = target.authority();
        Self { target, authority, connection: None, outbox: Vec::new() }
    }

    /// Connects, without a second try: a server that was never there is not waited for.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn reach(&mut self) -> Result<(), CallError> {
        let opened = Connection::open(&self.target).await;
        let reached = opened.map_err(|source| CallError::NoAnswer {
            call: format!("connecting to {}", self.target),
            source,
        })?;
        self.connection = Some(reached);
        Ok(())
    }

    /// Calls, and repeats the same call while the server is busy (429, 503) or the connection
    /// breaks, if it is [`repeatable`](Call::repeatable).
    ///
    /// # Errors
    /// When there is no answer after all tries. Any answer, also a refusal, is `Ok`.
    pub async fn call(&mut self, call: &Call<'_>) -> Result<Answer, CallError> {
        let mut pause = PAUSE_MIN;
        for repeats in 0.. {
            let last = !call.repeatable || repeats + 1 >= TRIES_MAX;
            let asked = match self.once(call, repeats).await {
                Ok((answer, retry_after)) if matches!(answer.status, 429 | 503) && !last => {
                    retry_after
                }
                Ok((answer, _)) => return Ok(answer),
                Err(source) if last => {
                    return Err(CallError::NoAnswer { call: name(call), source });
                }
                Err(_) => None,
            };
            tokio::time::sleep(asked.unwrap_or(pause).min(PAUSE_MAX)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        unreachable!("the last try returns")
    }

    /// Calls and expects `status`.
    ///
    /// # Errors
    /// As [`call`](Self::call), and [`CallError::Refused`] for any other status.
    pub async fn expect(&mut self, call: &Call<'_>, status: u16) -> Result<Answer, CallError> {
        let answer = self.call(call).await?;
        if answer.status == status { Ok(answer) } else { Err(answer.refused(call)) }
    }

    /// Calls, expects `status` and reads the JSON body.
    ///
    /// # Errors
    /// As [`expect`](Self::expect), and when the body is not a `T`.
    pub async fn json<T: DeserializeOwned>(
        &mut self,
        call: &Call<'_>,
        status: u16,
    ) -> Result<T, CallError> {
        self.expect(call, status).await?.json(call)
    }

    async fn once(
        &mut self,
        call: &Call<'_>,
        repeats: u32,
    ) -> io::Result<(Answer, Option<Duration>)> {
        let mut connection = match self.connection.take().filter(Connection::is_open) {
            Some(connection) => connection,
            None => Connection::open(&self.target).await?,
        };
        self.write(call)?;
        // After any error, including a timeout, the connection is dropped, because late bytes may
        // still arrive.
        let reply = tokio::time::timeout(ANSWER_WITHIN, connection.exchange(&self.outbox))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let answer = (answer_of(&reply, repeats), retry_after(&reply));
        self.connection = Some(connection);
        Ok(answer)
    }

    fn write(&mut self, call: &Call<'_>) -> io::Result<()> {
        let out = &mut self.outbox;
        out.clear();
        write!(out, "{} {} HTTP/1.1\r\nHost: {}\r\n", call.method, call.path, self.authority)?;
        if let Some(token) = call.token {
            write!(out, "Authorization: Bearer {token}\r\n")?;
        }
        if let Some(key) = call.key {
            write!(out, "Idempotency-Key: \"{key}\"\r\n")?;
        }
        if !call.body.is_empty() {
            out.extend_from_slice(b"Content-Type: application/json\r\n");
        }
        if call.method != "GET" {
            write!(out, "Content-Length: {}\r\n", call.body.len())?;
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(call.body);
        Ok(())
    }
}

impl Answer {
    /// The JSON body.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn json<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|source| CallError::Unreadable {
            call: name(call),
            source,
            shown: self.shown(),
        })
    }

    /// This answer as an error, for a caller who expected another status.
    pub fn refused(&self, call: &Call<'_>) -> CallError {
        CallError::Refused { call: name(call), status: self.status, shown: self.shown() }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(SHOWN_MAX).collect()
    }
}

fn name(call: &Call<'_>) -> String {
    format!("{} {}", call.method, call.path)
}

fn answer_of(reply: &Reply<'_>, repeats: u32) -> Answer {
    Answer {
        status: reply.status,
        location: reply.header("location").map(str::to_owned),
        body: reply.body.to_vec(),
        repeats,
    }
}

fn retry_after(reply: &Reply<'_>) -> Option<Duration> {
    reply.header("retry-after")?.parse().ok().map(Duration::from_secs)
}
