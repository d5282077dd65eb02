//! An activation together with what can happen in its stream, and what others are told of it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use hotdeal_domain::{Stream, StreamId};
use parking_lot::Mutex;

use super::Activation;
use super::batch::Position;
use super::part::{FactRows, Known, Listener, Part};

/// An activation of a stream of this kind: no other facts than the stream's own can be written with it.
pub(crate) struct Owned<S: Stream> {
    key: S::Key,
    activation: Arc<Activation>,
}

impl<S: Stream> Clone for Owned<S> {
    fn clone(&self) -> Self {
        Self { key: self.key, activation: self.activation.clone() }
    }
}

impl<S: Stream> std::fmt::Debug for Owned<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.activation.fmt(f)
    }
}

impl<S: Stream> Deref for Owned<S> {
    type Target = Activation;

    fn deref(&self) -> &Activation {
        &self.activation
    }
}

impl<S: Stream> Owned<S> {
    pub(super) fn new(key: S::Key, activation: Arc<Activation>) -> Self {
        debug_assert_eq!(activation.stream, S::id(key));
        Self { key, activation }
    }

    /// The first activation of a stream that does not exist yet: its first entry makes it, and
    /// fails if somebody else was first.
    pub(crate) fn founding(key: S::Key) -> Self {
        Self::new(key, Activation::new(S::id(key), 1, Position::default(), true))
    }

    /// What finds the stream.
    pub(crate) fn key(&self) -> S::Key {
        self.key
    }

    /// The same as a value, for others to write with.
    pub(crate) fn tenure(&self) -> Tenure<S> {
        Tenure { key: self.key, epoch: self.activation.epoch }
    }

    /// The activation, whatever its stream is.
    pub(crate) fn activation(&self) -> &Arc<Activation> {
        &self.activation
    }

    /// Lets `listener` hear of each fact once something is known of it, in the order of the stream. Said
    /// once, before there is a fact.
    pub(crate) fn on_known(&self, listener: impl Fn(&S::Fact, Known) + Send + Sync + 'static) {
        let said = self.activation.listener.set(Box::new(Listener::<S>(Box::new(listener))));
        debug_assert!(said.is_ok(), "somebody listens already");
    }
}

impl<S: FactRows> Owned<S> {
    /// A fact of the stream, to be written.
    pub(crate) fn part(&self, fact: impl Into<S::Fact>) -> Part {
        self.part_with(fact, None)
    }

    /// The same with what its rows need and the journal must not tell.
    pub(crate) fn part_with(&self, fact: impl Into<S::Fact>, private: Option<S::Private>) -> Part {
        Part::new::<S>(self.activation.clone(), self.key, fact.into(), private)
    }
}

/// A stream and the epoch of its owner: what another actor writes with, wherever the owner is. It stands
/// for the owner as it was then. One that has been given up since writes nothing.
#[derive(Clone, Copy)]
pub(crate) struct Tenure<S: Stream> {
    /// What finds the stream.
    pub(crate) key: S::Key,
    /// The fencing epoch.
    pub(crate) epoch: i64,
}

/// The owners of this node, for those who write with them by their tenure: as many as there are live
/// actors, and some that have gone since the last look.
#[derive(Default)]
pub(super) struct OwnerRegistry(Mutex<HashMap<StreamId, (i64, Weak<Activation>)>>);

impl OwnerRegistry {
    pub(super) fn know<S: Stream>(&self, owner: &Owned<S>) {
        let mut owners = self.0.lock();
        if owners.len() == owners.capacity() {
            owners.retain(|_, (_, owner)| owner.strong_count() > 0);
        }
        // Two activations may be under way, and the earlier one come here last.
        if owners.get(&owner.stream).is_none_or(|(epoch, _)| *epoch < owner.epoch) {
            owners.insert(owner.stream, (owner.epoch, Arc::downgrade(owner.activation())));
        }
    }

    /// The one with this tenure, unless it has gone or been given up.
    pub(super) fn find<S: Stream>(&self, tenure: Tenure<S>) -> Option<Owned<S>> {
        let found = self.0.lock().get(&S::id(tenure.key)).and_then(|(_, owner)| owner.upgrade());
        let owner = found.filter(|owner| owner.epoch == tenure.epoch && !owner.is_failed())?;
        Some(Owned::new(tenure.key, owner))
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::ShopId;
    use hotdeal_domain::stream::ShopStream;

    use crate::ledger::owned::*;

    fn shop(number: i64, epoch: i64) -> Owned<ShopStream> {
        let key = ShopId::try_from(number).expect("an id");
        let position = Position::default();
        Owned::new(key, Activation::new(StreamId::Shop(key), epoch, position, false))
    }

    #[test]
    fn whoever_writes_with_an_owner_finds_the_latest_whichever_was_told_of_last() {
        let owners = OwnerRegistry::default();
        let (earlier, later) = (shop(7, 1), shop(7, 2));
        owners.know(&later);
        owners.know(&earlier);
        assert!(owners.find(later.tenure()).is_some());
        assert!(owners.find(earlier.tenure()).is_none(), "another has taken its place");
        later.fail();
        assert!(owners.find(later.tenure()).is_none(), "it was given up");
    }

    #[test]
    fn no_more_owners_are_known_than_there_are_but_for_a_few() {
        let owners = OwnerRegistry::default();
        for number in 1..=10_000 {
            owners.know(&shop(number, 1));
        }
        assert!(owners.0.lock().len() < 100, "{} that have gone", owners.0.lock().len());
    }
}
