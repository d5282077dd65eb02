//! What a crowd sends.

use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hotdeal_domain::SplitMix64;

use super::super::Target;

/// The requests of one kind: the same bytes round each person's token.
#[derive(Debug, Clone)]
pub struct Script {
    before_token: Vec<u8>,
    after_token: Vec<u8>,
    keys: Option<Arc<Keys>>,
}

/// Idempotency keys, all different and, like those of real clients, without a common part.
#[derive(Debug)]
struct Keys {
    run: u64,
    made: AtomicU64,
}

impl Script {
    /// `POST path` with this JSON body.
    pub fn post(target: &Target, path: &str, body: &str) -> Self {
        let before = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ",
            target.authority()
        );
        let length = body.len();
        let after =
            format!("\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        Self { before_token: before.into_bytes(), after_token: after.into_bytes(), keys: None }
    }

    /// `GET path`.
    pub fn get(target: &Target, path: &str) -> Self {
        let before = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ",
            target.authority()
        );
        Self { before_token: before.into_bytes(), after_token: b"\r\n\r\n".to_vec(), keys: None }
    }

    /// The same, each request under an `Idempotency-Key` of its own.
    #[must_use]
    pub fn keyed(mut self) -> Self {
        let run = std::hash::RandomState::new().hash_one(0_u8);
        self.keys = Some(Arc::new(Keys { run, made: AtomicU64::new(0) }));
        self
    }

    /// The idempotency keys that were sent, in that order.
    pub fn keys_sent(&self) -> Vec<String> {
        let keys = self.keys.iter();
        keys.flat_map(|keys| (0..keys.made.load(Ordering::Relaxed)).map(|number| keys.key(number)))
            .collect()
    }

    pub(super) fn write(&self, token: &str, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.before_token);
        out.extend_from_slice(token.as_bytes());
        if let Some(keys) = &self.keys {
            out.extend_from_slice(b"\r\nIdempotency-Key: ");
            out.extend_from_slice(keys.next().as_bytes());
        }
        out.extend_from_slice(&self.after_token);
    }
}

impl Keys {
    fn next(&self) -> String {
        self.key(self.made.fetch_add(1, Ordering::Relaxed))
    }

    fn key(&self, number: u64) -> String {
        let mut chance = SplitMix64::new(self.run ^ number);
        format!("{:016x}{:016x}", chance.next_u64(), chance.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyed_request_has_a_key_of_its_own() {
        let target: Target = "http://127.0.0.1:1".parse().expect("an address");
        let script = Script::post(&target, "/", "{}").keyed();
        let mut out = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            script.write("token", &mut out);
            let text = std::str::from_utf8(&out).expect("text");
            let key = text.lines().find_map(|line| line.strip_prefix("Idempotency-Key: "));
            keys.insert(key.expect("a key").to_owned());
        }
        assert_eq!(keys, script.keys_sent().into_iter().collect());
        assert_eq!(keys.len(), 1_000);
    }
}
