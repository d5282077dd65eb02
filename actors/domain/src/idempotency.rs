//! Idempotency keys: the caller's own name for one attempt, so that a repeat finds the first
//! answer (product rule E7; draft-ietf-httpapi-idempotency-key-header).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::UserId;

/// Characters of a key at most.
pub const KEY_MAX: usize = 255;
/// How long an answer is kept, in milliseconds: 24 hours.
pub const KEPT_MS: i64 = 86_400_000;

/// Who claims which key for what: two requests are the same attempt when principal, operation
/// and key are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyScope {
    /// Who asks.
    pub principal: UserId,
    /// The operation asked for, by its stable name.
    pub operation: &'static str,
    /// The key, as sent.
    pub key: Arc<str>,
}

/// A key with the fingerprint of what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClaim {
    /// Whose key it is.
    pub scope: KeyScope,
    /// A digest of the request; another request under the same key is refused.
    pub fingerprint: [u8; 16],
}

/// What a claim finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody used the key: go on.
    Fresh,
    /// The same request was answered before: with this.
    Replay(Arc<str>),
    /// Another request was made under this key.
    Conflict,
}

impl KeyClaim {
    /// Compares with what is remembered under the same scope.
    pub fn against(&self, remembered: Option<(&[u8], &Arc<str>)>) -> Claimed {
        match remembered {
            None => Claimed::Fresh,
            Some((fingerprint, _)) if fingerprint != self.fingerprint => Claimed::Conflict,
            Some((_, answer)) => Claimed::Replay(answer.clone()),
        }
    }
}

/// The keys an actor has answered since it was activated; older ones are in the tables.
#[derive(Debug, Clone)]
pub struct KeyBook {
    answers: HashMap<KeyScope, ([u8; 16], Arc<str>)>,
    in_order: VecDeque<KeyScope>,
    capacity: usize,
}

impl KeyBook {
    /// A book that keeps the latest `capacity` keys. It must be more than the facts that can be
    /// in flight, so that a key is forgotten here only once it can be found in the tables.
    pub fn new(capacity: usize) -> Self {
        Self { answers: HashMap::new(), in_order: VecDeque::new(), capacity }
    }

    /// What `claim` finds.
    pub fn find(&self, claim: &KeyClaim) -> Claimed {
        let remembered = self.answers.get(&claim.scope);
        claim.against(remembered.map(|(fingerprint, answer)| (fingerprint.as_slice(), answer)))
    }

    /// Remembers the answer to a claim that was fresh.
    pub fn remember(&mut self, claim: &KeyClaim, answer: Arc<str>) {
        if self.in_order.len() >= self.capacity
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.answers.remove(&oldest);
        }
        let answered = (claim.fingerprint, answer);
        if self.answers.insert(claim.scope.clone(), answered).is_none() {
            self.in_order.push_back(claim.scope.clone());
        }
    }
}
