//! One client for all tests: it asks, and the answer is either good or refused with a code.

use std::fmt::Write as _;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;

/// Somebody who talks to the server, with or without a token.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A request being put together.
pub(crate) struct Asked {
    what: String,
    request: reqwest::RequestBuilder,
}

/// What came back, whole.
pub(crate) struct Answer {
    what: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, url: String, token: Option<String>) -> Self {
        Self { http, url, token }
    }

    /// The same client with another token, or with none.
    pub(crate) fn with_token(&self, token: Option<String>) -> Self {
        Self { token, ..self.clone() }
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client at another address of the server.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The same client, once the server listens elsewhere.
    pub(crate) fn again(&self, app: &super::App) -> Self {
        app.anyone().with_token(self.token.clone())
    }

    pub(crate) fn get(&self, path: &str) -> Asked {
        self.ask(Method::GET, path)
    }

    pub(crate) fn put(&self, path: &str) -> Asked {
        self.ask(Method::PUT, path)
    }

    /// Without a body.
    pub(crate) fn post(&self, path: &str) -> Asked {
        self.ask(Method::POST, path)
    }

    pub(crate) fn post_json(&self, path: &str, body: &impl Serialize) -> Asked {
        self.post(path).json(body)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Asked {
        let what = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Asked { what, request }
    }
}

impl Asked {
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// A body that need not be JSON.
    pub(crate) fn raw(mut self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.header("content-type", content_type).body(body);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header of the test");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value of the test");
        self.request = self.request.header(name, value);
        self
    }

    /// A header whose value need not be text.
    pub(crate) fn raw_header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// The answer; an error when the connection broke before it was whole.
    pub(crate) async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let Self { what, request } = self;
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        if headers.get("content-type").is_some_and(|media| media == "application/problem+json") {
            super::documented::check(&what, status.as_u16(), &body);
        }
        Ok(Answer { what, status, headers, body })
    }

    /// The answer; of one that goes on for ever, only its head.
    pub(crate) async fn send_or_begin(self, begin: bool) -> Answer {
        let Self { what, request } = self;
        if !begin {
            return Self { what, request }.send().await;
        }
        let sent = request.send().await;
        let response = sent.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { what, status, headers, body: Vec::new() }
    }

    /// The status alone, of an answer that may go on for ever.
    pub(crate) async fn begin(self) -> StatusCode {
        let Self { what, request } = self;
        let sent = request.send().await;
        sent.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}")).status()
    }

    /// The answer, of a client who comes again when told to because there are too many.
    pub(crate) async fn send_until_let_in(self) -> Answer {
        loop {
            let request = self.request.try_clone().expect("a body that can be sent again");
            let answer = Self { what: self.what.clone(), request }.send().await;
            if answer.status != 503 || answer.problem().code != "BUSY" {
                return answer;
            }
            let after = answer.header("retry-after").and_then(|after| after.parse().ok());
            let after = std::time::Duration::from_secs(after.expect("when to come again"));
            tokio::time::sleep(after).await;
        }
    }

    pub(crate) async fn send(self) -> Answer {
        let what = self.what.clone();
        self.try_send().await.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"))
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn good<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{self}");
        self.read()
    }

    /// A success with exactly this status.
    #[track_caller]
    pub(crate) fn with_status(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self}");
        self
    }

    /// The body, whatever the status.
    #[track_caller]
    pub(crate) fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// The problem of a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Problem {
        let problem = self.problem();
        assert_eq!((self.status.as_u16(), problem.code.as_str()), (status, code), "{self}");
        problem
    }

    /// The problem of a refusal, after a look at all that every problem must have.
    #[track_caller]
    pub(crate) fn problem(&self) -> Problem {
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{self}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        let problem: Problem = self.read();
        assert_eq!(problem.status, self.status.as_u16(), "{self}");
        let name = self.status.canonical_reason().unwrap_or_default();
        assert_eq!(problem.error, name.to_uppercase().replace([' ', '-'], "_"), "{self}");
        for text in [&problem.kind, &problem.title, &problem.code, &problem.message] {
            assert!(!text.is_empty(), "an empty member in {self}");
        }
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = self.text();
        if text.len() > 1_000 {
            text.truncate(text.floor_char_boundary(1_000));
            write!(text, "… ({} bytes)", self.body.len())?;
        }
        write!(f, "{} -> {} {text}", self.what, self.status)
    }
}
